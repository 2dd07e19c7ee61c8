"""The state of a comparison of two models on one photo."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from PySide6.QtCore import QObject, Signal

from app.library.library import shown_error
from app.services.model_library import Comparison, LibraryBackend


@dataclass(frozen=True)
class CompareState:
    """What is compared, and what came of it: nothing while it runs, an answer, or words of what went wrong."""

    photo: Path
    first: str
    second: str
    answer: Comparison | None = None
    problem: str = ""

    @property
    def running(self) -> bool:
        return self.answer is None and not self.problem


class ModelComparison(QObject):
    """Signals: changed(object) - CompareState, or None where nothing has been compared."""

    changed = Signal(object)

    def __init__(self, backend: LibraryBackend, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._backend = backend
        self._state: CompareState | None = None

    @property
    def state(self) -> CompareState | None:
        return self._state

    def start(self, photo: Path, first: str, second: str) -> None:
        """Compares two models (specs); a comparison that runs is given up for it."""
        asked = CompareState(photo, first, second)
        self._set(asked)
        self._backend.compare(photo, first, second, lambda answer: self._take(asked, answer))

    def cancel(self) -> None:
        if self._state is not None and self._state.running:
            self._backend.cancel_compare()
            self._set(None)

    def _take(self, asked: CompareState, answer: Comparison | Exception) -> None:
        if self._state is not asked:
            return
        if isinstance(answer, Exception):
            self._set(CompareState(asked.photo, asked.first, asked.second, problem=shown_error(answer)))
        else:
            self._set(CompareState(asked.photo, asked.first, asked.second, answer))

    def _set(self, state: CompareState | None) -> None:
        self._state = state
        self.changed.emit(state)
