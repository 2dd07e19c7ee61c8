"""Saving what can be read of a damaged project into a new file. The damaged one is only read."""

from __future__ import annotations

import shutil
import sqlite3
import tempfile
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np

from engine.cascade.result import IGNORE
from engine.errors import ProjectError, RhoscopeError
from engine.labels.change import decode_change
from engine.labels.provenance import UNDECIDED
from engine.project.connection import Database
from engine.project.schema import TABLES

_WHOLE: Final = tuple(table for table in TABLES if table not in ("label_maps", "histories", "journal"))
_FURTHEST: Final = 2**62
_PATIENCE: Final = 2000  # rows tried one by one


@dataclass(frozen=True)
class Recovered:
    """What came over.

    Attributes:
        images, label_maps, steps: rows in the new file.
        without_history: images whose label map came over, but not all of its steps: it cannot be undone.
        lost_label_maps: images with a history of which no label map could be made.
    """

    images: int
    label_maps: int
    steps: int
    without_history: tuple[int, ...]
    lost_label_maps: tuple[int, ...]


def recover(damaged: Path, target: Path) -> Recovered:
    """Copy what can be read of a project into a new file.

    A label map with all its steps comes over as it is. Where steps are missing, those left are replayed on the last
    snapshot, or on an undecided map where that is lost, and the result comes over without a history.

    Raises:
        ProjectError: the new file exists or cannot be written, or nothing can be read.
    """
    if target.exists():
        raise ProjectError("exists already", path=target, cure="choose another name")
    # A copy: opening a WAL database, damaged or not, may change its files.
    with tempfile.TemporaryDirectory(prefix="rhoscope-") as folder:
        copy = Path(folder) / damaged.name
        try:
            for ending in ("", "-wal"):
                source = damaged.with_name(damaged.name + ending)
                if source.exists() or not ending:
                    shutil.copyfile(source, copy.with_name(copy.name + ending))
        except OSError as error:
            raise ProjectError(f"cannot be copied: {error.strerror}", path=damaged) from error
        source_database = sqlite3.connect(copy)
        try:
            return _copy(source_database, damaged, target)
        finally:
            source_database.close()


def _copy(source: sqlite3.Connection, damaged: Path, target: Path) -> Recovered:
    _require_something(source, damaged)
    new = Database(target, writable=True)
    try:
        counts = {table: _copy_table(source, new, table) for table in _WHOLE}
        maps = {row["image"]: row for row in _rows(source, "label_maps")}
        histories = {row["image"]: row for row in _rows(source, "histories")}
        journal: dict[int, dict[int, bytes]] = {}
        for row in _rows(source, "journal"):
            journal.setdefault(row["image"], {})[row["position"]] = row["change"]
        whole, cut, lost, steps = 0, [], [], 0
        sizes = {row[0]: row[1:] for row in new.rows("SELECT id, height, width FROM images")}
        for image in sorted({*maps, *journal}):
            label_map = _label_map(maps.get(image)) if image in sizes else None
            if label_map is None and 0 in journal.get(image, {}) and None not in sizes.get(image, (None,)):
                label_map = _beginning(sizes[image])
            if label_map is None:
                lost.append(image)
                continue
            done = _copy_labels(new, image, label_map, histories.get(image), journal.get(image, {}))
            steps += max(0, done)
            if done < 0:
                cut.append(image)
            whole += 1
    finally:
        new.close()
    return Recovered(counts["images"], whole, steps, tuple(cut), tuple(lost))


def _require_something(source: sqlite3.Connection, damaged: Path) -> None:
    try:
        tables = {row[0] for row in source.execute("SELECT name FROM sqlite_master WHERE type = 'table'")}
    except sqlite3.Error:
        tables = set()
    if "images" not in tables:
        raise ProjectError("holds nothing that can be read", path=damaged, cure="go back to a copy of it")


def _rows(source: sqlite3.Connection, table: str) -> Iterator[dict[str, Any]]:
    """Every row that can be read: behind a damaged one the search goes on, row by row and then in growing strides."""
    try:
        names = [row[1] for row in source.execute(f"PRAGMA table_info({table})")]
    except sqlite3.Error:
        return
    if not names:
        return  # the file is older than this table
    position, stride, failures = -1, 1, 0
    while position < _FURTHEST:
        try:
            for row in source.execute(
                f"SELECT rowid, {', '.join(names)} FROM {table} WHERE rowid > ? ORDER BY rowid", (position,)
            ):
                position, stride, failures = row[0], 1, 0
                yield dict(zip(names, row[1:], strict=True))
        except sqlite3.Error:
            failures += 1
            position += stride
            stride = stride if failures < _PATIENCE else stride * 2
        else:
            return


def _copy_table(source: sqlite3.Connection, new: Database, table: str) -> int:
    count = 0
    with new.transaction() as connection:
        wanted = {row[1] for row in connection.execute(f"PRAGMA table_info({table})")}
        for row in _rows(source, table):
            names = [name for name in row if name in wanted]
            marks = ", ".join("?" * len(names))
            try:
                connection.execute(
                    f"INSERT INTO {table} ({', '.join(names)}) VALUES ({marks})", [row[name] for name in names]
                )
            except sqlite3.IntegrityError:
                continue  # a damaged row that breaks a rule
            count += 1
    return count


def _label_map(row: dict[str, Any] | None) -> dict[str, Any] | None:
    """The row with its planes unpacked; None where they are damaged."""
    try:
        if row is None:
            return None
        shape = (row["height"], row["width"])
        labels = np.frombuffer(zlib.decompress(row["labels"]), dtype=np.uint8).reshape(shape).copy()
    except (zlib.error, ValueError, TypeError):
        return None
    try:
        provenance = np.frombuffer(zlib.decompress(row["provenance"]), dtype=np.uint8).reshape(shape).copy()
    except (zlib.error, ValueError, TypeError):
        provenance = np.full_like(labels, UNDECIDED)
    return {**row, "labels": labels, "provenance": provenance}


def _beginning(shape: tuple[int, int]) -> dict[str, Any]:
    """Every label map starts undecided and what was done to it since stands in the journal."""
    return {
        "labels": np.full(shape, IGNORE, np.uint8),
        "provenance": np.full(shape, UNDECIDED, np.uint8),
        "position": 0,
    }


def _copy_labels(
    new: Database, image: int, row: dict[str, Any], history: dict[str, Any] | None, journal: dict[int, bytes]
) -> int:
    """Write one image's labels; the number of steps that came over, -1 where the history is cut."""
    shape = row["labels"].shape
    changes = {}
    for position, data in journal.items():
        try:
            changes[position] = decode_change(data, shape=shape)
        except (RhoscopeError, TypeError):
            continue
    if history is None:
        length = cursor = max(changes, default=-1) + 1
        revision = length
    else:
        length, cursor, revision = history["length"], history["cursor"], history["revision"]
    complete = all(position in changes for position in range(length)) and row["position"] <= length
    if not complete:
        for position in sorted(changes):
            if row["position"] <= position < cursor:
                changes[position].redo(row["labels"], row["provenance"])
    with new.transaction() as connection:
        connection.execute(
            "INSERT INTO label_maps VALUES (?, ?, ?, ?, ?, ?)",
            (
                image, *shape, zlib.compress(row["labels"].tobytes(), 1), zlib.compress(row["provenance"].tobytes(), 1),
                row["position"] if complete else 0,
            ),
        )  # fmt: skip
        connection.execute(
            "INSERT INTO histories VALUES (?, ?, ?, ?)",
            (image, length if complete else 0, cursor if complete else 0, revision),
        )
        if complete:
            connection.executemany(
                "INSERT INTO journal (image, position, change) VALUES (?, ?, ?)",
                [(image, position, journal[position]) for position in range(length)],
            )
    return length if complete else -1
