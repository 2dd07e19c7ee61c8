"""How this program starts itself again, from source and when frozen."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Final

_APART_ON_WINDOWS: Final[int] = getattr(subprocess, "CREATE_NEW_PROCESS_GROUP", 0) | getattr(
    subprocess, "CREATE_NO_WINDOW", 0
)


def command_line(*arguments: str) -> list[str]:
    """`rhoscope ARGUMENTS…` as this very program and environment."""
    if getattr(sys, "frozen", False):
        return [sys.executable, *arguments]
    return [sys.executable, "-m", "app", *arguments]


def training_command(*arguments: str, processes: int = 1) -> list[str]:
    """`rhoscope train ARGUMENTS…`, under torchrun where there are several processes.

    From source it starts without Qt, which training has no use for. The frozen program holds no torchrun.
    """
    if getattr(sys, "frozen", False):
        return [sys.executable, "train", *arguments]
    if processes > 1:
        # On a free port of its own: two jobs may be at work beside each other.
        torchrun = [sys.executable, "-m", "torch.distributed.run", "--standalone", f"--nproc-per-node={processes}"]
        return [*torchrun, "--max-restarts", "3", "-m", "engine.training", *arguments]
    return [sys.executable, "-m", "engine.training", *arguments]


def source_root() -> Path | None:
    """Where a process must start to find the packages from source, installed or not; None when frozen."""
    return None if getattr(sys, "frozen", False) else Path(__file__).resolve().parents[2]


def start_detached(
    command: Sequence[str], *, output: Path, environment: Mapping[str, str] | None = None
) -> subprocess.Popen[bytes]:
    """Starts a process that outlives this one and its terminal; what it says is appended to a file.

    Raises:
        OSError: it cannot be started, or the file not be opened.
    """
    with output.open("ab") as stream:
        return subprocess.Popen(
            command,
            stdin=subprocess.DEVNULL,
            stdout=stream,
            stderr=stream,
            cwd=source_root(),
            env=None if environment is None else dict(environment),
            # A session of its own: signals to the window's terminal do not reach it.
            start_new_session=sys.platform != "win32",
            creationflags=_APART_ON_WINDOWS,
        )
