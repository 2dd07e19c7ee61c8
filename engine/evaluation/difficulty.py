"""Easy, moderate and hard pixels, and how many of each lie on a boundary (layer-cascade paper, Fig. 1).

Easy: right with a confidence above 0.95. Hard: wrong with a confidence above 0.95. Moderate: the rest. Confidences are
those of the dense last stage at the labels' own size; void pixels belong to no set. A pixel lies on a boundary where
another label, or void, is at most d pixels away (rows or columns, whichever is more). The paper does not say how wide
its band is: d is chosen so that about 15 % of all pixels lie on a boundary, what its figures imply, and other widths
stand beside it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import cv2
import numpy as np
from matplotlib.figure import Figure
from numpy.typing import NDArray

from engine.cascade.result import IGNORE, Float32, UInt8
from engine.evaluation import published
from engine.evaluation.figures import OWN_COLOURS, PUBLISHED, STAGE_COLOURS, grouped_bars, legend, panels, stacked_bars
from engine.evaluation.markdown import percent, shown, table

SETS: Final = ("easy", "moderate", "hard")
THRESHOLD: Final = 0.95
BOUNDARY_SHARE: Final = 0.15
WIDTHS: Final = (3, 5, 10)
_FARTHEST: Final = 64


@dataclass(frozen=True)
class BoundaryRow:
    """Attributes:
    width: d in pixels.
    of_all: share of all valid pixels that lie on a boundary.
    of_sets: share of the easy, moderate and hard ones; None for a set without pixels.
    """

    width: int
    of_all: float | None
    of_sets: tuple[float | None, float | None, float | None]


@dataclass(frozen=True)
class Difficulty:
    """Attributes:
    class_names: K.
    class_shares: K, share of all valid pixels.
    sets: K rows of three, how a class's pixels are shared out between the sets; None for a class without pixels.
    all_sets: how all valid pixels are shared out.
    chosen_width: the d at which nearest to 15 % of the pixels lie on a boundary.
    boundaries: that d first, then the fixed ones.
    """

    class_names: tuple[str, ...]
    class_shares: tuple[float, ...]
    sets: tuple[tuple[float, float, float] | None, ...]
    all_sets: tuple[float, float, float] | None
    chosen_width: int
    boundaries: tuple[BoundaryRow, ...]


class DifficultyCounts:
    """Counts pixels over a data set.

    Attributes:
        by_class: K×3 int64, pixels of each true class in each set.
        by_distance: 3×(farthest + 2) int64, pixels of each set by their distance to another label; the last column
            holds all that are farther.
    """

    def __init__(self, class_count: int) -> None:
        self.by_class: NDArray[np.int64] = np.zeros((class_count, len(SETS)), dtype=np.int64)
        self.by_distance: NDArray[np.int64] = np.zeros((len(SETS), _FARTHEST + 2), dtype=np.int64)

    def add(self, truth: UInt8, labels: UInt8, confidence: Float32) -> None:
        """Counts one image: H×W truth (255 = void), predicted labels, and their confidence 0..1."""
        valid = truth != IGNORE
        sets = difficulty_sets(truth, labels, confidence)[valid]
        classes, kinds = self.by_class.shape
        self.by_class += np.bincount(truth[valid].astype(np.int64) * kinds + sets, minlength=classes * kinds).reshape(
            classes, kinds
        )
        distance = np.minimum(distance_to_other_label(truth)[valid], _FARTHEST + 1).astype(np.int64)
        columns = self.by_distance.shape[1]
        self.by_distance += np.bincount(sets * columns + distance, minlength=kinds * columns).reshape(kinds, columns)

    def summary(self, class_names: Sequence[str]) -> Difficulty:
        total = int(self.by_class.sum())
        per_set = self.by_class.sum(axis=0)
        within = self.by_distance.cumsum(axis=1)
        shares = within.sum(axis=0)[1 : _FARTHEST + 1] / max(1, total)
        chosen = 1 + int(np.abs(shares - BOUNDARY_SHARE).argmin())
        rows = []
        for width in (chosen, *(w for w in WIDTHS if w != chosen)):
            easy, moderate, hard = (_part(within[s, width], per_set[s]) for s in range(len(SETS)))
            rows.append(BoundaryRow(width, _part(within[:, width].sum(), total), (easy, moderate, hard)))
        return Difficulty(
            class_names=tuple(class_names),
            class_shares=tuple((self.by_class.sum(axis=1) / max(1, total)).tolist()),
            sets=tuple(_parts(row) for row in self.by_class),
            all_sets=_parts(per_set),
            chosen_width=chosen,
            boundaries=tuple(rows),
        )


def difficulty_sets(truth: UInt8, labels: UInt8, confidence: Float32) -> NDArray[np.int64]:
    """H×W: 0 easy, 1 moderate, 2 hard. Void pixels have a value too, which means nothing."""
    sure = confidence > np.float32(THRESHOLD)
    return np.where(sure, np.where(truth == labels, 0, 2), 1).astype(np.int64)


def distance_to_other_label(labels: UInt8) -> Float32:
    """H×W float32: pixels to the nearest one with another value, void included, in rows or columns, whichever is more.

    1 beside it; very large where there is no other value.
    """
    distance = np.full(labels.shape, np.float32(1e6))
    values = np.unique(labels)
    if len(values) == 1:
        return distance
    for value in values.tolist():
        mask = labels == value
        distance[mask] = cv2.distanceTransform(mask.astype(np.uint8), cv2.DIST_C, 3)[mask]
    return distance


def from_json(data: Mapping[str, Any]) -> Difficulty:
    """The inverse of dataclasses.asdict, after a journey through JSON."""
    return Difficulty(
        class_names=tuple(data["class_names"]),
        class_shares=tuple(data["class_shares"]),
        sets=tuple(None if row is None else _three(row) for row in data["sets"]),
        all_sets=None if data["all_sets"] is None else _three(data["all_sets"]),
        chosen_width=data["chosen_width"],
        boundaries=tuple(BoundaryRow(r["width"], r["of_all"], _three(r["of_sets"])) for r in data["boundaries"]),
    )


def tables(result: Difficulty, *, compare: bool = False) -> str:
    """Markdown; with `compare` the published values stand beside, named as such."""
    header = ["class", "share of pixels %", "easy %", "moderate %", "hard %"]
    rows = []
    for name, share, sets in zip(result.class_names, result.class_shares, result.sets, strict=True):
        rows.append([name, percent(share), *(percent(s) for s in sets or (None,) * 3), *_published_sets(name, compare)])
    rows.append(
        ["**all**", "100.0", *(percent(s) for s in result.all_sets or (None,) * 3), *(["–"] if compare else [])]
    )
    text = table(header + ([f"{PUBLISHED} easy / moderate / hard %"] if compare else []), rows)
    header = ["boundary width d", "of all pixels %", "of easy %", "of moderate %", "of hard %"]
    widths = [[f"{row.width} px", percent(row.of_all), *(percent(s) for s in row.of_sets)] for row in result.boundaries]
    if compare:
        widths.append([f"*{PUBLISHED}, width unknown*", "–", *(shown(published.FIGURE_1B[name]) for name in SETS)])
    return text + "\nShare of the pixels that lie on a boundary:\n\n" + table(header, widths)


def figure(result: Difficulty, *, compare: bool = False) -> Figure:
    """Left the sets by class, right the share of each set that lies on a boundary."""
    drawn, (left, right) = panels(2)
    present = [(n, s) for n, s in zip(result.class_names, result.sets, strict=True) if s is not None]
    series = [(name, [100 * s[place] for _, s in present]) for place, name in enumerate(SETS)]
    stacked_bars(left, [name for name, _ in present], series, colours=STAGE_COLOURS)
    left.set_ylabel("% of the class's pixels")
    left.set_title("Easy, moderate and hard pixels")
    legend(left)
    chosen = result.boundaries[0]
    bars = [(f"own, d = {chosen.width}", [100 * (s or 0.0) for s in chosen.of_sets])]
    if compare:
        bars.append((published.LEGEND, [published.FIGURE_1B[name] for name in SETS]))
    grouped_bars(right, SETS, bars, colours=OWN_COLOURS)
    right.set_ylabel("% on a boundary")
    right.set_title("Where they lie")
    legend(right)
    return drawn


def _published_sets(name: str, compare: bool) -> list[str]:
    if not compare:
        return []
    values = published.FIGURE_1A.get(name)
    return ["–" if values is None else " / ".join(f"{value:g}" for value in values)]


def _parts(counts: NDArray[np.int64]) -> tuple[float, float, float] | None:
    total = int(counts.sum())
    return _three((counts / total).tolist()) if total else None


def _part(part: np.int64, whole: np.int64 | int) -> float | None:
    return float(part / whole) if whole else None


def _three(values: Sequence[Any]) -> tuple[Any, Any, Any]:
    first, second, third = values
    return first, second, third
