"""What a label map holds: pixels by class and by who decided them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np

from engine.cascade.result import UInt8

_EXACT: Final = 2**24


@dataclass(frozen=True)
class LabelStatistics:
    """Pixel counts: by class id (255 = ignore among them) and by provenance value; both sum to the image."""

    by_class: dict[int, int]
    by_provenance: dict[int, int]


def label_statistics(labels: UInt8, provenance: UInt8) -> LabelStatistics:
    """Count the pixels of one label map, H×W uint8 each."""
    return LabelStatistics(_counts(labels), _counts(provenance))


def _counts(values: UInt8) -> dict[int, int]:
    import cv2

    # OpenCV counts without copying and without holding Python's lock, but in float32: exact in blocks of this size.
    rows = max(1, _EXACT // max(1, values.shape[1]))
    counts = np.zeros(256, dtype=np.int64)
    for top in range(0, values.shape[0], rows):
        block = np.ascontiguousarray(values[top : top + rows])
        counts += cv2.calcHist([block], [0], None, [256], [0, 256]).reshape(-1).astype(np.int64)
    return {int(value): int(counts[value]) for value in np.flatnonzero(counts)}
