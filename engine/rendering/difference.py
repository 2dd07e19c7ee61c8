"""What the CRF changed."""

from __future__ import annotations

import numpy as np

from engine.cascade.result import UInt8
from engine.rendering.blending import borders, faded, look_up, mix, replace_where
from engine.rendering.colours import CHANGED, class_table
from engine.rendering.overlay import check_same_size


def crf_difference(
    rgb: UInt8, before: UInt8, after: UInt8, palette: UInt8, *, opacity: float = 0.8, outlines: bool = True
) -> UInt8:
    """The photo in dim grey with the pixels whose label changed in the colour of their new class, H×W×3 uint8.

    Args:
        rgb: H×W×3 uint8.
        before: H×W uint8 class ids without the CRF.
        after: H×W uint8 class ids with it.
        outlines: draw a yellow line around changed areas, which also marks pixels that became background (black).
    """
    check_same_size(rgb, before)
    check_same_size(rgb, after)
    changed = before != after
    result = faded(rgb, brightness=0.55)
    replace_where(result, mix(rgb, look_up(after, class_table(palette)), opacity=opacity), changed)
    if outlines:
        edge = borders(changed.view(np.uint8)) & ~changed
        replace_where(result, np.full_like(rgb, CHANGED), edge)
    return result
