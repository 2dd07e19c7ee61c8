"""What failed, told once for each cause."""

from __future__ import annotations

from pathlib import Path
from typing import Final

from PySide6.QtCore import QObject, Signal

from app.explore.views import Problem
from engine.errors import RhoscopeError

_KEPT: Final = 500


class ProblemLog:
    """The latest problems; a cause that is on the list is not told again until the list is cleared."""

    def __init__(self) -> None:
        self._problems: dict[Problem, None] = {}

    def add(self, problem: Problem) -> bool:
        """False where it is known already."""
        if problem in self._problems:
            return False
        self._problems[problem] = None
        if len(self._problems) > _KEPT:
            del self._problems[next(iter(self._problems))]
        return True

    def clear(self) -> None:
        self._problems.clear()

    @property
    def all(self) -> list[Problem]:
        """Oldest first."""
        return list(self._problems)


class Problems(QObject):
    """The log as every part of the Explore model tells it and the window follows it."""

    #: Problem, once for each cause.
    reported = Signal(object)
    cleared = Signal()

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._log = ProblemLog()

    @property
    def all(self) -> list[Problem]:
        """Oldest first."""
        return self._log.all

    def report(self, problem: Problem) -> None:
        if self._log.add(problem):
            self.reported.emit(problem)

    def report_error(self, error: RhoscopeError, *, path: Path | None = None) -> None:
        """`path` is what the problem concerns where the error names nothing itself."""
        self.report(problem_of(error, path=path))

    def clear(self) -> None:
        self._log.clear()
        self.cleared.emit()


def problem_of(error: RhoscopeError, *, path: Path | None = None) -> Problem:
    """The problem that an error stands for; `path` where the error names none itself."""
    text = f"{error.reason} ({error.cure})" if error.cure else error.reason
    return Problem(error.path or path, text)
