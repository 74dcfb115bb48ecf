"""Ranks die, hang and are left behind: answers stay the same, and nothing stays behind."""

import os
import signal
import subprocess
import sys
from collections import Counter
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from time import monotonic

import pytest
import torch

from engine.config import EngineConfig
from engine.errors import EngineStopped, InvalidRequest
from engine.ranks.errors import RanksRestarted
from engine.ranks.generation import Patience
from engine.ranks.worker_group import WorkerGroup
from engine.step_plan import SequencePlan, StepPlan
from tests.engine.ranks.answers import greedy
from tests.engine.ranks.checkpoint import VOCAB_SIZE, write_moe
from tests.processes import have_ended

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="looks for what is left behind in /proc")

ROOT = Path(__file__).parents[3]
PATIENCE = Patience(hang_s=3.0, max_restarts=100)
NUM_TOKENS = 10
STEP = StepPlan([SequencePlan(0, [1, 2, 3], 0, [0], is_sampled=True)])


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return write_moe(tmp_path_factory.mktemp("moe"))


@pytest.fixture(scope="module")
def group(folder):
    group = WorkerGroup(config(folder), PATIENCE)
    yield group
    group.close()


@pytest.fixture(scope="module")
def expected(group):
    return greedy(group, prompts(), NUM_TOKENS)


def config(folder, **changes):
    settings = EngineConfig(
        model=folder, device="cpu", dtype="float32", kv_cache_memory=2**20, tensor_parallel=2, expert_parallel=2
    )
    return replace(settings, **changes)


def prompts():
    torch.manual_seed(1)
    return [torch.randint(VOCAB_SIZE, (length,)).tolist() for length in (7, 40)]


def is_alive(pid):
    """A zombie is not."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except FileNotFoundError:
        return False


@pytest.mark.parametrize("step", [1, 5])
def test_a_rank_killed_in_the_middle_of_an_answer_changes_no_token(step, group, expected):
    num_restarts = group.num_restarts

    def kill(num_steps):
        if num_steps == step:
            os.kill(group.worker_pids[0], signal.SIGKILL)

    answers = greedy(group, prompts(), NUM_TOKENS, after_step=kill)

    assert answers == expected
    assert group.num_restarts == num_restarts + 1


def test_a_rank_that_hangs_is_noticed_and_replaced(group, expected):
    num_restarts, started_at = group.num_restarts, monotonic()

    def stop(num_steps):
        if num_steps == 3:
            os.kill(group.worker_pids[0], signal.SIGSTOP)

    answers = greedy(group, prompts(), NUM_TOKENS, after_step=stop)

    assert answers == expected
    assert group.num_restarts == num_restarts + 1
    assert monotonic() - started_at > PATIENCE.hang_s


def test_a_step_that_raises_here_is_told_apart_from_a_lost_rank(group, expected):
    unreadable = SequencePlan(0, [VOCAB_SIZE + 1_000_000], 0, [0], is_sampled=True)
    decoder = group._model
    layer, decoder.layers[1] = decoder.layers[1], None

    with pytest.raises(RanksRestarted) as raised:
        group.execute(STEP)
    decoder.layers[1] = layer

    assert raised.value.has_failed_step
    assert group.execute(StepPlan([unreadable])).sampled  # such an id is nobody's, and a row of zeros
    assert greedy(group, prompts(), NUM_TOKENS) == expected


def test_an_error_before_the_ranks_are_told_leaves_them_alone(group):
    num_restarts = group.num_restarts

    with pytest.raises(AssertionError):
        group.execute(StepPlan([SequencePlan(0, [1], 0, [10**6], is_sampled=True)]))

    assert group.execute(STEP).sampled
    assert group.num_restarts == num_restarts


def test_restarts_leave_nothing_behind(group, expected):
    kill_and_answer(group)
    before = resources()

    for _ in range(2):
        kill_and_answer(group)

    assert resources() == before


def kill_and_answer(group):
    os.kill(group.worker_pids[0], signal.SIGKILL)
    with pytest.raises(RanksRestarted):
        group.execute(STEP)
    group.execute(STEP)


def resources():
    """Open files by kind, threads, children, and what lies in the temporary folder and in shared memory."""
    files = Counter(link.split(":")[0] for link in _open_files(os.getpid()))
    children = Path(f"/proc/self/task/{os.getpid()}/children").read_text().split()
    folders = [str(path) for path in Path("/tmp").glob("benchside-ranks-*")]
    return files, len(os.listdir("/proc/self/task")), len(children), folders, os.listdir("/dev/shm")


def _open_files(pid):
    links = []
    for fd in Path(f"/proc/{pid}/fd").iterdir():
        with suppress(FileNotFoundError):  # the one that listed them
            links.append(os.readlink(fd))
    return links


@pytest.mark.usefixtures("expected")
def test_ranks_listen_on_loopback_only(group):
    inodes = {socket for pid in [os.getpid(), *group.worker_pids] for socket in _sockets(pid)}
    listening = [
        fields[1].rpartition(":")[0]
        for table in ("tcp", "tcp6")
        for fields in map(str.split, Path(f"/proc/self/net/{table}").read_text().splitlines()[1:])
        if fields[3] == "0A" and fields[9] in inodes
    ]

    assert set(listening) == {"0100007F"}  # 127.0.0.1, in the processor's byte order


def _sockets(pid):
    return [link.removeprefix("socket:[").removesuffix("]") for link in _open_files(pid) if link.startswith("socket:")]


def test_after_too_many_losses_the_model_is_stopped(folder):
    group = WorkerGroup(config(folder), Patience(max_restarts=1))
    kill_and_answer(group)
    os.kill(group.worker_pids[0], signal.SIGKILL)

    with pytest.raises(EngineStopped, match="ranks were lost 2 times within 60 s, the last time because rank 1 ended"):
        group.execute(STEP)
    with pytest.raises(EngineStopped):
        group.execute(STEP)

    pids = group.worker_pids
    group.close()
    assert not any(map(is_alive, pids))


def test_what_cannot_be_split_is_refused_and_no_process_stays(folder):
    before = Path(f"/proc/self/task/{os.getpid()}/children").read_text().split()

    with pytest.raises(InvalidRequest, match="--tensor-parallel is 3, which does not divide the 8 heads"):
        WorkerGroup(config(folder, tensor_parallel=3, expert_parallel=1))

    assert Path(f"/proc/self/task/{os.getpid()}/children").read_text().split() == before


PARENT = """
import sys, time
from engine.config import EngineConfig
from engine.ranks.worker_group import WorkerGroup
group = WorkerGroup(EngineConfig(sys.argv[1], device="cpu", dtype="float32", kv_cache_memory=2**20, tensor_parallel=2))
print(*group.worker_pids, flush=True)
sys.stdin.read()
"""


@pytest.mark.parametrize("is_stopped", [False, True], ids=["idle", "stopped"])
def test_no_rank_outlives_its_parent(is_stopped, folder):
    parent = subprocess.Popen(
        [sys.executable, "-c", PARENT, str(folder)], cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    with parent:
        [pid] = map(int, parent.stdout.readline().split())
        handles = [os.pidfd_open(pid)]
        if is_stopped:
            os.kill(pid, signal.SIGSTOP)

        parent.kill()

    assert have_ended(handles, within_s=2.0), pid
