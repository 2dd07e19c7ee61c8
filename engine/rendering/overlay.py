"""Label maps as colours: over a photo, or as a layer of its own."""

from __future__ import annotations

import numpy as np

from engine.cascade.result import UInt8
from engine.rendering.blending import borders, look_up, mix, replace_where
from engine.rendering.colours import class_table, painted_classes


def overlay(rgb: UInt8, labels: UInt8, palette: UInt8, *, opacity: float = 0.6, outlines: bool = False) -> UInt8:
    """The photo with class colours laid over it.

    Args:
        rgb: H×W×3 uint8.
        labels: H×W uint8 class ids; pixels of black classes (the background) and of 255 = ignore stay bare.
        palette: K×3 uint8 RGB.
        opacity: 0 = photo alone, 1 = colours alone.
        outlines: draw a line in the full class colour along the borders of regions.

    Returns:
        H×W×3 uint8.
    """
    check_same_size(rgb, labels)
    colours = look_up(labels, class_table(palette))
    painted = look_up(labels, painted_classes(palette))
    result = rgb.copy()
    replace_where(result, mix(rgb, colours, opacity=opacity), painted)
    if outlines:
        replace_where(result, colours, borders(labels) & (painted > 0))
    return result


def label_layer(labels: UInt8, palette: UInt8, *, outlines: bool = False) -> UInt8:
    """Class colours as an H×W×4 RGBA layer, opaque where painted, to be laid over a photo at any opacity.

    With `outlines` only the borders of the regions are opaque.
    """
    painted = look_up(labels, painted_classes(palette))
    if outlines:
        painted[~borders(labels)] = 0
    return rgba(look_up(labels, class_table(palette)), painted)


def coloured_labels(labels: UInt8, palette: UInt8) -> UInt8:
    """The label map in class colours, H×W×3; 255 = ignore in a light grey."""
    table = class_table(palette)
    table[255] = (224, 224, 224)
    return look_up(labels, table)


def rgba(colours: UInt8, alpha: UInt8) -> UInt8:
    """H×W×3 colours and H×W alpha as one H×W×4 array."""
    import cv2

    return np.asarray(cv2.merge([*cv2.split(colours), alpha]), dtype=np.uint8)


def check_same_size(rgb: UInt8, labels: UInt8) -> None:
    """Raises ValueError where a map does not belong to a photo."""
    if rgb.shape[:2] != labels.shape[:2]:
        raise ValueError(f"a map of {labels.shape[:2]} does not fit a photo of {rgb.shape[:2]}")
