"""YOLO-seg: labels/<name>.txt, a polygon a line, coordinates as fractions of the photo. Holes are filled."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np

from engine.cascade.result import UInt8
from engine.data.atomic_file import make_folder, write_bytes
from engine.errors import DataError
from engine.labels.formats.item import ExportItem, FormatLoss, LabelClasses
from engine.labels.formats.parts import Part, held_by_polygons, painted_parts, parts_of
from engine.labels.formats.png_formats import require_known


class YoloSegFormat:
    """The largest parts come first: where later lines lie over earlier ones, things in filled holes come back."""

    def __init__(self, folder: Path, classes: LabelClasses) -> None:
        self._folder = folder
        self._classes = classes

    def held(self, labels: UInt8) -> tuple[UInt8, FormatLoss]:
        require_known(labels, self._classes)
        return held_by_polygons(labels)

    def write(self, item: ExportItem) -> None:
        size = item.labels.shape[::-1]
        lines = []
        for part in parts_of(item.labels).parts:
            # Nine digits: far finer than the half pixel between a corner and a pixel's centre.
            numbers = (f"{value:.9g}" for value in (part.points / size).ravel())
            lines.append(f"{part.label} {' '.join(numbers)}\n")
        path = self._path(item.name)
        make_folder(path.parent)
        write_bytes(path, "".join(lines).encode())

    def finish(self) -> None:
        make_folder(self._folder)
        names = "".join(f"  {number}: {json.dumps(name)}\n" for number, name in enumerate(self._classes.names))
        write_bytes(self._folder / "data.yaml", f"path: .\ntrain: images\nval: images\nnames:\n{names}".encode())

    def names(self) -> list[str]:
        return sorted(path.stem for path in (self._folder / "labels").glob("*.txt"))

    def read(self, name: str, *, shape: tuple[int, int]) -> UInt8:
        path = self._path(name)
        parts = []
        try:
            lines = path.read_text().splitlines()
        except (OSError, ValueError) as error:
            raise DataError(f"cannot be read: {error}", path=path) from error
        for number, line in enumerate(lines, start=1):
            if not line.strip():
                continue
            try:
                label, *values = line.split()
                points = np.array([float(value) for value in values]).reshape(-1, 2) * shape[::-1]
                part = Part(int(label), points)
            except ValueError as error:
                raise DataError(f"line {number} is no class with a polygon: {error}", path=path) from error
            if not 0 <= part.label < len(self._classes.names) or not np.isfinite(points).all():
                raise DataError(f"line {number} has a class or a coordinate out of range", path=path)
            parts.append(part)
        return painted_parts(parts, shape)

    def _path(self, name: str) -> Path:
        return self._folder / "labels" / f"{name}.txt"
