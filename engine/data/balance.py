"""How often each image should be drawn so that rare classes are seen often enough."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from engine.cascade.result import IGNORE
from engine.data.samples import SegmentationData
from engine.errors import DataError


def balanced_weights(data: SegmentationData, *, power: float) -> NDArray[np.float64]:
    """Weight of each image: the greatest (1 / share of images with the class)^power over the classes in it.

    With power 0 all images weigh the same; with 1 classes that share no images come out equally often. After LVIS's
    repeat factors (Gupta et al., CVPR 2019, §5.1), which have power ½ and a threshold. An image that cannot be read or
    has no label weighs 1.

    Args:
        data: every sample is decoded once.
        power: 0..1.

    Returns:
        float64 [n], at least 1.
    """
    present = np.zeros((len(data), IGNORE), dtype=bool)
    for index in range(len(data)):
        try:
            labels = data.load(index).labels
        except DataError:
            continue
        present[index] = np.bincount(labels.ravel(), minlength=256)[:IGNORE] > 0
    share = present.mean(axis=0)
    factors = np.where(share > 0, np.maximum(share, 1e-12) ** -power, 1.0)
    weights: NDArray[np.float64] = np.where(present, factors, 1.0).max(axis=1)
    return weights
