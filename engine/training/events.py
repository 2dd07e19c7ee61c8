"""The run's event file: one JSON object a line, only ever appended, so that another process can follow it."""

from __future__ import annotations

import json
import math
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from engine.errors import OutputError

EVENT_FILE = "events.jsonl"


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

    def write(self, event: str, **values: Any) -> None:
        """Raises OutputError where the line cannot be written."""
        line = json.dumps({"event": event, "time": round(time.time(), 3), **_clean(values)}, ensure_ascii=False)
        if self._path is not None:
            try:
                with self._path.open("a", encoding="utf-8") as file:
                    file.write(line + "\n")
            except OSError as error:
                reason = (error.strerror or str(error)).lower()
                raise OutputError(f"the event cannot be written: {reason}", path=self._path) from error
        for listener in self._listeners:
            listener(event, values)


def read_events(folder: Path) -> Iterator[dict[str, Any]]:
    """The events of a run so far; a last line still being written is left out."""
    path = folder / EVENT_FILE
    if not path.is_file():
        return
    with path.open(encoding="utf-8") as file:
        for line in file:
            if line.endswith("\n"):
                yield json.loads(line)


def _clean(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {key: _clean(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_clean(item) for item in value]
    if isinstance(value, float):
        return float(f"{value:.6g}") if math.isfinite(value) else None
    return value
