"""What the model proposes for the open photo: asked for when the photo opens, shown from its first stage on."""

from __future__ import annotations

from PySide6.QtCore import QObject, Signal

from app.label.context import Context
from app.label.views import LabelPhoto
from app.services.engine_protocol import ModelSummary
from app.services.engine_thread import Desk, EngineTask, Lane
from engine.cancel import CancelToken
from engine.cascade.result import CascadeResult
from engine.errors import RhoscopeError
from engine.labels.class_mapping import ClassMapping, class_mapping, mapped_result
from engine.labels.hard_pixels import hard_mask
from engine.labels.locks import Locks
from engine.project.records import ProjectClass


class Proposal(QObject):
    """Requests carry a serial number; an answer to another request than the latest is dropped.

    Signals:
        changed(object): CascadeResult, incomplete while later stages run, or None.
        runningChanged(bool): a request is under way.
    """

    changed = Signal(object)
    runningChanged = Signal(bool)

    def __init__(self, context: Context, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._context = context
        self._summary: ModelSummary | None = None
        self._rho = 0.985
        self._classes: tuple[ProjectClass, ...] = ()
        self._sources: tuple[tuple[str, ...], ...] = ()
        self._mapping: ClassMapping | None = None
        self._photo: LabelPhoto | None = None
        self._result: CascadeResult | None = None
        self._only: Locks | None = None
        self._serial = 0
        self._running = False
        self._shown = False
        self._due = False

    @property
    def result(self) -> CascadeResult | None:
        return self._result

    @property
    def complete(self) -> CascadeResult | None:
        """The result where all its stages have finished."""
        return self._result if self._result is not None and self._result.complete else None

    @property
    def running(self) -> bool:
        return self._running

    @property
    def summary(self) -> ModelSummary | None:
        return self._summary

    @property
    def rho(self) -> float:
        return self._rho

    @property
    def misfit(self) -> str:
        """Why the model cannot propose anything here, a sentence; "" where it can or where there is none yet."""
        if self._summary is None or self._mapping is None or not self._mapping.empty:
            return ""
        return self.tr("The model {name} has no class in common with this project.").format(name=self._summary.label)

    @property
    def mapping(self) -> ClassMapping | None:
        """The model's classes as the project's; None while there is no model or no project."""
        return self._mapping

    @property
    def lost(self) -> tuple[str, ...]:
        """Classes of the model that the project has no place for: nothing is proposed where it sees them."""
        if self._summary is None or self._mapping is None:
            return ()
        return tuple(self._summary.class_names[label] for label in self._mapping.lost)

    @property
    def undecided_locks(self) -> Locks | None:
        """Locks that leave only the hard pixels open; None while there is no complete answer."""
        result = self.complete
        if result is None:
            return None
        if self._only is None:
            self._only = Locks(only=hard_mask(result))
        return self._only

    def set_model(self, summary: ModelSummary | None) -> None:
        self._summary = summary
        self._map()
        self.request()

    def set_rho(self, rho: float) -> None:
        """As it was tuned in Explore; the open photo is asked for anew."""
        if rho != self._rho:
            self._rho = rho
            self.request()

    def set_shown(self, shown: bool) -> None:
        """Whether anybody sees the proposal: while Explore's slider moves, nothing is asked for here."""
        self._shown = shown
        if shown and self._due:
            self.request()

    def set_classes(self, classes: tuple[ProjectClass, ...], sources: tuple[tuple[str, ...], ...]) -> None:
        """The project's classes, and the names that models have for each."""
        self._classes, self._sources = classes, sources
        self._map()

    def take_photo(self, photo: LabelPhoto | None) -> None:
        """Another photo, or none: the former one's proposal goes."""
        self._photo = photo
        self._show(None)
        self.request()

    def request(self) -> None:
        photo, summary = self._photo, self._summary
        self._serial += 1
        self._due = not self._shown
        if photo is None or summary is None or self.misfit or self._due or self._context.closing.begun:
            self._context.engine.cancel_task(Lane.PROPOSAL)
            self._set_running(False)
            return
        task = self._task(photo, summary.label, self._rho, self._mapping, self._serial)
        self._context.engine.submit(task, Lane.PROPOSAL)
        self._set_running(True)

    def _map(self) -> None:
        self._mapping = None
        if self._summary is not None and self._classes:
            names, colours = [one.name for one in self._classes], [one.colour for one in self._classes]
            self._mapping = class_mapping(self._summary.class_names, names, colours, self._sources)

    def _task(self, photo: LabelPhoto, model: str, rho: float, mapping: ClassMapping | None, serial: int) -> EngineTask:
        found: list[CascadeResult] = []
        # Explore numbers its documents upwards from 1; both keep their sessions in the engine thread.
        key = -photo.image_id, id(photo), model, None

        def step(desk: Desk, cancel: CancelToken) -> bool:
            if desk.model is None or desk.model.summary.label != model:
                return False  # another model was loaded meanwhile; its arrival asks anew
            session = desk.session(key, photo.rgb)
            found.append(translated(session.run(rho, cancel=cancel, on_stage=early)))
            return False

        def translated(result: CascadeResult) -> CascadeResult:
            return result if mapping is None else mapped_result(result, mapping)

        def early(result: CascadeResult) -> None:
            known = translated(result)
            self._context.post(lambda: self._take(known, serial))

        def done() -> None:
            if found:
                self._take(found[-1], serial)
            self._end(serial)

        def failed(error: RhoscopeError) -> None:
            if serial == self._serial:
                self._context.problems.report_error(error, path=photo.path)
            self._end(serial)

        return EngineTask(step, done, failed, lambda: self._end(serial))

    def _take(self, result: CascadeResult, serial: int) -> None:
        if serial != self._serial or self._context.closing.begun:
            return
        if self._result is not None and self._result.complete and not result.complete:
            return  # a finished answer at the former ρ is better than a beginning
        self._show(result)

    def _show(self, result: CascadeResult | None) -> None:
        if result is not self._result:
            self._result = result
            self._only = None
            self.changed.emit(result)

    def _end(self, serial: int) -> None:
        if serial == self._serial:
            self._set_running(False)

    def _set_running(self, running: bool) -> None:
        if running != self._running:
            self._running = running
            self.runningChanged.emit(running)
