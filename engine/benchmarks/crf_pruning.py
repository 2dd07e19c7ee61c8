"""What leaving improbable classes out of the CRF changes, on a labelled data set: pixels, mIoU and time."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from statistics import median

import numpy as np

from engine.cancel import CancelToken
from engine.cascade.bundle import CascadeModel
from engine.cascade.result import IGNORE
from engine.cascade.session import CascadeSession, SessionOptions
from engine.data.samples import SegmentationData
from engine.errors import DataError
from engine.evaluation.confusion import ConfusionMatrix
from engine.refine.backends import CrfBackend
from engine.refine.dense_crf import CrfAnswer, CrfJob, run_job
from engine.refine.parameters import CrfParameters


@dataclass(frozen=True)
class Pruning:
    """Both ways on the same answers, whole photos.

    Attributes:
        images: how many count; failed: names of those that could not be read; complete: False where it was stopped.
        classes: of the model; kept: how many of them were computed, on average.
        pixels: of all photos; changed: of them, those that have another label with every class.
        mean_iou_pruned, mean_iou_all, mean_iou_without: percent; the last one without a CRF.
        pruned_ms, all_ms: medians of an image.
    """

    images: int
    failed: tuple[str, ...]
    complete: bool
    classes: int
    kept: float
    pixels: int
    changed: int
    mean_iou_pruned: float
    mean_iou_all: float
    mean_iou_without: float
    pruned_ms: float
    all_ms: float


class _Silent:
    def progress(self, fraction: float) -> None: ...

    def check(self) -> None: ...


def measure_pruning(
    model: CascadeModel,
    data: SegmentationData,
    *,
    indices: Sequence[int],
    rho: float,
    parameters: CrfParameters,
    backend: CrfBackend,
    max_side: int | None = None,
    on_image: Callable[[int, int], None] | None = None,
    cancel: CancelToken | None = None,
) -> Pruning:
    """Refines every photo with the improbable classes left out and with all of them.

    Args:
        max_side: working size of the network; None = the model's own.
        on_image: called with (done, total).
        cancel: ends it after the images done.

    Raises:
        DataError: no image could be read.
    """
    classes = len(data.class_names)
    scores = {name: ConfusionMatrix(classes) for name in ("pruned", "all", "without")}
    times: dict[str, list[float]] = {"pruned": [], "all": []}
    kept, failed, pixels, changed = [], [], 0, 0
    for done, index in enumerate(indices, start=1):
        if cancel is not None and cancel.cancelled:
            break
        try:
            sample = data.load(index)
        except DataError:
            failed.append(data.name(index))
            continue
        result = CascadeSession(model, sample.rgb, options=SessionOptions(max_side=max_side)).run(rho)
        size = (sample.labels.shape[0], sample.labels.shape[1])
        free = np.full(size, IGNORE, dtype=np.uint8)
        job = CrfJob(sample.rgb, result.probabilities, free, size, parameters, backend)
        answers: dict[str, CrfAnswer] = {}
        # Turns change, so that what the first one warms up serves both equally often.
        for name in ("pruned", "all") if done % 2 else ("all", "pruned"):
            answers[name] = run_job(replace(job, prune=name == "pruned"), _Silent())
            times[name].append(answers[name].milliseconds)
            scores[name].add(sample.labels, answers[name].label_map)
        scores["without"].add(sample.labels, result.label_map)
        kept.append(answers["pruned"].classes)
        pixels += sample.labels.size
        changed += int((answers["pruned"].label_map != answers["all"].label_map).sum())
        if on_image is not None:
            on_image(done, len(indices))
    if not kept:
        raise DataError("no image could be read")
    mean_iou = {name: 100.0 * matrix.scores().mean_iou for name, matrix in scores.items()}
    return Pruning(
        images=len(kept),
        failed=tuple(failed),
        complete=len(kept) + len(failed) == len(indices),
        classes=classes,
        kept=float(np.mean(kept)),
        pixels=pixels,
        changed=changed,
        mean_iou_pruned=mean_iou["pruned"],
        mean_iou_all=mean_iou["all"],
        mean_iou_without=mean_iou["without"],
        pruned_ms=median(times["pruned"]),
        all_ms=median(times["all"]),
    )
