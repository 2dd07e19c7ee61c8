"""Kernels of the CRF by search on validation images: coarse to fine, by mean IoU, on answers computed once.

DeepLab's way (dense-crf reference §2): position weight and deviation stay fixed, the other three are searched.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import asdict, dataclass
from multiprocessing import get_context
from pathlib import Path
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from engine.cancel import CancelToken
from engine.cascade.result import IGNORE, Bool, Float32, UInt8
from engine.data.atomic_file import write_atomically
from engine.errors import DataError
from engine.evaluation.confusion import ConfusionMatrix
from engine.jobs.pool_worker import end_with_parent
from engine.refine.backends import CrfBackend
from engine.refine.dense_crf import CrfJob, run_job
from engine.refine.parameters import CrfParameters
from engine.refine.resampling import nearest_mask

Key = tuple[float, float, float]
"""bilateral weight, xy and rgb."""


@dataclass(frozen=True)
class SearchSpace:
    """Values of the first round; the second tries half a step to either side of the best.

    The defaults are those of DeepLab v2.
    """

    weights: tuple[float, ...] = (3, 4, 5, 6)
    xy: tuple[float, ...] = (30, 40, 50, 60, 70, 80, 90, 100)
    rgb: tuple[float, ...] = (3, 4, 5, 6)
    position_weight: float = 3.0
    position_xy: float = 3.0
    iterations: int = 10

    def keys(self) -> list[Key]:
        return list(itertools.product(self.weights, self.xy, self.rgb))

    def around(self, best: Key) -> list[Key]:
        """Points half a step from the best one, without it."""
        sides = (self.weights, self.xy, self.rgb)
        values = [_halves(at, side) for at, side in zip(best, sides, strict=True)]
        weights, xy, rgb = values
        return [key for key in itertools.product(weights, xy, rgb) if key != best]

    def parameters(self, key: Key) -> CrfParameters:
        return CrfParameters(
            bilateral_weight=key[0],
            bilateral_xy=key[1],
            bilateral_rgb=key[2],
            position_weight=self.position_weight,
            position_xy=self.position_xy,
            iterations=self.iterations,
        )


@dataclass(frozen=True)
class CachedAnswer:
    """What a model said of one image, kept so that the search computes no network.

    Attributes:
        rgb: H×W×3 uint8; labels: H×W uint8, the truth.
        probabilities: K×h×w float16 on the grid.
        label_map: H×W uint8; hard: h×w bool, as in CascadeResult.
    """

    rgb: UInt8
    labels: UInt8
    probabilities: NDArray[np.float16]
    label_map: UInt8
    hard: Bool


@dataclass(frozen=True)
class Trial:
    """One point of the search and its score, percent."""

    key: Key
    mean_iou: float

    def as_json(self) -> dict[str, float]:
        weight, xy, rgb = self.key
        return {"bilateral_weight": weight, "bilateral_xy": xy, "bilateral_rgb": rgb, "mIoU": round(self.mean_iou, 4)}


@dataclass(frozen=True)
class SearchResult:
    """Attributes: without: percent mIoU before any CRF; trials: every point tried, in order; best: the highest."""

    without: float
    trials: tuple[Trial, ...]
    best: Trial


def search(
    answers: Sequence[Path],
    *,
    classes: int,
    space: SearchSpace,
    mode: Literal["full", "hard"] = "full",
    backend: CrfBackend = "pydensecrf",
    rounds: int = 2,
    processes: int = 1,
    on_trial: Callable[[int, int, Trial], None] | None = None,
    cancel: CancelToken | None = None,
) -> SearchResult:
    """Tries the points of a space, then those around the best.

    Args:
        answers: files written by save_answer.
        processes: images are shared out to so many.
        on_trial: told (done, total of the round, the trial).
        cancel: checked between points; raises Cancelled.
    """
    loaded = (load_answer(path) for path in answers)
    without = _scored(_confusion(answer.label_map, answer.labels, classes) for answer in loaded)
    trials: list[Trial] = []
    with ProcessPoolExecutor(processes, mp_context=get_context("spawn"), initializer=end_with_parent) as pool:
        for number in range(rounds):
            keys = space.keys() if number == 0 else space.around(_best(trials).key)
            for done, key in enumerate(keys, start=1):
                if cancel is not None:
                    cancel.check()
                work = [(path, space.parameters(key), mode, backend, classes) for path in answers]
                trials.append(Trial(key, _scored(pool.map(_refined_counts, work))))
                if on_trial is not None:
                    on_trial(done, len(keys), trials[-1])
    return SearchResult(without, tuple(trials), _best(trials))


def _best(trials: Sequence[Trial]) -> Trial:
    """The first of the highest."""
    return max(trials, key=lambda trial: trial.mean_iou)


def _scored(counts: Iterable[NDArray[np.int64]]) -> float:
    total: NDArray[np.int64] | None = None
    for part in counts:
        total = part if total is None else total + part
    if total is None:
        raise DataError("no image to search on")
    matrix = ConfusionMatrix(len(total))
    matrix.counts += total
    return 100.0 * matrix.scores().mean_iou


def _confusion(prediction: UInt8, truth: UInt8, classes: int) -> NDArray[np.int64]:
    matrix = ConfusionMatrix(classes)
    matrix.add(truth, prediction)
    return matrix.counts


def _refined_counts(work: tuple[Path, CrfParameters, str, CrfBackend, int]) -> NDArray[np.int64]:
    path, parameters, mode, backend, classes = work
    answer = load_answer(path)
    labels = refined_labels(answer, parameters, mode=mode, backend=backend)
    return _confusion(labels, answer.labels, classes)


def refined_labels(answer: CachedAnswer, parameters: CrfParameters, *, mode: str, backend: CrfBackend) -> UInt8:
    """H×W uint8, as the program's own refinement gives it."""
    size = (answer.label_map.shape[0], answer.label_map.shape[1])
    hard = nearest_mask(answer.hard, size)
    given = np.full(size, IGNORE, dtype=np.uint8)
    if mode == "hard":
        given = np.where(hard, given, answer.label_map)
    probabilities: Float32 = answer.probabilities.astype(np.float32)
    job = CrfJob(answer.rgb, probabilities, given, size, parameters, backend)
    return run_job(job, _Silent()).label_map


class _Silent:
    def progress(self, fraction: float) -> None: ...

    def check(self) -> None: ...


def save_answer(path: Path, answer: CachedAnswer) -> None:
    """One .npz of plain arrays; raises OutputError."""
    write_atomically(path, lambda file: np.savez_compressed(file, **vars(answer)))


def load_answer(path: Path) -> CachedAnswer:
    """Raises DataError where the file is not one of save_answer's."""
    try:
        with np.load(path, allow_pickle=False) as arrays:
            return CachedAnswer(**{name: arrays[name] for name in CachedAnswer.__dataclass_fields__})
    except (OSError, ValueError, KeyError) as error:
        raise DataError(f"not a cached answer: {error}", path=path, cure="delete the cache folder") from error


def _halves(at: float, side: Sequence[float]) -> tuple[float, ...]:
    """The value and its neighbours at half the step of a list, above 0."""
    step = min((b - a for a, b in itertools.pairwise(sorted(side))), default=0.0) / 2
    return (at,) if step == 0 else tuple(v for v in (at - step, at, at + step) if v > 0)


def as_json(result: SearchResult, space: SearchSpace) -> dict[str, Any]:
    best = asdict(space.parameters(result.best.key))
    return {
        "without": round(result.without, 4),
        "best": {**best, "mIoU": round(result.best.mean_iou, 4)},
        "trials": [trial.as_json() for trial in result.trials],
    }
