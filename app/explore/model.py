"""The state of the Explore workspace: what widgets watch and what they ask for. Every long job runs elsewhere."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TypeVar

from PySide6.QtCore import QObject, Signal, Slot

from app.explore.answer import Answer
from app.explore.closing import Closing
from app.explore.images import ImageListModel
from app.explore.model_choice import ModelChoice
from app.explore.opening import Opening
from app.explore.problems import Problems
from app.explore.refinement import Refinement
from app.explore.saving import Saving
from app.explore.segmentation import Segmentation
from app.explore.selection import Selection
from app.explore.shared import Shared
from app.explore.status import StatusBoard
from app.explore.views import CrfMode, CrfView, ModelSummary, OpenImage, Problem, Status, UInt8
from app.services.background import Background
from app.services.crf import CrfBackend, PydensecrfBackend
from app.services.engine_protocol import EngineBackend
from app.services.engine_thread import EngineThread
from app.services.folder_scan import FindImages
from app.services.opening import ReadImage
from app.services.settings import Settings
from app.services.thumbnails import ReadThumbnail
from app.services.torch_backend import TorchBackend
from app.services.ui_queue import UiQueue
from engine.cascade.result import CascadeResult, StageOutput

_T = TypeVar("_T")


class ExploreModel(QObject):
    """Lives in the window's thread; nothing here waits.

    One face for widgets, and what joins the parts behind it (opening, selection, model choice, segmentation, answer,
    refinement, saving, status, problems): a part may read others that it is given, but what it sets off in them, and
    in which order, stands here.

    Call start() once the window is on the screen: it loads the model. Call shutdown() when the window closes and quit
    when shutdownFinished arrives.

    A newly selected image replaces the shown one only when it is decoded; until then `image`, `result` and what saving
    writes stay those of the old image, together. Where it cannot be read, `image` becomes None.

    Args:
        settings: where ρ, the model and recent files are remembered.
        backend: the engine; the one with torch where missing.
        crf: the CRF; pydensecrf's where missing.
        read_image, read_thumbnail, find_images: how files are read; those of engine.data.images where missing.
        shutdown_seconds: how long shutdown() waits for what is running.
    """

    #: OpenImage, or None where the selected image cannot be read or nothing is open.
    imageChanged = Signal(object)
    #: The selected row (-1 for none): emitted at once, before the image is decoded.
    currentChanged = Signal(int)
    #: CascadeResult, incomplete while later stages run, or None for an image without an answer yet.
    resultChanged = Signal(object)
    rhoChanged = Signal(float)
    #: h×w uint8 deciding stage at the current ρ, 0 = pending; None without a result. In the same turn as set_rho().
    setsChanged = Signal(object)
    #: tuple of n floats, the share of cells that each stage decides at the current ρ, or None; with setsChanged.
    sharesChanged = Signal(object)
    #: CrfView or None.
    crfChanged = Signal(object)
    crfModeChanged = Signal(str)
    #: Status.
    statusChanged = Signal(object)
    #: Problem, once for each cause.
    problem = Signal(object)
    problemsCleared = Signal()
    #: list[Path], latest first.
    recentChanged = Signal(object)
    #: ModelSummary, or None while there is no model: see model_missing.
    modelChanged = Signal(object)
    #: Working size (int or None).
    workingSideChanged = Signal(object)
    #: Number of jobs that are running or waiting (opening, segmenting, CRF, saving, reading folders).
    pendingChanged = Signal(int)
    #: Path that was written: a file, or the folder of the stage maps.
    saved = Signal(object)
    shutdownFinished = Signal()

    def __init__(
        self,
        settings: Settings,
        *,
        backend: EngineBackend | None = None,
        crf: CrfBackend | None = None,
        read_image: ReadImage | None = None,
        read_thumbnail: ReadThumbnail | None = None,
        find_images: FindImages | None = None,
        shutdown_seconds: float = 10.0,
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self._settings = settings
        self._queue = UiQueue(self)
        post = self._queue.post
        self._board = StatusBoard(self)
        self._problems = Problems(self)
        self._closing = Closing(deadline_seconds=shutdown_seconds, parent=self)
        self._shut_down = False
        shared = Shared(settings, post, self._board, self._problems, self._closing)
        self._images = ImageListModel(post=post, read_thumbnail=read_thumbnail, parent=self)
        self._opening = Opening(shared, images=self._images, find_images=find_images, parent=self)
        self._selection = Selection(shared, images=self._images, read_image=read_image, parent=self)
        self._choice = ModelChoice(shared, parent=self)
        self._answer = Answer(shared, parent=self)
        self._segmentation = Segmentation(
            shared,
            backend=backend or TorchBackend(),
            images=self._images,
            selection=self._selection,
            choice=self._choice,
            answer=self._answer,
            parent=self,
        )
        self._refinement = Refinement(
            shared, backend=crf or PydensecrfBackend(), selection=self._selection, answer=self._answer, parent=self
        )
        self._saving = Saving(
            shared, selection=self._selection, answer=self._answer, refinement=self._refinement, parent=self
        )
        self._background = Background(post=post)
        self._join()
        self._forward()

    def _join(self) -> None:
        """What one part does because of another."""
        self._images.thumbnailFailed.connect(self._problems.report_error)
        self._opening.replaced.connect(self._select_first)
        self._selection.leaving.connect(self._stop_work)
        self._selection.imageChanged.connect(self._take_image)
        self._selection.opened.connect(self._segmentation.request)
        self._choice.exchanged.connect(self._answer.forget_rho)
        self._choice.changed.connect(self._take_model)
        self._choice.kept.connect(self._resume)
        self._segmentation.started.connect(self._refinement.cancel)
        self._segmentation.answered.connect(self._show)
        self._segmentation.finished.connect(self._refinement.start)
        self._closing.finished.connect(self._end)

    def _forward(self) -> None:
        """What widgets hear of without anything else following from it."""
        self._selection.currentChanged.connect(self.currentChanged)
        self._answer.resultChanged.connect(self.resultChanged)
        self._answer.rhoChanged.connect(self.rhoChanged)
        self._answer.setsChanged.connect(self.setsChanged)
        self._answer.sharesChanged.connect(self.sharesChanged)
        self._segmentation.workingSideChanged.connect(self.workingSideChanged)
        self._refinement.changed.connect(self.crfChanged)
        self._refinement.modeChanged.connect(self.crfModeChanged)
        self._board.changed.connect(self.statusChanged)
        self._board.pendingChanged.connect(self.pendingChanged)
        self._problems.reported.connect(self.problem)
        self._problems.cleared.connect(self.problemsCleared)
        self._opening.recentChanged.connect(self.recentChanged)
        self._saving.saved.connect(self.saved)

    # --- state

    @property
    def settings(self) -> Settings:
        return self._settings

    @property
    def engine(self) -> EngineThread:
        """The program's one thread of model work, for the tasks of other workspaces; it ends with this model."""
        return self._segmentation.engine

    @property
    def images(self) -> ImageListModel:
        return self._images

    @property
    def current_row(self) -> int:
        """The selected row, -1 for none."""
        return self._selection.row

    @property
    def current_path(self) -> Path | None:
        """The selected image; while it is being decoded, `image` is still the one shown before."""
        return self._selection.path

    @property
    def image(self) -> OpenImage | None:
        return self._selection.image

    @property
    def result(self) -> CascadeResult | None:
        return self._answer.result

    @property
    def stages(self) -> tuple[StageOutput, ...]:
        """The outputs that the sets are computed from: the result's; empty without one."""
        return self._answer.stages

    @property
    def rho(self) -> float:
        return self._answer.rho

    @property
    def sets(self) -> UInt8 | None:
        """h×w uint8, the deciding stage of each cell at the current ρ, 0 = pending; None without a result."""
        return self._answer.sets

    @property
    def shares(self) -> tuple[float, ...] | None:
        """The share of cells that each stage decides at the current ρ; their sum is below 1 while cells are pending."""
        return self._answer.shares

    @property
    def crf(self) -> CrfView | None:
        return self._refinement.view

    @property
    def crf_mode(self) -> CrfMode:
        return self._refinement.mode

    @property
    def crf_missing(self) -> str | None:
        """Why the CRF cannot run, with the cure; None where it can."""
        return self._refinement.missing

    @property
    def status(self) -> Status:
        return self._board.status

    @property
    def problems(self) -> list[Problem]:
        """Oldest first."""
        return self._problems.all

    @property
    def recent(self) -> list[Path]:
        """Latest first."""
        return self._opening.recent

    @property
    def model_summary(self) -> ModelSummary | None:
        return self._choice.summary

    @property
    def working_side(self) -> int | None:
        """Size at which photos are segmented: None = the model's own, 0 = each photo's own."""
        return self._segmentation.working_side

    @property
    def model_missing(self) -> bool:
        """No model is there and none is being loaded, since that failed."""
        return self._choice.missing

    @property
    def final_labels(self) -> UInt8 | None:
        """H×W uint8: the CRF's label map where there is one, else the result's. This is what saving writes."""
        return self._refinement.final_labels

    @property
    def can_save(self) -> bool:
        """There is a complete result."""
        return self._answer.complete

    @property
    def is_shut_down(self) -> bool:
        """shutdownFinished was emitted."""
        return self._shut_down

    # --- requests

    @Slot()
    def start(self) -> None:
        """Load the remembered model, or the default one."""
        if self._settings.problem is not None:
            self._problems.report(Problem(None, self._settings.problem))
        self._choice.start()

    def open_paths(self, paths: Sequence[Path], *, remember: bool = True) -> None:
        """Open images and folders in place of what is open. The list is replaced when the first image is found.

        Args:
            remember: put them among the recent files.
        """
        self._opening.open_paths(paths, remember=remember)

    @Slot(int)
    def select(self, row: int) -> None:
        self._selection.select(row)

    @Slot(int)
    def step(self, delta: int) -> None:
        """Select the image `delta` rows on, stopping at the ends."""
        self._selection.step(delta)

    @Slot(float)
    def set_rho(self, rho: float) -> None:
        """Outside 0..1 it is a problem, and rhoChanged repeats the value that stays."""
        if not self._closing.begun and self._answer.choose_rho(rho):
            self._segmentation.request()

    @Slot(str)
    def set_crf_mode(self, mode: str) -> None:
        """ "off", "hard" or "full"; it stays "off" where the CRF is missing, which is then a problem."""
        self._refinement.set_mode(mode)

    @Slot(str)
    def set_model(self, spec: str) -> None:
        """Load another model; the old one stays until the new one is there."""
        self._choice.choose(spec)

    def set_working_side(self, side: int | None) -> None:
        """None = the model's own size, 0 = each photo's own, computed in tiles where that is large."""
        self._segmentation.choose_working_side(side)

    @Slot()
    def cancel(self) -> None:
        """Stop what runs: looking for images, segmenting, CRF. What is on the screen stays."""
        self._board.stopping()
        self._opening.cancel()
        self._stop_work()

    def save_label_map(self, path: Path) -> None:
        """Write the final labels as a palette PNG."""
        self._saving.label_map(path)

    def save_overlay(self, path: Path, opacity: float) -> None:
        """Write the photo under its labels, as JPEG or PNG by the suffix; opacity in 0..1."""
        self._saving.overlay(path, opacity=opacity)

    def save_stage_maps(self, folder: Path) -> None:
        """Write <stem>.stage.png and <stem>.confidence.png into the folder."""
        self._saving.stage_maps(folder)

    def run_in_background(self, key: str, work: Callable[[], _T], done: Callable[[_T], None]) -> None:
        """Run `work` away from the window's thread, then `done` with its value in the window's thread.

        For pictures that widgets need (a coloured label map of a 40-megapixel photo takes a while). Latest wins: a
        second call with the same key drops what the first one would deliver. `work` must not touch widgets.
        """
        if not self._closing.begun:
            self._background.run(key, work, done)

    @Slot()
    def clear_problems(self) -> None:
        self._problems.clear()

    @Slot()
    def clear_recent(self) -> None:
        self._opening.clear_recent()

    @Slot()
    def shutdown(self) -> None:
        """Refuse new work, cancel all and wait, while the event loop turns; shutdownFinished follows.

        What is being saved is still written, as long as that does not take longer than the deadline.
        """
        if self._closing.begun:
            return
        parts = (self._opening, self._selection, self._segmentation, self._refinement, self._saving)
        self._closing.begin((self._images, self._background, *(part.service for part in parts)))
        self._settings.sync()

    # --- what follows from what

    def _select_first(self) -> None:
        self._selection.select(0)

    def _stop_work(self) -> None:
        self._segmentation.cancel()
        self._refinement.cancel()

    def _take_image(self, image: OpenImage | None) -> None:
        self.imageChanged.emit(image)
        self._segmentation.forget()

    def _take_model(self, summary: ModelSummary | None) -> None:
        if summary is None:
            self.modelChanged.emit(None)
            return
        self._segmentation.forget()
        self.modelChanged.emit(summary)
        self._answer.suggest_rho(summary.default_rho)
        self._segmentation.request()

    def _resume(self) -> None:
        """Loading another model stopped what ran on this one."""
        if not self._answer.complete:
            self._segmentation.request()

    def _show(self, result: CascadeResult | None) -> None:
        self._refinement.cancel()
        self._answer.show(result)
        # Only now: whoever hears that the refined labels are gone finds the result that takes their place.
        self._refinement.forget()
        self._board.set_milliseconds(self._answer.milliseconds)

    def _end(self) -> None:
        self._queue.close()
        self._shut_down = True
        self.shutdownFinished.emit()
