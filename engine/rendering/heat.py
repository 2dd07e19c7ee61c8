"""Confidence as a heat map."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from engine.cascade.result import UInt8
from engine.rendering.blending import look_up, mix
from engine.rendering.colours import confidence_colours


def confidence_heat(confidence: UInt8 | NDArray[np.floating], *, low: float = 0.0) -> UInt8:
    """Confidence in perceptually uniform colours, H×W×3 uint8: dark = unsure, bright = sure.

    Args:
        confidence: H×W uint8 with 255 for 1, or floating point in 0..1.
        low: the confidence that is darkest; a value above 0 tells apart the many pixels near 1.
    """
    if confidence.dtype == np.uint8:
        levels = np.asarray(confidence, dtype=np.uint8)
    else:
        # On the way to 8 bits a value outside 0..1 would wrap around and show as its opposite.
        levels = np.rint(np.nan_to_num(confidence, nan=0.0).clip(0.0, 1.0) * 255.0).astype(np.uint8)
    if not 0.0 <= low < 1.0:
        raise ValueError(f"the darkest confidence must lie in 0..1, got {low:g}")
    ramp = np.linspace(0.0, 1.0, 256)
    positions = np.rint(((ramp - low) / (1.0 - low)).clip(0.0, 1.0) * 255.0).astype(np.intp)
    return look_up(levels, confidence_colours()[positions])


def confidence_overlay(
    rgb: UInt8, confidence: UInt8 | NDArray[np.floating], *, opacity: float = 0.7, low: float = 0.0
) -> UInt8:
    """The photo with the confidence heat map laid over it; both of one size."""
    return mix(rgb, confidence_heat(confidence, low=low), opacity=opacity)
