"""From probabilities on the grid to a label for every pixel of the photo (reference D4: ×8 bilinear,
align_corners=False).
"""

from __future__ import annotations

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional as F

from engine.cancel import CancelToken
from engine.cascade.result import UInt8

# Pixels of a strip: enough that its own cost does not show, few enough that its classes are few and memory stays small.
_STRIP_PIXELS = 1 << 20


def label_pixels(
    probabilities: Tensor, size: tuple[int, int], *, cancel: CancelToken | None = None
) -> tuple[UInt8, UInt8]:
    """Interpolates probabilities to `size` and takes the best class of each pixel.

    Works in strips of rows, so memory does not grow with the photo. In each strip only classes that can win there are
    interpolated, which changes nothing: a class below another at every cell of a strip is below it everywhere between.

    Args:
        probabilities: h×w×K float32, each cell summing to 1.
        size: height and width of the photo.
        cancel: checked between strips.

    Returns:
        Label map H×W uint8 and confidence H×W uint8 (0..255 for 0..1).
    """
    planes = probabilities.permute(2, 0, 1).contiguous()
    height, width = size
    labels = np.empty(size, dtype=np.uint8)
    confidence = np.empty(size, dtype=np.uint8)
    above, below, weight = _line_weights(planes.shape[1], height, device=planes.device)
    rows_per_strip = max(1, _STRIP_PIXELS // width)
    for top in range(0, height, rows_per_strip):
        if cancel is not None:
            cancel.check()
        rows = slice(top, min(height, top + rows_per_strip))
        classes = _possible(planes[:, int(above[rows.start]) : int(below[rows.stop - 1]) + 1])
        cells = planes[classes]
        lines = torch.lerp(cells[:, above[rows]], cells[:, below[rows]], weight[rows, None])
        pixels = F.interpolate(lines, width, mode="linear", align_corners=False)
        best, winner = pixels.max(dim=0)
        labels[rows] = classes.to(torch.uint8)[winner].cpu().numpy()
        confidence[rows] = (best * 255.0 + 0.5).to(torch.uint8).cpu().numpy()
    return labels, confidence


def _possible(cells: Tensor) -> Tensor:
    """Classes (int64, ascending) of K×h×w cells that the leading class, the highest on average, does not always
    exceed.
    """
    flat = cells.flatten(1)
    leader = flat[flat.mean(dim=1).argmax()]
    return torch.nonzero((flat >= leader).any(dim=1)).squeeze(1)


def _line_weights(cells: int, pixels: int, *, device: torch.device) -> tuple[Tensor, Tensor, Tensor]:
    """For each output line the grid lines above and below it and the weight of the lower one."""
    position = (torch.arange(pixels, device=device, dtype=torch.float32) + 0.5) * (cells / pixels) - 0.5
    position = position.clamp(0, cells - 1)
    above = position.floor().to(torch.int64)
    return above, (above + 1).clamp(max=cells - 1), position - above
