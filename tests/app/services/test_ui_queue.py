"""Calls from other threads reach the window's thread: all, in order, without starving it."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator

import pytest
from PySide6.QtCore import QTimer
from pytestqt.qtbot import QtBot

from app.services.ui_queue import UiQueue


@pytest.fixture
def queue(qtbot: QtBot) -> Iterator[UiQueue]:
    made = UiQueue()
    yield made
    made.close()


def in_thread(work: threading.Thread) -> None:
    work.start()
    work.join()


def test_calls_run_in_the_windows_thread_in_order(qtbot: QtBot, queue: UiQueue) -> None:
    seen: list[tuple[int, int]] = []

    def post_all() -> None:
        for number in range(500):
            queue.post(lambda number=number: seen.append((number, threading.get_ident())))  # type: ignore[misc]

    in_thread(threading.Thread(target=post_all))
    assert seen == []
    qtbot.waitUntil(lambda: len(seen) == 500)
    assert seen == [(number, threading.get_ident()) for number in range(500)]


def test_a_flood_leaves_turns_to_others(qtbot: QtBot, queue: UiQueue) -> None:
    turns: list[int] = []
    done: list[int] = []
    timer = QTimer()
    timer.timeout.connect(lambda: turns.append(len(done)))
    timer.start(0)

    def slow() -> None:
        until = time.perf_counter() + 0.002
        while time.perf_counter() < until:
            pass
        done.append(1)

    for _ in range(60):
        queue.post(slow)
    qtbot.waitUntil(lambda: len(done) == 60)
    timer.stop()
    assert len({count for count in turns if 0 < count < 60}) >= 5


def test_a_failing_call_does_not_silence_the_next(qtbot: QtBot, queue: UiQueue) -> None:
    seen: list[str] = []

    def fail() -> None:
        raise ValueError("a defect")

    queue.post(fail)
    queue.post(lambda: seen.append("next"))
    with qtbot.captureExceptions() as exceptions:
        qtbot.waitUntil(lambda: seen == ["next"])
    assert [kind for kind, _, _ in exceptions] == [ValueError]


def test_after_close_nothing_runs(qtbot: QtBot, queue: UiQueue) -> None:
    seen: list[str] = []
    queue.post(lambda: seen.append("waited"))
    queue.close()
    queue.post(lambda: seen.append("late"))
    qtbot.wait(20)
    assert seen == []
