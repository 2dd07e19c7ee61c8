"""The CRF as the rest of the program uses it: hand in a request, hear about progress, get a result.

pydensecrf holds Python's global lock while it works, so it runs in a process of its own. See docs/adr/0001.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

import numpy as np

from engine.cascade.result import IGNORE, Bool, Float32, UInt8
from engine.errors import RefinementError
from engine.jobs.worker_process import Task, WorkerProcess
from engine.refine.backends import CrfBackend, CrfBackendChoice, chosen_backend, crf_missing
from engine.refine.dense_crf import CrfAnswer, CrfJob, run_job
from engine.refine.parameters import CrfParameters
from engine.refine.resampling import nearest_mask

CrfMode = Literal["full", "hard"]
CrfTask = Task["CrfResult"]

# pixels × classes that are refined at once; pydensecrf keeps about 45 bytes for each, so this is a gigabyte.
_LARGEST = 22_000_000


@dataclass(frozen=True, kw_only=True)
class CrfRequest:
    """One image to refine.

    Attributes:
        rgb: H×W×3 uint8, the photo at its own size.
        probabilities: K×h×w float32 on the grid, each cell summing to 1.
        label_map: H×W uint8, the labels to start from.
        hard: h×w bool, cells that reached the last stage.
        mode: "full": the CRF decides every pixel. "hard": it decides the pixels of hard cells; the others keep their
            label, and that label is certain evidence for their neighbours.
        parameters: see engine.refine.PRESETS.
        backend: see backends.chosen_backend.
    """

    rgb: UInt8
    probabilities: Float32
    label_map: UInt8
    hard: Bool
    mode: CrfMode
    parameters: CrfParameters
    backend: CrfBackendChoice = "auto"


@dataclass(frozen=True, kw_only=True)
class CrfResult:
    """A refined label map.

    Attributes:
        label_map: H×W uint8.
        changed: H×W bool, where it differs from the request's.
        milliseconds: spent in the worker process.
        backend: who computed it.
        working_size: (height, width) at which the CRF ran; smaller than the photo where that is very large.
        note: what the person should know about it, one sentence or nothing.
    """

    label_map: UInt8
    changed: Bool
    milliseconds: float
    working_size: tuple[int, int]
    backend: CrfBackend = "pydensecrf"
    note: str = ""


class CrfWorker:
    """Refines images one after another in one process, which starts with the first request."""

    def __init__(self) -> None:
        self._process: WorkerProcess[CrfJob, CrfAnswer] = WorkerProcess(run_job, name="CRF", failure=RefinementError)

    @property
    def process_id(self) -> int | None:
        return self._process.process_id

    def submit(
        self,
        request: CrfRequest,
        *,
        on_progress: Callable[[float], None] | None = None,
        on_done: Callable[[CrfResult | Exception], None] | None = None,
    ) -> CrfTask:
        """Queues a request and returns at once.

        Args:
            request: not to be changed until it is done.
            on_progress: given fractions 0..1 that never fall, from another thread.
            on_done: given the result, Cancelled or a RefinementError, once, from another thread.

        Returns:
            The task, to cancel or to wait for.
        """
        return self._process.submit(
            lambda: prepared(request),
            finish=lambda answer: _composed(request, answer),
            on_progress=on_progress,
            on_done=on_done,
        )

    def close(self) -> None:
        """Cancels what is under way and ends the process; returns within about two seconds. Safe to repeat."""
        self._process.close()


def working_size(size: tuple[int, int], *, classes: int) -> tuple[int, int]:
    """The photo's own size where memory allows, else the largest of the same shape that stays within a gigabyte.

    The kernels' pixels are those of the working size: they were tuned on photos of 500 pixels, to which it is nearer.
    """
    height, width = size
    scale = math.sqrt(_LARGEST / (height * width * classes))
    if scale >= 1.0:
        return size
    # A very long strip has one side that cannot shrink below 1.
    narrow = max(1, math.floor(min(size) * scale))
    long = min(max(size), max(1, math.floor(max(size) * scale)), _LARGEST // (classes * narrow))
    return (long, narrow) if height >= width else (narrow, long)


def prepared(request: CrfRequest) -> CrfJob:
    """What the worker process needs of a request, at the working size.

    Raises:
        RefinementError: the backend is missing, or the parts of the request do not fit together.
    """
    if (missing := crf_missing(request.backend)) is not None:
        raise RefinementError(missing)
    _check(request)
    size = request.label_map.shape
    height, width = working_size((size[0], size[1]), classes=len(request.probabilities))
    rgb, labels = request.rgb, request.label_map
    if (height, width) != size:
        import cv2

        rgb = np.asarray(cv2.resize(rgb, (width, height), interpolation=cv2.INTER_AREA), dtype=np.uint8)
        labels = labels[np.arange(height) * size[0] // height][:, np.arange(width) * size[1] // width]
    if request.mode == "hard":
        given = np.where(nearest_mask(request.hard, (height, width)), np.uint8(IGNORE), labels)
    else:
        given = np.full((height, width), IGNORE, dtype=np.uint8)
    backend = chosen_backend(request.backend, free_share=float((given == IGNORE).mean()))
    return CrfJob(rgb, request.probabilities, given, (size[0], size[1]), request.parameters, backend)


def _check(request: CrfRequest) -> None:
    height, width = request.label_map.shape
    if request.rgb.shape != (height, width, 3) or request.rgb.dtype != np.uint8:
        raise RefinementError(f"the photo must be {height}×{width}×3 uint8 like its label map, got {request.rgb.shape}")
    if request.probabilities.ndim != 3 or request.probabilities.dtype != np.float32:
        raise RefinementError(f"probabilities must be K×h×w float32, got {request.probabilities.shape}")
    if request.hard.shape != request.probabilities.shape[1:]:
        raise RefinementError(
            f"hard cells {request.hard.shape} do not lie on the grid {request.probabilities.shape[1:]}"
        )
    if not np.isfinite(request.probabilities).all():
        raise RefinementError("the probabilities hold values that are not numbers")


def _composed(request: CrfRequest, answer: CrfAnswer) -> CrfResult:
    label_map = answer.label_map
    height, width = label_map.shape
    if request.mode == "hard":
        label_map = np.where(nearest_mask(request.hard, (height, width)), label_map, request.label_map)
    used = working_size((height, width), classes=len(request.probabilities))
    note = ""
    if used != (height, width):
        note = f"The CRF worked at {used[1]}×{used[0]} of this {width}×{height} photo, to bound its memory."
    return CrfResult(
        label_map=label_map,
        changed=np.asarray(label_map != request.label_map),
        milliseconds=answer.milliseconds,
        backend=answer.backend,
        working_size=used,
        note=note,
    )
