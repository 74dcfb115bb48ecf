"""/metrics: what the engine, the tools and the doors have done, as Prometheus reads it."""

from collections.abc import Iterable, Iterator, Sequence

from prometheus_client import CollectorRegistry
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, HistogramMetricFamily, Metric
from prometheus_client.registry import Collector

from assistant.child.runner import ToolRunner
from assistant.model_slot import ModelSlot
from engine.errors import EngineStopped
from engine.messages import Distribution, EngineStats

GAUGES = (
    ("running", "Requests whose answers are being computed.", "num_running"),
    ("waiting", "Requests in the queue.", "num_waiting"),
    ("waiting_tokens", "Tokens of the prompts in the queue.", "num_waiting_tokens"),
    ("kv_blocks", "Blocks of the KV cache.", "num_blocks"),
    ("kv_cached_blocks", "Blocks that hold known tokens, in use or not.", "num_cached_blocks"),
    ("tokens_per_second", "New tokens of all answers over the last seconds.", "tokens_per_s"),
    ("last_step_seconds", "Time of the latest step.", "last_step_s"),
)
COUNTERS = (
    ("answered", "Requests with a complete answer.", "num_answered"),
    ("failed", "Requests that failed.", "num_failed"),
    ("aborted", "Requests that their caller stopped.", "num_aborted"),
    ("refused", "Requests that found the queue full or the door closed.", "num_refused"),
    ("prompt_tokens", "Tokens of all prompts.", "num_prompt_tokens"),
    ("prefix_hit_tokens", "Tokens of prompts that the prefix cache held.", "num_cached_tokens"),
    ("generated_tokens", "New tokens of all answers.", "num_generated_tokens"),
    ("drafted_tokens", "Tokens guessed by speculation.", "num_drafted_tokens"),
    ("accepted_tokens", "Of these, those that were right.", "num_accepted_tokens"),
    ("preemptions", "Answers put back to make room for others.", "num_preemptions"),
    ("steps", "Steps of the model.", "num_steps"),
    ("encoder_runs", "Pictures, videos and signals encoded.", "num_encoder_runs"),
    ("rank_restarts", "Times that the processes of the model were started again.", "num_rank_restarts"),
)
TIMES = (
    ("queue_seconds", "From the question to the first step.", "queue_wait"),
    ("time_to_first_token_seconds", "From the question to the first token.", "time_to_first_token"),
    ("inter_token_seconds", "From one token of an answer to the next.", "inter_token"),
)


class AppCollector(Collector):
    """Asked for each scrape. tools: all processes that run tools."""

    def __init__(self, slot: ModelSlot, tools: Sequence[ToolRunner]) -> None:
        self._slot = slot
        self._tools = tools

    def collect(self) -> Iterable[Metric]:
        status, _ = self._slot.readiness()
        yield GaugeMetricFamily("benchside_ready", "Whether questions are answered.", float(status == 200))
        runs = CounterMetricFamily("benchside_tool_runs", "Tool calls by how they ended.", labels=("tool", "code"))
        failures = CounterMetricFamily(
            "benchside_tool_failures", "Tool calls without a result.", labels=("tool", "code")
        )
        for (tool, code), count in _ends(self._tools).items():
            runs.add_metric((tool, code), count)
            if code != "ok":
                failures.add_metric((tool, code), count)
        yield from (runs, failures)
        if stats := self._stats():
            yield from _engine_metrics(stats)

    def _stats(self) -> EngineStats | None:
        try:
            return self._slot.agent.model.stats() if self._slot.agent else None
        except EngineStopped:
            return None


def new_registry(slot: ModelSlot, tools: Sequence[ToolRunner]) -> CollectorRegistry:
    """One per app, so that nothing is shared between two in a process."""
    registry = CollectorRegistry()
    registry.register(AppCollector(slot, tools))
    return registry


def _ends(tools: Sequence[ToolRunner]) -> dict[tuple[str, str], int]:
    ends: dict[tuple[str, str], int] = {}
    for runner in tools:
        for end, count in runner.ends().items():
            ends[end] = ends.get(end, 0) + count
    return ends


def _engine_metrics(stats: EngineStats) -> Iterator[Metric]:
    for name, text, field in GAUGES:
        yield GaugeMetricFamily(f"benchside_{name}", text, getattr(stats, field))
    in_use = stats.num_blocks - stats.num_free_blocks
    yield GaugeMetricFamily("benchside_kv_blocks_used", "Blocks that answers in progress hold.", in_use)
    for name, text, field in COUNTERS:
        yield CounterMetricFamily(f"benchside_{name}", text, getattr(stats, field))
    for name, text, field in TIMES:
        yield _histogram(f"benchside_{name}", text, getattr(stats, field))


def _histogram(name: str, text: str, times: Distribution) -> HistogramMetricFamily:
    buckets: list[tuple[str, float]] = []
    total = 0
    for bound, count in zip((*map(str, times.bounds), "+Inf"), times.counts, strict=True):
        total += count
        buckets.append((bound, total))
    return HistogramMetricFamily(name, text, buckets, times.total_s)
