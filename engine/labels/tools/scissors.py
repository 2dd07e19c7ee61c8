"""Intelligent scissors: a line that clings to edges.

E. N. Mortensen, W. A. Barrett: Intelligent Scissors for Image Composition, SIGGRAPH 1995, as OpenCV implements it.
"""

from __future__ import annotations

import math
from typing import Final

import numpy as np

from engine.cascade.result import UInt8
from engine.labels.area import Area

REACH: Final = 512
"""Pixels around an anchor within which the line clings; the cost of an anchor does not grow with the photo."""


class Scissors:
    """A live line from an anchor to the pointer.

    Args:
        rgb: H×W×3 uint8.
        reach: pixels around an anchor that are searched.
    """

    def __init__(self, rgb: UInt8, *, reach: int = REACH) -> None:
        self._rgb = rgb
        self._reach = reach
        self._anchor: tuple[float, float] | None = None

    def set_anchor(self, x: float, y: float) -> None:
        """Start a line at a point of the image; costs up to some tenths of a second: not for a window's thread."""
        import cv2

        image = Area.of_image(self._rgb.shape)
        row, column = _pixel(x, y, image)
        self._area = Area(row, column, row + 1, column + 1).grown(self._reach).clipped(image)
        self._tool = cv2.segmentation.IntelligentScissorsMB()
        self._tool.setEdgeFeatureCannyParameters(32, 100)
        self._tool.setGradientMagnitudeMaxLimit(200)
        self._tool.applyImage(np.ascontiguousarray(self._rgb[self._area.slices]))
        self._tool.buildMap((column - self._area.left, row - self._area.top))
        self._anchor = (x, y)

    def line_to(self, x: float, y: float) -> list[tuple[float, float]]:
        """The (x, y) points from the anchor to a point, both included; straight on beyond the reach.

        Raises:
            RuntimeError: there is no anchor yet.
        """
        if self._anchor is None:
            raise RuntimeError("set an anchor first")
        row, column = _pixel(x, y, self._area)
        found = self._tool.getContour((column - self._area.left, row - self._area.top))
        left, top = self._area.left + 0.5, self._area.top + 0.5
        return [self._anchor, *((float(px) + left, float(py) + top) for px, py in found.reshape(-1, 2)[1:-1]), (x, y)]


def _pixel(x: float, y: float, area: Area) -> tuple[int, int]:
    """Row and column of the pixel under a point, the nearest one for a point outside the area."""
    row = min(max(math.floor(y), area.top), area.bottom - 1)
    return row, min(max(math.floor(x), area.left), area.right - 1)
