"""Mixing pictures pixel by pixel, in place and in bands, so that a 40-megapixel photo needs little beside itself."""

from __future__ import annotations

import numpy as np

from engine.cascade.result import Bool, UInt8
from engine.rendering.colours import Colour


def look_up(indices: UInt8, table: UInt8) -> UInt8:
    """table[indices] for an H×W uint8 map and a 256-entry table of one or three columns, several times faster."""
    import cv2

    if table.ndim == 1:
        return np.asarray(cv2.LUT(indices, table), dtype=np.uint8)
    return np.asarray(cv2.LUT(cv2.merge([indices] * table.shape[1]), table[:, None, :]), dtype=np.uint8)


def mix(below: UInt8, above: UInt8, *, opacity: float) -> UInt8:
    """(1 - opacity)·below + opacity·above, both H×W×3."""
    import cv2

    return np.asarray(cv2.addWeighted(below, 1.0 - opacity, above, opacity, 0.0), dtype=np.uint8)


def tint(rgb: UInt8, colour: Colour, *, opacity: float) -> UInt8:
    """The picture with one colour laid over it."""
    share = np.arange(256, dtype=np.float64) * (1.0 - opacity)
    table = np.rint(share[:, None] + np.array(colour) * opacity).astype(np.uint8)
    return _per_channel(rgb, table)


def faded(rgb: UInt8, *, brightness: float) -> UInt8:
    """The picture in grey, darkened: ground on which colours of data stand out."""
    import cv2

    grey = np.asarray(cv2.cvtColor(rgb, cv2.COLOR_RGB2GRAY), dtype=np.uint8)
    ramp = np.rint(np.arange(256) * brightness).astype(np.uint8)
    return look_up(grey, np.repeat(ramp[:, None], 3, axis=1))


def replace_where(target: UInt8, source: UInt8, mask: Bool | UInt8) -> None:
    """target[mask] = source[mask], in place; the mask is H×W bool, or uint8 with 0 for no."""
    import cv2

    cv2.copyTo(source, mask.view(np.uint8), target)


def borders(labels: UInt8) -> Bool:
    """H×W bool: pixels whose right or lower neighbour carries another label, and those neighbours."""
    edge = np.zeros(labels.shape, dtype=bool)
    across = labels[:, 1:] != labels[:, :-1]
    down = labels[1:] != labels[:-1]
    edge[:, 1:] |= across
    edge[:, :-1] |= across
    edge[1:] |= down
    edge[:-1] |= down
    return edge


def _per_channel(rgb: UInt8, table: UInt8) -> UInt8:
    import cv2

    return np.asarray(cv2.LUT(rgb, np.ascontiguousarray(table)[:, None, :]), dtype=np.uint8)
