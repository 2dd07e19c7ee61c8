"""Orders to runs: each is carried out in the watcher's thread, and its failure told like any other."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Sequence
from pathlib import Path

from app.services.training_runs import Run, RunWatcher
from engine.errors import OutputError
from engine.jobs.job import JobSettings, job_process, kill, pause, prepare_job, release, stop
from engine.jobs.job_queue import JobQueue
from engine.jobs.remarks import Remarks, write_remarks
from engine.jobs.run_folder import is_run


class Jobs:
    """What a person can order of runs. Nothing here waits.

    Args:
        made: told the folder of a job that was prepared, in the watcher's thread.
    """

    def __init__(self, queue: JobQueue, watcher: RunWatcher) -> None:
        self._queue = queue
        self._watcher = watcher

    def create(self, name: str, toml: str, settings: JobSettings, *, start: bool, made: Callable[[Path], None]) -> None:
        """Makes a run's folder in the program's own place, and puts it into the queue."""

        def work() -> None:
            folder = free_folder(self._queue.folder, name)
            prepare_job(folder, toml, settings)
            if start:
                self._queue.add(folder)
            made(folder)

        self._watcher.act(work)

    def start(self, runs: Sequence[Run]) -> None:
        """Into the queue: at once where nothing is at work. A paused run goes on at once."""

        def work() -> None:
            for run in runs:
                if job_process(run.folder) is not None:
                    release(run.folder)
                else:
                    self._queue.add(run.folder)

        self._watcher.act(work)

    def start_now(self, run: Run) -> None:
        """Whatever else is at work."""
        self._watcher.act(lambda: self._queue.start_now(run.folder))

    def pause(self, run: Run) -> None:
        self._watcher.act(lambda: pause(run.folder))

    def stop(self, run: Run) -> None:
        """After the step under way; a waiting job leaves the queue."""

        def work() -> None:
            self._queue.remove(run.folder)
            if job_process(run.folder) is not None:
                stop(run.folder)

        self._watcher.act(work)

    def kill(self, run: Run) -> None:
        self._watcher.act(lambda: kill(run.folder))

    def move(self, run: Run, *, places: int) -> None:
        self._watcher.act(lambda: self._queue.move(run.folder, places=places))

    def remark(self, run: Run, remarks: Remarks) -> None:
        self._watcher.act(lambda: write_remarks(run.folder, remarks))

    def watch(self, folder: Path) -> None:
        """Shows the run in a folder, or the runs in it."""

        def work() -> None:
            if not is_run(folder) and not any(is_run(below) for below in folder.iterdir() if below.is_dir()):
                raise OutputError(
                    "there is no run in this folder", path=folder, cure="a run's folder holds recipe.json, events.jsonl"
                )
            self._queue.watch(folder)

        self._watcher.act(work)

    def remove(self, run: Run) -> None:
        """Deletes a run of the program's own; of others only the entry."""

        def work() -> None:
            if job_process(run.folder) is not None:
                raise OutputError("a process works on this run", path=run.folder, cure="stop it first")
            self._queue.remove(run.folder)
            if run.own:
                try:
                    shutil.rmtree(run.folder)
                except OSError as error:
                    raise OutputError(f"cannot be deleted: {error.strerror}", path=run.folder) from error
            else:
                self._queue.forget(run.folder)

        self._watcher.act(work)


def free_folder(runs: Path, name: str) -> Path:
    """A folder for a new run, named after it; with a number where there is one of that name."""
    stem = "".join(c if c.isalnum() or c in "-_." else "-" for c in name).strip("-.") or "run"
    folder, number = runs / stem, 2
    while folder.exists():
        folder, number = runs / f"{stem}-{number}", number + 1
    return folder
