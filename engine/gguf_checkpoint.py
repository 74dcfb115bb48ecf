"""A .gguf file as a checkpoint under canonical names, with the mmproj file beside it if there is one."""

from dataclasses import dataclass, replace
from pathlib import Path

import torch
from torch import Tensor

from engine.gguf_file import GgufFile
from engine.gguf_text import text_config, text_names
from engine.gguf_vision import find_vision_file, multimodal_config, vision_name, vision_shape
from engine.stored_tensor import StoredTensor

_QUERY, _KEY = "self_attn.q_proj.weight", "self_attn.k_proj.weight"


@dataclass(frozen=True, slots=True)
class _Source:
    """expert: its place in the file's stack of matrices. num_heads: of a matrix whose rows are reordered."""

    file: GgufFile
    stored: StoredTensor
    expert: int | None
    num_heads: int | None = None


class GgufCheckpoint:
    def __init__(self, path: Path) -> None:
        self.path = path
        text = GgufFile(path)
        self.config = text_config(text)
        vision = find_vision_file(text, self.config["hidden_size"])
        heads = {_QUERY: self.config["num_attention_heads"], _KEY: self.config["num_key_value_heads"]}
        if text.architecture != "llama":
            heads = {}
        self._sources: dict[str, _Source] = {}
        for own_name in text.tensors:
            for name, expert in text_names(own_name, text).items():
                num_heads = heads.get(".".join(name.split(".")[-3:]))
                self._sources[name] = _Source(text, text.stored(own_name, expert), expert, num_heads)
        if vision is not None:
            self.config = multimodal_config(self.config, text, vision)
            for own_name in vision.tensors:
                name, stored = vision_name(own_name, vision.path), vision.stored(own_name)
                stored = replace(stored, shape=vision_shape(name, stored.shape))
                self._sources[name] = _Source(vision, stored, None)

    def names(self) -> list[str]:
        return list(self._sources)

    def stored(self, name: str) -> StoredTensor:
        return self._sources[name].stored

    def tensor(self, name: str, dtype: torch.dtype | None = None) -> Tensor:
        source = self._sources[name]
        values = source.file.read(source.stored.name, dtype or torch.float32, source.expert).view(source.stored.shape)
        return values if source.num_heads is None else _restore_rows(values, source.num_heads)


def _restore_rows(weight: Tensor, num_heads: int) -> Tensor:
    """Rows of each head from pairs (x0, y0, x1, y1, ...) back to halves (x0, x1, ..., y0, y1, ...)."""
    num_rows, num_columns = weight.shape
    pairs = weight.view(num_heads, num_rows // num_heads // 2, 2, num_columns)
    return pairs.transpose(1, 2).reshape(num_rows, num_columns)
