"""A request as text to copy: a curl command, or a Python program with OpenAI's client. No key is ever in it."""

import json
import pprint
import shlex
from typing import Any

from assistant.handover.request import OURS, LargeFile

WIDTH = 100
END = "END_OF_REQUEST"


def as_curl(request: dict[str, Any], server: str) -> str:
    """For any POSIX shell. The request comes after the command, up to a line that no JSON can hold, so nothing in it
    is quoted for the shell and nothing in it can be a command."""
    body = json.dumps(request, ensure_ascii=True, indent=2)
    assert END not in body.splitlines()
    return (
        f"curl {shlex.quote(f'{server}/v1/chat/completions')} \\\n"
        '  -H "Authorization: Bearer $BENCHSIDE_API_KEY" \\\n'
        "  -H 'Content-Type: application/json' \\\n"
        f"  --data-binary @- <<'{END}'\n{body}\n{END}\n"
    )


def as_python(request: dict[str, Any], server: str) -> str:
    theirs = {name: value for name, value in request.items() if name not in (*OURS, "enable_thinking")}
    ours = {name: value for name, value in request.items() if name not in theirs}
    arguments = "".join(f"    {name}={_literal(value)},\n" for name, value in {**theirs, "extra_body": ours}.items())
    return (
        "# pip install openai\n"
        f"{_imports(request)}"
        "from openai import OpenAI\n\n"
        f"{_data_url(request)}"
        f"client = OpenAI(base_url={f'{server}/v1'!r}, api_key=os.environ.get('BENCHSIDE_API_KEY', 'none'))\n"
        f"completion = client.chat.completions.create(\n{arguments})\n"
        "print(completion.choices[0].message)\n"
    )


def _literal(value: Any) -> str:
    return pprint.pformat(value, width=WIDTH, sort_dicts=False).replace("\n", "\n    ")


def _imports(request: dict[str, Any]) -> str:
    names = ("base64", "mimetypes", "os") if _has_large(request) else ("os",)
    return "".join(f"import {name}\n" for name in names) + "\n"


def _data_url(request: dict[str, Any]) -> str:
    if not _has_large(request):
        return ""
    return (
        "\ndef data_url(path):  # of a file that was too large to be copied\n"
        "    media_type = mimetypes.guess_type(path)[0] or 'application/octet-stream'\n"
        "    with open(path, 'rb') as file:\n"
        "        return f'data:{media_type};base64,{base64.b64encode(file.read()).decode()}'\n\n\n"
    )


def _has_large(value: Any) -> bool:
    match value:
        case LargeFile():
            return True
        case dict():
            return any(map(_has_large, value.values()))
        case list():
            return any(map(_has_large, value))
        case _:
            return False
