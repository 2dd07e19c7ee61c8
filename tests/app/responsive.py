"""Measuring whether the window's thread is free: a heartbeat of its event loop."""

from __future__ import annotations

import gc
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from PySide6.QtCore import QEventLoop, QObject, Qt, QTimer

LIMIT_MILLISECONDS = 50.0
_BEAT_MILLISECONDS = 5


class Heartbeat(QObject):
    """The longest time that the event loop of its thread went without a turn, in milliseconds.

    Time in which the machine gave a thread of this process no processor, although it was ready to run, is not counted:
    that says something about the machine's load and nothing about the program.
    """

    def __init__(self) -> None:
        super().__init__()
        self.longest = 0.0
        self._timer = QTimer(self)
        self._timer.setTimerType(Qt.TimerType.PreciseTimer)
        self._timer.setInterval(_BEAT_MILLISECONDS)
        self._timer.timeout.connect(self._beat)
        self._last = time.perf_counter()
        self._delays = _run_delays()
        self._timer.start()

    def stop(self) -> None:
        self._beat()
        self._timer.stop()

    def _beat(self) -> None:
        now, delays = time.perf_counter(), _run_delays()
        waited = max((delay - self._delays.get(thread, 0.0) for thread, delay in delays.items()), default=0.0)
        blocked = (now - self._last) * 1000.0 - _BEAT_MILLISECONDS - waited
        self.longest = max(self.longest, blocked)
        self._last, self._delays = time.perf_counter(), delays


def run_loop_until(condition: Callable[[], bool]) -> None:
    """Turn the event loop until the condition holds, where there is no qtbot."""
    loop = QEventLoop()
    timer = QTimer()
    timer.timeout.connect(lambda: loop.quit() if condition() else None)
    timer.start(_BEAT_MILLISECONDS)
    loop.exec()
    timer.stop()


@contextmanager
def responsive(limit: float = LIMIT_MILLISECONDS) -> Iterator[Heartbeat]:
    """Fails when the event loop is blocked for more than `limit` milliseconds; inside, wait with qtbot's functions."""
    # What pytest and the tests before this one left on the heap would make every garbage collection in here longer than
    # the program's own are.
    gc.collect()
    gc.freeze()
    heart = Heartbeat()
    try:
        yield heart
    finally:
        heart.stop()
        heart.deleteLater()
        gc.unfreeze()
    assert heart.longest <= limit, f"the window's thread was blocked for {heart.longest:.0f} ms"


def _run_delays() -> dict[str, float]:
    """Milliseconds that each thread of this process has spent ready but without a processor; Linux only."""
    if not sys.platform.startswith("linux"):
        return {}
    delays = {}
    for task in Path("/proc/self/task").iterdir():
        try:
            delays[task.name] = int((task / "schedstat").read_text(encoding="ascii").split()[1]) / 1e6
        except (OSError, IndexError):  # the thread has just ended
            continue
    return delays
