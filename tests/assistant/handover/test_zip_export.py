import io
import json
import zipfile

from assistant.handover.record import Content
from assistant.handover.zip_export import zip_export
from assistant.ui.strings import Words
from tests.assistant.handover.records import hostile, ordinary, record

EN = Words("en")


def opened(made, stem="stem"):
    return zipfile.ZipFile(io.BytesIO(zip_export(made, stem, EN)))


def test_an_archive_holds_the_texts_and_every_file_whole():
    large = Content("large.bin", "application/octet-stream", b"x" * (5 * 2**20))
    archive = opened(record(*ordinary().turns, inputs=(large,)))

    names = set(archive.namelist())

    assert {"stem/stem.md", "stem/stem.json", "stem/stem.ipynb", "stem/files/gel.png"} <= names
    assert archive.read("stem/files/large.bin") == large.read()


def test_every_path_that_the_texts_name_is_there():
    archive = opened(ordinary())

    value = json.loads(archive.read("stem/stem.json"))

    paths = [file["content"]["path"] for turn in value["turns"] for file in turn["files"]]
    assert paths
    assert all(f"stem/{path}" in archive.namelist() for path in paths)
    assert "](files/gel.png)" in archive.read("stem/stem.md").decode()


def test_names_in_an_archive_are_safe_and_each_is_there_once():
    contents = [
        Content(name, "text/plain", name.encode()) for name in ("../../evil", "A.txt", "a.txt", "con", ".hidden")
    ]
    archive = opened(record(*hostile().turns, inputs=tuple(contents)))

    names = archive.namelist()

    assert len({name.casefold() for name in names}) == len(names)
    for name in names:
        assert not {"", ".", ".."} & set(name.split("/"))
        assert not set('\\:*?"<>|') & set(name)
