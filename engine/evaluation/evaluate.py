"""Runs a cascade over a labelled data set and scores it, for one ρ or a sweep."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from engine.cascade.layer_cascade import LayerCascade, StageState, merged_probabilities
from engine.cascade.preparation import network_input, resized
from engine.cascade.result import UInt8
from engine.cascade.tiling import working_size
from engine.cascade.upsampling import label_pixels
from engine.data.samples import SegmentationData
from engine.errors import DataError
from engine.evaluation.confusion import ConfusionMatrix, Scores

_log = logging.getLogger(__name__)


@dataclass(frozen=True)
class RhoRow:
    """One ρ over the whole set.

    Attributes:
        scores: of the merged answer.
        shares: fraction of all cells decided by each stage; sums to 1.
        median_ms, p95_ms: an image, from normalised pixels to its label map.
    """

    rho: float
    scores: Scores
    shares: tuple[float, ...]
    median_ms: float
    p95_ms: float


@dataclass(frozen=True)
class Evaluation:
    """What a data set says about a cascade.

    Attributes:
        images: number scored; failed: names of those that could not be read.
        rows: one for each ρ asked for, in that order.
        stages: each stage's own answer on every cell (the dense deeply supervised network), where asked for.
    """

    images: int
    failed: tuple[str, ...]
    rows: tuple[RhoRow, ...]
    stages: tuple[Scores, ...]


@dataclass(frozen=True)
class Preparation:
    """How pixels reach the network.

    Attributes:
        mean, std: normalisation of RGB in 0..1.
        max_side: working size, see tiling.working_size; None = each photo's own size.
    """

    mean: tuple[float, float, float]
    std: tuple[float, float, float]
    device: str = "cpu"
    dtype: torch.dtype = torch.float32
    max_side: int | None = None

    def image(self, rgb: UInt8) -> Tensor:
        """H×W×3 uint8 → 1×3×h×w normalised, channels-last, sides the nearest multiples of 32."""
        working = working_size((rgb.shape[0], rgb.shape[1]), max_side=self.max_side)
        return network_input(resized(rgb, working), mean=self.mean, std=self.std, device=self.device, dtype=self.dtype)


@torch.inference_mode()
def evaluate(
    cascade: LayerCascade,
    data: SegmentationData,
    *,
    rhos: Sequence[float],
    preparation: Preparation,
    dense_stages: bool = False,
    indices: Sequence[int] | None = None,
    on_image: Callable[[int, int], None] | None = None,
) -> Evaluation:
    """Scores a cascade at the labels' own size: probabilities are interpolated, labels never.

    Stage 1 is computed once an image and shared by all values of ρ. An image that cannot be read is named and left out.

    Args:
        cascade: in eval mode.
        dense_stages: also score each stage alone on every cell.
        indices: which images; None = all.
        on_image: called with (done, total).
    """
    chosen = range(len(data)) if indices is None else indices
    merged = [ConfusionMatrix(len(data.class_names)) for _ in rhos]
    alone = [ConfusionMatrix(len(data.class_names)) for _ in range(cascade.stage_count if dense_stages else 0)]
    decided = np.zeros((len(rhos), cascade.stage_count))
    times: list[list[float]] = [[] for _ in rhos]
    failed: list[str] = []
    for done, index in enumerate(chosen, start=1):
        try:
            sample = data.load(index)
        except DataError as error:
            _log.warning("left out of the evaluation: %s", error)
            failed.append(data.name(index))
            continue
        size = (sample.labels.shape[0], sample.labels.shape[1])
        image = preparation.image(sample.rgb)
        began = time.perf_counter()
        start = cascade.start(image)
        first_ms = _milliseconds_since(began)
        for place, rho in enumerate(rhos):
            began = time.perf_counter()
            states, labels = _finish(cascade, start, rho, size)
            times[place].append(first_ms + _milliseconds_since(began))
            merged[place].add(sample.labels, labels)
            decided[place] += _decided_cells(states)
        if dense_stages:
            for matrix, state in zip(alone, _dense_states(cascade, start), strict=True):
                matrix.add(sample.labels, label_pixels(merged_probabilities([state])[0], size)[0])
        if on_image is not None:
            on_image(done, len(chosen))
    rows = [
        RhoRow(rho, matrix.scores(), tuple((cells / max(1.0, cells.sum())).tolist()), *_median_and_p95(spent))
        for rho, matrix, cells, spent in zip(rhos, merged, decided, times, strict=True)
    ]
    return Evaluation(
        images=len(chosen) - len(failed),
        failed=tuple(failed),
        rows=tuple(rows),
        stages=tuple(matrix.scores() for matrix in alone),
    )


def _finish(
    cascade: LayerCascade, start: StageState, rho: float, size: tuple[int, int]
) -> tuple[list[StageState], UInt8]:
    states = [start]
    for _ in range(2, cascade.stage_count + 1):
        states.append(cascade.advance(states[-1], rho))
    return states, label_pixels(merged_probabilities(states)[0], size)[0]


def _dense_states(cascade: LayerCascade, start: StageState) -> list[StageState]:
    """Every stage on every cell."""
    states = [start]
    for _ in range(2, cascade.stage_count + 1):
        states.append(cascade.advance_on(states[-1], torch.ones_like(states[-1].confidence, dtype=torch.bool)))
    return states


def _decided_cells(states: Sequence[StageState]) -> list[int]:
    reached = [len(state.index) for state in states]
    return [here - after for here, after in zip(reached, [*reached[1:], 0], strict=True)]


def _milliseconds_since(began: float) -> float:
    return 1000.0 * (time.perf_counter() - began)


def _median_and_p95(milliseconds: Sequence[float]) -> tuple[float, float]:
    if not milliseconds:
        return float("nan"), float("nan")
    return float(np.median(milliseconds)), float(np.percentile(milliseconds, 95))
