"""The one way from other threads to the window's thread."""

from __future__ import annotations

import sys
import threading
import time
from collections import deque
from collections.abc import Callable
from typing import Final

from PySide6.QtCore import QObject, Qt, QTimer, Signal, Slot

Post = Callable[[Callable[[], None]], None]

# A flood of results must leave room for painting and typing: the rest waits for the next turn of the event loop.
_TURN_SECONDS: Final = 0.008
# Python's own 5 ms add up: one event of Qt's takes and gives back the global lock several times, and each time a busy
# thread may keep it for that long.
_SWITCH_SECONDS: Final = 0.0001


class UiQueue(QObject):
    """Runs calls in the thread that it was made in, in the order in which they were posted."""

    _arrived = Signal()

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        sys.setswitchinterval(min(sys.getswitchinterval(), _SWITCH_SECONDS))
        self._lock = threading.Lock()
        self._calls: deque[Callable[[], None]] = deque()
        self._scheduled = False
        self._closed = False
        self._next_turn = QTimer(self)
        self._next_turn.setSingleShot(True)
        self._next_turn.setInterval(0)
        self._next_turn.timeout.connect(self._drain)
        self._arrived.connect(self._drain, Qt.ConnectionType.QueuedConnection)

    def post(self, call: Callable[[], None]) -> None:
        """Run `call` soon in the window's thread; may be called from any thread, does nothing once closed."""
        with self._lock:
            if self._closed:
                return
            self._calls.append(call)
            if self._scheduled:
                return
            self._scheduled = True
            # Under the lock, so that close() cannot come between and leave a signal on a dying object.
            self._arrived.emit()

    def close(self) -> None:
        """Drop what waits and refuse what follows."""
        with self._lock:
            self._closed = True
            self._calls.clear()
        self._next_turn.stop()

    @Slot()
    def _drain(self) -> None:
        until = time.perf_counter() + _TURN_SECONDS
        try:
            while (call := self._next_call()) is not None:
                call()
                if time.perf_counter() > until:
                    break
        finally:
            # Also after a failing call: one defect must not silence every later answer.
            with self._lock:
                more = bool(self._calls) and not self._closed
                self._scheduled = more
            if more:
                self._next_turn.start()

    def _next_call(self) -> Callable[[], None] | None:
        with self._lock:
            return self._calls.popleft() if self._calls else None
