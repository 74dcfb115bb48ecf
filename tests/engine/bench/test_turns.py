import pytest

from engine.bench import turns as module
from engine.bench.job import Sample, SideSettings
from engine.bench.measures import first_token, throughput
from engine.bench.side import SideSpec
from engine.bench.turns import Conditions, Turns

SETTINGS = SideSettings("model", "float32", 1, 64, 8, 1)


class FakeSide:
    """Answers at once: each token is the sum of the prompt, but the side named "other" counts on from there."""

    served: list[tuple[str, list]] = []

    def __init__(self, spec):
        self.label, self.pids, self.start_s = spec.label, [], 1.5

    def serve(self, job):
        self.served.append((self.label, job))
        ids = [
            [sum(request.prompt) + (self.label == "other") * i for i in range(request.max_tokens)] for request in job
        ]
        return Sample(ids, [[0.1 * (i + 1) for i in range(request.max_tokens)] for request in job])

    def peak_memory(self):
        return 7

    def close(self):
        self.served.append((self.label, []))


@pytest.fixture
def turns(monkeypatch):
    monkeypatch.setattr(module, "Side", FakeSide)
    monkeypatch.setattr(module, "_PROBE_BYTES", 4096)
    monkeypatch.setattr(module, "foreign_cores", lambda before, after: 0.0)
    monkeypatch.setattr(FakeSide, "served", [])
    specs = [SideSpec(label, "program", "python", SETTINGS) for label in ("ours", "other", "third")]
    return Turns(specs, 1000, Conditions(max_foreign_cores=0.5), lambda text: None)


def test_who_goes_first_changes_and_all_get_the_same_ids(turns):
    turns.start([])

    turns.measure([first_token(8)], 3)

    labels = [label for label, _ in FakeSide.served]
    assert labels == ["ours", "other", "third", "other", "third", "ours", "third", "ours", "other"]
    jobs = [job for _, job in FakeSide.served]
    assert jobs[0] == jobs[1] == jobs[2] and jobs[3] == jobs[4] == jobs[5]


def test_no_two_jobs_begin_alike_so_that_no_cache_helps(turns):
    measures = [throughput(1, 32, 8), throughput(2, 32, 8), first_token(64)]
    turns.start(measures)

    turns.measure(measures, 3)

    prompts = [request.prompt for label, job in FakeSide.served if label == "ours" for request in job]
    beginnings = {tuple(prompt[:2]) for prompt in prompts}
    assert len(beginnings) == len(prompts) == 4 * (1 + 2 + 1)  # the warm-up and three rounds


def test_warm_ups_are_short(turns):
    turns.start([throughput(2, 3000, 50)])

    assert [(len(r.prompt), r.max_tokens) for r in FakeSide.served[0][1]] == [(2048, 4), (2048, 4)]


def test_findings_have_an_entry_per_round_and_say_whose_tokens_differ(turns):
    turns.start([])
    turns.measure([throughput(1, 4, 2)], 2)
    turns.close()
    turns.restart(2)

    found = turns.findings
    assert {label: len(rounds) for label, rounds in found.figures["1 at once, 4 in, 2 out"].items()} == {
        "ours": 2,
        "other": 2,
        "third": 2,
    }
    assert found.same_tokens["1 at once, 4 in, 2 out"] == {"other": 0.5, "third": 1.0}
    assert found.start_s["ours"] == [1.5] * 3 and len(found.bandwidths) == 2
    assert found.peak_memory == {"ours": 7, "other": 7, "third": 7}


def test_a_disturbed_round_is_repeated_with_new_ids_and_the_least_disturbed_counts(turns, monkeypatch):
    disturbances = iter([0.0, 2.0, 0.0, 0.9, 0.0, 0.0, 0.0, 0.0, 0.8])  # by side, three times
    monkeypatch.setattr(module, "foreign_cores", lambda before, after: next(disturbances))
    turns.start([])

    turns.measure([throughput(1, 4, 2)], 1)

    found = turns.findings
    assert found.num_repeated == 2
    assert [found.foreign_cores["1 at once, 4 in, 2 out"][label] for label in ("ours", "other", "third")] == [
        [0.0],
        [0.0],
        [0.8],
    ]
    jobs = [job for label, job in FakeSide.served if label == "ours"]
    assert len(jobs) == 3 and len({tuple(job[0].prompt) for job in jobs}) == 3
    assert [len(rounds) for rounds in found.figures["1 at once, 4 in, 2 out"].values()] == [1, 1, 1]


def test_a_quiet_round_is_taken_once(turns, monkeypatch):
    monkeypatch.setattr(module, "foreign_cores", lambda before, after: 0.4)
    turns.start([])

    turns.measure([throughput(1, 4, 2)], 2)

    assert turns.findings.num_repeated == 0 and len(FakeSide.served) == 2 * 3
