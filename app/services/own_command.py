"""A command of the program in a process of its own, waited for by a background thread."""

from __future__ import annotations

import os
import subprocess
import tempfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import psutil

from engine.cancel import Cancelled, CancelToken
from engine.jobs.program import source_root

_LOOK_SECONDS: Final = 0.2
_NICE: Final = 5
_TAIL: Final = 8192
# See engine.cli.console: progress comes as whole lines.
_ENVIRONMENT: Final = {"RHOSCOPE_PROGRESS": "lines"}


@dataclass(frozen=True)
class Finished:
    """code: its exit status; output: what it printed; reason: the last line of its complaints, else the status."""

    code: int
    output: str
    reason: str


def run_command(
    command: Sequence[str],
    cancel: CancelToken,
    *,
    started: Callable[[int], None] | None = None,
    on_line: Callable[[str], None] | None = None,
) -> Finished:
    """Waits for a command, see engine.jobs.program.

    Args:
        started: called with the process's number.
        on_line: called now and then with the last line that it has said to people, such as its progress.

    Raises:
        Cancelled: asked for by `cancel`; the process is ended.
    """
    # What it says goes into a file, which can be looked at while it is being written.
    with (
        tempfile.TemporaryDirectory(prefix="rhoscope-", ignore_cleanup_errors=True) as folder,
        (path := Path(folder) / "said.txt").open("wb") as said,
        subprocess.Popen(
            command,
            cwd=source_root(),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=said,
            text=True,
            encoding="utf-8",
            env=os.environ | _ENVIRONMENT if on_line is not None else None,
        ) as process,
    ):
        if started is not None:
            started(process.pid)
        told = ""
        while True:
            try:
                output, _ = process.communicate(timeout=_LOOK_SECONDS)
                break
            except subprocess.TimeoutExpired:
                if cancel.cancelled:
                    process.kill()
                    process.communicate()
                    raise Cancelled from None
                last = _last_line(path)
                if on_line is not None and last != told:
                    told = last
                    on_line(last)
        last = _last_line(path)
    return Finished(process.returncode, output, last or str(process.returncode))


def lower(pid: int) -> None:
    """Lets a process give way to the window; for `started`."""
    try:
        process = psutil.Process(pid)
        process.nice(psutil.BELOW_NORMAL_PRIORITY_CLASS if psutil.WINDOWS else _NICE)
    except psutil.Error:
        return


def written_at(path: Path) -> int:
    """When a file was written last, to tell whether a command has; 0 where it is not there."""
    try:
        return path.stat().st_mtime_ns
    except OSError:
        return 0


def _last_line(said: Path) -> str:
    """The last line with something in it, of a file that may still grow."""
    try:
        with said.open("rb") as stream:
            stream.seek(max(0, stream.seek(0, os.SEEK_END) - _TAIL))
            text = stream.read().decode("utf-8", errors="replace")
    except OSError:
        return ""
    return next((line.strip() for line in reversed(text.replace("\r", "\n").split("\n")) if line.strip()), "")
