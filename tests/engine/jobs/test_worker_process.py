from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from multiprocessing.context import SpawnProcess
from typing import Any

import psutil
import pytest

from engine.cancel import Cancelled
from engine.errors import RhoscopeError
from engine.jobs.worker_process import Task, WorkerProcess
from tests.conftest import ROOT
from tests.engine.jobs.jobs import perform

DEADLINE = 30.0


@pytest.fixture
def worker() -> Iterator[WorkerProcess[tuple[str, float], object]]:
    process = WorkerProcess(perform, name="test", failure=RhoscopeError)
    yield process
    process.close()


def ask(worker: WorkerProcess[tuple[str, float], object], what: str, amount: float = 0, **listeners: Any) -> Task[Any]:
    return worker.submit(lambda: (what, amount), finish=lambda answer: answer, **listeners)


def wait_until(holds: Callable[[], bool]) -> None:
    deadline = time.monotonic() + DEADLINE
    while not holds():
        assert time.monotonic() < deadline
        time.sleep(0.01)


def test_answers_come_in_order_from_one_process_that_is_not_this_one(worker):
    numbers = [ask(worker, "double", n) for n in range(5)]
    assert [task.result(DEADLINE) for task in numbers] == [0, 2, 4, 6, 8]
    who = {ask(worker, "who").result(DEADLINE) for _ in range(2)}
    assert len(who) == 1
    assert who != {os.getpid()}


def test_handing_in_a_job_does_not_wait_for_the_process_to_start(worker):
    began = time.monotonic()
    task = ask(worker, "double", 4)
    assert time.monotonic() - began < 0.1
    assert not task.done
    assert task.result(DEADLINE) == 8


def test_preparation_and_callbacks_run_in_the_workers_own_thread(worker):
    seen: list[int] = []
    done = threading.Event()

    def prepare() -> tuple[str, float]:
        seen.append(threading.get_ident())
        return "double", 1

    def finish(answer: object) -> object:
        seen.append(threading.get_ident())
        return answer

    def on_done(_: object) -> None:
        seen.append(threading.get_ident())
        done.set()

    worker.submit(prepare, finish=finish, on_done=on_done)
    assert done.wait(DEADLINE)
    assert len(seen) == 3
    assert len(set(seen)) == 1
    assert seen[0] != threading.get_ident()


def test_progress_never_falls(worker):
    heard: list[float] = []
    assert ask(worker, "count", 20, on_progress=heard.append).result(DEADLINE) == "counted"
    assert heard == sorted(heard)
    assert heard[-1] == 1.0
    assert len(heard) == 22


def test_running_job_is_cancelled_and_the_process_goes_on(worker):
    started = threading.Event()
    ended: list[object] = []
    task = ask(worker, "wait", on_progress=lambda _: started.set(), on_done=ended.append)
    assert started.wait(DEADLINE)
    before = worker.process_id
    task.cancel()
    with pytest.raises(Cancelled):
        task.result(DEADLINE)
    assert ask(worker, "who").result(DEADLINE) == before
    assert [type(outcome) for outcome in ended] == [Cancelled]


def test_queued_job_that_is_cancelled_never_starts(worker):
    started = threading.Event()
    first = ask(worker, "wait", on_progress=lambda _: started.set())
    prepared: list[int] = []
    second = worker.submit(lambda: prepared.append(1) or ("double", 1), finish=lambda answer: answer)
    assert started.wait(DEADLINE)
    second.cancel()
    first.cancel()
    with pytest.raises(Cancelled):
        second.result(DEADLINE)
    assert prepared == []


def test_cancelling_what_is_done_changes_nothing(worker):
    task = ask(worker, "double", 3)
    assert task.result(DEADLINE) == 6
    task.cancel()
    assert task.result(0) == 6
    assert ask(worker, "double", 4).result(DEADLINE) == 8


@pytest.mark.parametrize("code", [0, 3])
def test_process_that_ends_during_a_job_is_reported_and_replaced(worker, code):
    with pytest.raises(RhoscopeError, match=f"exit code {code}.*next use"):
        ask(worker, "die", code).result(DEADLINE)
    assert ask(worker, "double", 2).result(DEADLINE) == 4


def test_killed_process_is_reported_and_replaced(worker):
    started = threading.Event()
    task = ask(worker, "wait", on_progress=lambda _: started.set())
    assert started.wait(DEADLINE)
    os.kill(worker.process_id, signal.SIGKILL)
    with pytest.raises(RhoscopeError, match="ended by signal 9"):
        task.result(DEADLINE)
    assert ask(worker, "double", 2).result(DEADLINE) == 4


def test_process_that_was_killed_while_idle_is_replaced_in_silence(worker):
    first = ask(worker, "who").result(DEADLINE)
    os.kill(first, signal.SIGKILL)
    wait_until(lambda: not psutil.pid_exists(first) or psutil.Process(first).status() == psutil.STATUS_ZOMBIE)
    assert ask(worker, "who").result(DEADLINE) != first


def test_refusal_keeps_its_words(worker):
    with pytest.raises(RhoscopeError) as caught:
        ask(worker, "refuse").result(DEADLINE)
    assert str(caught.value) == "the picture is upside down (turn it)"


def test_fault_is_named_and_logged_with_its_traceback(worker, caplog):
    with pytest.raises(RhoscopeError, match="ValueError: no such thing"):
        ask(worker, "no such thing").result(DEADLINE)
    assert "Traceback" in caplog.text
    assert ask(worker, "double", 2).result(DEADLINE) == 4


def test_fault_in_preparation_belongs_to_its_task(worker):
    def prepare() -> tuple[str, float]:
        raise RhoscopeError("nothing to send")

    with pytest.raises(RhoscopeError, match="nothing to send"):
        worker.submit(prepare, finish=lambda answer: answer).result(DEADLINE)
    assert ask(worker, "double", 2).result(DEADLINE) == 4


def test_process_that_cannot_be_started_is_told_to_the_one_who_waits(worker, monkeypatch, caplog):
    def refuse(_: object) -> None:
        raise RuntimeError("not in the main module yet")

    with monkeypatch.context() as patch:
        patch.setattr(SpawnProcess, "start", refuse)
        with pytest.raises(RhoscopeError, match="RuntimeError: not in the main module yet"):
            ask(worker, "double", 2).result(DEADLINE)
    assert "Traceback" in caplog.text
    assert ask(worker, "double", 2).result(DEADLINE) == 4


def test_payload_that_cannot_be_sent_is_told_to_the_one_who_waits(worker):
    before = ask(worker, "who").result(DEADLINE)
    with pytest.raises(RhoscopeError, match=r"the test worker failed: .*pickle"):
        worker.submit(lambda: ("double", threading.Lock()), finish=lambda answer: answer).result(DEADLINE)
    assert ask(worker, "who").result(DEADLINE) != before
    assert not psutil.pid_exists(before)


def test_fault_in_a_listener_does_not_end_the_service(worker, caplog):
    def listener(_: object) -> None:
        raise ZeroDivisionError

    assert ask(worker, "double", 2, on_done=listener).result(DEADLINE) == 4
    assert ask(worker, "double", 3).result(DEADLINE) == 6
    assert "callback" in caplog.text


def test_close_cancels_everything_and_leaves_no_process(worker):
    started = threading.Event()
    running = ask(worker, "wait", on_progress=lambda _: started.set())
    queued = ask(worker, "double", 1)
    assert started.wait(DEADLINE)
    process = worker.process_id
    worker.close()
    for task in (running, queued):
        with pytest.raises(Cancelled):
            task.result(0)
    assert not psutil.pid_exists(process)
    with pytest.raises(RhoscopeError, match="closed"):
        ask(worker, "double", 1)


def test_close_ends_a_job_that_does_not_listen(worker):
    started = threading.Event()
    task = ask(worker, "deaf", 60, on_progress=lambda _: started.set())
    assert started.wait(DEADLINE)
    began = time.monotonic()
    worker.close(timeout=0.2)
    assert time.monotonic() - began < 5
    with pytest.raises(Cancelled):
        task.result(0)


def test_close_by_force_does_not_wait_for_a_job_that_does_not_listen(worker):
    started = threading.Event()
    task = ask(worker, "deaf", 60, on_progress=lambda _: started.set())
    assert started.wait(DEADLINE)
    process = worker.process_id
    began = time.monotonic()
    worker.close(timeout=0)
    assert time.monotonic() - began < 1.5
    assert not psutil.pid_exists(process)
    with pytest.raises(Cancelled):
        task.result(0)


def test_close_before_any_use_and_twice(worker):
    worker.close()
    worker.close()
    assert worker.process_id is None


def test_close_from_a_callback_does_not_lock_up(worker):
    closed = threading.Event()

    def on_done(_: object) -> None:
        worker.close()
        closed.set()

    ask(worker, "double", 1, on_done=on_done)
    assert closed.wait(DEADLINE)
    wait_until(lambda: worker.process_id is None)


def test_many_wakes_do_not_block(worker):
    task = ask(worker, "wait")
    for _ in range(20_000):
        task.cancel()
    with pytest.raises(Cancelled):
        task.result(DEADLINE)


def test_process_ends_when_its_program_is_killed(tmp_path):
    program = tmp_path / "program.py"
    program.write_text(
        "import sys, threading, time\n"
        "from engine.errors import RhoscopeError\n"
        "from engine.jobs.worker_process import WorkerProcess\n"
        "from tests.engine.jobs.jobs import perform\n"
        "if __name__ == '__main__':\n"
        "    worker = WorkerProcess(perform, name='test', failure=RhoscopeError)\n"
        "    def report(_):\n"
        "        print(worker.process_id, flush=True)\n"
        "    worker.submit(lambda: ('wait', 0), finish=lambda a: a, on_progress=report)\n"
        "    time.sleep(60)\n",
        encoding="utf-8",
    )
    with subprocess.Popen(
        [sys.executable, str(program)], stdout=subprocess.PIPE, text=True, env={**os.environ, "PYTHONPATH": str(ROOT)}
    ) as started:
        assert started.stdout is not None
        process = int(started.stdout.readline())
        assert psutil.pid_exists(process)
        started.kill()
    wait_until(lambda: not psutil.pid_exists(process) or psutil.Process(process).status() == psutil.STATUS_ZOMBIE)
