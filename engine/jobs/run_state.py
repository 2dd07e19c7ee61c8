"""How a run stands: from what its events say, and whether a process is at work on it."""

from __future__ import annotations

import time
from dataclasses import dataclass
from enum import Enum
from pathlib import Path
from typing import Final

from engine.jobs.job import job_process, last_lines, read_record
from engine.jobs.run_folder import EVENT_FILE, PAUSE_FILE, RECIPE_FILE, STOP_FILE
from engine.jobs.run_process import working_process
from engine.jobs.run_reader import RunData

_FRESH_SECONDS: Final = 180.0


class RunState(Enum):
    """NEW: not begun and not waiting. ELSEWHERE: it grows, by no process of this computer. DIED: it was cut off."""

    NEW = "new"
    WAITING = "waiting"
    STARTING = "starting"
    RUNNING = "running"
    PAUSING = "pausing"
    PAUSED = "paused"
    STOPPING = "stopping"
    ELSEWHERE = "elsewhere"
    STOPPED = "stopped"
    FINISHED = "finished"
    FAILED = "failed"
    DIED = "died"

    @property
    def at_work(self) -> bool:
        """A process of this computer holds the run."""
        return self in _AT_WORK

    @property
    def can_start(self) -> bool:
        """Starting, or going on, makes sense."""
        return self in (RunState.NEW, RunState.STOPPED, RunState.FAILED, RunState.DIED)


_AT_WORK: Final = frozenset({RunState.STARTING, RunState.RUNNING, RunState.PAUSING, RunState.PAUSED, RunState.STOPPING})


@dataclass(frozen=True)
class Standing:
    """Attributes:
    state: see RunState.
    output: the last lines of a run that failed, died or never began; empty for others.
    """

    state: RunState
    output: tuple[str, ...] = ()


def standing(folder: Path, data: RunData, *, waiting: bool) -> Standing:
    """How a run stands now.

    Args:
        waiting: it is in the queue.
    """
    process = job_process(folder)
    if process is not None:
        return Standing(_at_work(folder, data, claimed=working_process(folder) is not None))
    if waiting:
        return Standing(RunState.WAITING)
    if data.last == "end":
        return Standing(RunState.FINISHED if data.outcome == "finished" else RunState.STOPPED)
    if data.last == "failed":
        return Standing(RunState.FAILED, last_lines(folder))
    if data.last and _grows(folder):
        return Standing(RunState.ELSEWHERE)
    begun = (folder / RECIPE_FILE).is_file() or read_record(folder).pid != 0 or bool(data.last)
    if not begun:
        return Standing(RunState.NEW)
    return Standing(RunState.DIED, last_lines(folder))


def _at_work(folder: Path, data: RunData, *, claimed: bool) -> RunState:
    if not claimed:
        # It loads what it needs, or has said its last word and takes its leave.
        leaves = data.last in ("end", "failed") and data.last_time > read_record(folder).started
        return RunState.STOPPING if leaves else RunState.STARTING
    if (folder / STOP_FILE).exists():
        return RunState.STOPPING
    pause = (folder / PAUSE_FILE).exists()
    if data.last == "paused":
        return RunState.PAUSED
    if pause:
        return RunState.PAUSING
    return RunState.RUNNING if data.last in ("started", "resumed", "released") else RunState.STARTING


def _grows(folder: Path) -> bool:
    """Something was appended lately although no process here did it: it is being copied, or written over a network."""
    # A job that was killed here grows no more, however short ago that was.
    if read_record(folder).pid or (folder / "run.lock").is_file():
        return False
    try:
        return time.time() - (folder / EVENT_FILE).stat().st_mtime < _FRESH_SECONDS
    except OSError:
        return False
