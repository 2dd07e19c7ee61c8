"""The state of the Explore workspace: what widgets watch and what they ask for. Every long job runs elsewhere."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Final, Protocol, TypeVar

from PySide6.QtCore import QObject, QTimer, Signal, Slot

from app.explore.activity import Activities, Activity, Kind
from app.explore.images import ImageListModel
from app.explore.problems import ProblemLog, problem_of
from app.explore.sets import sets_at
from app.explore.views import CRF_MODES, CrfMode, CrfView, ModelSummary, OpenImage, Problem, Status, UInt8
from app.services.background import Background
from app.services.crf import CrfBackend, CrfInput, CrfService, PydensecrfBackend
from app.services.engine_protocol import EngineBackend
from app.services.engine_thread import EngineListener, EngineThread, RunRequest
from app.services.folder_scan import FindImages, FolderScan
from app.services.opening import ImageOpener, Opened, ReadImage
from app.services.saving import Saver, Shown
from app.services.settings import Settings
from app.services.thumbnails import ReadThumbnail
from app.services.torch_backend import TorchBackend
from app.services.ui_queue import UiQueue
from engine.cascade.result import CascadeResult, StageOutput
from engine.cascade.thresholds import shares_of
from engine.errors import ImageError, RhoscopeError

if TYPE_CHECKING:
    from engine.refine import CrfResult

_log = logging.getLogger(__name__)
_T = TypeVar("_T")

# Shown until a model says what it recommends: the value of the paper.
_FIRST_RHO: Final = 0.985
# Of many files dropped at once, this many are remembered as recent.
_RECENT_OF_ONE_DROP: Final = 4
_STOP_POLL_MILLISECONDS: Final = 20


class ExploreModel(QObject):
    """Lives in the window's thread; nothing here waits.

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
    #: ModelSummary or None.
    modelChanged = Signal(object)
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
        self._shutdown_seconds = shutdown_seconds
        self._queue = UiQueue(self)
        post = self._queue.post
        self._images = ImageListModel(post=post, read_thumbnail=read_thumbnail, parent=self)
        self._images.thumbnailFailed.connect(self._report_error)
        self._scan = FolderScan(
            post=post,
            on_found=self._found,
            on_problem=self._not_opened,
            on_finished=self._scanned,
            find=find_images,
        )
        self._opener = ImageOpener(post=post, on_opened=self._opened, on_failed=self._open_failed, read=read_image)
        self._engine = EngineThread(
            backend or TorchBackend(),
            EngineListener(
                model_loaded=self._model_loaded,
                model_failed=self._model_failed,
                run_partial=self._run_partial,
                run_finished=self._run_finished,
                run_cancelled=self._run_ended,
                run_failed=self._run_failed,
            ),
            post=post,
        )
        self._crf_service = CrfService(
            crf or PydensecrfBackend(),
            post=post,
            on_progress=self._crf_progress,
            on_done=self._crf_done,
            on_failed=self._crf_failed,
        )
        self._saver = Saver(post=post, on_saved=self._saved, on_failed=self._save_failed)
        self._background = Background(post=post)
        self._stop_timer = QTimer(self)
        self._stop_timer.setInterval(_STOP_POLL_MILLISECONDS)
        self._stop_timer.timeout.connect(self._look_for_end)

        self._problems = ProblemLog()
        self._activities = Activities()
        self._status = Status()
        self._pending = 0
        self._stopped = False
        self._closing = False
        self._closing_since = 0.0
        self._shut_down = False

        self._opening: tuple[Path, ...] = ()
        self._not_found: set[Path] = set()
        self._remember_opening = True
        self._replace_list = False

        self._current: Path | None = None
        self._documents: dict[Path, tuple[int, int, tuple[int, int]]] = {}
        self._image: OpenImage | None = None
        self._summary: ModelSummary | None = None
        self._loading: str | None = None
        remembered = settings.number("explore/rho")
        self._rho_known = remembered >= 0.0
        self._rho = remembered if self._rho_known else _FIRST_RHO
        self._serial = 0
        self._shown_serial = 0
        self._result: CascadeResult | None = None
        self._sets: UInt8 | None = None
        self._crf_mode = _crf_mode(settings.text("explore/crf"))
        self._crf: CrfView | None = None

    # --- state

    @property
    def settings(self) -> Settings:
        return self._settings

    @property
    def images(self) -> ImageListModel:
        return self._images

    @property
    def current_row(self) -> int:
        """The selected row, -1 for none."""
        return self._images.row_of(self._current)

    @property
    def current_path(self) -> Path | None:
        """The selected image; while it is being decoded, `image` is still the one shown before."""
        return self._current

    @property
    def image(self) -> OpenImage | None:
        return self._image

    @property
    def result(self) -> CascadeResult | None:
        return self._result

    @property
    def stages(self) -> tuple[StageOutput, ...]:
        """The outputs that the sets are computed from: the result's; empty without one."""
        return () if self._result is None else self._result.stages

    @property
    def rho(self) -> float:
        return self._rho

    @property
    def sets(self) -> UInt8 | None:
        """h×w uint8, the deciding stage of each cell at the current ρ, 0 = pending; None without a result."""
        return self._sets

    @property
    def shares(self) -> tuple[float, ...] | None:
        """The share of cells that each stage decides at the current ρ; their sum is below 1 while cells are pending."""
        if self._sets is None or self._result is None:
            return None
        return shares_of(self._sets, stage_count=self._result.stage_count)

    @property
    def crf(self) -> CrfView | None:
        return self._crf

    @property
    def crf_mode(self) -> CrfMode:
        return self._crf_mode

    @property
    def crf_missing(self) -> str | None:
        """Why the CRF cannot run, with the cure; None where it can."""
        return self._crf_service.missing

    @property
    def status(self) -> Status:
        return self._status

    @property
    def problems(self) -> list[Problem]:
        """Oldest first."""
        return self._problems.all

    @property
    def recent(self) -> list[Path]:
        """Latest first."""
        return self._settings.recent

    @property
    def model_summary(self) -> ModelSummary | None:
        return self._summary

    @property
    def final_labels(self) -> UInt8 | None:
        """H×W uint8: the CRF's label map where there is one, else the result's. This is what saving writes."""
        if self._crf is not None:
            return self._crf.label_map
        return None if self._result is None else self._result.label_map

    @property
    def can_save(self) -> bool:
        """There is a complete result."""
        return self._result is not None and self._result.complete

    @property
    def is_shut_down(self) -> bool:
        """shutdownFinished was emitted."""
        return self._shut_down

    # --- requests

    @Slot()
    def start(self) -> None:
        """Load the remembered model, or the default one."""
        if self._settings.problem is not None:
            self._report(Problem(None, self._settings.problem))
        self.set_model(self._settings.text("explore/model"))

    def open_paths(self, paths: Sequence[Path], *, remember: bool = True) -> None:
        """Open images and folders in place of what is open. The list is replaced when the first image is found.

        Args:
            remember: put them among the recent files.
        """
        if self._closing or not paths:
            return
        self._opening = tuple(path.absolute() for path in paths)
        self._not_found.clear()
        self._remember_opening = remember
        self._replace_list = True
        self._scan.start(self._opening)
        self._set_activity("scan", Activity(self.tr("looking for images")))

    @Slot(int)
    def select(self, row: int) -> None:
        path = self._images.path_at(row)
        if self._closing or path is None or path == self._current:
            return
        self._current = path
        # What runs belongs to an image that is on its way out.
        self._engine.cancel()
        self._stop_crf()
        self._opener.want(path)
        self.currentChanged.emit(row)
        self._set_activity("open", Activity(self.tr("opening {name}").format(name=path.name)))

    @Slot(int)
    def step(self, delta: int) -> None:
        """Select the image `delta` rows on, stopping at the ends."""
        last = self._images.rowCount() - 1
        if last >= 0:
            self.select(min(max(self.current_row + delta, 0), last))

    @Slot(float)
    def set_rho(self, rho: float) -> None:
        """Outside 0..1 it is a problem, and rhoChanged repeats the value that stays."""
        if self._closing:
            return
        if not 0.0 <= rho <= 1.0:
            self._report(Problem(None, self.tr("ρ must lie between 0 and 1, got {value}").format(value=f"{rho:g}")))
            self.rhoChanged.emit(self._rho)
            return
        self._rho_known = True
        if rho == self._rho:
            return
        self._take_rho(rho)
        self._settings.set("explore/rho", float(rho))
        self._request_run()

    @Slot(str)
    def set_crf_mode(self, mode: str) -> None:
        """ "off", "hard" or "full"; it stays "off" where the CRF is missing, which is then a problem."""
        if self._closing:
            return
        self._crf_mode = _crf_mode(mode)
        self._settings.set("explore/crf", self._crf_mode)
        self._stop_crf()
        if self._crf is not None:
            self._crf = None
            self.crfChanged.emit(None)
        if self._crf_mode != "off" and not self._crf_ready():
            return
        self.crfModeChanged.emit(self._crf_mode)
        self._start_crf()

    @Slot(str)
    def set_model(self, spec: str) -> None:
        """Load another model; the old one stays until the new one is there."""
        if self._closing:
            return
        self._loading = spec
        self._engine.load_model(spec)
        if spec == "default":
            text = self.tr("loading the model")
        else:
            text = self.tr("loading the model {name}").format(name=Path(spec).name)
        self._set_activity("model", Activity(text))

    @Slot()
    def cancel(self) -> None:
        """Stop what runs: looking for images, segmenting, CRF. What is on the screen stays."""
        self._stopped = self._activities.cancellable
        self._scan.cancel()
        self._engine.cancel()
        self._stop_crf()
        self._update_status()

    def save_label_map(self, path: Path) -> None:
        """Write the final labels as a palette PNG."""
        if (shown := self._shown(path)) is not None:
            self._saver.label_map(path, shown)
            self._show_saving()

    def save_overlay(self, path: Path, opacity: float) -> None:
        """Write the photo under its labels, as JPEG or PNG by the suffix; opacity in 0..1."""
        if (shown := self._shown(path)) is not None:
            self._saver.overlay(path, shown, opacity=opacity)
            self._show_saving()

    def save_stage_maps(self, folder: Path) -> None:
        """Write <stem>.stage.png and <stem>.confidence.png into the folder."""
        if (shown := self._shown(folder)) is not None:
            self._saver.stage_maps(folder, shown)
            self._show_saving()

    def run_in_background(self, key: str, work: Callable[[], _T], done: Callable[[_T], None]) -> None:
        """Run `work` away from the window's thread, then `done` with its value in the window's thread.

        For pictures that widgets need (a coloured label map of a 40-megapixel photo takes a while). Latest wins: a
        second call with the same key drops what the first one would deliver. `work` must not touch widgets.
        """
        if not self._closing:
            self._background.run(key, work, done)

    @Slot()
    def clear_problems(self) -> None:
        self._problems.clear()
        self.problemsCleared.emit()

    @Slot()
    def clear_recent(self) -> None:
        self._settings.clear_recent()
        self.recentChanged.emit(self.recent)

    @Slot()
    def shutdown(self) -> None:
        """Refuse new work, cancel all and wait, while the event loop turns; shutdownFinished follows.

        What is being saved is still written, as long as that does not take longer than the deadline.
        """
        if self._closing:
            return
        self._closing = True
        self._closing_since = time.monotonic()
        for service in self._services:
            service.stop()
        self._settings.sync()
        self._stop_timer.start()

    # --- opening

    def _found(self, paths: tuple[Path, ...]) -> None:
        if self._closing:
            return
        first = self._replace_list
        if first:
            self._replace_list = False
            self._images.clear()
            self._current = None
        self._images.append(paths)
        if first:
            self.select(0)
        text = self.tr("looking for images, {count} found").format(count=self._images.rowCount())
        self._set_activity("scan", Activity(text))

    def _not_opened(self, error: ImageError) -> None:
        if error.path is not None:
            self._not_found.add(error.path)
        self._report_error(error)

    def _scanned(self, count: int, cancelled: bool) -> None:
        if self._closing:
            return
        fit = [path for path in self._opening if path not in self._not_found]
        if count == 0 and not cancelled:
            for path in fit:
                self._report(Problem(path, self.tr("no images here")))
            for path in self._opening:
                self._settings.remove_recent(path)
            self.recentChanged.emit(self.recent)
        elif count and self._remember_opening:
            self._settings.add_recent(fit[:_RECENT_OF_ONE_DROP])
            self.recentChanged.emit(self.recent)
        self._set_activity("scan", None)

    def _opened(self, path: Path, opened: Opened) -> None:
        if self._closing:
            return
        document, revision = self._document_of(path, opened.stamp)
        self._images.set_error(path, None)
        self._show_image(OpenImage(document, revision, opened.decoded, opened.levels))
        self._set_activity("open", None)
        self._request_run()

    def _open_failed(self, path: Path, error: ImageError) -> None:
        if self._closing:
            return
        self._images.set_error(path, error.reason)
        self._show_image(None)
        self._report_error(error)
        self._set_activity("open", None)

    def _document_of(self, path: Path, stamp: tuple[int, int]) -> tuple[int, int]:
        document, revision, known_stamp = self._documents.get(path, (len(self._documents) + 1, 1, stamp))
        if stamp != known_stamp:
            revision += 1
        self._documents[path] = (document, revision, stamp)
        return document, revision

    def _show_image(self, image: OpenImage | None) -> None:
        self._image = image
        self.imageChanged.emit(image)
        self._show_result(None)

    # --- segmenting

    def _model_loaded(self, summary: ModelSummary) -> None:
        if self._closing:
            return
        self._summary = summary
        if summary.spec == self._loading:
            self._loading = None
            self._set_activity("model", None)
        if summary.spec != self._settings.text("explore/model"):
            self._settings.set("explore/model", summary.spec)
            # The ρ that is remembered belongs to the former model.
            self._rho_known = False
        self._show_result(None)
        self.modelChanged.emit(summary)
        if not self._rho_known:
            self._settings.set("explore/rho", -1.0)
            self._take_rho(summary.default_rho)
        self._request_run()

    def _model_failed(self, spec: str, error: RhoscopeError) -> None:
        if self._closing:
            return
        self._report_error(error)
        if spec != self._loading:
            return
        self._loading = None
        self._set_activity("model", None)
        if self._summary is None and spec != "default":
            self.set_model("default")
        elif self._result is None or not self._result.complete:
            self._request_run()

    def _request_run(self) -> None:
        if self._image is None or self._summary is None or self._image.path != self._current:
            return
        self._serial += 1
        self._stop_crf()
        self._engine.run(
            RunRequest(
                serial=self._serial,
                document=self._image.document,
                revision=self._image.revision,
                model=self._summary.label,
                rho=self._rho,
                rgb=self._image.rgb,
                # Finished labels stay on the screen until the next finished ones, so that nothing flickers.
                early=self._result is None or not self._result.complete,
            )
        )
        self._set_activity("run", Activity(self._segmenting(), progress=0.0))

    def _run_partial(self, request: RunRequest, result: CascadeResult) -> None:
        if not self._meant(request):
            return
        if self._result is None or not self._result.complete:
            self._show_result(result, serial=request.serial)
        if request.serial == self._serial:
            progress = len(result.stages) / result.stage_count
            self._set_activity("run", Activity(self._segmenting(), progress=progress))

    def _run_finished(self, request: RunRequest, result: CascadeResult) -> None:
        if self._meant(request) and self._image is not None:
            if result is not self._result:
                self._show_result(result, serial=request.serial)
            self._images.set_hard_share(self._image.path, result.shares[-1])
        self._run_ended(request)
        if request.serial == self._serial:
            self._start_crf()

    def _run_failed(self, request: RunRequest, error: RhoscopeError) -> None:
        if not self._closing and self._meant(request) and self._image is not None:
            self._report(problem_of(error, path=self._image.path))
        self._run_ended(request)

    def _run_ended(self, request: RunRequest) -> None:
        if request.serial == self._serial:
            self._set_activity("run", None)

    def _meant(self, request: RunRequest) -> bool:
        """The answer belongs to what is on the screen and is not older than it."""
        return (
            not self._closing
            and self._image is not None
            and self._summary is not None
            and (request.document, request.revision) == (self._image.document, self._image.revision)
            and request.model == self._summary.label
            and request.serial >= self._shown_serial
        )

    def _take_rho(self, rho: float) -> None:
        self._rho = rho
        self.rhoChanged.emit(rho)
        self._show_sets()

    def _show_result(self, result: CascadeResult | None, *, serial: int = 0) -> None:
        self._result = result
        # Without a result, what was asked for before now is out of date as well.
        self._shown_serial = serial if result is not None else self._serial + 1
        self._stop_crf()
        self.resultChanged.emit(result)
        self._show_sets()
        if self._crf is not None:
            self._crf = None
            self.crfChanged.emit(None)
        self._update_status()

    def _show_sets(self) -> None:
        if self._result is None:
            if self._sets is None:
                return
            self._sets = None
        else:
            self._sets = sets_at(self.stages, self._rho, stage_count=self._result.stage_count)
        self.setsChanged.emit(self._sets)
        self.sharesChanged.emit(self.shares)

    # --- CRF

    def _crf_ready(self) -> bool:
        """False where the CRF is missing; it is then switched off and that is a problem."""
        missing = self._crf_service.missing
        if missing is None:
            return True
        self._crf_mode = "off"
        self._report(Problem(None, missing))
        self.crfModeChanged.emit("off")
        return False

    def _start_crf(self) -> None:
        mode = self._crf_mode
        if mode == "off" or self._crf is not None or self._crf_service.running or self._closing:
            return
        if self._image is None or self._result is None or not self._result.complete or not self._crf_ready():
            return
        self._crf_service.start(CrfInput(self._image.rgb, self._result, mode))
        self._crf_progress(0.0)

    def _stop_crf(self) -> None:
        self._crf_service.cancel()
        self._set_activity("crf", None)

    def _crf_progress(self, fraction: float) -> None:
        self._set_activity("crf", Activity(self.tr("refining with the CRF"), progress=fraction))

    def _crf_done(self, request: CrfInput, outcome: CrfResult) -> None:
        self._set_activity("crf", None)
        if self._closing or request.result is not self._result:
            return
        self._crf = CrfView(outcome.label_map, outcome.changed, request.mode, outcome.milliseconds, outcome.note)
        self.crfChanged.emit(self._crf)

    def _crf_failed(self, request: CrfInput, error: RhoscopeError) -> None:
        self._set_activity("crf", None)
        if not self._closing:
            self._report(problem_of(error, path=None if self._image is None else self._image.path))

    # --- saving

    def _shown(self, target: Path) -> Shown | None:
        """What saving would write; where there is nothing yet, that is a problem."""
        labels = self.final_labels
        if self._closing or self._image is None or self._result is None or labels is None or not self.can_save:
            self._report(Problem(target, self.tr("not saved, there is no finished result yet")))
            return None
        return Shown(source=self._image.path, rgb=self._image.rgb, labels=labels, result=self._result)

    def _saved(self, target: Path) -> None:
        self._show_saving()
        self.saved.emit(target)

    def _save_failed(self, target: Path, error: RhoscopeError) -> None:
        self._show_saving()
        self._report(problem_of(error, path=target))

    def _show_saving(self) -> None:
        jobs = self._saver.jobs
        self._set_activity("save", Activity(self.tr("saving"), jobs=jobs) if jobs else None)

    # --- problems and status

    def _report_error(self, error: RhoscopeError) -> None:
        self._report(problem_of(error))

    def _report(self, problem: Problem) -> None:
        if self._problems.add(problem):
            self.problem.emit(problem)

    def _segmenting(self) -> str:
        name = "" if self._image is None else self._image.path.name
        return self.tr("segmenting {name}").format(name=name)

    def _set_activity(self, kind: Kind, activity: Activity | None) -> None:
        if activity is not None and self._activities.get(kind) is None:
            # Something new runs; what was told to stop may still report for a moment.
            self._stopped = False
        self._activities.set(kind, activity)
        self._update_status()

    def _update_status(self) -> None:
        foremost = self._activities.foremost
        idle = self.tr("stopped") if self._stopped else self.tr("ready")
        status = Status(
            text=idle if foremost is None else foremost.text,
            device="" if self._summary is None else self._summary.device,
            milliseconds=self._result.milliseconds.get("total") if self._result and self._result.complete else None,
            busy=foremost is not None,
            progress=None if foremost is None else foremost.progress,
            cancellable=self._activities.cancellable,
        )
        if status != self._status:
            self._status = status
            self.statusChanged.emit(status)
        if self._activities.jobs != self._pending:
            self._pending = self._activities.jobs
            self.pendingChanged.emit(self._pending)

    # --- the end

    @property
    def _services(self) -> tuple[_Service, ...]:
        return (
            self._scan, self._opener, self._images, self._engine, self._crf_service, self._background, self._saver,
        )  # fmt: skip

    def _look_for_end(self) -> None:
        late = time.monotonic() - self._closing_since > self._shutdown_seconds
        running = [type(service).__name__ for service in self._services if service.alive]
        if running and not late:
            return
        if running:
            _log.warning("closing without waiting longer for %s", ", ".join(running))
        self._stop_timer.stop()
        self._queue.close()
        self._shut_down = True
        self.shutdownFinished.emit()


class _Service(Protocol):
    def stop(self) -> None: ...

    @property
    def alive(self) -> bool: ...


def _crf_mode(text: str) -> CrfMode:
    """Raises ValueError for anything that is no mode."""
    for mode in CRF_MODES:
        if mode == text:
            return mode
    raise ValueError(f"the CRF mode is one of {', '.join(CRF_MODES)}, got {text!r}")
