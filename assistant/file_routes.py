"""The routes of what tools made, for the browser of its conversation: a file, a 3D view to keep, a molecule in 3D."""

import asyncio
from pathlib import Path
from typing import Literal
from urllib.parse import quote

from fastapi import FastAPI, Request, Response
from fastapi.responses import PlainTextResponse

from assistant.agent import Tools
from assistant.cancel import CancelToken
from assistant.child.runner import ToolOutcome
from assistant.events import Artifact
from assistant.sessions import COOKIE, is_session_id
from assistant.structure_page import structure_page
from assistant.tools.result import ToolError
from assistant.ui.chat import Desk
from assistant.ui.dark_picture import for_dark_page
from assistant.ui.render import error_code
from assistant.ui.strings import Language, Words, preferred_language

VIEWER = Path(__file__).parent.parent / "assets/web/vendor/3Dmol-min.js"
# A picture that is opened by itself may hold styles and nothing else.
FILE_POLICY = "default-src 'none'; style-src 'unsafe-inline'; sandbox"
FILE_HEADERS = {"Content-Security-Policy": FILE_POLICY, "Cache-Control": "private, max-age=3600, immutable"}
FILE_TYPES = {
    "image/svg+xml",
    "image/png",
    "text/csv",
    "application/json",
    "chemical/x-mdl-sdfile",
    "chemical/x-pdb",
    "chemical/x-cif",
}


def add_file_routes(app: FastAPI, desk: Desk, tools: Tools, language: Language | None) -> None:
    def words_for(request: Request) -> Words:
        return Words(language or preferred_language(request.headers))

    @app.get("/files/{file_id}")
    def file(file_id: str, request: Request, theme: Literal["light", "dark"] = "light") -> Response:
        artifact = _artifact(file_id, request, desk)
        if artifact is None:
            return no_file(words_for(request))
        data = artifact.data
        if theme == "dark" and artifact.kind == "svg" and isinstance(data, str):
            data = for_dark_page(data)
        return _file_response(artifact, data)

    @app.get("/files/{file_id}/page")
    def page(file_id: str, request: Request) -> Response:
        """A 3D view as one HTML file to keep, or a sentence that says what it needs."""
        artifact = _artifact(file_id, request, desk)
        if artifact is None or artifact.kind not in ("mol3d", "structure3d"):
            return no_file(words_for(request))
        try:
            text = structure_page(artifact, VIEWER.read_text())
        except ToolError as error:
            return PlainTextResponse(words_for(request).refused(error.code, str(error)), 422)
        headers = {"Content-Disposition": f'attachment; filename="{artifact.id}.html"'}
        return Response(text, media_type="application/octet-stream", headers=FILE_HEADERS | headers)

    @app.post("/files/{file_id}/3d")
    def conformer(file_id: str, request: Request) -> Response:
        """The molecule of a picture as an SDF block, or a sentence that says why there is none."""
        artifact = _artifact(file_id, request, desk)
        if artifact is None or "smiles" not in artifact.meta:
            return no_file(words_for(request))
        return _conformer(artifact, tools, words_for(request))

    @app.post("/molecule")
    async def molecule(request: Request) -> Response:
        """The picture of a SMILES that stands in an answer, or a sentence that says why there is none."""
        if not is_session_id(request.cookies.get(COOKIE)):
            return no_file(words_for(request))
        smiles = (await request.body()).decode(errors="replace")
        return await asyncio.to_thread(_drawn, smiles, tools, words_for(request))


def _artifact(file_id: str, request: Request, desk: Desk) -> Artifact | None:
    artifact_id = desk.links.artifact_id(request.cookies.get(COOKIE, ""), file_id)
    return desk.store.artifact(artifact_id) if artifact_id else None


def _file_response(artifact: Artifact, data: str | bytes) -> Response:
    media_type = artifact.media_type if artifact.media_type in FILE_TYPES else "application/octet-stream"
    headers = {"Content-Disposition": f"inline; filename*=UTF-8''{quote(artifact.name, safe='')}"}
    return Response(data, media_type=media_type, headers=FILE_HEADERS | headers)


def _conformer(artifact: Artifact, tools: Tools, words: Words) -> Response:
    outcome = tools.call("molecule_3d", {"smiles": artifact.meta["smiles"]}, CancelToken())
    if not outcome.ok:
        return _refused(outcome, words)
    return Response(outcome.artifacts[0].data, media_type=outcome.artifacts[0].media_type)


def _drawn(smiles: str, tools: Tools, words: Words) -> Response:
    outcome = tools.call("render_molecule", {"smiles": smiles}, CancelToken())
    if not outcome.ok:
        return _refused(outcome, words)
    return Response(outcome.artifacts[0].data, media_type="image/svg+xml", headers=FILE_HEADERS)


def _refused(outcome: ToolOutcome, words: Words) -> Response:
    return PlainTextResponse(words.refused(error_code(outcome.summary), outcome.summary), 422)


def no_file(words: Words) -> Response:
    return PlainTextResponse(words("no_file"), 404)
