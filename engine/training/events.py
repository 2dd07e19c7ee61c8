"""The run's event file: one JSON object a line, only ever appended, so that another process can follow it."""

from __future__ import annotations

import json
import math
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from engine.errors import OutputError
from engine.jobs.run_folder import EVENT_FILE


class EventLog:
    """Appends events; each has `event`, its kind, and `time`, seconds since 1970. What is not finite becomes null.

    Args:
        folder: the run's; None = write nowhere, for processes that do not lead.
        listeners: called with (event, values) after each line.
    """

    def __init__(
        self, folder: Path | None, *, listeners: Sequence[Callable[[str, Mapping[str, Any]], None]] = ()
    ) -> None:
        self._path = None if folder is None else folder / EVENT_FILE
        self._listeners = listeners
        self._fresh = True

    def write(self, event: str, **values: Any) -> None:
        """Raises OutputError where the line cannot be written."""
        line = json.dumps({"event": event, "time": round(time.time(), 3), **_clean(values)}, ensure_ascii=False)
        if self._path is not None:
            try:
                # What a process killed while writing has left must not swallow the first line of the next one.
                broken = self._fresh and _ends_within_a_line(self._path)
                with self._path.open("a", encoding="utf-8") as file:
                    file.write(("\n" if broken else "") + line + "\n")
                self._fresh = False
            except OSError as error:
                reason = (error.strerror or str(error)).lower()
                raise OutputError(f"the event cannot be written: {reason}", path=self._path) from error
        for listener in self._listeners:
            listener(event, values)


def read_events(folder: Path) -> Iterator[dict[str, Any]]:
    """The events of a run so far; a line still being written, or cut off when its process was killed, is left out."""
    path = folder / EVENT_FILE
    if not path.is_file():
        return
    with path.open("rb") as file:
        for line in file:
            event = parsed_event(line)
            if event is not None:
                yield event


def parsed_event(line: bytes) -> dict[str, Any] | None:
    """The event of a whole line; None where the line is not whole, or holds something else."""
    if not line.endswith(b"\n"):
        return None
    try:
        event = json.loads(line)
    except ValueError:
        return None
    return event if isinstance(event, dict) else None


def _ends_within_a_line(path: Path) -> bool:
    if not path.is_file() or path.stat().st_size == 0:
        return False
    with path.open("rb") as file:
        file.seek(-1, 2)
        return file.read(1) != b"\n"


def _clean(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {key: _clean(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_clean(item) for item in value]
    if isinstance(value, float):
        return float(f"{value:.6g}") if math.isfinite(value) else None
    return value
