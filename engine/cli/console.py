"""What commands say to people (standard error) and to scripts (JSON)."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager, redirect_stdout
from pathlib import Path
from typing import Any, Final

from engine.data.atomic_file import write_bytes

STDOUT: Final = "-"
PROGRESS_VARIABLE: Final = "RHOSCOPE_PROGRESS"

DONE: Final = 0
SOME_FAILED: Final = 1
WRONG_USAGE: Final = 2
INTERRUPTED: Final = 130  # 128 + SIGINT, what shells report for a program stopped by Ctrl+C


class Console:
    """Messages and progress on standard error, which scripts leave alone.

    Args:
        command: named in front of problems, e.g. "predict".
        quiet: say problems only.
    """

    def __init__(self, command: str, *, quiet: bool = False) -> None:
        self._command = command
        self._quiet = quiet
        self._line_open = False

    def say(self, text: str) -> None:
        if not self._quiet:
            self._write(text)

    def problem(self, problem: object) -> None:
        self._write(f"rhoscope {self._command}: {problem}")

    def progress(self, text: str) -> None:
        """A line that the next one replaces; nothing where standard error is no terminal, unless a program that follows
        asks for whole lines."""
        if self._quiet:
            return
        if os.environ.get(PROGRESS_VARIABLE) == "lines":
            self._write(text)
            return
        if not sys.stderr.isatty():
            return
        sys.stderr.write(f"\r\x1b[K{text}")
        sys.stderr.flush()
        self._line_open = True

    def _write(self, text: str) -> None:
        if self._line_open:
            sys.stderr.write("\r\x1b[K")
            self._line_open = False
        sys.stderr.write(f"{text}\n")
        sys.stderr.flush()


@contextmanager
def quiet_stdout() -> Iterator[None]:
    """Whatever a library prints while the block runs goes to standard error: standard output belongs to JSON."""
    with redirect_stdout(sys.stderr):
        yield


def write_json(target: str, data: dict[str, Any]) -> None:
    """JSON to the file named or, for "-", to standard output. Raises OutputError.

    Written in ASCII: file names that are no valid Unicode, and terminals that are no UTF-8, then do no harm.
    """
    text = json.dumps(data, indent=2, allow_nan=False) + "\n"
    if target == STDOUT:
        sys.stdout.write(text)
        sys.stdout.flush()
    else:
        write_bytes(Path(target), text.encode("ascii"))
