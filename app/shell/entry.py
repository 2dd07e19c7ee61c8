"""The program's way in: a subcommand goes to the command line, anything else opens the window.

Nothing heavy is imported before it is needed, so that `rhoscope --help` is quick and the window comes before torch.
"""

from __future__ import annotations

import faulthandler
import multiprocessing
import os
import sys
from collections.abc import Sequence
from pathlib import Path

_QT_LIBRARIES = "On Debian and Ubuntu: apt-get install libegl1 libgl1 libxkbcommon-x11-0 libxcb-cursor0"


def main(argv: Sequence[str] | None = None) -> int:
    """Runs a subcommand or the window; returns the exit code."""
    # First of all: in the packaged program a worker process starts as this same executable.
    multiprocessing.freeze_support()
    if sys.stderr is not None:
        faulthandler.enable()
    arguments = list(sys.argv[1:] if argv is None else argv)
    if arguments[:2] == ["bench", "ui"]:
        # The one command that measures widgets, which the engine knows nothing of.
        from app.benchmarks.command import main as measure_window

        return measure_window(arguments[2:])
    if _for_command_line(arguments):
        from engine.cli.main import main as command_line

        return command_line(arguments)
    return _open_window([Path(argument) for argument in arguments if argument != "--"])


def _for_command_line(arguments: Sequence[str]) -> bool:
    """Whether the first word is a subcommand or an option; everything else is an image or a folder."""
    if not arguments:
        return False
    first = arguments[0]
    if first == "--":
        return False
    if first.startswith("-"):
        return True
    from engine.cli.main import COMMANDS

    return first in COMMANDS


def _open_window(paths: Sequence[Path]) -> int:
    from app.shell.display import missing_display

    reason = missing_display()
    if reason is not None:
        _say(reason)
        return 1
    try:
        from app.shell.application import run
    except ImportError as error:
        # PySide6 is there but a system library that it needs is not.
        if "PySide6" not in str(error) and ".so" not in str(error):
            raise
        _say(f"Rhoscope cannot load Qt: {error}\n{_QT_LIBRARIES}")
        return 1
    return run(paths)


def _say(text: str) -> None:
    if sys.stderr is not None:
        sys.stderr.write(text + os.linesep)


if __name__ == "__main__":
    sys.exit(main())
