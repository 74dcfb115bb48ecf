"""Kinds of arguments that many tools take. Their descriptions stand in the tools' docstrings."""

from typing import Annotated

from assistant.tools.base import Schema

Smiles = Annotated[str, Schema(minLength=1, maxLength=2000)]
FileName = Annotated[str, Schema(maxLength=200)]  # for assistant.tools.attached.attached
