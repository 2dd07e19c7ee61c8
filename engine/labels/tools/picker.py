"""The picker: which class a pixel has, and who said so."""

from __future__ import annotations

from dataclasses import dataclass

from engine.cascade.result import UInt8


@dataclass(frozen=True)
class Picked:
    """What a pixel carries: its label (255 = ignore) and its provenance."""

    label: int
    provenance: int


def pick(labels: UInt8, provenance: UInt8, *, row: int, column: int) -> Picked | None:
    """The pixel's label and provenance; None outside the image."""
    height, width = labels.shape
    if not (0 <= row < height and 0 <= column < width):
        return None
    return Picked(int(labels[row, column]), int(provenance[row, column]))
