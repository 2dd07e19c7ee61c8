"""The colours that stand for stages, confidence, hard pixels and changes. Class colours come with the model."""

from __future__ import annotations

from functools import cache
from typing import Final

import numpy as np

from engine.cascade.result import IGNORE, UInt8

Colour = tuple[int, int, int]

# Light = decided early and cheaply, dark = deep. Lightness falls steadily: the order reads without colour vision, too.
_STAGE_ANCHORS: Final = ((255, 236, 179), (247, 167, 84), (222, 73, 74), (141, 26, 101), (59, 15, 82))

HARD: Final[Colour] = (255, 45, 120)
"""Pixels that reached the last stage."""

CHANGED: Final[Colour] = (255, 196, 0)
"""Pixels whose label the CRF changed."""

PENDING: Final[Colour] = (128, 128, 132)
"""Pixels whose deciding stage is not known yet."""


def stage_colours(count: int) -> UInt8:
    """count×3 uint8 RGB, stage 1 first: from light (easy) to dark (hard), safe for colour-blind eyes."""
    if count < 1:
        raise ValueError(f"a cascade has at least one stage, got {count}")
    anchors = np.array(_STAGE_ANCHORS, dtype=np.float64)
    # The last anchor is nearly black and only needed to tell more than four stages apart.
    last = min(len(anchors) - 1, max(count - 1, 2)) if count > 2 else 2
    positions = np.linspace(0.0, float(last), count)
    channels = [np.interp(positions, np.arange(len(anchors)), anchors[:, c]) for c in range(3)]
    return np.rint(np.stack(channels, axis=1)).astype(np.uint8)


@cache
def confidence_colours() -> UInt8:
    """256×3 uint8 RGB, perceptually uniform (viridis): dark = unsure, bright = sure."""
    import cv2

    ramp = np.arange(256, dtype=np.uint8)[:, None]
    colours = np.asarray(cv2.applyColorMap(ramp, cv2.COLORMAP_VIRIDIS), dtype=np.uint8)[:, 0, ::-1].copy()
    colours.flags.writeable = False
    return colours


def class_table(palette: UInt8) -> UInt8:
    """K×3 class colours as a 256×3 table; ids beyond the palette and 255 = ignore are black and never painted."""
    table = np.zeros((256, 3), dtype=np.uint8)
    known = min(len(palette), IGNORE)
    table[:known] = palette[:known]
    return table


def painted_classes(palette: UInt8) -> UInt8:
    """256 uint8, 255 for ids that an overlay paints and 0 for those that it leaves bare.

    Bare are ignored pixels and classes coloured black, which is how palettes mark the background.
    """
    painted = np.where(class_table(palette).max(axis=1) > 0, np.uint8(255), np.uint8(0))
    painted[IGNORE] = 0
    return painted
