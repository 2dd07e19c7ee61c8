"""The run's event file: one JSON object a line, only ever appended, so that another process can follow it."""

from __future__ import annotations

import json
import math
import time
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

EVENT_FILE = "events.jsonl"


class EventLog:
    """Appends events; each has `event`, its kind, and `time`, seconds since 1970. What is not finite becomes null."""

    def __init__(self, folder: Path) -> None:
        self.path = folder / EVENT_FILE

    def write(self, event: str, **values: Any) -> None:
        line = json.dumps({"event": event, "time": round(time.time(), 3), **_clean(values)}, ensure_ascii=False)
        with self.path.open("a", encoding="utf-8") as file:
            file.write(line + "\n")


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
