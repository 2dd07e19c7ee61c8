"""What the status bar says, put together from what each part of the Explore model is at."""

from __future__ import annotations

from PySide6.QtCore import QObject, Signal

from app.explore.activity import Activities, Activity, Kind
from app.explore.views import Status


class StatusBoard(QObject):
    """Every part reports here; the status is told when it has become another one."""

    #: Status.
    changed = Signal(object)
    #: Number of jobs that are running or waiting.
    pendingChanged = Signal(int)

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._activities = Activities()
        self._device = ""
        self._milliseconds: float | None = None
        self._stopped = False
        self._status = Status()
        self._pending = 0

    @property
    def status(self) -> Status:
        return self._status

    def set(self, kind: Kind, activity: Activity | None) -> None:
        """What is being done of this kind; None = nothing."""
        if activity is not None and self._activities.get(kind) is None:
            # Something new runs; what was told to stop may still report for a moment.
            self._stopped = False
        self._activities.set(kind, activity)
        self._update()

    def set_device(self, device: str) -> None:
        """Where the model runs, in words."""
        self._device = device
        self._update()

    def set_milliseconds(self, milliseconds: float | None) -> None:
        """Time of the last complete result."""
        self._milliseconds = milliseconds
        self._update()

    def stopping(self) -> None:
        """A person asked to stop what runs: once it has, the status says "stopped" in place of "ready"."""
        self._stopped = self._activities.cancellable
        self._update()

    def _update(self) -> None:
        foremost = self._activities.foremost
        idle = self.tr("stopped") if self._stopped else self.tr("ready")
        status = Status(
            text=idle if foremost is None else foremost.text,
            device=self._device,
            milliseconds=self._milliseconds,
            busy=foremost is not None,
            progress=None if foremost is None else foremost.progress,
            cancellable=self._activities.cancellable,
        )
        if status != self._status:
            self._status = status
            self.changed.emit(status)
        if self._activities.jobs != self._pending:
            self._pending = self._activities.jobs
            self.pendingChanged.emit(self._pending)
