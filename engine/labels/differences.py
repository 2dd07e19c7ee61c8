"""Where a proposal differs from the label map, part by part, so that each can be accepted or rejected."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from engine.cascade.result import IGNORE, UInt8
from engine.errors import DataError
from engine.labels.area import Area
from engine.labels.provenance import HUMAN
from engine.labels.selection import Selection


@dataclass(frozen=True, eq=False)
class Difference:
    """Pixels that hang together, have one class now and would have one other.

    Attributes:
        selection: the pixels.
        before: their class in the label map, 255 where they are undecided.
        after: their class in the proposal.
        pixels: their number.
    """

    selection: Selection
    before: int
    after: int
    pixels: int


def differences(
    labels: UInt8, provenance: UInt8, proposed: UInt8, *, within: Area | None = None, at_least: int = 1
) -> tuple[Difference, ...]:
    """The parts that a proposal would change, the largest first. Human pixels never differ, nor does an ignored one.

    Args:
        labels, provenance: H×W uint8 of the document.
        proposed: H×W uint8, 255 = no proposal.
        within: the only part of the image that is looked at.
        at_least: pixels; smaller parts are left out.

    Raises:
        DataError: the proposal belongs to an image of another size.
    """
    import cv2

    if not labels.shape == provenance.shape == proposed.shape:
        raise DataError(f"a proposal of {proposed.shape} does not fit a label map of {labels.shape}")
    area = Area.of_image(labels.shape) if within is None else within.clipped(Area.of_image(labels.shape))
    if area.empty:
        return ()
    now, then = labels[area.slices], proposed[area.slices]
    differs = (now != then) & (then != IGNORE) & (provenance[area.slices] != HUMAN)
    pairs = np.where(differs, now.astype(np.int32) * 256 + then, -1)
    found: list[Difference] = []
    for pair in np.unique(pairs[differs]):
        count, parts, stats, _ = cv2.connectedComponentsWithStats((pairs == pair).astype(np.uint8), connectivity=8)
        for part in range(1, count):
            left, top, width, height, pixels = (int(value) for value in stats[part])
            if pixels < at_least:
                continue
            box = Area(top, left, top + height, left + width)
            place = Area(area.top + top, area.left + left, area.top + box.bottom, area.left + box.right)
            selection = Selection(place, np.asarray(parts[box.slices] == part))
            found.append(Difference(selection, int(pair) // 256, int(pair) % 256, pixels))
    return tuple(sorted(found, key=lambda one: (-one.pixels, one.selection.area.top, one.selection.area.left)))
