"""A training job: a run's folder, and the process that works in it.

The folder is all that connects them: orders are files in it, answers are its events. So a window that was closed, or
killed, finds its jobs again, and the command line and the window can steer each other's.
"""

from __future__ import annotations

import json
import os
import subprocess
from contextlib import suppress
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Final

import psutil

from engine.data.atomic_file import make_folder, write_bytes
from engine.errors import OutputError, SettingError, TrainingError
from engine.jobs.program import start_detached, training_command
from engine.jobs.run_folder import (
    JOB_FILE,
    OUTPUT_FILE,
    PAUSE_FILE,
    RECIPE_FILE,
    RECIPE_TOML,
    STOP_FILE,
)
from engine.jobs.run_process import torchrun_above, working_process

NICE: Final = 10
"""How far a job's priority is lowered where nothing else is said: what a person does in the window comes first."""
_OUTPUT_KEPT: Final = 1 << 20


@dataclass(frozen=True)
class JobSettings:
    """How a job uses the machine.

    Attributes:
        threads: of the processor; 0 = torch's choice.
        nice: how far its priority is lowered, 0..19.
        device: "auto", "cpu" or "cuda".
        processes: more than one are started by torchrun, one for each GPU.
    """

    threads: int = 0
    nice: int = NICE
    device: str = "auto"
    processes: int = 1


@dataclass(frozen=True)
class JobRecord:
    """What job.json holds.

    Attributes:
        pid, started: of the process that was started last, and its creation time in seconds since 1970; 0 = none.
    """

    settings: JobSettings = JobSettings()
    pid: int = 0
    started: float = 0.0


def prepare_job(folder: Path, recipe_toml: str, settings: JobSettings) -> None:
    """Makes the folder of a run that has not begun.

    Raises:
        OutputError: it cannot be written, or holds a run already.
    """
    if (folder / RECIPE_FILE).exists() or (folder / RECIPE_TOML).exists():
        raise OutputError("this folder already holds a run", path=folder, cure="name another folder")
    make_folder(folder)
    write_bytes(folder / RECIPE_TOML, recipe_toml.encode())
    write_record(folder, JobRecord(settings))


def read_record(folder: Path) -> JobRecord:
    """The record; of a run that was not started as a job, or whose record is damaged, the defaults."""
    try:
        table = json.loads((folder / JOB_FILE).read_bytes())
        known = {key: table["settings"][key] for key in asdict(JobSettings()) if key in table["settings"]}
        return JobRecord(JobSettings(**known), int(table["pid"]), float(table["started"]))
    except (OSError, ValueError, TypeError, KeyError):
        return JobRecord()


def write_record(folder: Path, record: JobRecord) -> None:
    """Raises OutputError."""
    write_bytes(folder / JOB_FILE, json.dumps(asdict(record), indent=1).encode())


def job_process(folder: Path) -> psutil.Process | None:
    """The process at work in the folder, or on its way there: it loads torch before it claims the run."""
    return working_process(folder) or _started_process(folder)


def _started_process(folder: Path) -> psutil.Process | None:
    """What was started last, where it still lives: of several processes torchrun, which keeps watch over them."""
    record = read_record(folder)
    if not record.pid:
        return None
    with suppress(psutil.Error, ValueError, OverflowError):
        process = psutil.Process(record.pid)
        same = abs(process.create_time() - record.started) < 1.0
        if same and process.status() != psutil.STATUS_ZOMBIE:
            return process
    return None


def start_job(folder: Path, *, queue: Path | None = None) -> None:
    """Starts a job, or goes on with it: from its last checkpoint where there is one, else from the beginning.

    A pause and an order to stop are forgotten. Where a process is at work already, it is only released.

    Args:
        queue: folder of the queue whose next job this one starts when it ends.

    Raises:
        TrainingError: it cannot be started.
        SettingError: the folder holds neither a run nor a recipe.
    """
    if job_process(folder) is not None:
        release(folder)
        return
    record = read_record(folder)
    arguments = _arguments(folder, record.settings)
    if queue is not None:
        arguments += ["--queue", str(queue.absolute())]
    _forget_orders(folder)
    output = folder / OUTPUT_FILE
    _shorten(output)
    command = training_command(*arguments, processes=record.settings.processes)
    try:
        process = start_detached(command, output=output)
    except OSError as error:
        raise TrainingError(f"the job cannot be started: {error.strerror or error}", path=folder) from error
    _children.append(process)
    started = 0.0
    with suppress(psutil.Error):
        started = psutil.Process(process.pid).create_time()
    write_record(folder, replace(record, pid=process.pid, started=started))


def pause(folder: Path) -> None:
    """The job waits after the step under way, with a checkpoint, until release(). Raises OutputError."""
    write_bytes(folder / PAUSE_FILE, b"")


def release(folder: Path) -> None:
    """Ends a pause. Raises OutputError."""
    try:
        (folder / PAUSE_FILE).unlink(missing_ok=True)
    except OSError as error:
        raise OutputError(f"the pause cannot be ended: {error.strerror}", path=folder / PAUSE_FILE) from error


def stop(folder: Path) -> None:
    """The job ends after the step under way, with a checkpoint. Raises OutputError."""
    write_bytes(folder / STOP_FILE, b"")


def kill(folder: Path) -> None:
    """Ends the job's processes at once; it will go on from its last checkpoint."""
    for process in _family(folder):
        with suppress(psutil.Error):
            process.kill()


def _family(folder: Path) -> list[psutil.Process]:
    """All processes of a job, torchrun first: it would start the others again."""
    family: dict[int, psutil.Process] = {}
    working = working_process(folder)
    for head in (_started_process(folder), None if working is None else torchrun_above(working), working):
        if head is not None:
            with suppress(psutil.Error):
                family |= {process.pid: process for process in (head, *head.children(recursive=True))}
    return list(family.values())


def last_lines(folder: Path, count: int = 12) -> tuple[str, ...]:
    """The end of what the job's process said, as a terminal would show it."""
    try:
        with (folder / OUTPUT_FILE).open("rb") as stream:
            stream.seek(max(0, stream.seek(0, os.SEEK_END) - 16_384))
            text = stream.read().decode("utf-8", errors="replace")
    except OSError:
        return ()
    shown = [line.rsplit("\r", 1)[-1].replace("\x1b[K", "").rstrip() for line in text.split("\n")]
    return tuple(line for line in shown if line)[-count:]


def forget_children() -> None:
    """The jobs outlive this process, and Python need not warn of it. Their ends are noted where they have come."""
    for child in _children:
        if child.poll() is None:
            child.returncode = 0
    _children.clear()


def reap() -> None:
    """Takes note of jobs of this process that have ended; the system keeps them as zombies until then."""
    _children[:] = [child for child in _children if child.poll() is None]


_children: list[subprocess.Popen[bytes]] = []


def _arguments(folder: Path, settings: JobSettings) -> list[str]:
    options = ["--nice", str(settings.nice), "--device", settings.device]
    if settings.threads:
        options += ["--threads", str(settings.threads)]
    if (folder / RECIPE_FILE).is_file():
        return ["--resume", str(folder.absolute()), *options]
    if (folder / RECIPE_TOML).is_file():
        return [str((folder / RECIPE_TOML).absolute()), "--folder", str(folder.absolute()), *options]
    raise SettingError("this folder holds neither a run nor a recipe", path=folder)


def _forget_orders(folder: Path) -> None:
    try:
        for name in (PAUSE_FILE, STOP_FILE):
            (folder / name).unlink(missing_ok=True)
    except OSError as error:
        raise TrainingError(f"the job cannot be started: {error.strerror}", path=folder) from error


def _shorten(output: Path) -> None:
    """Keeps the end of a long output: a job that is resumed for months must not fill the disk with progress lines."""
    with suppress(OSError):
        if output.stat().st_size > _OUTPUT_KEPT:
            text = output.read_bytes()[-_OUTPUT_KEPT // 4 :]
            output.write_bytes(text[text.find(b"\n") + 1 :])
