"""Work on the whole project in the background, one piece at a time: the next one ends the one before."""

from __future__ import annotations

from PySide6.QtCore import QObject

from app.label.context import Context
from app.services.workers import WorkerPool
from engine.cancel import CancelToken
from engine.project.project import Project


class ProjectWork(QObject):
    """Lives in the window's thread; what it does runs in a pool of its own, at a lower priority.

    Args:
        name: of the pool.
    """

    def __init__(self, context: Context, name: str, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._context = context
        self._pool = WorkerPool(name, nice=5)
        self._project: Project | None = None
        self._token = CancelToken()

    @property
    def service(self) -> WorkerPool:
        """What closing has to stop."""
        return self._pool

    def take_project(self, project: Project | None) -> None:
        self.cancel()
        self._project = project

    def cancel(self) -> None:
        """Ends the work under way at the next place where nothing is left half done."""
        self._token.cancel()
        self._token = CancelToken()

    def stop(self) -> None:
        self.cancel()
        self._pool.stop()
