"""PSPNet's test protocol: overlapping windows, each with its mirror image (pspnet reference §6, hszhao/semseg).

Pure functions of a network's full-size scores and one normalised image, so any network can be tested this way.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import torch
from torch import Tensor
from torch.nn import functional as F

from engine.cancel import CancelToken
from engine.cascade.network import StagedNetwork

Scores = Callable[[Tensor], Tensor]
"""Scores N×K×c×c of normalised windows N×3×c×c."""


@dataclass(frozen=True)
class SlidingWindow:
    """How an image is cut.

    Attributes:
        crop: side of a window in pixels; for PSPNet 8n+1: 473 on VOC, 713 on Cityscapes.
        base_side: the long side at scale 1: 512 on VOC, 2048 on Cityscapes.
        scales: of which the probabilities are averaged.
        overlap: share of a window that its neighbour covers too.
        mirror: also each window's mirror image.
    """

    crop: int = 473
    base_side: int = 512
    scales: Sequence[float] = (1.0,)
    overlap: float = 1 / 3
    mirror: bool = True

    @property
    def step(self) -> int:
        """Pixels between windows: 316 for 473."""
        return math.ceil(self.crop * (1 - self.overlap))


def image_probabilities(
    scores_of: Scores, image: Tensor, window: SlidingWindow, *, cancel: CancelToken | None = None
) -> Tensor:
    """The whole protocol: K×H×W probabilities of an image 3×H×W, averaged over the scales.

    Args:
        image: normalised, so that zero is the mean of the training images; what lies outside reads as that.
        cancel: checked between windows.
    """
    height, width = image.shape[1:]
    total: Tensor | None = None
    for scale in window.scales:
        size = scaled_size((height, width), round(scale * window.base_side))
        resized = F.interpolate(image[None], size, mode="bilinear", align_corners=False)[0]
        found = window_probabilities(scores_of, resized, window, cancel=cancel)
        found = F.interpolate(found[None], (height, width), mode="bilinear", align_corners=False)[0]
        total = found if total is None else total + found
    assert total is not None, "at least one scale"
    return total / len(window.scales)


def window_probabilities(
    scores_of: Scores, image: Tensor, window: SlidingWindow, *, cancel: CancelToken | None = None
) -> Tensor:
    """K×H×W probabilities of an image 3×H×W at its own size: the mean of all windows that see a pixel."""
    height, width = image.shape[1:]
    down, right = max(0, window.crop - height), max(0, window.crop - width)
    top, left = down // 2, right // 2
    padded = F.pad(image, (left, right - left, top, down - top))
    total: Tensor | None = None
    seen = padded.new_zeros(padded.shape[1:])
    for y in window_starts(padded.shape[1], window.crop, window.step):
        for x in window_starts(padded.shape[2], window.crop, window.step):
            if cancel is not None:
                cancel.check()
            place = (slice(y, y + window.crop), slice(x, x + window.crop))
            found = mirrored_probabilities(scores_of, padded[:, place[0], place[1]], mirror=window.mirror)
            if total is None:
                total = found.new_zeros(found.shape[0], *padded.shape[1:])
            total[:, place[0], place[1]] += found
            seen[place] += 1
    assert total is not None
    return (total / seen)[:, top : top + height, left : left + width]


def mirrored_probabilities(scores_of: Scores, image: Tensor, *, mirror: bool = True) -> Tensor:
    """K×h×w probabilities of one window 3×h×w: the mean of its own and of its mirror image's."""
    views = torch.stack([image, image.flip(2)]) if mirror else image[None]
    probabilities = torch.softmax(scores_of(views).float(), dim=1)
    return (probabilities[0] + probabilities[1].flip(2)) / 2 if mirror else probabilities[0]


def window_starts(side: int, crop: int, step: int) -> list[int]:
    """Where windows begin along a side of at least `crop` pixels; the last one is moved back to end at the border."""
    count = math.ceil((side - crop) / step) + 1
    return [min(number * step, side - crop) for number in range(count)]


def scaled_size(size: tuple[int, int], long_side: int) -> tuple[int, int]:
    """Height and width with the long side at `long_side`, the other in proportion, rounded."""
    height, width = size
    if height >= width:
        return long_side, max(1, round(long_side / height * width))
    return max(1, round(long_side / width * height)), long_side


def full_size_scores(network: StagedNetwork) -> Scores:
    """The last stage's scores of a network for every pixel, resized corner on corner as PSPNet's authors do."""

    def scores_of(images: Tensor) -> Tensor:
        scores = network.all_scores(images)[-1]
        return F.interpolate(scores, images.shape[2:], mode="bilinear", align_corners=True)

    return scores_of
