"""What the engine's stats say of one request, in the words of a stream."""

from engine.messages import EngineStats, RequestStats, StreamProgress


def stream_progress(stats: EngineStats, request_id: int) -> StreamProgress | None:
    """None where the stats do not list it."""
    run = stats.encoder_run
    if run is not None and run.request_id == request_id:
        return StreamProgress("encoding", num_done=run.number, num_total=run.num_media)
    request = next((request for request in stats.requests if request.request_id == request_id), None)
    return _progress(request) if request else None


def _progress(request: RequestStats) -> StreamProgress:
    generated, speed = request.num_generated, request.tokens_per_s
    match request.stage:
        case "waiting":
            return StreamProgress("queued", place=request.place, num_generated=generated, tokens_per_s=speed)
        case "encode":
            number = min(request.num_encoded + 1, request.num_media)
            return StreamProgress("encoding", num_done=number, num_total=request.num_media)
        case "prefill":
            num_done, num_total = request.num_read, request.num_tokens
            return StreamProgress("reading", 0, num_done, num_total, num_generated=generated, tokens_per_s=speed)
        case "decode":
            return StreamProgress("writing", num_generated=generated, tokens_per_s=speed)
