"""What an evaluation counts.

Tallies of parts of a data set merge to the tally of the whole, so the scores do not depend on how the images were
shared out between batches, processes or machines, nor on their order.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from engine.cascade.result import UInt8
from engine.evaluation.boundary import BoundaryCounts
from engine.evaluation.confusion import ConfusionMatrix, Scores
from engine.evaluation.views import Answer, ImageAnswers


@dataclass(frozen=True)
class RhoRow:
    """One ρ over the whole set.

    Attributes:
        scores: of the merged answer.
        shares: fraction of all cells decided by each stage; sums to 1.
        median_ms, p95_ms: an image, from its pixels at working size to its label map, a CRF included.
        stage_ms: median milliseconds of each stage for an image.
        boundary_iou: mean boundary IoU, a fraction; NaN where it was not asked for.
        boundary_per_class: K boundary IoU values; empty where it was not asked for.
    """

    rho: float
    scores: Scores
    shares: tuple[float, ...]
    median_ms: float
    p95_ms: float
    stage_ms: tuple[float, ...] = ()
    boundary_iou: float = float("nan")
    boundary_per_class: tuple[float, ...] = ()


@dataclass(frozen=True)
class Evaluation:
    """What a data set says about a cascade.

    Attributes:
        images: number scored; failed: names of those that could not be read.
        rows: one for each ρ asked for, in that order.
        stages: each stage's own answer on every cell (the dense deeply supervised network), where asked for.
        complete: False where the evaluation was cancelled: the rows then speak of `images` alone.
    """

    images: int
    failed: tuple[str, ...]
    rows: tuple[RhoRow, ...]
    stages: tuple[Scores, ...]
    complete: bool = True


@dataclass
class RhoTally:
    """The counts of one ρ.

    Attributes:
        decided: n int64, cells decided by each stage.
        total_ms: one value an image; stage_ms: n values an image.
    """

    confusion: ConfusionMatrix
    boundary: BoundaryCounts | None
    decided: NDArray[np.int64]
    total_ms: list[float] = field(default_factory=list)
    stage_ms: list[tuple[float, ...]] = field(default_factory=list)

    def add(self, truth: UInt8, answer: Answer) -> None:
        self.confusion.add(truth, answer.label_map)
        if self.boundary is not None:
            self.boundary.add(truth, answer.label_map)
        self.decided += answer.decided
        self.total_ms.append(answer.total_ms)
        self.stage_ms.append(answer.stage_ms)

    def merge(self, other: RhoTally) -> None:
        self.confusion.merge(other.confusion)
        if self.boundary is not None and other.boundary is not None:
            self.boundary.merge(other.boundary)
        self.decided += other.decided
        self.total_ms += other.total_ms
        self.stage_ms += other.stage_ms

    def row(self, rho: float) -> RhoRow:
        shares = self.decided / max(1, int(self.decided.sum()))
        median, p95 = _median_and_p95(self.total_ms)
        boundary = self.boundary
        return RhoRow(
            rho=rho,
            scores=self.confusion.scores(),
            shares=tuple(shares.tolist()),
            median_ms=median,
            p95_ms=p95,
            stage_ms=tuple(_median_and_p95([times[i] for times in self.stage_ms])[0] for i in range(len(shares))),
            boundary_iou=float("nan") if boundary is None else boundary.mean(),
            boundary_per_class=() if boundary is None else tuple(boundary.per_class().tolist()),
        )


class Tally:
    """The counts of an evaluation so far.

    Args:
        rhos: the values of ρ, one RhoTally each.
        class_count: K.
        stage_count: n.
        boundary: also count for boundary IoU.
        dense_stages: also count each stage alone.
    """

    def __init__(
        self,
        rhos: Sequence[float],
        *,
        class_count: int,
        stage_count: int,
        boundary: bool = False,
        dense_stages: bool = False,
    ) -> None:
        self.rhos = tuple(rhos)
        self.rows = [
            RhoTally(
                ConfusionMatrix(class_count),
                BoundaryCounts(class_count) if boundary else None,
                np.zeros(stage_count, dtype=np.int64),
            )
            for _ in self.rhos
        ]
        self.stages = [ConfusionMatrix(class_count) for _ in range(stage_count if dense_stages else 0)]
        self.images = 0
        self.failed: list[str] = []

    def add(self, truth: UInt8, answers: ImageAnswers) -> None:
        """Counts one image; truth is H×W uint8, 255 = void."""
        for row, answer in zip(self.rows, answers.at_rho, strict=True):
            row.add(truth, answer)
        for matrix, alone in zip(self.stages, answers.stages, strict=True):
            matrix.add(truth, alone.label_map)
        self.images += 1

    def merge(self, other: Tally) -> None:
        """Adds the tally of other images; ValueError where it counts something else."""
        if other.rhos != self.rhos or len(other.stages) != len(self.stages):
            raise ValueError("these tallies do not count the same")
        for mine, theirs in zip(self.rows, other.rows, strict=True):
            mine.merge(theirs)
        for matrix, part in zip(self.stages, other.stages, strict=True):
            matrix.merge(part)
        self.images += other.images
        self.failed += other.failed

    def evaluation(self, *, complete: bool = True) -> Evaluation:
        return Evaluation(
            images=self.images,
            failed=tuple(self.failed),
            rows=tuple(row.row(rho) for rho, row in zip(self.rhos, self.rows, strict=True)),
            stages=tuple(matrix.scores() for matrix in self.stages),
            complete=complete,
        )


def merged(parts: Sequence[Tally]) -> Tally:
    """The tally of all parts together, at least one.

    Counts are whole numbers and add up exactly, so the scores equal those of one process that saw every image.
    """
    first, *others = parts
    for other in others:
        first.merge(other)
    return first


def _median_and_p95(milliseconds: Sequence[float]) -> tuple[float, float]:
    if not milliseconds:
        return float("nan"), float("nan")
    return float(np.median(milliseconds)), float(np.percentile(milliseconds, 95))
