"""Watches the folders of runs in a thread of its own: what it finds is told in the window's thread."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from app.services.ui_queue import Post
from engine.errors import RhoscopeError
from engine.jobs.job import JobSettings, forget_children, read_record, reap
from engine.jobs.job_queue import JobQueue
from engine.jobs.remarks import Remarks, read_remarks
from engine.jobs.run_folder import JOB_FILE, RECIPE_FILE, RECIPE_TOML, REMARKS_FILE
from engine.jobs.run_reader import RunData, RunReader
from engine.jobs.run_state import RunState, Standing, standing

_log = logging.getLogger(__name__)
_POLL_SECONDS: Final = 0.6
# Between two portions of a long event file, so that the window's thread gets its turns.
_PORTION: Final = 1 << 18
# Of one run before the others have their turn: a long run must not keep short ones from being shown.
_PORTIONS: Final = 16


@dataclass(frozen=True, eq=False)
class Run:
    """A run as it stands. A new object takes its place when anything about it has changed.

    Attributes:
        place: in the queue, from 1; 0 = it does not wait.
        settings: how the job uses the machine.
        own: it lies in the program's own folder of runs.
        created: when its recipe was written, seconds since 1970.
    """

    folder: Path
    standing: Standing = field(default_factory=lambda: Standing(RunState.NEW))
    data: RunData = field(default_factory=RunData)
    remarks: Remarks = field(default_factory=Remarks)
    settings: JobSettings = field(default_factory=JobSettings)
    place: int = 0
    own: bool = True
    created: float = 0.0

    @property
    def state(self) -> RunState:
        return self.standing.state

    @property
    def name(self) -> str:
        return self.remarks.title or self.folder.name


class RunWatcher:
    """Polls all runs; give start() once, stop() and wait for `alive` to fall.

    Args:
        on_runs: given all runs, newest first, in the window's thread whenever one has changed.
        on_problem: given what went wrong.
    """

    def __init__(
        self,
        queue: JobQueue,
        *,
        post: Post,
        on_runs: Callable[[tuple[Run, ...]], None],
        on_problem: Callable[[RhoscopeError], None],
    ) -> None:
        self._queue = queue
        self._post = post
        self._on_runs = on_runs
        self._on_problem = on_problem
        self._condition = threading.Condition()
        self._actions: list[Callable[[], None]] = []
        self._stopped = False
        self._thread: threading.Thread | None = None
        self._readers: dict[Path, RunReader] = {}
        self._runs: dict[Path, Run] = {}
        self._marks: dict[Path, tuple[float, ...]] = {}
        self._told = False
        self._more = False

    def start(self) -> None:
        if self._thread is None and not self._stopped:
            self._thread = threading.Thread(target=self._work, name="runs", daemon=True)
            self._thread.start()

    def act(self, action: Callable[[], None]) -> None:
        """Does something with jobs away from the window's thread, then looks at all runs again."""
        with self._condition:
            if not self._stopped:
                self._actions.append(action)
                self._condition.notify()

    def stop(self) -> None:
        """Jobs go on. Actions that were asked for are still done. Does not wait."""
        with self._condition:
            self._stopped = True
            self._condition.notify()

    @property
    def alive(self) -> bool:
        return self._thread is not None and self._thread.is_alive()

    def _work(self) -> None:
        while True:
            with self._condition:
                actions, self._actions = self._actions, []
                stopped = self._stopped
            for action in actions:
                self._guarded(action)
            if stopped:
                break
            self._guarded(self._look)
            with self._condition:
                if not self._actions and not self._stopped and not self._more:
                    self._condition.wait(_POLL_SECONDS)
        forget_children()

    def _guarded(self, action: Callable[[], None]) -> None:
        try:
            action()
        except RhoscopeError as error:
            failure = error
        except Exception as error:  # noqa: BLE001 - a defect must neither end the watching nor stay unseen
            _log.exception("watching runs failed")
            failure = RhoscopeError(f"{type(error).__name__}: {error}")
        else:
            return
        self._post(lambda: self._on_problem(failure))

    def _look(self) -> None:
        self._more = False
        reap()
        for error in self._queue.advance():
            self._post(lambda error=error: self._on_problem(error))  # type: ignore[misc]
        state = self._queue.read()
        found = self._queue.runs()
        changed = not self._told or set(found) != set(self._runs)
        for folder in [folder for folder in self._runs if folder not in found]:
            del self._runs[folder], self._readers[folder]
        for folder in found:
            place = state.waiting.index(folder) + 1 if folder in state.waiting else 0
            changed |= self._look_at(folder, place)
            if self._stopped:
                return
        if changed:
            self._told = True
            runs = tuple(sorted(self._runs.values(), key=lambda run: -run.created))
            self._post(lambda: self._on_runs(runs))

    def _look_at(self, folder: Path, place: int) -> bool:
        before = self._runs.get(folder)
        reader = self._readers.setdefault(folder, RunReader(folder))
        grown = False
        try:
            for _ in range(_PORTIONS):
                if not reader.poll(limit=_PORTION) or self._stopped:
                    break
                grown = True
            else:
                self._more = True
        except OSError as error:
            _log.warning("events of %s cannot be read: %s", folder, error)
        data = reader.data() if grown or before is None else before.data
        stands = standing(folder, data, waiting=place > 0)
        marks = _marks(folder)
        if before is not None and not grown and marks == self._marks.get(folder):
            if stands == before.standing and place == before.place:
                return False
            remarks, settings = before.remarks, before.settings
        else:
            remarks, settings = read_remarks(folder), read_record(folder).settings
        self._marks[folder] = marks
        own = folder.parent == self._queue.folder
        self._runs[folder] = Run(folder, stands, data, remarks, settings, place, own, marks[0] or data.first_time)
        return True


def _marks(folder: Path) -> tuple[float, ...]:
    """When the files that a person or the window writes were changed; the first is when the run was made."""
    made = 0.0
    times = []
    for name in (RECIPE_TOML, RECIPE_FILE, JOB_FILE, REMARKS_FILE):
        try:
            time = (folder / name).stat().st_mtime
        except OSError:
            time = 0.0
        made = made or time
        times.append(time)
    return (made, *times)
