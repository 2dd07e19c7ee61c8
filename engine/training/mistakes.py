"""What was taken for what, and in which images: the confusion matrices of a validation, taken apart by image."""

from __future__ import annotations

import io
import logging
import zipfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray

from engine.data.atomic_file import make_folder, write_bytes
from engine.errors import DataError, OutputError
from engine.jobs.run_folder import VALIDATION

_IGNORE: Final = 255
_log = logging.getLogger(__name__)

Int64 = NDArray[np.int64]


@dataclass(frozen=True, eq=False)
class Mistakes:
    """Pixel counts of one validation.

    Attributes:
        systems: "final" and, where they were scored, "stage 1" … .
        images: names.
        cells: M×5 int64 rows of (system, image, truth, prediction, pixels), right ones included.
        class_count: K.
    """

    systems: tuple[str, ...]
    images: tuple[str, ...]
    cells: Int64
    class_count: int

    def matrix(self, system: int) -> Int64:
        """K×K int64; rows are the truth, columns the prediction."""
        counts = np.zeros((self.class_count, self.class_count), dtype=np.int64)
        rows = self.cells[self.cells[:, 0] == system]
        np.add.at(counts, (rows[:, 2], rows[:, 3]), rows[:, 4])
        return counts

    def images_with(self, system: int, *, truth: int, prediction: int) -> list[tuple[str, int]]:
        """The images with such pixels and how many, most first."""
        cells = self.cells
        rows = cells[(cells[:, 0] == system) & (cells[:, 2] == truth) & (cells[:, 3] == prediction)]
        order = np.argsort(-rows[:, 4], kind="stable")
        return [(self.images[row[1]], int(row[4])) for row in rows[order]]


class MistakeCounter:
    """Counts image by image; every label map is H×W uint8, 255 = void in the truth."""

    def __init__(self, class_count: int) -> None:
        self._count = class_count
        self._images: list[str] = []
        self._cells: list[Int64] = []
        self._systems: tuple[str, ...] = ()

    def add(self, name: str, truth: NDArray[np.uint8], maps: dict[str, NDArray[np.uint8]]) -> None:
        """Args:
        maps: the answer of each system by its name, the same systems for every image.
        """
        self._systems = tuple(maps)
        place = len(self._images)
        self._images.append(name)
        valid = truth != _IGNORE
        base = truth[valid].astype(np.int64) * self._count
        for system, labels in enumerate(maps.values()):
            flat = np.bincount(base + labels[valid], minlength=self._count**2)
            found = np.flatnonzero(flat)
            cells = np.empty((found.size, 5), dtype=np.int64)
            cells[:, 0], cells[:, 1] = system, place
            cells[:, 2], cells[:, 3] = np.divmod(found, self._count)
            cells[:, 4] = flat[found]
            self._cells.append(cells)

    def mistakes(self) -> Mistakes:
        cells = np.concatenate(self._cells) if self._cells else np.zeros((0, 5), dtype=np.int64)
        return Mistakes(self._systems, tuple(self._images), cells, self._count)


def merged_mistakes(parts: Sequence[Mistakes]) -> Mistakes:
    """Those of several processes, each of images of its own; at least one part."""
    images: list[str] = []
    cells: list[Int64] = []
    for part in parts:
        moved = part.cells.copy()
        moved[:, 1] += len(images)
        images += part.images
        cells.append(moved)
    systems = next((part.systems for part in parts if part.systems), ())
    return Mistakes(systems, tuple(images), np.concatenate(cells), parts[0].class_count)


def mistakes_file(run: Path, step: int) -> Path:
    return run / VALIDATION / f"{step:06}.npz"


def save_mistakes(run: Path, step: int, mistakes: Mistakes) -> None:
    """Writes them atomically; what cannot be written is named in the log and left out."""
    buffer = io.BytesIO()
    np.savez_compressed(
        buffer,
        systems=np.array(mistakes.systems, dtype=np.str_),
        images=np.array(mistakes.images, dtype=np.str_),
        cells=mistakes.cells.astype(np.int32),
        classes=np.array(mistakes.class_count),
    )
    try:
        make_folder(run / VALIDATION)
        write_bytes(mistakes_file(run, step), buffer.getvalue())
    except OutputError as error:
        _log.warning("the confusion matrix is left out: %s", error)


def load_mistakes(path: Path) -> Mistakes:
    """Raises DataError where the file is missing or damaged; nothing in it is executed."""
    try:
        # Read as a whole: a damaged file would be left open by numpy.
        with np.load(io.BytesIO(path.read_bytes()), allow_pickle=False) as stored:
            cells = stored["cells"].astype(np.int64)
            found = Mistakes(
                tuple(str(name) for name in stored["systems"]),
                tuple(str(name) for name in stored["images"]),
                cells,
                int(stored["classes"]),
            )
    except (OSError, ValueError, KeyError, EOFError, zipfile.BadZipFile) as error:
        raise DataError(f"the confusion matrix cannot be read: {error}", path=path) from error
    limits = np.array([len(found.systems), len(found.images), found.class_count, found.class_count])
    if cells.ndim != 2 or cells.shape[1] != 5 or (cells < 0).any() or (cells[:, :4] >= limits).any():
        raise DataError("the confusion matrix does not fit together", path=path)
    return found
