import socket

import pytest

from engine.ranks.frames import MAX_BYTES, BadFrame, FrameBuffer, Kind, pack, pack_json, receive
from engine.ranks.step_frame import NO_TOKEN, pack_step, unpack_step
from engine.step_plan import FeaturePlan, SequencePlan, StepPlan, TokenChoice

FRAMES = [(Kind.START, b'{"rank": 1}'), (Kind.BEAT, b""), (Kind.STEP, bytes(range(256)))]
STREAM = b"".join(pack(kind, body) for kind, body in FRAMES)


@pytest.mark.parametrize("num_bytes", [1, 7, len(STREAM)])
def test_frames_come_out_as_they_went_in_however_they_are_cut(num_bytes):
    buffer = FrameBuffer()

    found = [frame for i in range(0, len(STREAM), num_bytes) for frame in buffer.push(STREAM[i : i + num_bytes])]

    assert found == FRAMES


def test_a_hang_up_in_the_middle_of_a_frame_is_a_hang_up():
    ours, theirs = socket.socketpair()
    with ours:
        with theirs:
            theirs.sendall(pack_json(Kind.START, {"rank": 1}) + pack(Kind.STEP, b"1234")[:-1])

        assert receive(ours) == FRAMES[0]
        assert receive(ours) is None


@pytest.mark.parametrize(
    "header", [b"\x00\x00\x00\x00\x63", (MAX_BYTES + 1).to_bytes(4, "little") + b"\x03"], ids=["kind", "length"]
)
def test_a_frame_that_does_not_exist_is_refused(header):
    ours, theirs = socket.socketpair()
    with ours, theirs:
        theirs.sendall(header)

        with pytest.raises(BadFrame):
            receive(ours)
    with pytest.raises(BadFrame):
        FrameBuffer().push(header)


def test_a_step_arrives_without_what_only_rank_0_needs():
    choice = TokenChoice(temperature=0.5, logit_bias={3: 1.0})
    plan = StepPlan(
        [
            SequencePlan(7, [5, 6, 6, 6, 8], 0, [3, 1], True, features=[FeaturePlan(2, 10, 1, 3)], choice=choice),
            SequencePlan(4, [9], 33, [4, 5], False),
        ]
    )

    arrived, logit_rows = unpack_step(pack_step(plan, [4, 5]))

    assert logit_rows == [4, 5]
    assert arrived == StepPlan(
        [
            SequencePlan(0, [5, NO_TOKEN, NO_TOKEN, NO_TOKEN, 8], 0, [3, 1], is_sampled=False),
            SequencePlan(1, [9], 33, [4, 5], is_sampled=False),
        ]
    )


def test_a_step_that_wants_no_logits_arrives():
    plan = StepPlan([SequencePlan(0, [1, 2], 0, [0], is_sampled=False)])

    assert unpack_step(pack_step(plan, [])) == (plan, [])
