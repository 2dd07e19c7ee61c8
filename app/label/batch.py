"""The model goes through the folder in the background; it goes on after a restart."""

from __future__ import annotations

import logging
import time

from PySide6.QtCore import QObject, Signal

from app.label.context import Context
from app.label.images import LabelImages
from app.label.pixels import ReadPixels, read_pixels
from app.label.proposal import Proposal
from app.label.views import BatchView, UInt8
from app.services.engine_thread import Desk, EngineTask, Lane
from app.services.workers import WorkerPool
from engine.cancel import CancelToken
from engine.cascade.result import CascadeResult
from engine.errors import ImageError, RhoscopeError
from engine.labels.class_mapping import mapped_result
from engine.project.project import Project
from engine.project.proposed_classes import proposed_pixels

_log = logging.getLogger(__name__)

# In the project: whether the run goes on, and with which model and ρ the difficulties were found.
_STATE, _WITH = "batch/state", "batch/with"


class Batch(QObject):
    """Images whose difficulty is not known yet, one after another; one is decoded while the one before is segmented.

    Signals: changed(object) - BatchView.
    """

    changed = Signal(object)

    def __init__(
        self,
        context: Context,
        *,
        images: LabelImages,
        proposal: Proposal,
        read: ReadPixels | None = None,
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self._context = context
        self._images = images
        self._proposal = proposal
        self._read = read or read_pixels
        self._pool = WorkerPool("batch", nice=10)
        self._project: Project | None = None
        self._state = "idle"
        self._todo: list[int] = []
        self._ready: tuple[int, UInt8] | None = None
        self._reading = False
        self._segmenting = False
        self._turn = 0
        self._total = self._done = self._failed = 0
        self._began, self._began_done = 0.0, 0

    @property
    def view(self) -> BatchView:
        return BatchView(self._state, self._done, self._total, self._failed, self._seconds_left())

    @property
    def service(self) -> WorkerPool:
        """What closing has to stop."""
        return self._pool

    def take_project(self, project: Project | None) -> None:
        """Another project. A run that was under way when it was closed last goes on; a paused one waits."""
        self._halt()
        self._project = project
        self._set_state("idle")
        if project is None or not project.writable:
            return

        def take(stored: tuple[object, object]) -> None:
            if self._project is not project:
                return
            state, _ = stored
            self._count()
            if state == "running" and self._done < self._total:
                self.start()
            elif state == "paused" and self._done < self._total:
                self._set_state("paused")

        self._context.project.do(lambda: (project.setting(_STATE), project.setting(_WITH)), take)

    def start(self) -> None:
        """Go through what is left; all of it where model or ρ are others than last time."""
        project, summary = self._project, self._proposal.summary
        if project is None or not project.writable or self._state == "running" or self._context.closing.begun:
            return
        if self._proposal.misfit:
            self._context.problems.report_error(RhoscopeError(self._proposal.misfit))
            return
        self._set_state("running")
        if summary is None:
            return  # model_changed goes on
        using = [summary.label, summary.spec, round(self._proposal.rho, 6)]

        def prepare() -> bool:
            anew = project.setting(_WITH) != using
            if anew:
                project.clear_difficulties()
                project.set_setting(_WITH, using)
            project.set_setting(_STATE, "running")
            return anew

        def go(anew: bool) -> None:
            if self._project is not project or self._state != "running":
                return
            if anew:
                self._images.clear_difficulties()
            self._count()
            self._began, self._began_done = time.monotonic(), self._done
            self._turn += 1
            self._go_on()

        self._context.project.do(prepare, go, self._fail)

    def pause(self) -> None:
        """Stop after the step under way; what was found is kept."""
        if self._state == "running":
            self._halt()
            self._set_state("paused")
            self._remember("paused")

    def model_changed(self) -> None:
        """A run goes on with the new model, from the beginning; one that waits for its model begins."""
        if self._state == "running":
            self._halt()
            self._state = "idle"
            self.start()

    def stop(self) -> None:
        """At the end of the program: a run that is under way goes on at the next start."""
        self._halt()
        self._pool.stop()

    # --- the run

    def _halt(self) -> None:
        self._turn += 1
        self._ready, self._reading, self._segmenting = None, False, False
        self._pool.clear()
        self._context.engine.cancel_task(Lane.BATCH)

    def _count(self) -> None:
        known = [self._images.image(image_id).difficulty is not None for image_id in self._images.ids]
        self._todo = [image_id for image_id, is_known in zip(self._images.ids, known, strict=True) if not is_known]
        self._total, self._done, self._failed = len(known), sum(known), 0
        self._todo.reverse()
        self.changed.emit(self.view)

    def _go_on(self) -> None:
        """Keep one image in segmentation and one decoded."""
        if self._state != "running":
            return
        if self._ready is not None and not self._segmenting:
            (image_id, rgb), self._ready = self._ready, None
            self._segment(image_id, rgb)
        if self._ready is None and not self._reading:
            self._read_next()
        if not self._todo and not self._reading and not self._segmenting and self._ready is None:
            self._set_state("done")
            self._remember("done")

    def _read_next(self) -> None:
        while self._todo and self._images.image(self._todo[-1]).difficulty is not None:
            self._todo.pop()  # a person has opened it meanwhile
            self._done += 1
        if not self._todo:
            return
        image_id, turn = self._todo.pop(), self._turn
        path = self._images.path_of(image_id)
        self._reading = True

        def read() -> None:
            try:
                rgb = self._read(path)
            except RhoscopeError as error:
                failure = error
            except Exception as error:  # noqa: BLE001 - one photo's defect must not end the run
                _log.exception("reading %s failed", path)
                failure = ImageError(f"cannot be read: {type(error).__name__}: {error}", path=path)
            else:
                self._context.post(lambda: self._take_pixels(image_id, rgb, turn))
                return
            self._context.post(lambda: self._skip(image_id, failure, turn))

        self._pool.submit(read)

    def _take_pixels(self, image_id: int, rgb: UInt8, turn: int) -> None:
        if turn == self._turn:
            self._reading, self._ready = False, (image_id, rgb)
            self._go_on()

    def _skip(self, image_id: int, error: RhoscopeError, turn: int) -> None:
        if turn != self._turn:
            return
        self._reading = False
        self._failed += 1
        self._images.set_error(image_id, error.reason)
        self._context.problems.report_error(error)
        self.changed.emit(self.view)
        self._go_on()

    def _segment(self, image_id: int, rgb: UInt8) -> None:
        summary, turn = self._proposal.summary, self._turn
        if summary is None:
            return
        rho, label, mapping = self._proposal.rho, summary.label, self._proposal.mapping
        self._segmenting = True
        found: list[CascadeResult] = []

        def step(desk: Desk, cancel: CancelToken) -> bool:
            if desk.model is not None and desk.model.summary.label == label:
                answer = desk.model.open_session(rgb).run(rho, cancel=cancel, on_stage=None)
                found.append(answer if mapping is None else mapped_result(answer, mapping))
            return False

        def done() -> None:
            if turn == self._turn:
                self._segmenting = False
                if found:
                    self._keep(image_id, found[-1])
                self._go_on()

        def failed(error: RhoscopeError) -> None:
            if turn == self._turn:
                self._segmenting = False
                self._failed += 1
                self._context.problems.report_error(error, path=self._images.path_of(image_id))
                self._go_on()

        self._context.engine.submit(EngineTask(step, done, failed, lambda: None), Lane.BATCH)

    def _keep(self, image_id: int, result: CascadeResult) -> None:
        project = self._project
        if project is None:
            return
        self._done += 1
        difficulty = result.shares[-1]
        self._images.set_difficulty(image_id, difficulty)
        self._context.project.do(
            lambda: project.set_difficulty(image_id, difficulty, class_pixels=proposed_pixels(result)),
            failed=self._fail,
        )
        self.changed.emit(self.view)

    def _fail(self, error: RhoscopeError) -> None:
        self._context.problems.report_error(error)
        self._halt()
        self._set_state("paused")

    def _remember(self, state: str) -> None:
        project = self._project
        if project is not None and project.writable:
            self._context.project.do(lambda: project.set_setting(_STATE, state))

    def _set_state(self, state: str) -> None:
        self._state = state
        self.changed.emit(self.view)

    def _seconds_left(self) -> float | None:
        taken = self._done - self._began_done
        if self._state != "running" or taken < 2:
            return None
        return (time.monotonic() - self._began) / taken * (self._total - self._done)
