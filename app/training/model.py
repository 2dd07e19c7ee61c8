"""The state of the Train workspace: what widgets watch and what they ask for. Files and processes are elsewhere."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TypeVar

from PySide6.QtCore import QObject, Signal

from app.explore.closing import Closing
from app.services.background import Background
from app.services.training_runs import Run, RunWatcher
from app.services.ui_queue import UiQueue
from app.training.jobs import Jobs
from app.training.reports import ReportModel
from app.training.setup import SetupModel
from engine.errors import RhoscopeError
from engine.jobs.job_queue import JobQueue

_T = TypeVar("_T")


class TrainingModel(QObject):
    """Lives in the window's thread; nothing here waits. start() begins to watch runs, shutdown() ends it: jobs go on.

    Args:
        queue: the jobs and where runs lie; the person's own where missing.
    """

    #: tuple of Run, newest first; a run that has changed is a new object.
    runsChanged = Signal(object)
    #: tuple of Run: those that are selected, in the order of selection, whenever one of them has changed.
    selectionChanged = Signal(object)
    #: text of what went wrong.
    problem = Signal(str)
    #: Path of a checkpoint that was published, spec for the models of Explore.
    published = Signal(object)
    #: Paths of photos to look at in Explore.
    openPhotos = Signal(object)
    #: Path of a checkpoint to use in Explore.
    openModel = Signal(object)
    shutdownFinished = Signal()

    def __init__(
        self, queue: JobQueue | None = None, *, shutdown_seconds: float = 10.0, parent: QObject | None = None
    ) -> None:
        super().__init__(parent)
        self._ui = UiQueue(self)
        self._queue = queue or JobQueue()
        self._background = Background(post=self._ui.post)
        # Reading a data set or measuring a recipe must not hold up the pictures.
        self._long = Background(post=self._ui.post)
        self._watcher = RunWatcher(
            self._queue, post=self._ui.post, on_runs=self._take_runs, on_problem=self.report_error
        )
        self.jobs = Jobs(self._queue, self._watcher)
        self._runs: tuple[Run, ...] = ()
        self._selected: tuple[Path, ...] = ()
        self._known = False
        self._await: Path | None = None
        self.setup = SetupModel(self, parent=self)
        self.report = ReportModel(self, parent=self)
        self._closing = Closing(deadline_seconds=shutdown_seconds, parent=self)
        self._closing.finished.connect(self._end)
        self._ended = False

    @property
    def runs(self) -> tuple[Run, ...]:
        return self._runs

    @property
    def known(self) -> bool:
        """The runs have been looked for; before, an empty list says nothing."""
        return self._known

    @property
    def selection(self) -> tuple[Run, ...]:
        by_folder = {run.folder: run for run in self._runs}
        return tuple(by_folder[folder] for folder in self._selected if folder in by_folder)

    @property
    def is_shut_down(self) -> bool:
        return self._ended

    def start(self) -> None:
        self._watcher.start()

    def select(self, folders: Sequence[Path]) -> None:
        if tuple(folders) != self._selected:
            self._selected = tuple(folders)
            self.selectionChanged.emit(self.selection)

    def create(self, *, start: bool) -> None:
        """The job that is set up; it is selected once it is there."""
        ready = self.setup.ready
        if ready is None:
            return

        def made(folder: Path) -> None:
            self._ui.post(lambda: self._take_made(folder))

        self.jobs.create(self.setup.name, ready.toml, self.setup.settings, start=start, made=made)

    def run_in_background(self, key: str, work: Callable[[], _T], done: Callable[[_T], None]) -> None:
        """Call `done` with the value of `work`, unless a later call with this key has been made by then. A
        RhoscopeError is told as a problem."""
        self._run(self._background, key, work, done)

    def run_long(self, key: str, work: Callable[[], _T], done: Callable[[_T], None]) -> None:
        """The same for what takes seconds or more."""
        self._run(self._long, key, work, done)

    def _run(self, place: Background, key: str, work: Callable[[], _T], done: Callable[[_T], None]) -> None:
        def guarded() -> tuple[_T | None, RhoscopeError | None]:
            try:
                return work(), None
            except RhoscopeError as error:
                return None, error

        def deliver(outcome: tuple[_T | None, RhoscopeError | None]) -> None:
            value, error = outcome
            if error is not None:
                self.report_error(error)
            else:
                done(value)  # type: ignore[arg-type]

        place.run(key, guarded, deliver)

    def post(self, call: Callable[[], None]) -> None:
        """Run `call` soon in the window's thread."""
        self._ui.post(call)

    def report_error(self, error: RhoscopeError) -> None:
        self.problem.emit(str(error))

    def shutdown(self) -> None:
        """Refuses new work and returns at once; shutdownFinished follows."""
        if not self._closing.begun:
            self.setup.stop()
            self.report.cancel()
            self._closing.begin((self._watcher, self._background, self._long))

    def _take_made(self, folder: Path) -> None:
        self._await = folder
        self._select_awaited()

    def _take_runs(self, runs: tuple[Run, ...]) -> None:
        before = self.selection
        first = not self._known
        self._runs, self._known = runs, True
        self.runsChanged.emit(runs)
        if first and not self._selected and runs:
            self.select([next((run.folder for run in runs if run.state.at_work), runs[0].folder)])
        self._select_awaited()
        after = self.selection
        if len(before) != len(after) or any(a is not b for a, b in zip(before, after, strict=False)):
            self.selectionChanged.emit(after)

    def _select_awaited(self) -> None:
        if self._await is not None and any(run.folder == self._await for run in self._runs):
            folder, self._await = self._await, None
            self.select([folder])

    def _end(self) -> None:
        self._ui.close()
        self.report.clear()
        self._ended = True
        self.shutdownFinished.emit()
