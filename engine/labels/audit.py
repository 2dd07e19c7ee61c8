"""Label audit: saved labels that a confident early stage contradicts, as places to look at."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from engine.cascade.result import IGNORE, CascadeResult, UInt8
from engine.errors import DataError
from engine.labels.area import Area
from engine.labels.selection import Selection
from engine.rendering.geometry import resize_labels


@dataclass(frozen=True, eq=False)
class Contradiction:
    """Pixels that hang together, whose saved class a stage contradicts.

    Attributes:
        selection: the pixels.
        saved, suggested: the class in the label map and the stage's.
        pixels: their number.
        confidence: the stage's mean confidence over them, 0..1.
    """

    selection: Selection
    saved: int
    suggested: int
    pixels: int
    confidence: float


def audit_labels(
    labels: UInt8, result: CascadeResult, *, confident: float = 0.95, up_to_stage: int = 1, at_least: int = 64
) -> tuple[Contradiction, ...]:
    """Probable mistakes, the largest first. Ignored pixels are no labels and are not audited.

    Args:
        labels: H×W uint8, the saved label map.
        confident: lowest confidence of the deciding stage.
        up_to_stage: stages whose word is taken.
        at_least: pixels; smaller places are left out, most of them being borders drawn a little differently.

    Raises:
        DataError: the answer belongs to an image of another size.
    """
    import cv2

    if labels.shape != result.label_map.shape:
        raise DataError(f"an answer of {result.label_map.shape} does not fit a label map of {labels.shape}")
    sure = np.zeros(result.grid_size, dtype=np.float32)
    for number, stage in enumerate(result.stages[:up_to_stage], start=1):
        decided = (result.deciding_stage == number) & (stage.confidence >= confident)
        sure[decided] = stage.confidence[decided]
    confidence = resize_labels(sure, result.image_size)
    against = (confidence > 0) & (labels != IGNORE) & (labels != result.label_map) & (result.label_map != IGNORE)
    pairs = np.where(against, labels.astype(np.int32) * 256 + result.label_map, -1)
    found: list[Contradiction] = []
    for pair in np.unique(pairs[against]):
        mask = (pairs == pair).astype(np.uint8)
        count, parts, stats, _ = cv2.connectedComponentsWithStats(mask, connectivity=8)
        for part in range(1, count):
            left, top, width, height, pixels = (int(value) for value in stats[part])
            if pixels < at_least:
                continue
            area = Area(top, left, top + height, left + width)
            inside = np.asarray(parts[area.slices] == part)
            found.append(
                Contradiction(
                    selection=Selection(area, inside),
                    saved=int(pair) // 256,
                    suggested=int(pair) % 256,
                    pixels=pixels,
                    confidence=float(confidence[area.slices][inside].mean()),
                )
            )
    return tuple(sorted(found, key=lambda place: (-place.pixels, place.selection.area.top, place.selection.area.left)))
