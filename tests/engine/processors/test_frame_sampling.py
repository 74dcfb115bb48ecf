import json

import pytest

from engine.errors import InvalidRequest
from engine.processors.frame_sampling import centre_indices, num_sampled, pair_times, spread_indices
from engine.processors.settings import INTERN_S1, INTERN_S1_PRO
from tests.golden import GOLDEN, needs_golden

FILE = GOLDEN / "image-processing" / "video_sampling.json"
TABLE = json.loads(FILE.read_text()) if FILE.exists() else {}


@needs_golden
def test_pro_takes_the_frames_and_times_of_the_reference():
    assert len(TABLE["pro"]) == 308
    for row in TABLE["pro"]:
        count = num_sampled(row["frames"], row["fps"], INTERN_S1_PRO)
        indices = spread_indices(row["frames"], count)
        times = [f"<{seconds:.1f} seconds>" for seconds in pair_times(indices, row["fps"])]

        assert count == row["n"], row
        if "indices" in row:
            assert (indices, times) == (row["indices"], row["timestamps_text"]), row
        else:  # long ones are abridged
            abridged = (indices[:16], indices[-16:], sum(indices))
            assert abridged == (row["indices_head"], row["indices_tail"], row["indices_sum"]), row
            assert abridge(times, row["timestamps_text"]) == row["timestamps_text"], row


def abridge(texts: list[str], like: list[str]) -> list[str]:
    return [*texts[:8], "...", *texts[-8:]] if "..." in like else texts


@needs_golden
def test_s1_takes_the_frames_of_the_reference():
    assert len(TABLE["s1"]) == 84
    for row in TABLE["s1"]:
        count = row["num_frames"] if "num_frames" in row else int(row["frames"] / row["fps"] * row["target_fps"])
        if "error" in row:
            with pytest.raises(InvalidRequest, match="frames are wanted"):
                centre_indices(row["frames"], count)
        else:
            assert centre_indices(row["frames"], count) == row["indices"], row


@pytest.mark.parametrize(("num_frames", "count"), [(1, 1), (3, 3), (30, 4), (150, 10), (9_000, 24)])
def test_s1_looks_at_2_frames_per_second_between_4_and_24(num_frames, count):
    assert num_sampled(num_frames, 30.0, INTERN_S1) == count


def test_an_odd_last_frame_is_its_own_neighbour():
    assert pair_times([0, 10, 20], 10.0) == (0.5, 2.0)
