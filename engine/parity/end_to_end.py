"""From a person's files and words to the prompt, and on to greedy tokens: what the assistant does, against the data.

Pixels may differ by a level in a few places (engine/parity/pixels.py), so features are not compared here, but ids,
grids and the greedy tokens after them. Text prompts are compared from their text on.
"""

from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
import torch

from engine.checkpoint import read_json
from engine.dialects.chat import chat_of
from engine.dialects.intern_s1_pro import InternS1ProDialect
from engine.dialects.openai import render_openai
from engine.dialects.prompt import render_prompt
from engine.dialects.segments import segments_text
from engine.media import MediaInput, Pixels, Prompt, SignalInput
from engine.messages import Conversation, Message, Part
from engine.parity.case import Case, CaseIncomplete
from engine.parity.check import Check, close, exact, failure
from engine.parity.golden_prompts import GoldenPrompt, prompt_entries
from engine.parity.greedy import compare_greedy, generate, num_greedy
from engine.parity.pixels import check_pixels
from engine.processors.prepare import prepare
from engine.processors.settings import ProcessorSettings, read_processor_settings
from engine.processors.videos import read_video
from engine.tokenizer import Tokenizer, has_tokenizer


def check_end_to_end(case: Case, prompts: Sequence[GoldenPrompt]) -> Iterator[Check]:
    """Nothing for a case that has no tokenizer, since its prompts are ids only."""
    folder = case.path("checkpoint")
    if not has_tokenizer(folder):
        return
    tokenizer, entries = Tokenizer.from_checkpoint(folder), prompt_entries(case)
    yield _check_texts(case, tokenizer, entries)
    settings = read_processor_settings(folder, read_json(folder / "config.json"))
    with_media = [golden for golden in prompts if golden.prompt.inputs]
    if settings is None or not with_media:
        return
    read = {golden.name: read_files(case, entries[golden.name], settings) for golden in with_media}
    ours: list[Prompt] = []
    for golden in with_media:
        conversation = conversation_of(entries[golden.name], read[golden.name])
        ours.append(render_prompt(conversation, InternS1ProDialect(), tokenizer))
        yield from _check_media(case, golden, read[golden.name])
        yield from _check_text(case, golden, entries[golden.name], conversation)
        yield _check_ids(case, golden, ours[-1])
    for golden, ids in zip(with_media, generate(case, ours, max(map(num_greedy, with_media))), strict=True):
        yield compare_greedy(case, golden, ids, "end to end, greedy tokens")


def _check_texts(case: Case, tokenizer: Tokenizer, entries: dict[str, dict[str, Any]]) -> Check:
    texts = {name: entry["text"] for name, entry in entries.items() if "text" in entry}
    wrong = [name for name, text in texts.items() if tokenizer.encode_with_control(text) != entries[name]["input_ids"]]
    return exact(case.name, "end to end: ids of texts", wrong, len(texts))


def read_files(case: Case, entry: dict[str, Any], settings: ProcessorSettings) -> tuple[MediaInput, ...]:
    """The files of a prompt, in the order of its message, as the assistant reads them."""
    if "images" in entry:
        return tuple(prepare(case.path(name), "image", settings) for name in entry["images"])
    if "signal" in entry:
        return (prepare(case.path(entry["signal"]), "signal", settings, entry["sampling_rate"]),)
    if "video" in entry:
        with np.load(case.path(entry["video"].split()[0])) as arrays:
            return (read_video(_Frames(arrays["frames"], entry["fps"]), settings),)
    raise CaseIncomplete("a prompt of inputs.json names no images, video or signal")


class _Frames:
    """An engine.processors.video_readers.FrameReader of frames that are decoded already."""

    def __init__(self, frames: Pixels, fps: float) -> None:
        self.num_frames, self.fps = len(frames), fps
        self._frames = frames

    def frames(self, indices: list[int]) -> Iterator[Pixels]:
        return (self._frames[index] for index in indices)


def conversation_of(entry: dict[str, Any], media: tuple[MediaInput, ...]) -> Conversation:
    """One question. A series has no place in the released template, so its prompt is given as text."""
    if "messages" not in entry:
        words = entry["text_template"].split("<|/ts|>")[1].split("<|im_end|>")[0]
        return Conversation((Message("user", (*media, words)),))
    (message,), left = entry["messages"], iter(media)
    content: list[Part] = [item["text"] if item["type"] == "text" else next(left) for item in message["content"]]
    return Conversation((Message(message["role"], tuple(content)),))


def _check_media(case: Case, golden: GoldenPrompt, media: tuple[MediaInput, ...]) -> Iterator[Check]:
    for i, (ours, theirs) in enumerate(zip(media, golden.prompt.inputs, strict=True)):
        name = f"{golden.name}: end to end, file {i + 1}"
        if isinstance(ours, SignalInput) and isinstance(theirs, SignalInput):
            rounded = torch.from_numpy(ours.values).bfloat16().float()  # as the data are, and as the encoder does
            yield close(case.name, name, rounded, torch.from_numpy(theirs.values), 0.0)
        elif isinstance(ours, SignalInput) or isinstance(theirs, SignalInput) or ours.grid != theirs.grid:
            yield failure(case.name, name, "the file has another grid, or is of another kind, than the data")
        else:
            yield check_pixels(case.name, name, ours.pixels, [theirs.pixels])


def _check_text(case: Case, golden: GoldenPrompt, entry: dict[str, Any], conversation: Conversation) -> Iterator[Check]:
    """The released template's text, and the same with its placeholders expanded, where the data hold them."""
    wrong, num_compared = [], 0
    if "rendered" in entry:
        num_compared += 1
        if render_openai(InternS1ProDialect(), entry["messages"], add_generation_prompt=True) != entry["rendered"]:
            wrong.append("rendered")
    if "expanded_text" in entry:
        num_compared += 1
        if segments_text(InternS1ProDialect().render(chat_of(conversation))) != entry["expanded_text"]:
            wrong.append("expanded_text")
    if num_compared:
        yield exact(case.name, f"{golden.name}: end to end, text", wrong, num_compared)


def _check_ids(case: Case, golden: GoldenPrompt, ours: Prompt) -> Check:
    """Every id in its place, and every placeholder for the right feature."""
    theirs = golden.prompt
    wrong = [name for name in ("token_ids", "spans") if getattr(ours, name) != getattr(theirs, name)]
    return exact(case.name, f"{golden.name}: end to end, ids and spans", wrong, 2)
