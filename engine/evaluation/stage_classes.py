"""Which classes reach which stage (layer-cascade paper, Fig. 5).

The label ratio of a class at a stage is its share of the pixels that reach the stage over its share of all pixels: 1
where the earlier stages changed nothing, above 1 where the class is left over for this one.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from matplotlib.figure import Figure
from numpy.typing import NDArray

from engine.cascade.result import IGNORE, UInt8
from engine.evaluation import published
from engine.evaluation.figures import PUBLISHED, STAGE_COLOURS, grouped_bars, legend, panels, stacked_bars
from engine.evaluation.markdown import percent, shown, table


@dataclass(frozen=True)
class StageClasses:
    """Attributes:
    rho: the threshold.
    class_names: K.
    class_shares: K, share of all valid pixels.
    label_ratios: K rows of n - 1, at stages 2..n; None for a class, or at a stage, without pixels.
    decided: K rows of n, share of the class decided by each stage; None for a class without pixels.
    """

    rho: float
    class_names: tuple[str, ...]
    class_shares: tuple[float, ...]
    label_ratios: tuple[tuple[float | None, ...], ...]
    decided: tuple[tuple[float, ...] | None, ...]

    @property
    def stage_count(self) -> int:
        return len(self.label_ratios[0]) + 1


class StageClassCounts:
    """Counts pixels over a data set: `counts` is K×n int64, true class by deciding stage."""

    def __init__(self, class_count: int, stage_count: int) -> None:
        self.counts: NDArray[np.int64] = np.zeros((class_count, stage_count), dtype=np.int64)

    def add(self, truth: UInt8, deciding: UInt8) -> None:
        """Counts one image.

        Args:
            truth: H×W uint8, 255 = void.
            deciding: h×w uint8 1..n on the grid; each pixel takes the cell that it lies in.
        """
        rows, columns = (
            np.arange(side) * cells // side for side, cells in zip(truth.shape, deciding.shape, strict=True)
        )
        valid = truth != IGNORE
        stage = deciding[rows][:, columns][valid].astype(np.int64) - 1
        classes, stages = self.counts.shape
        found = np.bincount(truth[valid].astype(np.int64) * stages + stage, minlength=classes * stages)
        self.counts += found.reshape(classes, stages)

    def summary(self, class_names: Sequence[str], *, rho: float) -> StageClasses:
        total = int(self.counts.sum())
        of_class = self.counts.sum(axis=1)
        reaching = np.flip(np.flip(self.counts, axis=1).cumsum(axis=1), axis=1)
        ratios = []
        for name in range(len(self.counts)):
            row: list[float | None] = []
            for stage in range(1, self.counts.shape[1]):
                here = int(reaching[:, stage].sum())
                known = here and of_class[name]
                row.append(float(reaching[name, stage] / here * total / of_class[name]) if known else None)
            ratios.append(tuple(row))
        return StageClasses(
            rho=rho,
            class_names=tuple(class_names),
            class_shares=tuple((of_class / max(1, total)).tolist()),
            label_ratios=tuple(ratios),
            decided=tuple(
                tuple((row / whole).tolist()) if whole else None
                for row, whole in zip(self.counts, of_class.tolist(), strict=True)
            ),
        )


def from_json(data: Mapping[str, Any]) -> StageClasses:
    """The inverse of dataclasses.asdict, after a journey through JSON."""
    return StageClasses(
        rho=data["rho"],
        class_names=tuple(data["class_names"]),
        class_shares=tuple(data["class_shares"]),
        label_ratios=tuple(tuple(row) for row in data["label_ratios"]),
        decided=tuple(None if row is None else tuple(row) for row in data["decided"]),
    )


def tables(result: StageClasses, *, compare: bool = False) -> str:
    """Markdown; with `compare` the published values stand beside, named as such."""
    stages = range(1, result.stage_count + 1)
    header = ["class", "share of pixels %", *(f"ratio at stage {n}" for n in stages[1:])]
    header += [f"decided in stage {n} %" for n in stages]
    if compare:
        header += [f"{PUBLISHED} ratio at stages 2, 3", f"{PUBLISHED} decided in 1 / 2 / 3 %"]
    rows = []
    for name, share, ratios, decided in zip(
        result.class_names, result.class_shares, result.label_ratios, result.decided, strict=True
    ):
        row = [name, percent(share), *(shown(r, 2) for r in ratios)]
        row += [percent(d) for d in decided or (None,) * len(stages)]
        if compare:
            theirs, theirs_decided = published.FIGURE_5A.get(name), published.FIGURE_5B.get(name)
            row.append("–" if theirs is None else ", ".join(f"{value:.2f}" for value in theirs))
            row.append("–" if theirs_decided is None else " / ".join(f"{value:g}" for value in theirs_decided))
        rows.append(row)
    return f"At ρ = {result.rho:g}:\n\n" + table(header, rows)


def figure(result: StageClasses, *, compare: bool = False) -> Figure:
    """Left the label ratios, right the share of each class that each stage decides."""
    drawn, (left, right) = panels(2)
    present = [place for place, decided in enumerate(result.decided) if decided is not None]
    names = [result.class_names[place] for place in present]
    series: list[tuple[str, list[float]]] = []
    for stage in range(2, result.stage_count + 1):
        series.append((f"stage {stage}", [result.label_ratios[place][stage - 2] or 0.0 for place in present]))
    if compare and result.stage_count == 3 and any(name in published.FIGURE_5A for name in names):
        for stage in (2, 3):
            values = [published.FIGURE_5A.get(name, (0.0, 0.0))[stage - 2] for name in names]
            series.append((f"{PUBLISHED} stage {stage}", values))
    grouped_bars(left, names, series, colours=STAGE_COLOURS[1:])
    left.axhline(1.0, color="#444444", linewidth=0.8)
    left.set_ylabel("share in the stage / share of all pixels")
    left.set_title(f"Label ratio at each stage, ρ = {result.rho:g}")
    legend(left)
    decided = [[100 * share for share in result.decided[place] or ()] for place in present]
    stacks = [(f"stage {n + 1}", [row[n] for row in decided]) for n in range(result.stage_count)]
    stacked_bars(right, names, stacks, colours=STAGE_COLOURS)
    right.set_ylabel("% of the class's pixels")
    right.set_title("Who decides")
    legend(right)
    return drawn
