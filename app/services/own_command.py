"""A command of the program in a process of its own, waited for by a background thread."""

from __future__ import annotations

import subprocess
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final

from engine.cancel import Cancelled, CancelToken
from engine.jobs.program import source_root

_LOOK_SECONDS: Final = 0.2


@dataclass(frozen=True)
class Finished:
    """code: its exit status; output: what it printed; reason: the last line of its complaints, else the status."""

    code: int
    output: str
    reason: str


def run_command(
    command: Sequence[str], cancel: CancelToken, *, started: Callable[[int], None] | None = None
) -> Finished:
    """Waits for a command, see engine.jobs.program.

    Args:
        started: called with the process's number.

    Raises:
        Cancelled: asked for by `cancel`; the process is ended.
    """
    with subprocess.Popen(
        command,
        cwd=source_root(),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        encoding="utf-8",
    ) as process:
        if started is not None:
            started(process.pid)
        while True:
            try:
                output, errors = process.communicate(timeout=_LOOK_SECONDS)
                break
            except subprocess.TimeoutExpired:
                if cancel.cancelled:
                    process.kill()
                    process.communicate()
                    raise Cancelled from None
    lines = [line for line in errors.splitlines() if line.strip()]
    return Finished(process.returncode, output, lines[-1] if lines else str(process.returncode))
