from prometheus_client import generate_latest
from prometheus_client.parser import text_string_to_metric_families

from assistant.agent import Agent
from assistant.model_slot import ModelSlot
from assistant.openai_api.metrics import new_registry
from engine.errors import EngineStopped
from engine.messages import Distribution, EngineStats
from engine.sampling_params import SamplingParams
from tests.assistant.fakes import FakeTools, ScriptedModel


class Runner:
    """What the metrics ask of a ToolRunner."""

    def __init__(self, ends):
        self._ends = ends

    def ends(self):
        return self._ends


def slot_of(stats):
    class Measured(ScriptedModel):
        def stats(self):
            if isinstance(stats, Exception):
                raise stats
            return stats

    slot = ModelSlot("scripted")
    slot.fill(Agent(Measured(), FakeTools(), "You help.", SamplingParams()))
    return slot


def samples(slot, *runners):
    """Values by name and labels in the order of their names, read by Prometheus's own parser."""
    text = generate_latest(new_registry(slot, runners)).decode()
    return {
        (sample.name, *sample.labels.values()): sample.value
        for family in text_string_to_metric_families(text)
        for sample in family.samples
    }


def test_the_engines_numbers_are_told():
    stats = EngineStats(2, 3, 100, 60, num_cached_tokens=7, num_preemptions=4, tokens_per_s=12.5)

    found = samples(slot_of(stats))

    assert found["benchside_ready",] == 1
    assert (found["benchside_running",], found["benchside_waiting",]) == (2, 3)
    assert (found["benchside_kv_blocks_used",], found["benchside_kv_blocks",]) == (40, 100)
    assert (found["benchside_prefix_hit_tokens_total",], found["benchside_preemptions_total",]) == (7, 4)
    assert found["benchside_tokens_per_second",] == 12.5


def test_times_are_histograms_that_add_up():
    times = Distribution((0.1, 1.0), (2, 3, 1), total_s=9.0)

    found = samples(slot_of(EngineStats(0, 0, 1, 1, time_to_first_token=times)))

    name = "benchside_time_to_first_token_seconds"
    assert [found[f"{name}_bucket", bound] for bound in ("0.1", "1.0", "+Inf")] == [2, 5, 6]
    assert (found[f"{name}_count",], found[f"{name}_sum",]) == (6, 9.0)


def test_tool_runs_are_told_by_tool_and_code():
    first = Runner({("calculate", "ok"): 2, ("calculate", "tool_timeout"): 1})
    second = Runner({("calculate", "ok"): 3})

    found = samples(slot_of(EngineStats(0, 0, 1, 1)), first, second)

    assert found["benchside_tool_runs_total", "ok", "calculate"] == 5
    assert found["benchside_tool_failures_total", "tool_timeout", "calculate"] == 1
    assert ("benchside_tool_failures_total", "ok", "calculate") not in found


def test_without_an_engine_the_rest_is_told():
    for slot in (ModelSlot("loading"), slot_of(EngineStopped("It has stopped."))):
        found = samples(slot, Runner({("calculate", "ok"): 1}))

        assert found["benchside_ready",] == 0
        assert ("benchside_running",) not in found
        assert found["benchside_tool_runs_total", "ok", "calculate"] == 1


def test_two_apps_in_one_process_share_nothing():
    slot = ModelSlot("loading")

    assert new_registry(slot, ()) is not new_registry(slot, ())
