import json

from engine.bench.findings import Findings
from engine.bench.report import Subject, as_json, table

SUBJECT = Subject("tiny", "bfloat16", "a machine", 2, 3, 200_000_000, 50_000_000, ["ours", "peer"])


def findings():
    found = Findings()
    for ours, theirs in [(10.0, 20.0), (30.0, 20.0), (40.0, 20.0)]:
        found.figures["a job"]["ours"].append({"tokens/s": ours, "first ms": ours})
        found.figures["a job"]["peer"].append({"tokens/s": theirs, "first ms": theirs})
        found.foreign_cores["a job"]["ours"].append(0.5)
        found.foreign_cores["a job"]["peer"].append(None)
    found.same_tokens["a job"]["peer"] = 0.25
    found.start_s["ours"].append(2.0)
    found.peak_memory = {"ours": 300_000_000, "peer": 0}
    found.bandwidths = [1e9, 3e9, 2e9]
    return found


def test_a_ratio_is_taken_within_a_round_and_above_one_always_means_that_ours_is_faster():
    lines = table(SUBJECT, findings()).splitlines()

    assert (
        "| a job: tokens/s | 30.0 (10.0 to 40.0, n3) | 20.0 (20.0 to 20.0, n3) | 1.50 (0.50 to 2.00, n3) x |" in lines
    )
    assert (
        "| a job: first ms | 30.0 (10.0 to 40.0, n3) | 20.0 (20.0 to 20.0, n3) | 0.67 (0.50 to 2.00, n3) x |" in lines
    )


def test_what_nobody_knows_is_a_dash():
    lines = table(SUBJECT, findings()).splitlines()

    assert "| a job: cores busy with other work | 0.50 (0.50 to 0.50, n3) | - |  |" in lines
    assert "| start to first token s | 2.00 (n1) | - | - |" in lines
    assert "| peak memory MB | 300 (n1) | - | - |" in lines
    assert "| peak memory / bfloat16 weights | 1.50 (n1) | - | - |" in lines


def test_the_bound_and_the_share_of_same_tokens_are_said():
    text = table(SUBJECT, findings())

    assert "50 MB of weights a token at 2.0 GB/s read (1.0 to 3.0, n3) = 40.0 tokens/s" in text
    assert "| a job: greedy tokens same as ours |  | 25% |  |" in text


def test_everything_goes_into_the_json():
    read = json.loads(json.dumps(as_json(SUBJECT, findings())))

    assert read["subject"]["num_rounds"] == 3
    assert read["findings"]["figures"]["a job"]["ours"][2] == {"tokens/s": 40.0, "first ms": 40.0}
