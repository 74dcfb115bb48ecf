"""What became of the requests since the start, and how long their callers waited for what they got."""

from engine.histogram import Histogram
from engine.sequence import Sequence


class RequestMeter:
    """Times are perf_counter()'s. queue_wait and time_to_first_token begin when the caller asked."""

    def __init__(self) -> None:
        self.num_answered = 0
        self.num_failed = 0
        self.num_aborted = 0
        self.num_generated_tokens = 0
        self.queue_wait = Histogram()
        self.time_to_first_token = Histogram()
        self.inter_token = Histogram()

    def start(self, sequence: Sequence, now: float) -> None:
        """It is in a step; does nothing when it has been in one before."""
        if sequence.started_at is None:
            sequence.started_at = now
            self.queue_wait.record(now - sequence.submitted_at)

    def token(self, sequence: Sequence, now: float) -> None:
        """It has one more."""
        self.num_generated_tokens += 1
        if sequence.first_token_at is None or sequence.last_token_at is None:
            sequence.first_token_at = now
            self.time_to_first_token.record(now - sequence.submitted_at)
        else:
            self.inter_token.record(now - sequence.last_token_at)
        sequence.last_token_at = now
