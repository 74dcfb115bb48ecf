"""Match the placeholder ids of a prompt with the media they stand for."""

from typing import Any

from engine.errors import InvalidRequest
from engine.media import ImageInput, MediaInput, MediaSpan, Prompt, SignalInput, VideoInput

PlaceholderIds = dict[type[MediaInput], int]

# <TS_CONTEXT>, which config.json does not name (family facts, sections 1.1 and 5.2)
_SIGNAL_IDS = {
    "InternS1ForConditionalGeneration": 152_973,
    "InternS1ProForConditionalGeneration": 151_685,
    "InternS1_1_ForConditionalGeneration": 151_685,
}
_NAMES: dict[type[MediaInput], str] = {ImageInput: "pictures", VideoInput: "videos", SignalInput: "signals"}


def read_placeholder_ids(config: dict[str, Any]) -> PlaceholderIds:
    """config: config.json. Intern-S1 shows the frames of a video with the id of pictures. Empty for text models."""
    architecture = (config.get("architectures") or [None])[0]
    if architecture not in _SIGNAL_IDS:
        return {}
    image_id = int(config["image_token_id"])
    return {
        ImageInput: image_id,
        VideoInput: int(config.get("video_token_id", image_id)),
        SignalInput: int(config.get("ts_token_id", _SIGNAL_IDS[architecture])),
    }


def prompt_of_ids(token_ids: list[int], inputs: tuple[MediaInput, ...], placeholder_ids: PlaceholderIds) -> Prompt:
    """Placeholders of one id belong to the inputs that use it, in order; neither may be left over."""
    positions: dict[int, list[int]] = {
        placeholder_ids[type(item)]: [] for item in inputs if type(item) in placeholder_ids
    }
    for position, token_id in enumerate(token_ids):
        if token_id in positions:
            positions[token_id].append(position)
    spans: list[MediaSpan] = []
    for index, item in enumerate(inputs):
        if type(item) not in placeholder_ids:
            raise InvalidRequest(f"This model does not read {_NAMES[type(item)]}.")
        mine = positions[placeholder_ids[type(item)]]
        taken, mine[:] = mine[: item.num_tokens], mine[item.num_tokens :]
        if len(taken) < item.num_tokens:
            raise InvalidRequest(
                f"The prompt has {len(taken):,} placeholder tokens left for attachment {index + 1}, which takes "
                f"{item.num_tokens:,}."
            )
        spans += _runs(taken, index)
    if left := sum(map(len, positions.values())):
        raise InvalidRequest(f"The prompt has {left:,} placeholder tokens more than its attachments take.")
    return Prompt(token_ids, tuple(sorted(spans, key=lambda span: span.start)), inputs)


def _runs(positions: list[int], input_index: int) -> list[MediaSpan]:
    """Neighbouring positions are one span."""
    spans: list[MediaSpan] = []
    for feature, position in enumerate(positions):
        if spans and position == spans[-1].start + spans[-1].num_tokens:
            last = spans.pop()
            spans.append(MediaSpan(last.start, last.num_tokens + 1, input_index, last.first_feature))
        else:
            spans.append(MediaSpan(position, 1, input_index, feature))
    return spans
