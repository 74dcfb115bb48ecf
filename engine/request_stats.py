"""How far one request has got, and how it went."""

from engine.encoder_cache import EncoderCache
from engine.messages import RequestStats, Stage, Usage
from engine.scheduler import Scheduler
from engine.sequence import Sequence


def all_request_stats(
    sequences: list[Sequence], scheduler: Scheduler, encoders: EncoderCache
) -> tuple[RequestStats, ...]:
    places = scheduler.places()
    return tuple(_request_stats(sequence, scheduler, encoders, places) for sequence in sequences)


def media_progress(sequence: Sequence, encoders: EncoderCache) -> tuple[int, int]:
    """How many media it has, and how many of them need no encoder any more."""
    num_media = len(set(sequence.media_ids))
    return num_media, num_media - sum(not encoders.has(media_id) for media_id in sequence.unread_media())


def usage(sequence: Sequence, now: float) -> Usage:
    """Of one that has its last token."""
    assert sequence.first_token_at is not None and sequence.started_at is not None
    return Usage(
        prompt_tokens=sequence.num_prompt_tokens,
        completion_tokens=sequence.num_generated,
        time_to_first_token_s=sequence.first_token_at - sequence.submitted_at,
        decode_s=now - sequence.first_token_at,
        cached_tokens=sequence.num_cached_tokens or 0,
        queue_s=sequence.started_at - sequence.submitted_at,
        encode_s=sequence.encode_s,
    )


def _request_stats(
    sequence: Sequence, scheduler: Scheduler, encoders: EncoderCache, places: dict[int, int]
) -> RequestStats:
    num_media, num_encoded = media_progress(sequence, encoders) if sequence.media_ids else (0, 0)
    stage: Stage = "waiting"
    if scheduler.is_running(sequence):
        is_reading = sequence.num_generated == 0 or sequence.num_unread > 1
        stage = "encode" if num_encoded < num_media else "prefill" if is_reading else "decode"
    return RequestStats(
        request_id=sequence.id,
        stage=stage,
        num_read=sequence.num_computed,
        num_tokens=sequence.num_tokens,
        num_generated=sequence.num_generated,
        place=places.get(sequence.id, 0),
        num_media=num_media,
        num_encoded=num_encoded,
        tokens_per_s=_tokens_per_s(sequence),
    )


def _tokens_per_s(sequence: Sequence) -> float:
    """Tokens after the first over the time they took."""
    if sequence.first_token_at is None or sequence.last_token_at is None:
        return 0.0
    seconds = sequence.last_token_at - sequence.first_token_at
    return (sequence.num_generated - 1) / seconds if seconds > 0 else 0.0
