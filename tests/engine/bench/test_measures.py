import random

import pytest

from engine.bench.job import Request, Sample
from engine.bench.measures import chat_mix, context_cost, first_token, is_better_higher, prefix_cache, throughput


def sample(*token_times):
    return Sample([[7] * len(times) for times in token_times], [list(times) for times in token_times])


def test_throughput_counts_full_steps_for_decode_and_everything_for_the_total():
    measure = throughput(2, 3, 4)
    jobs = measure.make_jobs(random.Random(0), 10)

    # The second is read while the first streams; from 3.0 to 5.0 both get tokens.
    figures = measure.figures(jobs, [sample([1.0, 3.0, 4.0, 5.0], [3.0, 4.0, 5.0, 9.0])])

    assert figures["decode tokens/s"] == 2.0
    assert figures["total tokens/s"] == pytest.approx(8 / 9)
    assert figures["inter-token p50 ms"] == 1000
    assert figures["inter-token p99 ms"] == pytest.approx(3900)
    assert figures["first token p50 ms"] == 2000


def test_a_late_request_waits_from_its_arrival_on():
    measure = throughput(1, 3, 2)

    figures = measure.figures([[Request([1], 2, arrival_s=5.0)]], [sample([5.25, 6.0])])

    assert figures["first token p50 ms"] == 250


def test_the_same_round_gives_every_side_the_same_ids_and_another_round_others():
    measure = first_token(20)

    first, again, other = (measure.make_jobs(random.Random(seed), 1000) for seed in (3, 3, 4))

    assert first == again != other
    assert measure.figures(first, [sample([0.5])]) == {"first token ms": 500}


def test_the_warm_prompt_shares_exactly_its_beginning_with_the_cold_one():
    measure = prefix_cache(50, 40)

    [[cold], [warm]] = measure.make_jobs(random.Random(0), 10**6)

    assert len(cold.prompt) == len(warm.prompt) == 50
    assert cold.prompt[:40] == warm.prompt[:40] and cold.prompt[40] != warm.prompt[40]
    assert measure.figures([], [sample([2.0]), sample([0.5])])["warm / cold"] == 0.25


def test_context_prompts_go_on_from_each_other_up_and_down_and_growth_is_against_the_shortest():
    measure = context_cost([10, 30])

    [[short], [long], *down] = jobs = measure.make_jobs(random.Random(0), 100)
    figures = measure.figures(
        jobs, [sample([1.0, 1.5]), sample([1.0, 2.0]), sample([1.0, 2.2]), sample([1.0, 1.5, 3.5])]
    )

    assert long.prompt[:10] == short.prompt and len(long.prompt) == 30
    assert down == [[long], [short]]
    assert figures == pytest.approx({"step at 10 ms": 500, "step at 30 ms": 1100, "step at 30 / 10": 2.2})


def test_a_chat_mix_has_uneven_lengths_and_poisson_arrivals_of_its_rate():
    [job] = chat_mix(1000, 1024, 4.0).make_jobs(random.Random(0), 100)

    lengths = sorted(len(request.prompt) for request in job)
    assert 4 <= lengths[0] < 20 and lengths[-1] == 1024
    assert 100 < lengths[500] < 150
    assert job[-1].arrival_s == pytest.approx(250, rel=0.1)
    assert all(request.arrival_s == 0 for request in chat_mix(3, 64, None).make_jobs(random.Random(0), 100)[0])


def test_only_rates_are_better_when_higher():
    assert is_better_higher("decode tokens/s")
    assert not is_better_higher("first token ms") and not is_better_higher("warm / cold")
