"""What failed, told once for each cause."""

from __future__ import annotations

from pathlib import Path
from typing import Final

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


def problem_of(error: RhoscopeError, *, path: Path | None = None) -> Problem:
    """The problem that an error stands for; `path` where the error names none itself."""
    text = f"{error.reason} ({error.cure})" if error.cure else error.reason
    return Problem(error.path or path, text)
