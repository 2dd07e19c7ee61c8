"""JSON files of label formats, with their faults in words."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from engine.data.atomic_file import make_folder, write_bytes
from engine.errors import DataError


def read_json_object(path: Path) -> dict[str, Any]:
    """Raises DataError where the file is missing or holds no JSON object."""
    try:
        data = json.loads(path.read_bytes())
    except OSError as error:
        raise DataError(f"cannot be read: {error.strerror}", path=path) from error
    except ValueError as error:
        raise DataError(f"is no JSON: {error}", path=path) from error
    if not isinstance(data, dict):
        raise DataError("holds no JSON object", path=path)
    return data


def write_json_object(path: Path, data: dict[str, Any]) -> None:
    """Atomically; raises OutputError."""
    make_folder(path.parent)
    write_bytes(path, json.dumps(data, ensure_ascii=False).encode())
