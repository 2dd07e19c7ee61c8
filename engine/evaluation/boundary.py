"""Boundary IoU: IoU of the bands along the contours alone, where large objects do not drown the errors at their edge.

Source: Cheng, Girshick, Dollár, Berg, Kirillov, "Boundary IoU: Improving Object-Centric Image Segmentation Evaluation",
CVPR 2021, arXiv 2103.16562. For a class with masks G and P it is
|(G_d ∩ G) ∩ (P_d ∩ P)| / |(G_d ∩ G) ∪ (P_d ∩ P)|, with
G_d the pixels within d of the contour of G and d = 2 % of the image's diagonal. As in the authors' code the pixels of
G_d ∩ G are those that d erosions by a 3×3 square remove, and the edge of the image is a contour too.
"""

from __future__ import annotations

import math
from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from engine.cascade.result import IGNORE, Bool, UInt8
from engine.evaluation.confusion import mean_of_known, ratio

DILATION_RATIO: Final = 0.02
"""d as a share of the image's diagonal; the paper's value."""

# Stands for what lies outside the image: no class and not void.
_OUTSIDE: Final = 254


class BoundaryCounts:
    """Counts the pixels of the bands of each class over a data set; counts of its parts merge to those of the whole.

    Attributes:
        shared: K int64, pixels that lie in both bands of a class.
        either: K int64, pixels that lie in one or both.
    """

    def __init__(self, class_count: int) -> None:
        if class_count > _OUTSIDE:
            raise ValueError(f"at most {_OUTSIDE} classes, got {class_count}")
        self.shared: NDArray[np.int64] = np.zeros(class_count, dtype=np.int64)
        self.either: NDArray[np.int64] = np.zeros(class_count, dtype=np.int64)

    def add(self, truth: UInt8, prediction: UInt8) -> None:
        """Counts one image. Void (255) is void in both, so what is predicted there neither counts nor moves a contour.

        Args:
            truth: H×W uint8, 0..K-1 and 255.
            prediction: H×W uint8, 0..K-1 wherever the truth is not void.

        Raises:
            ValueError: the shapes differ.
        """
        if truth.shape != prediction.shape:
            raise ValueError(f"truth is {truth.shape}, prediction {prediction.shape}")
        valid = truth != IGNORE
        seen = np.where(valid, prediction, np.uint8(IGNORE))
        distance = band_width((truth.shape[0], truth.shape[1]))
        in_truth, in_seen = (inner_boundary(labels, distance) & valid for labels in (truth, seen))
        classes = len(self.shared)
        shared = np.bincount(truth[in_truth & in_seen & (truth == seen)], minlength=classes)
        both = np.bincount(truth[in_truth], minlength=classes) + np.bincount(seen[in_seen], minlength=classes)
        self.shared += shared
        self.either += both - shared

    def merge(self, other: BoundaryCounts) -> None:
        """Adds another part's counts; ValueError where the classes differ."""
        if len(other.shared) != len(self.shared):
            raise ValueError(f"counts of {len(self.shared)} and {len(other.shared)} classes do not merge")
        self.shared += other.shared
        self.either += other.either

    def per_class(self) -> NDArray[np.float64]:
        """K boundary IoU values 0..1; NaN for a class absent from truth and prediction, 0 for one only predicted."""
        return ratio(self.shared.astype(np.float64), self.either.astype(np.float64))

    def mean(self) -> float:
        """Mean over the classes, NaN left out."""
        return mean_of_known(self.per_class())


def band_width(size: tuple[int, int], *, dilation_ratio: float = DILATION_RATIO) -> int:
    """d in pixels for an image of this height and width, at least 1."""
    return max(1, round(dilation_ratio * math.hypot(*size)))


def inner_boundary(labels: UInt8, distance: int) -> Bool:
    """H×W bool: pixels with another label, or the outside of the image, within `distance` (rows or columns, whichever
    is more).

    The bands of all classes at once: a pixel survives the erosions of its class's mask exactly where the square around
    it holds one label, so where the least and the greatest label in it agree.
    """
    framed = cv2.copyMakeBorder(labels, 1, 1, 1, 1, cv2.BORDER_CONSTANT, value=_OUTSIDE)
    square = np.ones((2 * distance + 1, 2 * distance + 1), dtype=np.uint8)
    least, greatest = cv2.erode(framed, square), cv2.dilate(framed, square)
    return np.asarray((least != greatest)[1:-1, 1:-1])
