"""The model learns from a person's corrections: one button, then keep what came of it or go back."""

from __future__ import annotations

import time
from dataclasses import replace
from pathlib import Path
from typing import Final

import numpy as np
from PySide6.QtCore import QObject, Signal

from app.label.context import Context
from app.label.images import LabelImages
from app.label.pixels import ReadPixels, read_pixels
from app.label.proposal import Proposal
from app.label.views import LearningView, ModelVersion, Probe
from app.services.engine_protocol import EngineTuning, TuneJob, TuneScores
from app.services.engine_thread import Desk, EngineTask, Lane
from app.services.workers import WorkerPool
from engine.cancel import CancelToken
from engine.cascade.result import IGNORE, UInt8
from engine.data.samples import LabelledImage
from engine.errors import DataError, RhoscopeError
from engine.labels.class_mapping import ClassMapping, to_model
from engine.labels.provenance import HUMAN
from engine.project.project import Project
from engine.rendering.geometry import fit_size, resize_labels, resize_photo

STEPS: Final = 40
"""Steps of one learning; some minutes on two cores."""
_MOST_CORRECTED, _REPLAYED, _PROBES = 24, 6, 4
# Twice the size at which the network sees a photo; dozens of photos of a phone would fill the memory.
_LARGEST_SIDE: Final = 1280


class Learning(QObject):
    """Signals:

    changed(object): LearningView.
    versionsChanged(object): tuple of ModelVersion, oldest first.
    modelWanted(str): the spec of a model that should serve from now on.
    """

    changed = Signal(object)
    versionsChanged = Signal(object)
    modelWanted = Signal(str)

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
        self._pool = WorkerPool("learning", nice=5)
        self._project: Project | None = None
        self._view = LearningView()
        self._versions: tuple[ModelVersion, ...] = ()
        self._parent_spec = ""
        self._turn = 0
        self.steps = STEPS

    @property
    def view(self) -> LearningView:
        return self._view

    @property
    def versions(self) -> tuple[ModelVersion, ...]:
        return self._versions

    @property
    def service(self) -> WorkerPool:
        """What closing has to stop."""
        return self._pool

    def take_project(self, project: Project | None) -> None:
        self._abandon()
        self._project = project
        self._versions = ()
        self._show(LearningView())
        if project is not None:
            self._context.project.do(project.model_versions, self._take_versions)

    def start(self) -> None:
        """Learn from every image in which a person has decided pixels."""
        project, summary = self._project, self._proposal.summary
        busy = self._view.state in ("preparing", "running", "cancelling", "asking")
        if project is None or not project.writable or summary is None or busy or self._context.closing.begun:
            return
        self._turn += 1
        turn, rho, spec, mapping = self._turn, self._proposal.rho, summary.spec, self._proposal.mapping
        self._parent_spec = spec
        self._show(LearningView("preparing", total=self.steps))
        names = {image_id: self._images.path_of(image_id) for image_id in self._images.ids[:2000]}

        def collect() -> list[tuple[Path, UInt8]]:
            return _corrections(project, names, mapping)

        def take(corrections: list[tuple[Path, UInt8]]) -> None:
            if turn == self._turn:
                touched = {path for path, _ in corrections}
                others = [path for path in names.values() if path not in touched]
                self._pool.submit(lambda: self._load(turn, spec, rho, corrections, others))

        self._context.project.do(collect, take, lambda error: self._fail(turn, error))

    def cancel(self) -> None:
        """Stop learning; nothing of it is kept."""
        if self._view.state in ("preparing", "running"):
            self._abandon()
            self._show(LearningView())

    def keep(self) -> None:
        """The new model serves from now on, in this project and everywhere in the program."""
        view, project = self._view, self._project
        if view.state != "asking" or view.version is None or project is None:
            return
        version = view.version
        parent = next((one.id for one in self._versions if str(one.path) == self._parent_spec), None)
        note = self.tr("{before:.1%} of the corrected pixels right before, {after:.1%} after").format(
            before=view.corrected_before, after=view.corrected_after
        )

        def record() -> tuple[ModelVersion, ...]:
            project.add_model_version(version.stem, version, parent=parent, note=note)
            return project.model_versions()

        self._context.project.do(record, self._take_versions, self._context.problems.report_error)
        self._show(LearningView())
        self.modelWanted.emit(str(version))

    def roll_back(self) -> None:
        """Forget what was learnt; the model that served all along goes on."""
        view = self._view
        if view.state != "asking" or view.version is None:
            return
        version = view.version
        self._context.project.do(lambda: version.unlink(missing_ok=True))
        self._show(LearningView())

    def use(self, version: ModelVersion | None) -> None:
        """Go back (or forward) to a version of the list; None is the bundled model."""
        self.modelWanted.emit("default" if version is None else str(version.path))

    def stop(self) -> None:
        self._abandon()
        self._pool.stop()

    # --- what happens

    def _load(
        self, turn: int, spec: str, rho: float, corrections: list[tuple[Path, UInt8]], others: list[Path]
    ) -> None:
        """In a thread of its own: reads the photos, then hands the job to the engine."""
        try:
            if not corrections:
                raise DataError("there is nothing to learn from yet", cure="decide some pixels yourself first")
            samples = tuple(_sample(path, self._read(path), labels) for path, labels in corrections)
            quiet = [_sample(path, self._read(path), None) for path in others[: _PROBES + _REPLAYED]]
            job = TuneJob(spec, samples, tuple(quiet[_PROBES:]), tuple(quiet[:_PROBES]), self.steps, rho)
        except RhoscopeError as error:
            failure = error
            self._context.post(lambda: self._fail(turn, failure))
            return
        self._context.post(lambda: self._begin(turn, job))

    def _begin(self, turn: int, job: TuneJob) -> None:
        project = self._project
        if turn != self._turn or project is None:
            return
        folder = project.path.with_name(f"{project.path.stem}-models")
        target = _free(folder, time.strftime("%Y%m%d-%H%M%S"))
        held: list[EngineTuning] = []

        def step(desk: Desk, _cancel: CancelToken) -> bool:
            if not held:
                held.append(desk.backend.start_tuning(job))
                return True
            tuning = held[0]
            if not tuning.done:
                taken = tuning.advance()
                if taken is not None:
                    self._context.post(lambda: self._stepped(turn, taken.number, taken.loss))
                return True
            before, after = tuning.before, tuning.scores()
            probes = tuple(
                Probe(sample.name, sample.rgb, former, now)
                for sample, (former, now) in zip(job.probes, tuning.probe_answers(), strict=True)
            )
            folder.mkdir(parents=True, exist_ok=True)
            tuning.save(target, note=f"from {job.spec}, {len(job.corrections)} corrected photos, {job.steps} steps")
            self._context.post(lambda: self._ask(turn, before, after, probes, target))
            held.clear()
            return False

        task = EngineTask(step, lambda: None, lambda error: self._fail(turn, error), lambda: None)
        self._show(replace(self._view, state="running"))
        self._context.engine.submit(task, Lane.TUNING)

    def _stepped(self, turn: int, number: int, loss: float) -> None:
        if turn == self._turn:
            self._show(replace(self._view, state="running", step=number, losses=(*self._view.losses, loss)))

    def _ask(self, turn: int, before: TuneScores, after: TuneScores, probes: tuple[Probe, ...], version: Path) -> None:
        if turn != self._turn:
            version.unlink(missing_ok=True)
            return
        self._show(
            replace(
                self._view,
                state="asking",
                corrected_before=before.corrected,
                corrected_after=after.corrected,
                probes=probes,
                version=version,
            )
        )

    def _fail(self, turn: int, error: RhoscopeError) -> None:
        if turn == self._turn:
            self._context.problems.report_error(error)
            self._show(LearningView("failed"))

    def _abandon(self) -> None:
        self._turn += 1
        self._context.engine.cancel_task(Lane.TUNING)
        self._pool.clear()

    def _take_versions(self, versions: tuple[ModelVersion, ...]) -> None:
        self._versions = versions
        self.versionsChanged.emit(versions)

    def _show(self, view: LearningView) -> None:
        self._view = view
        self.changed.emit(view)


def _free(folder: Path, stem: str) -> Path:
    """A checkpoint's name that no other has: clocks are set back, and a model that is kept must not be written over."""
    number, path = 1, folder / f"{stem}.safetensors"
    while path.exists():
        number += 1
        path = folder / f"{stem}-{number}.safetensors"
    return path


def _corrections(project: Project, names: dict[int, Path], mapping: ClassMapping | None) -> list[tuple[Path, UInt8]]:
    """The latest images with human pixels, and those pixels alone, in the model's classes.

    Where the model has no such class, there is nothing to learn.
    """
    found: list[tuple[Path, UInt8]] = []
    for image_id in project.labelled_ids():
        if image_id not in names:
            continue
        document = project.open_document(image_id)
        human = document.provenance == HUMAN
        labels = np.where(human, document.labels, np.uint8(IGNORE))
        if mapping is not None:
            labels = to_model(labels, mapping)
        if (labels != IGNORE).any():
            found.append((names[image_id], labels))
        if len(found) == _MOST_CORRECTED:
            break
    return found


def _sample(path: Path, rgb: UInt8, labels: UInt8 | None) -> LabelledImage:
    """A photo for the job, no larger than learning has a use for; without labels nobody has looked at it."""
    size = fit_size((rgb.shape[0], rgb.shape[1]), max_side=_LARGEST_SIDE)
    small = resize_photo(rgb, size)
    if labels is None:
        return LabelledImage(path.name, small, np.full(size, IGNORE, dtype=np.uint8))
    if labels.shape != rgb.shape[:2]:
        raise DataError("has another size than its labels", path=path, cure="bring back the photo as it was")
    return LabelledImage(path.name, small, np.ascontiguousarray(resize_labels(labels, size)))
