"""Make and change the files of --auth-file and --api-keys-file. A running Benchside notices at once.

python -m assistant.access add alice --auth-file people.txt        asks for a password
python -m assistant.access add notebook --api-keys-file keys.txt   shows a new key, once
python -m assistant.access remove alice --auth-file people.txt
python -m assistant.access list --auth-file people.txt
"""

import argparse
import getpass
import sys
from pathlib import Path

from assistant.access.api_keys import API_KEYS, hashed_key, new_key
from assistant.access.entries import NAME, EntriesError, Kind, read_entries, write_entries
from assistant.access.passwords import MIN_CHARACTERS, PASSWORDS, hashed_password


def main() -> int:
    options = _parser().parse_args()
    kind = PASSWORDS if options.auth_file else API_KEYS
    path = Path(options.auth_file or options.api_keys_file).expanduser()
    try:
        entries = read_entries(path, kind) if path.exists() else {}
        if options.action == "list":
            print(*entries, sep="\n")
        elif options.action == "add":
            entries[_name(options.name)] = _new_hash(kind)
            write_entries(path, entries)
        else:
            if options.name not in entries:
                raise EntriesError(f"{path} holds no {options.name}.")
            del entries[options.name]
            write_entries(path, entries)
    except (EntriesError, OSError) as error:
        print(error, file=sys.stderr)
        return 2
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m assistant.access", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("action", choices=["add", "remove", "list"])
    parser.add_argument("name", nargs="?", default="")
    file = parser.add_mutually_exclusive_group(required=True)
    file.add_argument("--auth-file", metavar="FILE")
    file.add_argument("--api-keys-file", metavar="FILE")
    return parser


def _name(text: str) -> str:
    if not NAME.fullmatch(text):
        raise EntriesError(f"{text!r} is no name; allowed: 1 to 64 letters, digits, and . @ _ -")
    return text


def _new_hash(kind: Kind) -> str:
    if kind is PASSWORDS:
        return hashed_password(_new_password())
    key = new_key()
    print(key)
    return hashed_key(key.encode())


def _new_password() -> str:
    """Typed twice at a terminal; else the first line that comes in."""
    if not sys.stdin.isatty():
        password = sys.stdin.readline().rstrip("\n")
    else:
        password = getpass.getpass("Password: ")
        if getpass.getpass("The same again: ") != password:
            raise EntriesError("The two differ; nothing was changed.")
    if len(password) < MIN_CHARACTERS:
        raise EntriesError(f"The password has {len(password)} characters; it needs at least {MIN_CHARACTERS}.")
    return password


if __name__ == "__main__":
    sys.exit(main())
