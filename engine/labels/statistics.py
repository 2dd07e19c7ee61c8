"""What a label map holds: pixels by class and by who decided them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from engine.cascade.result import UInt8


@dataclass(frozen=True)
class LabelStatistics:
    """Pixel counts: by class id (255 = ignore among them) and by provenance value; both sum to the image."""

    by_class: dict[int, int]
    by_provenance: dict[int, int]


def label_statistics(labels: UInt8, provenance: UInt8) -> LabelStatistics:
    """Count the pixels of one label map, H×W uint8 each."""
    return LabelStatistics(_counts(labels), _counts(provenance))


def _counts(values: UInt8) -> dict[int, int]:
    counts = np.bincount(values.ravel(), minlength=256)
    return {int(value): int(counts[value]) for value in np.flatnonzero(counts)}
