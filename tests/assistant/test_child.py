"""Each test adversarially checks one promise of the process that runs the tools."""

import gc
import os
import signal
import socket
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from time import monotonic, perf_counter, sleep

import pytest

from assistant.cancel import CancelToken
from assistant.child.limits import Limits
from assistant.child.protocol import MAX_ARGUMENTS_BYTES, MAX_PROGRESS, receive_exactly
from assistant.child.runner import ToolOutcome, ToolRunner
from assistant.child.zygote_process import ToolsUnavailable

HOSTILE = "tests.assistant.hostile_tools"


@pytest.fixture(scope="module")
def shared_runner() -> Iterator[ToolRunner]:
    runner = ToolRunner(HOSTILE)
    runner.start()
    yield runner
    runner.close()


@pytest.fixture
def runner(shared_runner) -> Iterator[ToolRunner]:
    """Whatever a test did, the next call works and nothing is left behind."""
    assert call(shared_runner, "echo", text="before").ok
    yield shared_runner
    assert call(shared_runner, "echo", text="after") == outcome_like("after")
    assert_soon(lambda: not children_of(zygote_pid()))


def call(runner: ToolRunner, name: str, **arguments: object) -> ToolOutcome:
    return runner.call(name, arguments, CancelToken())


class outcome_like:
    def __init__(self, summary: str) -> None:
        self.summary = summary

    def __eq__(self, other: object) -> bool:
        return isinstance(other, ToolOutcome) and other.ok and other.summary == self.summary


def zygote_pid() -> int:
    """The one child of ours that has the catalogue on its command line."""
    (pid,) = (pid for pid in children_of(os.getpid()) if HOSTILE in command_line(pid))
    return pid


def children_of(pid: int) -> list[int]:
    tasks = Path(f"/proc/{pid}/task").iterdir()
    return [int(child) for task in tasks for child in (task / "children").read_text().split()]


def parent_of(pid: int) -> int:
    return int(Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[1])


def command_line(pid: int) -> list[str]:
    return Path(f"/proc/{pid}/cmdline").read_text().split("\0")


def is_alive(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0] != "Z"
    except (FileNotFoundError, ProcessLookupError):
        return False


def assert_soon(condition: Callable[[], bool], timeout_s: float = 5.0) -> None:
    deadline = monotonic() + timeout_s
    while not condition():
        assert monotonic() < deadline
        sleep(0.005)


def reported_pid(file: Path) -> int:
    assert_soon(file.exists)
    return int(file.read_text())


def test_a_tool_answers(runner):
    outcome = call(runner, "echo", text="Grüße, 苯")

    assert outcome.ok and outcome.summary == "Grüße, 苯"
    assert 0 < outcome.seconds < 5


def test_the_schemas_come_from_the_catalogue(runner):
    echo = runner.schemas[0]["function"]

    assert echo["name"] == "echo" and echo["parameters"]["required"] == ["text"]


@pytest.mark.parametrize(
    ("name", "arguments", "sentence"),
    [
        ("refuse", {}, "Error NO: This is refused. Do not ask."),
        ("echo", {}, "Error MISSING_ARGUMENT: echo needs 'text'. text: What to say."),
        ("echo", {"text": 3}, "Error WRONG_TYPE: text is 3; it must be a text."),
        ("sleep", {}, "Error tool_timeout: sleep was stopped after 0.5 s. Try a smaller input."),
        ("spin", {}, "Error tool_timeout: spin was stopped after 0.5 s. Try a smaller input."),
        ("hang_up", {}, "Error tool_timeout: hang_up was stopped after 0.5 s. Try a smaller input."),
        (
            "promise_too_much",
            {},
            "Error tool_timeout: promise_too_much was stopped after 0.5 s. Try a smaller input.",
        ),
        (
            "use_up_processor_time",
            {},
            "Error tool_timeout: use_up_processor_time was stopped after 30 s. Try a smaller input.",
        ),
        ("crash", {}, "Error tool_failed: crash crashed on this input (SIGSEGV). Try another input."),
        ("leave", {}, "Error tool_failed: leave crashed on this input (exit status 7). Try another input."),
        ("fail", {}, "Error tool_failed: fail failed on this input (see the server log)."),
        (
            "exit_by_exception",
            {},
            "Error tool_failed: exit_by_exception crashed on this input (exit status 1). Try another input.",
        ),
        ("eat_memory", {}, "Error tool_memory: eat_memory needed more than 1 GB of memory. Try a smaller input."),
        (
            "be_killed_by_the_system",
            {},
            "Error tool_memory: be_killed_by_the_system needed more than 1 GB of memory. Try a smaller input.",
        ),
        (
            "talk_too_much",
            {},
            "Error tool_failed: The result of talk_too_much is 20.0 MB large; the limit is 16 MB. Try a smaller input.",
        ),
        (
            "return_no_number",
            {},
            "Error tool_failed: return_no_number crashed on this input (exit status 1). Try another input.",
        ),
        ("write_a_large_file", {}, "Error tool_failed: write_a_large_file failed on this input (see the server log)."),
    ],
    ids=lambda value: value if isinstance(value, str) and " " not in value else "",
)
def test_every_way_to_fail_is_one_sentence_with_a_code(runner, name, arguments, sentence):
    outcome = call(runner, name, **arguments)

    assert not outcome.ok and outcome.artifacts == ()
    assert outcome.summary == sentence


def test_an_unknown_tool_is_answered_with_the_list_of_tools(runner):
    outcome = call(runner, "format_disk")

    assert outcome.summary.startswith(
        "Error UNKNOWN_TOOL: There is no tool 'format_disk'. The tools are: echo, refuse,"
    )


def test_how_calls_ended_is_counted_by_tool_and_code(runner):
    before = runner.ends()

    call(runner, "echo", text="a")
    call(runner, "format_disk")
    call(runner, "format_" + "disk" * 2)

    new = {end: count - before.get(end, 0) for end, count in runner.ends().items() if count > before.get(end, 0)}
    assert new == {("echo", "ok"): 1, ("unknown", "UNKNOWN_TOOL"): 2}


def test_arguments_beyond_the_limit_are_refused_with_the_number(runner):
    outcome = call(runner, "echo", text="a" * MAX_ARGUMENTS_BYTES)

    assert outcome.summary == "Error TOO_LONG: The arguments of echo are 131,084 bytes long; the limit is 131,072."


def test_a_job_sees_no_files_of_ours_no_secrets_and_no_network(runner, monkeypatch):
    monkeypatch.setenv("SECRET", "of the app")

    facts = dict(fact.split(": ", 1) for fact in call(runner, "look_around").summary.split("; "))

    allowed = {"HOME", "TMPDIR", "PATH", "LANG", "LC_ALL", "LC_CTYPE", "LD_LIBRARY_PATH"}
    variables = {name.strip("' ") for name in facts["variables"].strip("[]").split(",")}
    assert {name for name in variables if not name.endswith("_NUM_THREADS")} <= allowed
    assert facts["folder"] == "[]"
    assert facts["files"] == "[0, 1, 2, 3, 4]"  # 4: the listing itself
    assert facts["networks"] == "[]"
    assert facts["own session"] == "True"
    assert facts["core"] == "0"
    assert facts["umask"] == str(0o077)
    kept = 3 if os.geteuid() == 0 else 2  # the bounding set of others stays, and gives them nothing
    assert facts["capabilities"].count("0" * 16) >= kept


def test_a_runner_may_have_limits_of_its_own():
    runner = ToolRunner(HOSTILE, Limits(memory_bytes=4 * 2**30, file_bytes=2**26))
    runner.start()

    written, eaten = call(runner, "write_a_large_file"), call(runner, "eat_memory")

    runner.close()
    assert written.ok and eaten.ok


def test_what_a_job_wrote_is_removed(runner):
    folder = Path(call(runner, "leave_a_file").summary)

    assert_soon(lambda: not folder.exists())


def test_two_calls_run_at_the_same_time(runner, tmp_path):
    with ThreadPoolExecutor(2) as pool:
        first = pool.submit(call, runner, "meet", folder=str(tmp_path))
        second = pool.submit(call, runner, "meet", folder=str(tmp_path))

        assert first.result().ok and second.result().ok


def test_many_threads_each_get_their_own_answer(runner):
    with ThreadPoolExecutor(16) as pool:
        outcomes = list(pool.map(lambda i: call(runner, "echo", text=f"{i} " * 5_000), range(1, 65)))

    assert [outcome.summary for outcome in outcomes] == [f"{i} " * 5_000 for i in range(1, 65)]


def test_cancel_returns_at_once_and_kills_the_job(runner, tmp_path):
    cancel = CancelToken()
    with ThreadPoolExecutor() as pool:
        future = pool.submit(runner.call, "report_and_sleep", {"file": str(tmp_path / "pid")}, cancel)
        pid = reported_pid(tmp_path / "pid")

        started_at = perf_counter()
        cancel.cancel()
        outcome = future.result()

    assert perf_counter() - started_at < 0.3
    assert outcome.summary == "Error cancelled: The user stopped report_and_sleep."
    assert_soon(lambda: not is_alive(pid))


def test_the_processes_of_a_cancelled_job_die_with_it(runner, tmp_path):
    cancel = CancelToken()
    with ThreadPoolExecutor() as pool:
        future = pool.submit(runner.call, "report_a_child_and_sleep", {"file": str(tmp_path / "pid")}, cancel)
        pid = reported_pid(tmp_path / "pid")

        cancel.cancel()

    assert not future.result().ok
    assert_soon(lambda: not is_alive(pid))


def test_a_call_that_is_cancelled_before_it_starts_returns_at_once(runner):
    cancel = CancelToken()
    cancel.cancel()

    outcome = runner.call("sleep", {}, cancel)

    assert outcome.summary == "Error cancelled: The user stopped sleep."
    assert outcome.seconds < 0.3


def test_cancelling_after_the_end_does_nothing(runner):
    cancel = CancelToken()
    outcome = runner.call("echo", {"text": "done"}, cancel)

    cancel.cancel()

    assert outcome.ok


def test_calls_leave_no_files_open(runner):
    def use() -> None:
        call(runner, "echo", text="hello")
        call(runner, "crash")

    use()
    gc.collect()  # what other tests have left to it
    before = len(os.listdir("/proc/self/fd")), len(os.listdir(f"/proc/{zygote_pid()}/fd"))
    for _ in range(10):
        use()

    assert_soon(lambda: before == (len(os.listdir("/proc/self/fd")), len(os.listdir(f"/proc/{zygote_pid()}/fd"))))


def test_the_zygote_has_one_thread(runner):
    assert len(os.listdir(f"/proc/{zygote_pid()}/task")) == 1


def test_when_the_zygote_dies_its_jobs_die_and_the_call_is_run_again(runner, tmp_path):
    cancel = CancelToken()
    file = tmp_path / "pid"
    with ThreadPoolExecutor() as pool:
        future = pool.submit(runner.call, "report_and_sleep", {"file": str(file)}, cancel)
        first = reported_pid(file)
        file.unlink()

        os.kill(zygote_pid(), signal.SIGKILL)

        second = reported_pid(file)
        assert second != first
        assert_soon(lambda: not is_alive(first))
        cancel.cancel()
        future.result()


def test_when_the_zygote_dies_between_calls_the_next_one_works(runner):
    dead = zygote_pid()
    os.kill(dead, signal.SIGKILL)

    assert call(runner, "echo", text="hello").ok
    assert zygote_pid() != dead


def test_an_end_that_closes_before_it_has_read_all_counts_as_hung_up():
    ours, theirs = socket.socketpair()
    with ours:
        ours.sendall(b"never read")

        theirs.close()

        assert receive_exactly(ours, 4, monotonic() + 5) == b""


def test_calls_made_before_the_tools_are_loaded_wait_for_them():
    runner = ToolRunner(HOSTILE)
    runner.start()

    outcome = call(runner, "echo", text="苯" * 20_000)  # 120,000 bytes of JSON

    runner.close()
    assert outcome.ok


def test_a_catalogue_that_cannot_be_loaded_is_reported_in_bounded_time(capfd):
    runner = ToolRunner("tests.assistant.no_such_catalogue")
    runner.start()

    with pytest.raises(ToolsUnavailable, match="cannot be loaded"):
        _ = runner.schemas
    outcome = call(runner, "echo", text="hello")

    runner.close()
    assert outcome.summary == "Error tool_failed: The process that runs the tools ended (see the server log)."
    assert "no_such_catalogue" in capfd.readouterr().err


def test_closing_ends_running_calls_the_zygote_and_its_files(tmp_path):
    runner = ToolRunner(HOSTILE)
    runner.start()
    outcomes = []
    thread = threading.Thread(
        target=lambda: outcomes.append(call(runner, "report_and_sleep", file=str(tmp_path / "pid")))
    )
    thread.start()
    job = reported_pid(tmp_path / "pid")
    zygote = parent_of(job)
    folder = Path(command_line(zygote)[-4])
    assert folder.is_dir()

    runner.close()
    thread.join()

    assert not outcomes[0].ok
    assert not is_alive(zygote) and not folder.exists()
    assert_soon(lambda: not is_alive(job))


def test_a_job_tells_how_far_it_is_but_not_too_often(runner):
    told = []

    result = runner.call(
        "count_to", {"number": 1_000}, CancelToken(), on_progress=lambda *progress: told.append(progress)
    )

    assert result == outcome_like("counted")
    assert told[0] == (1, 1_000)
    assert len(told) < 100


def test_a_job_that_reports_without_end_is_ended(runner):
    told = []

    result = runner.call("flood", {}, CancelToken(), on_progress=lambda *progress: told.append(progress))

    assert not result.ok
    assert len(told) <= 2 * MAX_PROGRESS
