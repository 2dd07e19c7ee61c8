"""How this program starts itself again, from source and when frozen."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path


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
        torchrun = [sys.executable, "-m", "torch.distributed.run", "--nproc-per-node", str(processes)]
        return [*torchrun, "--max-restarts", "3", "-m", "engine.training", *arguments]
    return [sys.executable, "-m", "engine.training", *arguments]


def start_detached(
    command: Sequence[str], *, output: Path, environment: Mapping[str, str] | None = None
) -> subprocess.Popen[bytes]:
    """Starts a process that outlives this one and its terminal; what it says is appended to a file.

    Raises:
        OSError: it cannot be started, or the file not be opened.
    """
    root = Path(__file__).resolve().parents[2]
    with output.open("ab") as stream:
        return subprocess.Popen(
            command,
            stdin=subprocess.DEVNULL,
            stdout=stream,
            stderr=stream,
            # From source the packages are found from the project's root, installed or not.
            cwd=None if getattr(sys, "frozen", False) else root,
            env=None if environment is None else dict(environment),
            **_APART,
        )


# A session of its own: signals to the window's terminal do not reach it.
_APART: dict[str, object]
if sys.platform == "win32":
    _APART = {"creationflags": subprocess.CREATE_NEW_PROCESS_GROUP | subprocess.CREATE_NO_WINDOW}
else:
    _APART = {"start_new_session": True}
