"""The hard-pixel tour: groups of pixels that no stage was sure about, in the order in which looking at them pays."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from engine.cascade.result import IGNORE, Bool, CascadeResult, Float32
from engine.labels.area import Area
from engine.labels.selection import Selection
from engine.rendering.geometry import resize_labels

Int32 = NDArray[np.int32]

_MOST: Final = 3  # classes offered
_LIKELY: Final = 0.1  # a third class is offered where its share is at least this


@dataclass(frozen=True)
class Candidate:
    """A class that a group may be: its id and its mean merged probability over the group, 0..1."""

    label: int
    probability: float


@dataclass(frozen=True, eq=False)
class HardGroup:
    """Hard pixels that hang together.

    Attributes:
        number: id in HardPixels.groups, 1, 2, …
        area: the image's pixels that hold it.
        cells: its size in cells of the grid.
        disagreement: mean over its cells, 0..1, of the share of stage pairs that name different classes.
        doubt: mean over its cells of 1 - highest merged probability, 0..1.
        candidates: two or three likely classes, the likeliest first.
        label: the class that most of its pixels carry in the proposal.
        gain: what looking at it is expected to put right, in cells, weighted by class where weights were given.
        mean: K float32, its mean probabilities.
    """

    number: int
    area: Area
    cells: int
    disagreement: float
    doubt: float
    candidates: tuple[Candidate, ...]
    label: int
    gain: float
    mean: Float32

    @property
    def rank(self) -> tuple[float, float]:
        """The expected gain; among equals, size × disagreement (measured: docs/adr/0040-order-of-the-tour.md)."""
        return self.gain, self.cells * self.disagreement


@dataclass(frozen=True, eq=False)
class HardPixels:
    """All groups of one image.

    Attributes:
        groups: h×w int32 on the grid, the number of each cell's group, 0 elsewhere.
        tour: the groups, the most worthwhile first.
        image_size: height and width of the image.
    """

    groups: Int32
    tour: tuple[HardGroup, ...]
    image_size: tuple[int, int]

    def selection(self, group: HardGroup) -> Selection:
        """The pixels of a group in the image."""
        rows, columns = (
            cell_starts(self.groups.shape[0], self.image_size[0]),
            cell_starts(self.groups.shape[1], self.image_size[1]),
        )
        at_rows = np.searchsorted(rows, np.arange(group.area.top, group.area.bottom), side="right") - 1
        at_columns = np.searchsorted(columns, np.arange(group.area.left, group.area.right), side="right") - 1
        return Selection(group.area, self.groups[np.ix_(at_rows, at_columns)] == group.number)


def hard_groups(
    result: CascadeResult, *, split_by_label: bool = True, at_least: int = 1, weights: Float32 | None = None
) -> HardPixels:
    """The connected groups of hard pixels (corners count as connected), ranked.

    Args:
        result: a complete answer.
        split_by_label: also part neighbours to which the last answer gives different classes. A strip along a border
            then becomes one group on each side, and each can be right as a whole.
        at_least: cells; smaller groups are left out.
        weights: K float32, what a pixel of each class counts, e.g. rarity_weights() of a folder; else all count alike.
    """
    import cv2

    hard = result.hard
    labels = result.probabilities.argmax(axis=0).astype(np.uint8)
    kinds = np.unique(labels[hard]) if split_by_label else np.zeros(1, dtype=np.uint8)
    numbers = np.zeros(result.grid_size, dtype=np.int32)
    disagreement = stage_disagreement(result)
    tour: list[HardGroup] = []
    for kind in kinds:
        mask = hard & (labels == kind) if split_by_label else hard
        count, parts, stats, _ = cv2.connectedComponentsWithStats(mask.astype(np.uint8), connectivity=8)
        for part in range(1, count):
            left, top, width, height, cells = (int(value) for value in stats[part])
            if cells < at_least:
                continue
            window = slice(top, top + height), slice(left, left + width)
            inside = np.asarray(parts[window] == part)
            number = len(tour) + 1
            numbers[window][inside] = number
            probabilities = result.probabilities[(slice(None), *window)][:, inside]
            label = int(np.bincount(labels[window][inside]).argmax())
            mean = probabilities.mean(axis=1)
            tour.append(
                HardGroup(
                    number=number,
                    area=_in_image(Area(top, left, top + height, left + width), result),
                    cells=cells,
                    disagreement=float(disagreement[window][inside].mean()),
                    doubt=float(1.0 - probabilities.max(axis=0).mean()),
                    candidates=_candidates(mean),
                    label=label,
                    gain=expected_gain(mean, label=label, cells=cells, weights=weights),
                    mean=mean,
                )
            )
    tour.sort(key=lambda group: (*(-value for value in group.rank), group.area.top, group.area.left))
    return HardPixels(numbers, tuple(tour), result.image_size)


def expected_gain(
    mean: Float32 | NDArray[np.float64], *, label: int, cells: int, weights: Float32 | None = None
) -> float:
    """What a look at a group puts right: its size × the probability that it is another class than proposed.

    With weights it is the gain in mean IoU, up to a factor: a pixel that moves from one class to another helps both,
    the more the rarer they are.

    Args:
        mean: K float32, mean probabilities of the group.
    """
    others = mean.astype(np.float64)
    others[label] = 0.0
    if weights is not None:
        others *= (weights + weights[label]) / 2.0
    return float(cells * others.sum())


def rarity_weights(pixels: NDArray[np.int64]) -> Float32:
    """K float32 with mean 1, inversely as many as the pixels that each class has in a folder's proposals.

    A class that was hardly proposed counts as one of 1 in 10 000 pixels: how rare it is, is not known.
    """
    share = pixels / max(1, int(pixels.sum()))
    weights = 1.0 / np.maximum(share, 1e-4)
    return np.asarray(weights / weights.mean(), dtype=np.float32)


def stage_disagreement(result: CascadeResult) -> Float32:
    """h×w float32 in 0..1: of the pairs of stages that computed a cell, the share that name different classes."""
    pairs = np.zeros(result.grid_size, dtype=np.float32)
    differing = np.zeros_like(pairs)
    for later, second in enumerate(result.stages):
        for first in result.stages[:later]:
            both = first.computed & second.computed
            pairs += both
            differing += both & (first.labels != second.labels)
    return np.divide(differing, pairs, out=differing, where=pairs > 0)


def hard_mask(result: CascadeResult) -> Bool:
    """H×W bool, the hard pixels at the image's own size: what "paint only undecided pixels" leaves open."""
    return resize_labels(result.hard, result.image_size)


def cell_starts(cells: int, pixels: int) -> NDArray[np.int64]:
    """First pixel of each cell along one side, where pixel x lies in cell floor((x + ½)·cells / pixels)."""
    return -(-(2 * np.arange(cells, dtype=np.int64) * pixels - cells) // (2 * cells))


def _in_image(cells: Area, result: CascadeResult) -> Area:
    (rows, columns), (height, width) = result.grid_size, result.image_size
    vertical = np.append(cell_starts(rows, height), height)
    horizontal = np.append(cell_starts(columns, width), width)
    return Area(
        int(vertical[cells.top]), int(horizontal[cells.left]), int(vertical[cells.bottom]), int(horizontal[cells.right])
    )


def _candidates(mean: Float32) -> tuple[Candidate, ...]:
    """Of K mean probabilities the two likeliest classes, and a third that is not far behind."""
    order = np.argsort(-mean, kind="stable")[:_MOST]
    kept = [
        int(label) for place, label in enumerate(order) if label != IGNORE and (place < 2 or mean[label] >= _LIKELY)
    ]
    return tuple(Candidate(label, float(mean[label])) for label in kept)
