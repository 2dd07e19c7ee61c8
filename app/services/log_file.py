"""The program's own log in the user's state folder: kept small by rotation, there for a report when something fails."""

from __future__ import annotations

import faulthandler
import logging
import os
from collections import deque
from logging.handlers import RotatingFileHandler
from pathlib import Path
from typing import IO, Final

import platformdirs
import psutil

_log = logging.getLogger(__name__)
_FORMAT: Final = "%(asctime)s %(levelname)s %(name)s: %(message)s"
_BYTES: Final = 512 * 1024
_KEPT: Final = 3
_FAULTS: Final = "fault-{}.txt"


def state_folder() -> Path:
    """RHOSCOPE_STATE where set, else the system's place for a program's own state."""
    given = os.environ.get("RHOSCOPE_STATE")
    return Path(given) if given else Path(platformdirs.user_state_dir("rhoscope", appauthor=False))


class LogFile:
    """Everything that is logged, also in a file; a folder that cannot be written leaves the program without one.

    Attributes:
        path: of the file, None where there is none.
    """

    def __init__(self, folder: Path | None = None) -> None:
        self._folder = folder or state_folder()
        self.path: Path | None = None
        self._handler: RotatingFileHandler | None = None
        self._faults: IO[str] | None = None

    def open(self) -> None:
        """Starts writing: log records, and what the interpreter says when a library brings it down."""
        try:
            self._folder.mkdir(parents=True, exist_ok=True)
            path = self._folder / "rhoscope.log"
            handler = RotatingFileHandler(path, maxBytes=_BYTES, backupCount=_KEPT, encoding="utf-8", delay=False)
            self._faults = (self._folder / _FAULTS.format(os.getpid())).open("w", encoding="utf-8")
        except OSError as error:
            _log.warning("no log is kept: %s", error)
            return
        handler.setFormatter(logging.Formatter(_FORMAT))
        handler.setLevel(logging.INFO)
        logging.getLogger().addHandler(handler)
        faulthandler.enable(self._faults)
        self._handler, self.path = handler, path

    def close(self) -> None:
        """Stops writing; an end in good order leaves no trace of faults."""
        if self._handler is not None:
            logging.getLogger().removeHandler(self._handler)
            self._handler.close()
            self._handler = None
        if self._faults is not None:
            faulthandler.enable()
            name = Path(self._faults.name)
            self._faults.close()
            self._faults = None
            name.unlink(missing_ok=True)

    def last_lines(self, count: int) -> list[str]:
        """The latest lines of the log, oldest first."""
        if self.path is None:
            return []
        try:
            with self.path.open(encoding="utf-8", errors="replace") as lines:
                return [line.rstrip("\n") for line in deque(lines, maxlen=count)]
        except OSError as error:
            return [f"(the log cannot be read: {error})"]

    def take_fault(self) -> str:
        """What an earlier run left behind when it was brought down; told once. Empty where none was."""
        found = []
        for path in sorted(self._folder.glob(_FAULTS.format("*"))):
            number = path.stem.removeprefix("fault-")
            if number == str(os.getpid()) or (number.isdigit() and psutil.pid_exists(int(number))):
                continue
            try:
                found.append(path.read_text(encoding="utf-8", errors="replace").strip())
                path.unlink()
            except OSError as error:
                _log.warning("%s cannot be read: %s", path, error)
        return "\n\n".join(text for text in found if text)
