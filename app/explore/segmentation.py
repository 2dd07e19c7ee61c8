"""Asking the engine for answers, and telling which of those that come are still meant: the latest wins."""

from __future__ import annotations

from PySide6.QtCore import QObject, Signal

from app.explore.activity import Activity
from app.explore.answer import Answer
from app.explore.closing import Service
from app.explore.images import ImageListModel
from app.explore.model_choice import ModelChoice
from app.explore.selection import Selection
from app.explore.shared import Shared
from app.services.engine_protocol import EngineBackend
from app.services.engine_thread import EngineListener, EngineThread, RunRequest
from engine.cascade.result import CascadeResult
from engine.errors import RhoscopeError


class Segmentation(QObject):
    """Owns the engine's thread; what it asks for is the selected image at the answer's ρ with the chosen model.

    Args:
        backend: the engine.
        images: told how hard each image was.
        selection, choice, answer: what is asked for, and whether early answers are of use.
    """

    #: A request is on its way; what was made of the former answer is out of date.
    started = Signal()
    #: CascadeResult to be shown, or None where the shown one belongs to nothing any more.
    answered = Signal(object)
    #: The latest request has its answer.
    finished = Signal()
    #: The working size (int or None) is another one.
    workingSideChanged = Signal(object)

    def __init__(
        self,
        shared: Shared,
        *,
        backend: EngineBackend,
        images: ImageListModel,
        selection: Selection,
        choice: ModelChoice,
        answer: Answer,
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self._shared = shared
        self._images = images
        self._selection = selection
        self._choice = choice
        self._answer = answer
        # Of the latest request, and of the one whose answer is shown: what is older than that comes too late.
        self._serial = 0
        self._shown_serial = 0
        self._engine = EngineThread(
            backend,
            EngineListener(
                model_loaded=choice.take,
                model_failed=choice.take_failure,
                run_partial=self._partial,
                run_finished=self._finished,
                run_cancelled=self._ended,
                run_failed=self._failed,
            ),
            post=shared.post,
        )
        choice.wanted.connect(self._engine.load_model)

    @property
    def working_side(self) -> int | None:
        """Size at which photos are segmented: None = the model's own, 0 = each photo's own."""
        side = self._shared.settings.whole("explore/working_side")
        return None if side < 0 else side

    def choose_working_side(self, side: int | None) -> None:
        """Segment at this size from now on; what is shown stays until the new answer is there."""
        if self._shared.closing.begun or side == self.working_side:
            return
        self._shared.settings.set("explore/working_side", -1 if side is None else side)
        self.workingSideChanged.emit(self.working_side)
        self.request()

    def request(self) -> None:
        """Segment what is selected; nothing happens while the image or the model is not there yet."""
        image, summary = self._selection.image, self._choice.summary
        if image is None or summary is None or not self._selection.settled:
            return
        self._serial += 1
        self.started.emit()
        self._engine.run(
            RunRequest(
                serial=self._serial,
                document=image.document,
                revision=image.revision,
                model=summary.label,
                rho=self._answer.rho,
                rgb=image.rgb,
                working_side=self.working_side,
                # Finished labels stay on the screen until the next finished ones, so that nothing flickers.
                early=not self._answer.complete,
            )
        )
        self._tell_progress(0.0)

    def forget(self) -> None:
        """The image or the model is another one: what is shown goes, and what was asked for before is not meant."""
        self._shown_serial = self._serial + 1
        self.answered.emit(None)

    def cancel(self) -> None:
        """Ask what runs to stop; what is shown stays."""
        self._engine.cancel()

    @property
    def engine(self) -> EngineThread:
        return self._engine

    @property
    def service(self) -> Service:
        """What closing has to stop."""
        return self._engine

    def _partial(self, request: RunRequest, result: CascadeResult) -> None:
        if not self._meant(request):
            return
        if not self._answer.complete:
            self._show(result, request)
        if request.serial == self._serial:
            self._tell_progress(len(result.stages) / result.stage_count)

    def _finished(self, request: RunRequest, result: CascadeResult) -> None:
        image = self._selection.image
        if self._meant(request) and image is not None:
            if result is not self._answer.result:
                self._show(result, request)
            # To a network of one stage every pixel is the last stage's: that says nothing of the photo.
            self._images.set_hard_share(image.path, result.shares[-1] if result.stage_count > 1 else None)
        self._ended(request)
        if request.serial == self._serial:
            self.finished.emit()

    def _failed(self, request: RunRequest, error: RhoscopeError) -> None:
        image = self._selection.image
        if self._meant(request) and image is not None:
            self._shared.problems.report_error(error, path=image.path)
        self._ended(request)

    def _ended(self, request: RunRequest) -> None:
        if request.serial == self._serial:
            self._shared.board.set("run", None)

    def _meant(self, request: RunRequest) -> bool:
        """The answer belongs to what is on the screen and is not older than it."""
        image, summary = self._selection.image, self._choice.summary
        return (
            not self._shared.closing.begun
            and image is not None
            and summary is not None
            and (request.document, request.revision) == (image.document, image.revision)
            and request.model == summary.label
            and request.serial >= self._shown_serial
        )

    def _show(self, result: CascadeResult, request: RunRequest) -> None:
        self._shown_serial = request.serial
        self.answered.emit(result)

    def _tell_progress(self, fraction: float) -> None:
        image = self._selection.image
        name = "" if image is None else image.path.name
        self._shared.board.set("run", Activity(self.tr("segmenting {name}").format(name=name), progress=fraction))
