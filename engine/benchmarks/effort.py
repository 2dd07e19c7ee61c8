"""How far a person's visits to hard pixels carry: a simulated annotator on labelled images.

The annotator knows the truth. A visit goes to one group of hard pixels (engine.labels.hard_pixels) and gives all of it
the class that most of its pixels truly have; where none of its pixels is labelled, it stays as proposed. What differs
between the orders is only which group comes next, over all images together: that of the tour with each image known
alone ("tour"), with the class sizes of all proposals known ("tour_folder"), with these and what was answered before in
the same image ("tour_answers", as in the window once the model has gone through the folder), the least confident first,
or at random.
Beside them stands labelling from scratch: an empty label map, and one visit for each connected region of the truth,
outlined perfectly, the largest first.
"""

from __future__ import annotations

import heapq
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from engine.cancel import CancelToken
from engine.cascade.bundle import CascadeModel
from engine.cascade.result import IGNORE, CascadeResult, Float32, UInt8
from engine.cascade.session import CascadeSession, SessionOptions
from engine.data.samples import LabelledImage, SegmentationData
from engine.evaluation.confusion import mean_of_known, ratio
from engine.evaluation.evaluate import each_image
from engine.labels.answers import learnt
from engine.labels.hard_pixels import HardGroup, expected_gain, hard_groups, rarity_weights

Int64 = NDArray[np.int64]
Float64 = NDArray[np.float64]

ORDERS: Final = ("tour", "tour_folder", "tour_answers", "confidence", "random", "scratch")
REACHED: Final = 0.95
"""Share of the reachable gain that the summary asks for."""
_SHUFFLES: Final = 10
_POINTS: Final = 40  # rows an order, evenly spread


@dataclass(frozen=True, eq=False)
class Visit:
    """What one visit changes in the counts of its image's labelled pixels.

    Attributes:
        touched: pixels that it sets, unlabelled ones included.
        right: K int64, change of the pixels that are right, by class.
        predicted: K int64, change of the labelled pixels that carry the class.
        label, mean: of the group: its proposed class, its mean probabilities (K float32).
        doubt: 1 - mean confidence of the group, 0..1.
        image: its image's number.
        given: the class that it is given.
    """

    touched: int
    right: Int64
    predicted: Int64
    label: int = 0
    mean: Float32 | None = None
    doubt: float = 0.0
    image: int = 0
    given: int = 0

    def gain(self, weights: Float32 | None = None) -> float:
        """What the tour sorts by, in pixels: cells of different images are of different size."""
        return (
            0.0
            if self.mean is None
            else expected_gain(self.mean, label=self.label, cells=self.touched, weights=weights)
        )


@dataclass(frozen=True, eq=False)
class Counts:
    """K int64 each: labelled pixels that are right, that carry the class, and that truly are of it."""

    right: Int64
    predicted: Int64
    truth: Int64


@dataclass(frozen=True, eq=False)
class Curve:
    """mIoU (0..1) and pixels touched after 0, 1, 2, … visits."""

    mean_iou: Float64
    touched: Float64

    def visits_to(self, mean_iou: float) -> int | None:
        """The fewest visits that reach a mIoU; None where none does."""
        there = np.flatnonzero(self.mean_iou >= mean_iou - 1e-12)
        return int(there[0]) if there.size else None


@dataclass(frozen=True, eq=False)
class Effort:
    """A measurement.

    Attributes:
        images: how many are in it.
        curves: by order.
        target: the mIoU, 0..1, at which REACHED of the gain is there that visiting every group brings.
        failed: images that could not be read.
        complete: False where it was stopped on the way.
    """

    images: int
    curves: dict[str, Curve]
    target: float
    failed: tuple[str, ...]
    complete: bool


def measure_effort(
    model: CascadeModel,
    data: SegmentationData,
    *,
    indices: Sequence[int] | None = None,
    rho: float | None = None,
    max_side: int | None = None,
    on_image: Callable[[int, int], None] | None = None,
    cancel: CancelToken | None = None,
) -> Effort:
    """Let the annotator visit every group of the images, in each order.

    Args:
        rho: the model's own where missing.
        max_side: working size, see SessionOptions.
    """
    classes = len(data.class_names)
    proposed, blank = _nothing(classes), _nothing(classes)
    carried = np.zeros(classes, np.int64)  # pixels by class in the proposals, unlabelled ones included
    visits: list[Visit] = []
    regions: list[Visit] = []
    failed: list[str] = []
    scored: list[str] = []
    options = SessionOptions(max_side=max_side)

    def work(sample: LabelledImage) -> None:
        nonlocal proposed, blank, carried
        answer = CascadeSession(model, sample.rgb, options=options).run(model.info.default_rho if rho is None else rho)
        proposed = _sum(proposed, counts_of(answer.label_map, sample.labels, classes))
        carried = carried + np.bincount(answer.label_map.ravel(), minlength=classes)[:classes]
        truth = counts_of(sample.labels, sample.labels, classes).truth
        blank = Counts(blank.right, blank.predicted, blank.truth + truth)
        visits.extend(group_visits(answer, sample.labels, image=len(scored)))
        regions.extend(region_visits(sample.labels, classes))
        scored.append(sample.name)

    complete = each_image(data, work, failed=failed, indices=indices, on_image=on_image, cancel=cancel or CancelToken())
    curves = curves_of(proposed, visits, weights=rarity_weights(carried))
    start, end = curves["tour"].mean_iou[[0, -1]]
    by_size = sorted(regions, key=lambda visit: -visit.touched)
    curves["scratch"] = curve(blank, by_size)
    return Effort(
        images=len(scored),
        curves=curves,
        target=float(start + REACHED * (end - start)),
        failed=tuple(failed),
        complete=complete,
    )


def curves_of(proposed: Counts, visits: Sequence[Visit], *, weights: Float32) -> dict[str, Curve]:
    """The orders of visiting groups; the curve of the random one is the mean of several shuffles.

    Args:
        weights: K float32, of the folder.
    """
    tour = sorted(visits, key=lambda visit: -visit.gain())
    folder = sorted(visits, key=lambda visit: -visit.gain(weights))
    doubt = sorted(visits, key=lambda visit: -visit.doubt)
    dice = np.random.default_rng(0)
    shuffled = [curve(proposed, [visits[at] for at in dice.permutation(len(visits))]) for _ in range(_SHUFFLES)]
    return {
        "tour": curve(proposed, tour),
        "tour_folder": curve(proposed, folder),
        "tour_answers": curve(proposed, learning_order(visits, weights=weights)),
        "confidence": curve(proposed, doubt),
        "random": Curve(
            np.mean([one.mean_iou for one in shuffled], axis=0), np.mean([one.touched for one in shuffled], axis=0)
        ),
    }


def learning_order(visits: Sequence[Visit], *, weights: Float32) -> list[Visit]:
    """The most expected gain first, the expectation following the answers given in each image."""
    alike: dict[tuple[int, int], list[int]] = {}
    for at, visit in enumerate(visits):
        alike.setdefault((visit.image, visit.label), []).append(at)
    answers = {key: np.zeros(len(weights)) for key in alike}
    gains = [visit.gain(weights) for visit in visits]
    heap = [(-gain, at) for at, gain in enumerate(gains)]
    heapq.heapify(heap)
    order, done = [], [False] * len(visits)
    while heap:
        gain, at = heapq.heappop(heap)
        if done[at] or -gain != gains[at]:
            continue
        visit, done[at] = visits[at], True
        order.append(visit)
        key = visit.image, visit.label
        answers[key][visit.given] += 1
        for other in alike[key]:
            one = visits[other]
            if not done[other] and one.mean is not None:
                mean = learnt(one.mean, answers[key])
                gains[other] = expected_gain(mean, label=one.label, cells=one.touched, weights=weights)
                heapq.heappush(heap, (-gains[other], other))
    return order


def curve(start: Counts, visits: Sequence[Visit]) -> Curve:
    """Where the visits lead, one after another."""
    nothing = np.zeros((1, len(start.truth)), np.int64)
    right = start.right + np.cumsum(np.concatenate([nothing, *(v.right[None] for v in visits)]), axis=0)
    predicted = start.predicted + np.cumsum(np.concatenate([nothing, *(v.predicted[None] for v in visits)]), axis=0)
    per_class = ratio(right, start.truth + predicted - right)
    means = np.array([mean_of_known(row) for row in per_class])
    return Curve(means, np.cumsum([0, *(visit.touched for visit in visits)]).astype(np.float64))


def counts_of(labels: UInt8, truth: UInt8, classes: int) -> Counts:
    """One image's counts over the pixels that the truth labels."""
    known = truth != IGNORE
    truth, labels = truth[known], labels[known]
    return Counts(
        right=np.bincount(truth[truth == labels], minlength=classes)[:classes].astype(np.int64),
        predicted=np.bincount(labels, minlength=classes)[:classes].astype(np.int64),
        truth=np.bincount(truth, minlength=classes)[:classes].astype(np.int64),
    )


def group_visits(answer: CascadeResult, truth: UInt8, *, image: int = 0) -> list[Visit]:
    """One visit for each group of hard pixels, in the image's tour order."""
    groups = hard_groups(answer)
    classes = len(answer.class_names)
    visits = []
    for group in groups.tour:
        selection = groups.selection(group)
        true = truth[selection.area.slices][selection.mask]
        before = counts_of(answer.label_map[selection.area.slices][selection.mask], true, classes)
        given = _given(group, true, classes)
        after = counts_of(np.full_like(true, given), true, classes)
        visits.append(
            Visit(
                touched=int(selection.mask.sum()),
                right=after.right - before.right,
                predicted=after.predicted - before.predicted,
                label=group.label,
                mean=group.mean,
                doubt=group.doubt,
                image=image,
                given=given,
            )
        )
    return visits


def region_visits(truth: UInt8, classes: int) -> list[Visit]:
    """One visit for each connected region of the truth, from an empty label map."""
    import cv2

    visits = []
    for label in np.unique(truth[truth != IGNORE]):
        count, _, stats, _ = cv2.connectedComponentsWithStats((truth == label).astype(np.uint8), connectivity=8)
        for part in range(1, count):
            size = int(stats[part, cv2.CC_STAT_AREA])
            change = np.zeros(classes, np.int64)
            change[label] = size
            visits.append(Visit(size, change, change))
    return visits


def effort_rows(effort: Effort) -> list[dict[str, Any]]:
    """Rows for the report: each order at evenly spread numbers of visits."""
    rows = []
    for order, line in effort.curves.items():
        last = len(line.mean_iou) - 1
        for visits in np.unique(np.linspace(0, last, min(_POINTS, last) + 1).round().astype(int)):
            touched, mean_iou = round(float(line.touched[visits])), round(100.0 * float(line.mean_iou[visits]), 4)
            rows.append({"order": order, "visits": int(visits), "touched": touched, "mIoU": mean_iou})
    return rows


def effort_summary(effort: Effort) -> dict[str, Any]:
    """Visits and touched pixels that each order needs for REACHED of the gain; mIoU in percent."""
    visits = {order: line.visits_to(effort.target) for order, line in effort.curves.items()}
    touched = {
        order: None if needed is None else round(float(effort.curves[order].touched[needed]))
        for order, needed in visits.items()
    }
    tour = effort.curves["tour"].mean_iou
    return {
        "visits_for_95_percent": visits,
        "touched_for_95_percent": touched,
        "groups": len(tour) - 1,
        "mIoU_proposed": round(100.0 * float(tour[0]), 4),
        "mIoU_all_visited": round(100.0 * float(tour[-1]), 4),
        "mIoU_at_95_percent": round(100.0 * effort.target, 4),
    }


def _given(group: HardGroup, true: UInt8, classes: int) -> int:
    known = true[true != IGNORE]
    return int(np.bincount(known, minlength=classes).argmax()) if known.size else group.label


def _nothing(classes: int) -> Counts:
    return Counts(*(np.zeros(classes, np.int64) for _ in range(3)))


def _sum(one: Counts, other: Counts) -> Counts:
    return Counts(one.right + other.right, one.predicted + other.predicted, one.truth + other.truth)
