"""Segmentation metrics from one confusion matrix over a whole data set (reference datasets-and-metrics.md §4)."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from engine.cascade.result import IGNORE


@dataclass(frozen=True)
class Scores:
    """Metrics as fractions 0..1.

    Attributes:
        per_class: K IoU values; NaN for a class absent from both truth and prediction, 0 for one only predicted.
        mean_iou, mean_accuracy: means over classes, NaN left out.
        pixel_accuracy: share of labelled pixels that are right; NaN without any.
        frequency_weighted_iou: IoU of each class that the truth holds, weighed with its share of the labelled pixels.
    """

    per_class: NDArray[np.float64]
    mean_iou: float
    pixel_accuracy: float
    mean_accuracy: float
    frequency_weighted_iou: float = math.nan


class ConfusionMatrix:
    """Counts pixels; rows are the truth, columns the prediction, both int64 K×K.

    Counts add up: matrices of parts of a data set, whoever made them, merge to that of the whole, whatever the parts.
    """

    def __init__(self, class_count: int) -> None:
        self.class_count = class_count
        self.counts: NDArray[np.int64] = np.zeros((class_count, class_count), dtype=np.int64)

    def add(self, truth: NDArray[np.integer], prediction: NDArray[np.integer]) -> None:
        """Counts one image's pixels; void (255) in the truth is left out. Shapes are equal.

        Raises:
            ValueError: shapes differ, or a value lies outside 0..K-1.
        """
        if truth.shape != prediction.shape:
            raise ValueError(f"truth is {truth.shape}, prediction {prediction.shape}")
        valid = truth != IGNORE
        rows = truth[valid].astype(np.int64)
        columns = prediction[valid].astype(np.int64)
        if rows.size == 0:
            return
        if max(rows.max(), columns.max()) >= self.class_count or min(rows.min(), columns.min()) < 0:
            raise ValueError(f"class ids outside 0..{self.class_count - 1}")
        flat = np.bincount(rows * self.class_count + columns, minlength=self.class_count**2)
        self.counts += flat.reshape(self.class_count, self.class_count)

    def merge(self, other: ConfusionMatrix) -> None:
        """Adds another part's counts; ValueError where the classes differ."""
        if other.class_count != self.class_count:
            raise ValueError(f"matrices of {self.class_count} and {other.class_count} classes do not merge")
        self.counts += other.counts

    def scores(self) -> Scores:
        """A class absent from truth and prediction is left out of the means, one only predicted counts as 0 for IoU:
        the rule of cityscapesScripts, for every data set.
        """
        right = np.diag(self.counts).astype(np.float64)
        truth = self.counts.sum(axis=1).astype(np.float64)
        predicted = self.counts.sum(axis=0).astype(np.float64)
        per_class = ratio(right, truth + predicted - right)
        known = truth > 0
        return Scores(
            per_class=per_class,
            mean_iou=mean_of_known(per_class),
            pixel_accuracy=float(ratio(right.sum(), truth.sum())),
            mean_accuracy=mean_of_known(ratio(right, truth)),
            frequency_weighted_iou=float(ratio((truth * per_class)[known].sum(), truth.sum())),
        )


def ratio(part: NDArray[np.float64] | float, whole: NDArray[np.float64] | float) -> NDArray[np.float64]:
    """part / whole, NaN where whole is 0."""
    part, whole = np.asarray(part, dtype=np.float64), np.asarray(whole, dtype=np.float64)
    ratio: NDArray[np.float64] = np.divide(part, whole, out=np.full(whole.shape, np.nan), where=whole > 0)
    return ratio


def mean_of_known(values: NDArray[np.float64]) -> float:
    """The mean without NaN; NaN where nothing else is there."""
    known = values[~np.isnan(values)]
    return float(known.mean()) if known.size else float("nan")
