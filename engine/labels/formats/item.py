"""What goes into an export, whatever its format."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from engine.cascade.result import UInt8


@dataclass(frozen=True, eq=False)
class LabelClasses:
    """The classes of the labels: names, index = class id, and K×3 uint8 RGB colours."""

    names: tuple[str, ...]
    palette: UInt8


@dataclass(frozen=True, eq=False)
class ExportItem:
    """One image's labels.

    Attributes:
        name: file name without suffix, unique in the export.
        image: the photo; only its name is written.
        labels, provenance: H×W uint8.
    """

    name: str
    image: Path
    labels: UInt8
    provenance: UInt8


@dataclass(frozen=True)
class FormatLoss:
    """What a format cannot hold of one label map.

    Attributes:
        changed: pixels that a reader will find different.
        holes: holes in the parts, which the format fills.
        one_pixel_parts: parts of a single pixel, written, but dropped by some programs.
    """

    changed: int = 0
    holes: int = 0
    one_pixel_parts: int = 0


class FolderFormat(Protocol):
    """A format bound to a folder and to classes: writes label maps there and reads them again."""

    def held(self, labels: UInt8) -> tuple[UInt8, FormatLoss]:
        """The H×W label map that a reader will get for this one; raises DataError for labels without a place."""

    def write(self, item: ExportItem) -> None:
        """Write one image's labels; raises OutputError."""

    def finish(self) -> None:
        """Write what belongs to all images; raises OutputError."""

    def names(self) -> list[str]:
        """The images that the folder holds labels of; raises DataError."""

    def read(self, name: str, *, shape: tuple[int, int]) -> UInt8:
        """One image's H×W uint8 label map, 255 = undecided.

        Args:
            shape: the photo's height and width.

        Raises:
            DataError: missing, damaged, of another size, or with unknown classes.
        """
