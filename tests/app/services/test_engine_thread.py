"""One request runs, one waits, the latest wins; failures are typed and the thread outlives them."""

from __future__ import annotations

import gc
import threading
import time
import weakref
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from pytestqt.qtbot import QtBot

from app.services import engine_thread
from app.services.engine_protocol import EngineMemoryError
from app.services.engine_thread import Desk, EngineListener, EngineTask, EngineThread, Lane, RunRequest
from app.services.ui_queue import UiQueue
from engine.cancel import CancelToken
from engine.cascade.result import CascadeResult
from engine.errors import CheckpointError, RhoscopeError
from tests.app.fakes import FakeBackend

RGB = np.full((32, 48, 3), 50, dtype=np.uint8)


class Log:
    """What the listener was told, as (event, serial or spec); the values and errors beside it."""

    def __init__(self) -> None:
        self.events: list[tuple[str, object]] = []
        self.values: list[Any] = []
        self.threads: set[int] = set()

    def _note(self, event: str, what: object, value: object) -> None:
        self.threads.add(threading.get_ident())
        self.events.append((event, what))
        self.values.append(value)

    @property
    def listener(self) -> EngineListener:
        return EngineListener(
            model_loaded=lambda summary: self._note("loaded", summary.spec, summary),
            model_failed=lambda spec, error: self._note("load failed", spec, error),
            run_partial=lambda request, result: self._note("partial", request.serial, result),
            run_finished=lambda request, result: self._note("finished", request.serial, result),
            run_cancelled=lambda request: self._note("cancelled", request.serial, None),
            run_failed=lambda request, error: self._note("failed", request.serial, error),
        )

    def of(self, event: str) -> list[object]:
        return [what for name, what in self.events if name == event]

    def ended(self, serial: int) -> bool:
        return any((name, serial) in self.events for name in ("finished", "cancelled", "failed"))


@pytest.fixture
def log() -> Log:
    return Log()


@pytest.fixture
def engine(qtbot: QtBot, backend: FakeBackend, log: Log) -> Iterator[EngineThread]:
    queue = UiQueue()
    made = EngineThread(backend, log.listener, post=queue.post)
    yield made
    backend.release()
    made.stop()
    qtbot.waitUntil(lambda: not made.alive)
    queue.close()


def request(serial: int, *, rho: float = 0.9, document: int = 1, model: str = "fake") -> RunRequest:
    return RunRequest(serial=serial, document=document, revision=1, model=model, rho=rho, rgb=RGB)


def loaded(qtbot: QtBot, engine: EngineThread, log: Log, spec: str = "default") -> None:
    engine.load_model(spec)
    qtbot.waitUntil(lambda: spec in log.of("loaded"))


def test_no_thread_before_the_first_request(engine: EngineThread) -> None:
    assert not engine.alive


def test_early_answers_then_the_result_all_told_in_the_windows_thread(
    qtbot: QtBot, engine: EngineThread, backend: FakeBackend, log: Log
) -> None:
    loaded(qtbot, engine, log)
    engine.run(request(1))
    qtbot.waitUntil(lambda: log.ended(1))
    assert log.events == [("loaded", "default"), ("partial", 1), ("partial", 1), ("finished", 1)]
    results = [value for value in log.values if isinstance(value, CascadeResult)]
    assert [len(result.stages) for result in results] == [1, 2, 3]
    assert log.threads == {threading.get_ident()}
    assert backend.thread_names == {"engine"}


def test_of_many_requests_one_runs_and_the_latest_waits(
    qtbot: QtBot, engine: EngineThread, backend: FakeBackend, log: Log
) -> None:
    loaded(qtbot, engine, log)
    backend.stage_gate.hold()
    engine.run(request(1, rho=0.5))
    qtbot.waitUntil(lambda: backend.stage_gate.waiting == 1)
    for serial in range(2, 50):
        engine.run(request(serial, rho=serial / 100))
    backend.stage_gate.release()
    qtbot.waitUntil(lambda: log.ended(49))
    assert backend.runs == [0.5, 0.49]
    assert log.of("cancelled") == list(range(2, 49))
    assert log.of("finished")[-1] == 49
    assert all(log.ended(serial) for serial in range(1, 50))


def test_a_superseded_run_may_finish_within_its_grace(
    qtbot: QtBot, engine: EngineThread, backend: FakeBackend, log: Log, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Else a moving slider would never see labels."""
    monkeypatch.setattr(engine_thread, "GRACE_SECONDS", (60.0, 60.0))
    loaded(qtbot, engine, log)
    backend.stage_gate.hold()
    engine.run(request(1))
    qtbot.waitUntil(lambda: backend.stage_gate.waiting == 1)
    engine.run(request(2))
    backend.stage_gate.release()
    qtbot.waitUntil(lambda: log.ended(2))
    assert log.of("finished") == [1, 2]


def test_a_superseded_run_is_stopped_after_its_grace(
    qtbot: QtBot, engine: EngineThread, backend: FakeBackend, log: Log, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(engine_thread, "GRACE_SECONDS", (0.0, 0.0))
    loaded(qtbot, engine, log)
    backend.stage_gate.hold()
    engine.run(request(1))
    qtbot.waitUntil(lambda: backend.stage_gate.waiting == 1)
    engine.run(request(2))
    qtbot.waitUntil(lambda: log.ended(1))
    backend.stage_gate.release()
    qtbot.waitUntil(lambda: log.ended(2))
    assert log.of("finished") == [2]


def test_a_run_of_another_photo_is_stopped_at_once(
    qtbot: QtBot, engine: EngineThread, backend: FakeBackend, log: Log, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(engine_thread, "GRACE_SECONDS", (60.0, 60.0))
    loaded(qtbot, engine, log)
    backend.stage_gate.hold()
    engine.run(request(1, document=1))
    qtbot.waitUntil(lambda: backend.stage_gate.waiting == 1)
    engine.run(request(2, document=2))
    qtbot.waitUntil(lambda: log.of("cancelled") == [1])


def test_cancel_stops_between_stages_and_the_session_stays(
    qtbot: QtBot, engine: EngineThread, backend: FakeBackend, log: Log
) -> None:
    loaded(qtbot, engine, log)
    backend.stage_gate.hold()
    engine.run(request(1))
    qtbot.waitUntil(lambda: backend.stage_gate.waiting == 1)
    backend.stage_gate.step()
    qtbot.waitUntil(lambda: log.of("partial") == [1])
    engine.cancel()
    qtbot.waitUntil(lambda: log.of("cancelled") == [1])
    backend.stage_gate.release()
    engine.run(request(2))
    qtbot.waitUntil(lambda: log.ended(2))
    assert backend.sessions == 1


def test_sessions_of_the_last_photos_are_kept(
    qtbot: QtBot, engine: EngineThread, backend: FakeBackend, log: Log
) -> None:
    loaded(qtbot, engine, log)
    for serial, document in enumerate([1, 2, 3, 1, 2, 3, 4, 1], start=1):
        engine.run(request(serial, document=document))
        qtbot.waitUntil(lambda serial=serial: log.ended(serial))  # type: ignore[misc]
    assert backend.sessions == 5


def test_a_request_for_a_model_that_is_gone_is_not_served(
    qtbot: QtBot, engine: EngineThread, backend: FakeBackend, log: Log
) -> None:
    loaded(qtbot, engine, log)
    engine.run(request(1, model="another"))
    qtbot.waitUntil(lambda: log.of("cancelled") == [1])
    assert backend.runs == []


def test_a_model_that_cannot_be_loaded_leaves_the_former_one(
    qtbot: QtBot, engine: EngineThread, backend: FakeBackend, log: Log
) -> None:
    loaded(qtbot, engine, log)
    backend.load_failures["broken"] = CheckpointError("is damaged")
    engine.load_model("broken")
    qtbot.waitUntil(lambda: log.of("load failed") == ["broken"])
    assert isinstance(log.values[-1], CheckpointError)
    engine.run(request(1))
    qtbot.waitUntil(lambda: log.of("finished") == [1])


def test_loading_another_model_stops_the_run_and_forgets_its_sessions(
    qtbot: QtBot, engine: EngineThread, backend: FakeBackend, log: Log
) -> None:
    loaded(qtbot, engine, log)
    backend.stage_gate.hold()
    engine.run(request(1))
    qtbot.waitUntil(lambda: backend.stage_gate.waiting == 1)
    loaded(qtbot, engine, log, "other")
    assert log.of("cancelled") == [1]
    backend.stage_gate.release()
    engine.run(request(2))
    qtbot.waitUntil(lambda: log.ended(2))
    assert backend.sessions == 2


def test_a_shortage_of_memory_is_tried_again_without_the_other_sessions(
    qtbot: QtBot, engine: EngineThread, backend: FakeBackend, log: Log
) -> None:
    loaded(qtbot, engine, log)
    backend.run_failures.append(MemoryError())
    engine.run(request(1))
    qtbot.waitUntil(lambda: log.ended(1))
    assert log.of("finished") == [1]
    backend.run_failures.extend([EngineMemoryError("full"), EngineMemoryError("full")])
    engine.run(request(2))
    qtbot.waitUntil(lambda: log.ended(2))
    assert log.of("failed") == [2]
    assert isinstance(log.values[-1], EngineMemoryError)


def test_a_defect_becomes_a_message_and_the_thread_goes_on(
    qtbot: QtBot, engine: EngineThread, backend: FakeBackend, log: Log
) -> None:
    loaded(qtbot, engine, log)
    backend.run_failures.append(ZeroDivisionError("division by zero"))
    engine.run(request(1))
    qtbot.waitUntil(lambda: log.ended(1))
    assert isinstance(log.values[-1], RhoscopeError)
    assert "ZeroDivisionError" in str(log.values[-1])
    engine.run(request(2))
    qtbot.waitUntil(lambda: log.of("finished") == [2])


def test_an_error_does_not_keep_what_the_failed_run_held(
    qtbot: QtBot, engine: EngineThread, backend: FakeBackend, log: Log
) -> None:
    class Tensor:
        pass

    refs: list[weakref.ref[Tensor]] = []

    def failing() -> RhoscopeError:
        tensor = Tensor()
        refs.append(weakref.ref(tensor))
        try:
            raise ValueError(tensor)
        except ValueError as error:
            failure = RhoscopeError("failed")
            failure.__context__ = error
            return failure

    loaded(qtbot, engine, log)
    backend.run_failures.append(failing())
    engine.run(request(1))
    qtbot.waitUntil(lambda: log.ended(1))
    gc.collect()
    assert log.values[-1].__traceback__ is None
    assert refs[0]() is None


def test_stop_while_busy(qtbot: QtBot, engine: EngineThread, backend: FakeBackend, log: Log) -> None:
    loaded(qtbot, engine, log)
    backend.stage_gate.hold()
    engine.run(request(1))
    qtbot.waitUntil(lambda: backend.stage_gate.waiting == 1)
    engine.stop()
    qtbot.waitUntil(lambda: not engine.alive)
    engine.run(request(2))
    engine.load_model("default")
    assert not engine.alive


def test_the_grace_follows_the_time_of_the_last_run(
    qtbot: QtBot, engine: EngineThread, backend: FakeBackend, log: Log, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A run of 0.15 s would be stopped by the shortest grace; it may finish because the last one took as long."""
    monkeypatch.setattr(engine_thread, "GRACE_SECONDS", (0.01, 10.0))
    loaded(qtbot, engine, log)
    backend.stage_seconds = 0.05
    engine.run(request(1))
    qtbot.waitUntil(lambda: log.ended(1))
    engine.run(request(2))
    qtbot.waitUntil(lambda: len(backend.runs) == 2)
    engine.run(request(3))
    qtbot.waitUntil(lambda: log.ended(3))
    assert log.of("finished") == [1, 2, 3]


def test_early_answers_come_only_where_they_are_wanted(qtbot: QtBot, engine: EngineThread, log: Log) -> None:
    loaded(qtbot, engine, log)
    engine.run(replace(request(1), early=False))
    qtbot.waitUntil(lambda: log.ended(1))
    assert log.events[1:] == [("finished", 1)]


class _Task:
    """A task of counted steps that notes what becomes of it."""

    def __init__(self, steps: int, order: list[str], name: str) -> None:
        self.left, self.order, self.name = steps, order, name
        self.outcome: list[str] = []

    def step(self, desk: Desk, cancel: CancelToken) -> bool:
        self.order.append(self.name)
        self.left -= 1
        return self.left > 0

    @property
    def task(self) -> EngineTask:
        return EngineTask(
            step=self.step,
            done=lambda: self.outcome.append("done"),
            failed=lambda error: self.outcome.append(str(error)),
            cancelled=lambda: self.outcome.append("cancelled"),
        )


class TestTasks:
    def test_lower_lanes_go_first_and_every_task_ends(
        self, qtbot: QtBot, engine: EngineThread, backend: FakeBackend, log: Log
    ) -> None:
        order: list[str] = []
        batch, proposal = _Task(3, order, "batch"), _Task(1, order, "proposal")
        backend.load_gate.hold()
        engine.load_model("default")
        engine.submit(batch.task, Lane.BATCH)
        engine.submit(proposal.task, Lane.PROPOSAL)
        backend.load_gate.release()
        qtbot.waitUntil(lambda: bool(batch.outcome))
        assert order == ["proposal", "batch", "batch", "batch"]
        assert (batch.outcome, proposal.outcome) == (["done"], ["done"])

    def test_a_request_breaks_off_a_step_which_is_then_taken_anew(
        self, qtbot: QtBot, engine: EngineThread, log: Log
    ) -> None:
        loaded(qtbot, engine, log)
        begun, taken = threading.Event(), []

        def step(desk: Desk, cancel: CancelToken) -> bool:
            taken.append(len(log.of("finished")))
            begun.set()
            while len(taken) == 1:
                cancel.check()
                time.sleep(0.001)
            return False

        ended: list[str] = []
        engine.submit(
            EngineTask(step, lambda: ended.append("done"), lambda _e: None, lambda: ended.append("cancelled")),
            Lane.BATCH,
        )
        qtbot.waitUntil(begun.is_set)
        engine.run(request(1))
        qtbot.waitUntil(lambda: bool(ended))
        assert ended == ["done"]
        assert len(taken) == 2
        assert log.ended(1)

    def test_a_newer_task_takes_the_lane_and_the_end_cancels(
        self, qtbot: QtBot, engine: EngineThread, backend: FakeBackend, log: Log
    ) -> None:
        order: list[str] = []
        backend.load_gate.hold()
        engine.load_model("default")
        first, second, third = (_Task(1, order, name) for name in ("first", "second", "third"))
        engine.submit(first.task, Lane.TUNING)
        engine.submit(second.task, Lane.TUNING)
        engine.submit(third.task, Lane.BATCH)
        engine.cancel_task(Lane.BATCH)
        backend.load_gate.release()
        qtbot.waitUntil(lambda: bool(second.outcome))
        assert (first.outcome, second.outcome, third.outcome) == (["cancelled"], ["done"], ["cancelled"])
        assert order == ["second"]
        engine.stop()
        late = _Task(1, order, "late")
        engine.submit(late.task, Lane.BATCH)
        qtbot.waitUntil(lambda: bool(late.outcome))
        assert late.outcome == ["cancelled"]

    def test_a_failing_step_is_told_and_the_thread_lives(self, qtbot: QtBot, engine: EngineThread, log: Log) -> None:
        told: list[str] = []

        def step(desk: Desk, cancel: CancelToken) -> bool:
            raise RhoscopeError("no such thing")

        engine.submit(EngineTask(step, lambda: None, lambda error: told.append(str(error)), lambda: None), Lane.LOCAL)
        qtbot.waitUntil(lambda: bool(told))
        assert told == ["no such thing"]
        loaded(qtbot, engine, log)
