import os
import socket
import subprocess
import sys
import threading

import pytest

from engine.bench.file_lock import alone
from engine.bench.proc import CpuTimes, cpu_times, foreign_cores, listening_process, peak_memory, process_tree

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")


@pytest.fixture
def child():
    """A process that holds 64 MiB and has computed for a while when it says so."""
    code = "x = bytes(b'x' * 2**26); sum(range(10**7)); print('ready', flush=True); input()"
    with subprocess.Popen([sys.executable, "-c", code], stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        assert process.stdout.readline() == b"ready\n"
        yield process
        process.communicate(b"\n")


def test_foreign_cores_are_what_is_left_of_the_busy_time():
    before, after = CpuTimes(10.0, 100.0, 50.0), CpuTimes(14.0, 107.0, 55.0)

    assert foreign_cores(before, after) == 0.5
    assert foreign_cores(before, CpuTimes(14.0, 104.9, 55.0)) == 0  # ticks are coarse
    assert foreign_cores(None, after) is None


def test_a_childs_time_and_memory_are_its_parents_own(child):
    assert child.pid in process_tree([os.getpid()])
    assert cpu_times([child.pid]).own_s > 0.05
    assert cpu_times([os.getpid()]).own_s >= cpu_times([child.pid]).own_s
    assert 2**26 < peak_memory([child.pid]) < 2**28


def test_the_process_behind_a_port_is_found():
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]

        assert listening_process(port) == os.getpid()

    assert listening_process(port) is None


def test_alone_waits_for_those_who_hold_the_file(tmp_path):
    entered, leave = threading.Event(), threading.Event()

    def be_alone():
        with alone(tmp_path / "lock"):
            entered.set()
            leave.wait()

    with alone(tmp_path / "lock"):
        thread = threading.Thread(target=be_alone)
        thread.start()
        assert not entered.wait(0.1)

    assert entered.wait(10)
    leave.set()
    thread.join()


def test_without_a_file_nobody_waits():
    with alone(None), alone(None):
        pass
