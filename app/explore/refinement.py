"""The CRF on the shown result: which mode is wanted, and what came of it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal

from app.explore.activity import Activity
from app.explore.answer import Answer
from app.explore.closing import Service
from app.explore.selection import Selection
from app.explore.shared import Shared
from app.explore.views import CRF_MODES, CrfMode, CrfView, Problem, UInt8
from app.services.crf import CrfBackend, CrfInput, CrfService
from engine.errors import RhoscopeError

if TYPE_CHECKING:
    from engine.refine import CrfResult


class Refinement(QObject):
    """Refines complete results alone, one after another; a view that belongs to a former result is never shown.

    Args:
        backend: the CRF.
        selection, answer: the photo and the result that are refined.
    """

    #: CrfView or None.
    changed = Signal(object)
    modeChanged = Signal(str)

    def __init__(
        self,
        shared: Shared,
        *,
        backend: CrfBackend,
        selection: Selection,
        answer: Answer,
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self._shared = shared
        self._selection = selection
        self._answer = answer
        self._service = CrfService(
            backend,
            post=shared.post,
            on_progress=self._progress,
            on_done=self._done,
            on_failed=self._failed,
        )
        self._mode = _crf_mode(shared.settings.text("explore/crf"))
        self._view: CrfView | None = None

    @property
    def mode(self) -> CrfMode:
        return self._mode

    @property
    def view(self) -> CrfView | None:
        return self._view

    @property
    def missing(self) -> str | None:
        """Why the CRF cannot run, with the cure; None where it can."""
        return self._service.missing

    @property
    def final_labels(self) -> UInt8 | None:
        """H×W uint8: the CRF's label map where there is one, else the result's."""
        if self._view is not None:
            return self._view.label_map
        result = self._answer.result
        return None if result is None else result.label_map

    def set_mode(self, mode: str) -> None:
        """ "off", "hard" or "full"; it stays "off" where the CRF is missing, which is then a problem."""
        if self._shared.closing.begun:
            return
        self._mode = _crf_mode(mode)
        self._shared.settings.set("explore/crf", self._mode)
        self.cancel()
        self.forget()
        if self._mode != "off" and not self._ready():
            return
        self.modeChanged.emit(self._mode)
        self.start()

    def start(self) -> None:
        """Refine the shown result, where that is wanted, possible and not done already."""
        mode, image, result = self._mode, self._selection.image, self._answer.result
        if mode == "off" or self._view is not None or self._service.running or self._shared.closing.begun:
            return
        if image is None or result is None or not result.complete or not self._ready():
            return
        self._service.start(CrfInput(image.rgb, result, mode))
        self._progress(0.0)

    def cancel(self) -> None:
        """Stop what runs; what is shown stays."""
        self._service.cancel()
        self._shared.board.set("crf", None)

    def forget(self) -> None:
        """What is shown belongs to a result that is gone."""
        if self._view is not None:
            self._view = None
            self.changed.emit(None)

    @property
    def service(self) -> Service:
        """What closing has to stop."""
        return self._service

    def _ready(self) -> bool:
        """False where the CRF is missing; it is then switched off and that is a problem."""
        missing = self._service.missing
        if missing is None:
            return True
        self._mode = "off"
        self._shared.problems.report(Problem(None, missing))
        self.modeChanged.emit("off")
        return False

    def _progress(self, fraction: float) -> None:
        self._shared.board.set("crf", Activity(self.tr("refining with the CRF"), progress=fraction))

    def _done(self, request: CrfInput, outcome: CrfResult) -> None:
        self._shared.board.set("crf", None)
        if self._shared.closing.begun or request.result is not self._answer.result:
            return
        self._view = CrfView(outcome.label_map, outcome.changed, request.mode, outcome.milliseconds, outcome.note)
        self.changed.emit(self._view)

    def _failed(self, _request: CrfInput, error: RhoscopeError) -> None:
        self._shared.board.set("crf", None)
        if not self._shared.closing.begun:
            image = self._selection.image
            self._shared.problems.report_error(error, path=None if image is None else image.path)


def _crf_mode(text: str) -> CrfMode:
    """Raises ValueError for anything that is no mode."""
    for mode in CRF_MODES:
        if mode == text:
            return mode
    raise ValueError(f"the CRF mode is one of {', '.join(CRF_MODES)}, got {text!r}")
