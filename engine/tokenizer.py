"""Text to ids and back, for byte-level BPE tokenizers (Llama 3, Qwen, SmolLM) and Intern-S1's dynamic one.

Text of users, files and tools is encoded by a twin without the added tokens, so it can never become a control token;
control tokens come from the dialect alone, by `control_id` or `encode_with_control`.
"""

import codecs
import logging
from collections.abc import Mapping
from pathlib import Path

from engine.smiles_check import is_rdkit_installed
from engine.tokenizer_files import TokenizerParts, has_tokenizer_files, read_folder, read_gguf

_log = logging.getLogger(__name__)


def has_tokenizer(path: str | Path) -> bool:
    """A folder without any tokenizer file can still be run on token ids."""
    path = Path(path)
    return path.suffix == ".gguf" or has_tokenizer_files(path)


class Tokenizer:
    """eos_token_ids: any of them ends an answer. uses_rdkit: molecules are detected by RDKit, which changes ids.

    token_bytes: what each id says. control_ids: of the added tokens, by their text. special_ids: those of them that
    only shape a prompt, such as <|im_end|>, but not <think> or <SMILES>.
    """

    def __init__(self, parts: TokenizerParts) -> None:
        self._encoder = parts.encoder
        self.special_ids = parts.special_ids
        self.control_ids = parts.control_ids
        self.token_bytes = parts.token_bytes
        self.eos_token_ids = parts.eos_token_ids
        self.uses_rdkit = parts.uses_rdkit

    def __repr__(self) -> str:
        detection = {None: "no domains", True: "domains, RDKit", False: "domains, no RDKit"}[self.uses_rdkit]
        num_tokens, num_controls = len(self.token_bytes), len(self.control_ids)
        return f"Tokenizer({num_tokens:,} tokens, {num_controls} of them control tokens, {detection})"

    @classmethod
    def from_checkpoint(cls, path: str | Path, uses_rdkit: bool | None = None) -> "Tokenizer":
        """Read a Hugging Face folder or the vocabulary inside a .gguf file.

        uses_rdkit: for an Intern-S1 folder, how molecules in plain text are told; None is by RDKit if it is installed.
        """
        path = Path(path)
        if uses_rdkit is None:
            uses_rdkit = is_rdkit_installed()
        tokenizer = cls(read_gguf(path) if path.suffix == ".gguf" else read_folder(path, uses_rdkit))
        _log.info("%s: %r", path, tokenizer)
        return tokenizer

    @property
    def known_ids_end(self) -> int:
        """One past the last id that means something; rows of the vocabulary from here on are padding."""
        return max(self.token_bytes, default=-1) + 1

    def encode(self, text: str) -> list[int]:
        """Ids of text from outside; no control token can come out of it."""
        return self._encoder.encode(text)

    def encode_with_control(self, text: str) -> list[int]:
        """Ids of text that the program itself wrote: control tokens and domain tags in it are read as such."""
        return self._encoder.encode_with_control(text)

    def control_id(self, text: str) -> int | None:
        """Id of a control token such as <|im_start|>; None when this vocabulary has none of that name."""
        return self.control_ids.get(text)

    def decode(self, ids: list[int], skips_special: bool = False) -> str:
        """skips_special: leave out special_ids."""
        skipped = self.special_ids if skips_special else frozenset[int]()
        return b"".join(self.token_bytes.get(i, b"") for i in ids if i not in skipped).decode("utf-8", errors="replace")

    def incremental_decoder(self) -> "IncrementalDecoder":
        return IncrementalDecoder(self.token_bytes)


class IncrementalDecoder:
    """Turns ids into text as they come; bytes of an unfinished character wait for the rest of it."""

    def __init__(self, token_bytes: Mapping[int, bytes]) -> None:
        self._token_bytes = token_bytes
        self._utf8 = codecs.getincrementaldecoder("utf-8")(errors="replace")

    def push(self, ids: list[int]) -> str:
        return self._utf8.decode(b"".join(self._token_bytes.get(i, b"") for i in ids))

    def flush(self) -> str:
        return self._utf8.decode(b"", final=True)
