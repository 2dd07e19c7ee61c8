"""Jobs from outside: started, paused, stopped, killed, resumed, queued."""

from __future__ import annotations

import json
import os
import socket
import time
from collections.abc import Callable
from pathlib import Path

import psutil
import pytest

from engine.errors import OutputError, SettingError
from engine.jobs.job import (
    JobSettings,
    job_process,
    kill,
    last_lines,
    pause,
    prepare_job,
    read_record,
    reap,
    release,
    start_job,
    stop,
)
from engine.jobs.job_queue import JobQueue
from engine.jobs.remarks import Remarks, parsed_tags, read_remarks, write_remarks
from engine.jobs.run_process import claimed, working_process
from engine.jobs.run_reader import RunData, RunReader
from engine.jobs.run_state import RunState, standing

DEADLINE = 40.0


def _made(folder: Path, name: str = "one") -> Path:
    run = folder / name
    prepare_job(run, 'name = "fake"\n', JobSettings(nice=0))
    return run


def _data(run: Path) -> RunData:
    reader = RunReader(run)
    while reader.poll():
        pass
    return reader.data()


def _state(run: Path, *, waiting: bool = False) -> RunState:
    reap()
    return standing(run, _data(run), waiting=waiting).state


def _wait(condition: Callable[[], object]) -> None:
    until = time.monotonic() + DEADLINE
    while not condition():
        assert time.monotonic() < until, "it did not come to pass"
        time.sleep(0.03)


def test_a_job_starts_pauses_goes_on_stops_and_finishes(jobs_folder: Path) -> None:
    run = _made(jobs_folder)
    assert _state(run) is RunState.NEW
    start_job(run)
    assert _state(run).at_work
    _wait(lambda: _data(run).step > 2)
    assert _state(run) is RunState.RUNNING
    pause(run)
    _wait(lambda: _state(run) is RunState.PAUSED)
    reached = _data(run).step
    time.sleep(0.3)
    assert _data(run).step == reached
    release(run)
    _wait(lambda: _data(run).step > reached)
    stop(run)
    _wait(lambda: _state(run) is RunState.STOPPED)
    assert job_process(run) is None
    start_job(run)
    _wait(lambda: _state(run) is RunState.FINISHED)
    assert _data(run).step == 60
    steps = _data(run).curves["loss"].steps.tolist()
    assert steps == sorted(set(steps)) == list(range(1, 61))


def test_a_killed_job_is_found_dead_and_goes_on_from_its_checkpoint(jobs_folder: Path) -> None:
    run = _made(jobs_folder)
    start_job(run)
    _wait(lambda: _data(run).step > 6)
    kill(run)
    _wait(lambda: _state(run) is RunState.DIED)
    start_job(run)
    _wait(lambda: _data(run).last == "resumed")
    assert _state(run).at_work


def test_a_job_that_cannot_begin_shows_its_last_words(jobs_folder: Path) -> None:
    run = _made(jobs_folder)
    (run / "fail").write_text("", encoding="utf-8")
    start_job(run)
    _wait(lambda: _state(run) is RunState.DIED)
    assert last_lines(run)[-1] == "rhoscope train: the data set is gone"
    assert standing(run, _data(run), waiting=False).output[-1] == "rhoscope train: the data set is gone"


def test_a_killed_pause_is_forgotten_when_the_job_goes_on(jobs_folder: Path) -> None:
    run = _made(jobs_folder)
    start_job(run)
    _wait(lambda: _data(run).step > 2)
    pause(run)
    _wait(lambda: _state(run) is RunState.PAUSED)
    kill(run)
    _wait(lambda: _state(run) is RunState.DIED)
    reached = _data(run).step
    start_job(run)
    _wait(lambda: _data(run).step > reached)


def test_starting_twice_starts_once(jobs_folder: Path) -> None:
    run = _made(jobs_folder)
    start_job(run)
    first = read_record(run).pid
    start_job(run)
    assert read_record(run).pid == first


def test_a_run_is_claimed_by_one_process(tmp_path: Path) -> None:
    with claimed(tmp_path):
        process = working_process(tmp_path)
        assert process is not None
        assert process.pid == os.getpid()
        with pytest.raises(OutputError, match="another process works on this run"), claimed(tmp_path):
            pass
    assert working_process(tmp_path) is None


def test_a_process_with_the_number_of_a_dead_one_is_not_taken_for_it(tmp_path: Path) -> None:
    owner = {
        "process": os.getpid(),
        "computer": socket.gethostname(),
        "person": "a",
        "since": "2001-01-01T00:00:00+00:00",
    }
    (tmp_path / "run.lock").write_text(json.dumps(owner), encoding="utf-8")
    assert working_process(tmp_path) is None
    (tmp_path / "run.lock").write_text(json.dumps({**owner, "computer": "elsewhere"}), encoding="utf-8")
    assert working_process(tmp_path) is None


def test_a_folder_with_a_run_is_not_prepared_again_and_an_empty_one_cannot_start(jobs_folder: Path) -> None:
    run = _made(jobs_folder)
    with pytest.raises(OutputError, match="already holds a run"):
        prepare_job(run, "", JobSettings())
    (jobs_folder / "empty").mkdir()
    with pytest.raises(SettingError, match="neither a run nor a recipe"):
        start_job(jobs_folder / "empty")


def test_a_copied_run_that_grows_is_watched_and_one_that_does_not_is_interrupted(tmp_path: Path) -> None:
    from tests.engine.jobs.long_runs import started, step, text

    (tmp_path / "events.jsonl").write_text(text(started(), step(1)), encoding="utf-8")
    assert _state(tmp_path) is RunState.ELSEWHERE
    old = time.time() - 3600
    os.utime(tmp_path / "events.jsonl", (old, old))
    assert _state(tmp_path) is RunState.DIED


class TestQueue:
    def test_one_after_another(self, jobs_folder: Path) -> None:
        queue = JobQueue(jobs_folder)
        first, second = _made(jobs_folder, "first"), _made(jobs_folder, "second")
        queue.add(first)
        queue.add(second)
        queue.add(first)
        assert queue.read().waiting == (first, second)
        assert queue.advance() == []
        assert (queue.read().waiting, queue.read().started) == ((second,), (first,))
        assert job_process(first) is not None
        assert queue.advance() == []
        assert job_process(second) is None
        assert _state(second, waiting=True) is RunState.WAITING
        _wait(lambda: _data(first).step > 1)
        stop(first)
        _wait(lambda: _state(first) is RunState.STOPPED)
        queue.advance()
        assert job_process(second) is not None
        assert queue.read().waiting == ()

    def test_what_cannot_start_is_named_and_the_next_one_starts(self, jobs_folder: Path) -> None:
        queue = JobQueue(jobs_folder)
        (jobs_folder / "gone").mkdir()
        good = _made(jobs_folder, "good")
        queue.add(jobs_folder / "gone")
        queue.add(good)
        (failure,) = queue.advance()
        assert failure.path == jobs_folder / "gone"
        assert job_process(good) is not None

    def test_order_changes_and_jobs_leave(self, jobs_folder: Path) -> None:
        queue = JobQueue(jobs_folder)
        jobs = [_made(jobs_folder, name) for name in "abc"]
        for made in jobs:
            queue.add(made)
        queue.move(jobs[2], places=-5)
        assert queue.read().waiting == (jobs[2], jobs[0], jobs[1])
        queue.remove(jobs[0])
        assert queue.read().waiting == (jobs[2], jobs[1])

    def test_a_damaged_file_is_an_empty_queue_and_runs_are_still_found(self, jobs_folder: Path) -> None:
        queue = JobQueue(jobs_folder)
        run = _made(jobs_folder)
        queue.add(run)
        queue.path.write_text('{"waiting": [', encoding="utf-8")
        assert queue.read().waiting == ()
        assert queue.runs() == [run]
        queue.add(run)
        assert queue.read().waiting == (run,)

    def test_runs_made_elsewhere_are_found_alone_or_in_their_folder(self, jobs_folder: Path, tmp_path: Path) -> None:
        from tests.engine.jobs.long_runs import write_run

        alone = write_run(tmp_path / "alone", points=3)
        many = [write_run(tmp_path / "many" / name, points=3) for name in "ab"]
        queue = JobQueue(jobs_folder)
        queue.watch(alone)
        queue.watch(tmp_path / "many")
        assert queue.runs() == [alone, *many]
        queue.forget(alone)
        assert queue.runs() == many


def test_remarks_are_kept_in_the_run(tmp_path: Path) -> None:
    assert read_remarks(tmp_path) == Remarks()
    write_remarks(tmp_path, Remarks("Zürich", "a note", ("night", "rain")))
    assert read_remarks(tmp_path) == Remarks("Zürich", "a note", ("night", "rain"))
    assert parsed_tags("#night, rain night  ") == ("night", "rain")


def test_the_priority_is_lowered(jobs_folder: Path) -> None:
    from engine.jobs.priority import lower_priority

    before = psutil.Process().nice()
    lower_priority(0)
    assert psutil.Process().nice() == before
    with pytest.raises(SettingError, match="0 to 19"):
        lower_priority(20)
