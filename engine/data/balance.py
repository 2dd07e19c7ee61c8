"""How often each image should be drawn so that rare classes are seen often enough."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from engine.cascade.result import IGNORE
from engine.data.samples import SegmentationData
from engine.errors import DataError


def classes_present(data: SegmentationData) -> NDArray[np.bool_]:
    """bool [n, 255]: which classes each image has; none where it cannot be read. Decodes every sample once."""
    present = np.zeros((len(data), IGNORE), dtype=bool)
    for index in range(len(data)):
        try:
            labels = data.load(index).labels
        except DataError:
            continue
        present[index] = np.bincount(labels.ravel(), minlength=256)[:IGNORE] > 0
    return present


def balanced_weights(present: NDArray[np.bool_], *, power: float) -> NDArray[np.float64]:
    """Weight of each image: the greatest (1 / share of images with the class)^power over the classes in it.

    With power 0 all images weigh the same; with 1 classes that share no images come out equally often. After LVIS's
    repeat factors (Gupta et al., CVPR 2019, §5.1), which have power ½ and a threshold. An image without any class
    weighs 1.

    Args:
        present: of classes_present.
        power: 0..1.

    Returns:
        float64 [n], at least 1.
    """
    share = present.mean(axis=0)
    factors = np.where(share > 0, np.maximum(share, 1e-12) ** -power, 1.0)
    weights: NDArray[np.float64] = np.where(present, factors, 1.0).max(axis=1)
    return weights
