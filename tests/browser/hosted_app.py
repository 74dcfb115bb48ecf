"""The scripted app as a laboratory would host it: behind a reverse proxy at /lab, for people who have a password.

PORT=7860 python -m tests.browser.hosted_app
"""

from pathlib import Path
from tempfile import TemporaryDirectory

from assistant.access.entries import write_entries
from assistant.access.logins import SCHEMA
from assistant.access.passwords import hashed_password
from assistant.database import Database
from assistant.hosting.setup import hosting_of
from assistant.settings import parse_settings
from tests.browser import scripted_app

NAME, PASSWORD = "alice", "correct horse"


def main() -> None:
    with TemporaryDirectory(prefix="hosted-") as folder:
        people = Path(folder) / "people.txt"
        write_entries(people, {NAME: hashed_password(PASSWORD)})
        options = ["--auth-file", str(people), "--root-path", "/lab", "--trusted-proxies", "127.0.0.1"]
        database = Database(Path(folder) / "logins.sqlite", (SCHEMA,))
        scripted_app.main(hosting_of(parse_settings(options, {}), database, tunnel=None))
        database.close()


if __name__ == "__main__":
    main()
