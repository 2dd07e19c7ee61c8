"""Which process works in a run's folder. The system takes the claim back when the process ends, however it ends."""

from __future__ import annotations

import os
import socket
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import datetime
from pathlib import Path
from typing import Final

import psutil

from engine.errors import OutputError
from engine.project.owner import lock_file, owner_of, try_lock

# The lock file is "run.lock" in the run's folder.
_LOCKED: Final = "run"
# The claim is written in whole seconds, and clocks are read one after the other.
_CLOCK_SECONDS: Final = 2.0


@contextmanager
def claimed(folder: Path) -> Iterator[None]:
    """The run belongs to this process inside the context.

    Raises:
        OutputError: another process works in the folder.
    """
    try:
        lock = try_lock(folder / _LOCKED)
    except OSError as error:
        raise OutputError(f"the run folder cannot be written: {error}", path=folder) from error
    if lock is None:
        raise OutputError(
            f"another process works on this run: {owner_of(folder / _LOCKED)}",
            path=folder,
            cure="stop it, or wait for its end",
        )
    try:
        yield
    finally:
        # A process may outlive its run.
        with suppress(OSError):
            os.truncate(lock_file(folder / _LOCKED), 0)
        lock.release()


def torchrun_above(process: psutil.Process) -> psutil.Process | None:
    """The torchrun that started a process and keeps watch over it."""
    with suppress(psutil.Error):
        parent = process.parent()
        if parent is not None and any(
            "torch.distributed.run" in part or "torchrun" in part for part in parent.cmdline()
        ):
            return parent
    return None


def working_process(folder: Path) -> psutil.Process | None:
    """The process that claimed the run last, where it still lives on this computer."""
    owner = owner_of(folder / _LOCKED)
    if owner is None or owner.computer != socket.gethostname():
        return None
    try:
        since = datetime.fromisoformat(owner.since).timestamp()
        process = psutil.Process(owner.process)
        # A later process may have been given the same number; one that has ended may not have been waited for.
        same = process.create_time() <= since + _CLOCK_SECONDS
        return process if same and process.status() != psutil.STATUS_ZOMBIE else None
    except (psutil.Error, ValueError, OverflowError):
        return None
