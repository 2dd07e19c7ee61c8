"""The steps of label maps in the project file, and how label maps are stored."""

from __future__ import annotations

import zlib
from pathlib import Path
from typing import Final

import numpy as np

from engine.cascade.result import UInt8
from engine.errors import ProjectError, RhoscopeError
from engine.labels.change import Change, decode_change, encode_change
from engine.project.connection import DAMAGED_CURE, Database

_LEVEL: Final = 1  # runs of equal bytes: the fastest level finds them as well as the slowest


class Journal:
    """The steps of one image. Implements engine.labels.history.ChangeStore."""

    def __init__(self, database: Database, image_id: int, shape: tuple[int, int]) -> None:
        self._database = database
        self._image = image_id
        self._shape = shape

    def append(self, position: int, change: Change, *, revision: int) -> None:
        snapshot = self._snapshot_before(position)
        with self._database.transaction() as connection:
            if snapshot is not None:
                connection.execute(
                    "UPDATE label_maps SET labels = ?, provenance = ?, position = ? WHERE image = ?",
                    (*snapshot, position, self._image),
                )
            connection.execute("DELETE FROM journal WHERE image = ? AND position >= ?", (self._image, position))
            connection.execute(
                "INSERT INTO journal (image, position, change) VALUES (?, ?, ?)",
                (self._image, position, encode_change(change)),
            )
            connection.execute(
                "INSERT OR REPLACE INTO histories VALUES (?, ?, ?, ?)",
                (self._image, position + 1, position + 1, revision),
            )

    def read(self, position: int) -> Change:
        row = self._database.row("SELECT change FROM journal WHERE image = ? AND position = ?", (self._image, position))
        if row is None:
            raise ProjectError(
                f"has lost step {position + 1} of image {self._image}", path=self._database.path, cure=DAMAGED_CURE
            )
        try:
            return decode_change(row[0], shape=self._shape)
        except RhoscopeError as error:
            raise ProjectError(error.reason, path=self._database.path, cure=DAMAGED_CURE) from error

    def move(self, cursor: int, *, revision: int) -> None:
        with self._database.transaction() as connection:
            connection.execute(
                "UPDATE histories SET cursor = ?, revision = ? WHERE image = ?", (cursor, revision, self._image)
            )

    def _snapshot_before(self, position: int) -> tuple[bytes, bytes] | None:
        """The snapshot taken back to `position`, where it holds steps that are about to be dropped."""
        row = self._database.row("SELECT labels, provenance, position FROM label_maps WHERE image = ?", (self._image,))
        if row is None or row[2] <= position:
            return None
        labels, provenance = (unpacked_plane(data, self._shape, self._database.path) for data in row[:2])
        for step in range(row[2] - 1, position - 1, -1):
            self.read(step).undo(labels, provenance)
        return packed_plane(labels), packed_plane(provenance)


class ReadOnlyJournal(Journal):
    """The steps of an image in a project that may not be written: looking through them is all there is."""

    def __init__(self, journal: Journal) -> None:
        super().__init__(journal._database, journal._image, journal._shape)

    def append(self, position: int, change: Change, *, revision: int) -> None:
        raise self._database.reading_only()

    def move(self, cursor: int, *, revision: int) -> None:
        """Undoing to look at an earlier state changes nothing on disk."""


def packed_plane(plane: UInt8) -> bytes:
    """H×W bytes as they are stored."""
    return zlib.compress(plane.tobytes(), _LEVEL)


def unpacked_plane(data: bytes, shape: tuple[int, int], path: Path) -> UInt8:
    """The H×W bytes that packed_plane stored; raises ProjectError where they are damaged."""
    try:
        return np.frombuffer(zlib.decompress(data), dtype=np.uint8).reshape(shape).copy()
    except (zlib.error, ValueError, TypeError) as error:
        raise ProjectError("holds a damaged label map", path=path, cure=DAMAGED_CURE) from error
