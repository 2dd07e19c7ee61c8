"""From the pixels of a photo to the tensor that a network takes."""

from __future__ import annotations

from collections.abc import Sequence

import cv2
import numpy as np
import torch
from torch import Tensor

from engine.cascade.result import UInt8


def resized(rgb: UInt8, size: tuple[int, int]) -> UInt8:
    """The photo (H×W×3 uint8) at another height and width: averaged when it shrinks, bilinear when it grows."""
    if rgb.shape[:2] == size:
        return rgb
    smaller = size[0] * size[1] < rgb.shape[0] * rgb.shape[1]
    filtering = cv2.INTER_AREA if smaller else cv2.INTER_LINEAR
    return np.asarray(cv2.resize(rgb, (size[1], size[0]), interpolation=filtering), dtype=np.uint8)


def from_corners(rgb: UInt8, stride: int) -> UInt8:
    """The photo moved up and left by half a cell, its last row and column repeated.

    A network whose cell i answers for pixel stride·i, as one that was trained with corners on corners, then answers for
    the pixel in the middle of the cell, where everything else here puts it.
    """
    height, width = rgb.shape[:2]
    rows, columns = (np.minimum(np.arange(side) + stride // 2, side - 1) for side in (height, width))
    return np.ascontiguousarray(rgb[rows][:, columns])


def network_input(
    rgb: UInt8, *, mean: Sequence[float], std: Sequence[float], device: str, dtype: torch.dtype
) -> Tensor:
    """1×3×H×W, normalised, channels-last.

    Args:
        rgb: H×W×3 uint8.
        mean, std: of RGB in 0..1.
    """
    pixels = torch.from_numpy(np.ascontiguousarray(rgb)).to(device).float()
    centre, scale = (torch.tensor(values, device=device) * 255.0 for values in (mean, std))
    return ((pixels - centre) / scale).to(dtype).permute(2, 0, 1).unsqueeze(0)
