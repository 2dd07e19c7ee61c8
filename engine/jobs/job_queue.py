"""The jobs that wait, in their order, and the folders in which runs are looked for: one file, for all windows.

One job works at a time; the next begins when it has ended. Whoever sees that end starts the next: a window, or the job
itself as its last act, so that closing the window holds up nothing.
"""

from __future__ import annotations

import json
import logging
import os
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

import platformdirs
import psutil

from engine.data.atomic_file import make_folder, write_bytes
from engine.errors import OutputError, RhoscopeError
from engine.jobs.job import job_process, start_job
from engine.jobs.run_folder import is_run
from engine.project.owner import OwnerLock, try_lock

_log = logging.getLogger(__name__)

FOLDER_VARIABLE: Final = "RHOSCOPE_RUNS_FOLDER"
QUEUE_FILE: Final = "training.json"
_LOCK_SECONDS: Final = 5.0


def runs_folder() -> Path:
    """Where runs of the window go: RHOSCOPE_RUNS_FOLDER, else the platform's place for data of programs."""
    given = os.environ.get(FOLDER_VARIABLE)
    return Path(given).expanduser() if given else platformdirs.user_data_path("rhoscope", appauthor=False) / "runs"


@dataclass(frozen=True)
class QueueState:
    """Attributes:
    waiting: folders of jobs, the next one first.
    started: folders of jobs that the queue has started and that may still be at work.
    watched: run folders, or folders with runs in them, beside the program's own.
    """

    waiting: tuple[Path, ...] = ()
    started: tuple[Path, ...] = ()
    watched: tuple[Path, ...] = ()


class JobQueue:
    """The file, read anew at each call, as other windows and jobs write it too.

    Args:
        folder: of the file and of the runs.
    """

    def __init__(self, folder: Path | None = None) -> None:
        self.folder = folder or runs_folder()
        self.path = self.folder / QUEUE_FILE

    def read(self) -> QueueState:
        """A file that is missing or damaged is an empty queue; jobs that were in it are found as runs not begun."""
        try:
            table = json.loads(self.path.read_bytes())
            return QueueState(*(tuple(Path(text) for text in table[key]) for key in ("waiting", "started", "watched")))
        except FileNotFoundError:
            return QueueState()
        except (OSError, ValueError, TypeError, KeyError) as error:
            _log.warning("the queue of training jobs cannot be read and counts as empty: %s", error)
            return QueueState()

    def add(self, job: Path) -> None:
        """Puts a job at the end; one that waits already keeps its place. Raises OutputError."""
        self._change(lambda s: s if job in s.waiting else replace(s, waiting=(*s.waiting, job)))

    def remove(self, job: Path) -> None:
        """Takes a job out. Raises OutputError."""
        self._change(lambda s: replace(s, waiting=tuple(j for j in s.waiting if j != job)))

    def move(self, job: Path, *, places: int) -> None:
        """Moves a waiting job, earlier where `places` is negative. Raises OutputError."""

        def moved(state: QueueState) -> QueueState:
            if job not in state.waiting:
                return state
            others = [j for j in state.waiting if j != job]
            others.insert(max(0, state.waiting.index(job) + places), job)
            return replace(state, waiting=tuple(others))

        self._change(moved)

    def watch(self, folder: Path) -> None:
        """Looks for runs there from now on. Raises OutputError."""
        self._change(lambda s: s if folder in s.watched else replace(s, watched=(*s.watched, folder)))

    def forget(self, folder: Path) -> None:
        """Looks there no more; the files stay. Raises OutputError."""
        self._change(lambda s: replace(s, watched=tuple(f for f in s.watched if f != folder)))

    def start_now(self, job: Path) -> None:
        """Starts a job whatever else is at work. Raises RhoscopeError."""
        with self._locked():
            start_job(job, queue=self.folder)
            self._write(_started(self.read(), job))

    def advance(self) -> list[RhoscopeError]:
        """Starts the next job if none is at work. Returns what kept jobs from being started; they leave the queue."""
        if not self.read().waiting:
            return []
        failures: list[RhoscopeError] = []
        with self._locked():
            state = self.read()
            working = [process for job in state.started if (process := job_process(job)) is not None]
            # A job that calls this as its last act is at its end, and so is the torchrun that keeps watch over it.
            ending = {os.getpid(), *(process.pid for process in psutil.Process().parents())}
            if any(process.pid not in ending for process in working):
                return []
            state = replace(state, started=())
            while state.waiting:
                job = state.waiting[0]
                state = replace(state, waiting=state.waiting[1:])
                try:
                    start_job(job, queue=self.folder)
                except RhoscopeError as error:
                    failures.append(error)
                    continue
                state = _started(state, job)
                break
            self._write(state)
        return failures

    def runs(self) -> list[Path]:
        """All folders with runs: the program's own, and those watched or directly below them, each once."""
        found: dict[Path, None] = {}
        for folder in (self.folder, *self.read().watched):
            if is_run(folder):
                found[folder] = None
            else:
                found.update(dict.fromkeys(_runs_below(folder)))
        return list(found)

    def _change(self, change: Callable[[QueueState], QueueState]) -> None:
        with self._locked():
            before = self.read()
            after = change(before)
            if after != before:
                self._write(after)

    def _write(self, state: QueueState) -> None:
        table = {key: [str(path) for path in getattr(state, key)] for key in ("waiting", "started", "watched")}
        write_bytes(self.path, json.dumps(table, indent=1).encode())

    @contextmanager
    def _locked(self) -> Iterator[None]:
        make_folder(self.folder)
        lock = self._lock()
        try:
            yield
        finally:
            lock.release()

    def _lock(self) -> OwnerLock:
        until = time.monotonic() + _LOCK_SECONDS
        while True:
            try:
                lock = try_lock(self.path)
            except OSError as error:
                raise OutputError(f"the queue cannot be written: {error.strerror}", path=self.path) from error
            if lock is not None:
                return lock
            if time.monotonic() > until:
                raise OutputError("another window keeps the queue of jobs", path=self.path, cure="try again")
            time.sleep(0.02)


def _started(state: QueueState, job: Path) -> QueueState:
    waiting = tuple(j for j in state.waiting if j != job)
    return replace(state, waiting=waiting, started=(*(j for j in state.started if j != job), job))


def _runs_below(folder: Path) -> list[Path]:
    try:
        return sorted(path for path in folder.iterdir() if path.is_dir() and is_run(path))
    except OSError:
        return []
