"""A conversation as an archive: the Markdown, the JSON, the notebook, and beside them every file, whole."""

import io
import zipfile

from assistant.handover.json_export import json_export
from assistant.handover.markdown_export import markdown_export
from assistant.handover.notebook_export import notebook_export
from assistant.handover.places import Folder
from assistant.handover.record import Record
from assistant.ui.strings import Words


def zip_export(record: Record, stem: str, words: Words) -> bytes:
    """stem: the name of the texts in it, and of the folder that it unpacks to."""
    folder = Folder("files")
    for content in record.inputs:  # first, so that they keep their names: the notebook looks for them
        folder(content)
    texts = {
        f"{stem}.md": markdown_export(record, words, folder),
        f"{stem}.json": json_export(record, folder),
        f"{stem}.ipynb": notebook_export(record, words),
    }
    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w", zipfile.ZIP_DEFLATED) as opened:
        for name, text in texts.items():
            opened.writestr(f"{stem}/{name}", text.encode(errors="replace"))
        for path, content in folder.files.items():
            opened.writestr(f"{stem}/{path}", content.read())
    return archive.getvalue()
