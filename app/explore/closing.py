"""The end: services are told to stop, and the event loop turns until they have."""

from __future__ import annotations

import logging
import time
from collections.abc import Sequence
from typing import Final, Protocol

from PySide6.QtCore import QObject, QTimer, Signal

_log = logging.getLogger(__name__)
_POLL_MILLISECONDS: Final = 20


class Service(Protocol):
    """Something with a thread or a process."""

    def stop(self) -> None:
        """Cancel and end; does not wait."""
        ...

    @property
    def alive(self) -> bool: ...


class Closing(QObject):
    """Waits without blocking, but not for ever: a thread that is stuck in a system call must not keep the window.

    Args:
        deadline_seconds: after which the wait is given up.
    """

    #: Nothing runs any more, or the deadline has passed; emitted once.
    finished = Signal()

    def __init__(self, *, deadline_seconds: float, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._deadline_seconds = deadline_seconds
        self._services: tuple[Service, ...] = ()
        self._begun = False
        self._since = 0.0
        self._timer = QTimer(self)
        self._timer.setInterval(_POLL_MILLISECONDS)
        self._timer.timeout.connect(self._look)

    @property
    def begun(self) -> bool:
        """New work is refused from now on."""
        return self._begun

    def begin(self, services: Sequence[Service]) -> None:
        """Stop them in their order; `finished` follows, never within this call."""
        self._begun = True
        self._since = time.monotonic()
        self._services = tuple(services)
        for service in self._services:
            service.stop()
        self._timer.start()

    def _look(self) -> None:
        late = time.monotonic() - self._since > self._deadline_seconds
        running = [type(service).__name__ for service in self._services if service.alive]
        if running and not late:
            return
        if running:
            _log.warning("closing without waiting longer for %s", ", ".join(running))
        self._timer.stop()
        self.finished.emit()
