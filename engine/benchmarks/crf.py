"""The CRF's backends on a sample photo, as the bundled model answers it: whole and on hard pixels alone.

Every row stands against pydensecrf on the whole photo and all classes, in the same process.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import Any, Final

import cv2
import numpy as np

from engine.benchmarks.masks import blob_mask
from engine.benchmarks.timing import alternate
from engine.cascade.result import IGNORE, Bool, UInt8
from engine.cascade.session import CascadeSession
from engine.data.images import read_image
from engine.models.loading import load_model
from engine.refine.backends import CrfBackend, crf_missing
from engine.refine.dense_crf import CrfAnswer, CrfJob, run_job
from engine.refine.parameters import DEFAULT_PRESET, PRESETS
from engine.resources import resource_path

# Shares of hard pixels; 1 is the whole photo.
DENSITIES: Final = (1.0, 0.3, 0.15, 0.05)


@dataclass(frozen=True)
class _Case:
    backend: CrfBackend
    density: float
    all_classes: bool


class _Silent:
    """A job's context that hears nothing and never stops."""

    def progress(self, fraction: float) -> None: ...

    def check(self) -> None: ...


def measure_crf(
    *,
    sample: str = "cat.jpg",
    size: tuple[int, int] = (375, 500),
    densities: Sequence[float] = DENSITIES,
    preset: str = DEFAULT_PRESET,
    rounds: int = 3,
    progress: Callable[[str], None],
) -> list[dict[str, Any]]:
    """Rows as `rhoscope bench crf` reports them.

    Args:
        sample: a photo of resources/samples; size: (height, width) at which it is refined.
        densities: shares of free pixels, in blobs; below 1 the others keep the model's label.
        rounds: how often every contender takes its turn.
        progress: told each finished row.
    """
    rgb = cv2.resize(read_image(resource_path("samples", sample)).rgb, (size[1], size[0]), interpolation=cv2.INTER_AREA)
    result = CascadeSession(load_model(), np.asarray(rgb, dtype=np.uint8)).run(1.0)
    known: tuple[CrfBackend, ...] = ("pydensecrf", "torch")
    backends = [backend for backend in known if crf_missing(backend) is None]
    cases = [
        _Case(backend, density, all_classes)
        for density in densities
        for backend in backends
        for all_classes in ((True, False) if density == 1.0 else (False,))
    ]
    jobs = {
        case: CrfJob(
            rgb=np.asarray(rgb, dtype=np.uint8),
            probabilities=result.probabilities,
            given=_given(result.label_map, case.density),
            size=size,
            parameters=PRESETS[preset],
            backend=case.backend,
            prune=not case.all_classes,
        )
        for case in cases
    }
    reference = next(iter(cases))
    answers = {case: _run(job) for case, job in jobs.items()}
    # What the same pixels get from the reference with every class.
    plain = {
        density: _run(replace(jobs[next(c for c in cases if c.density == density)], prune=False))
        for density in densities
    }
    timings = alternate({case: partial(_run, job) for case, job in jobs.items()}, rounds=rounds, warm_up=0)
    rows = []
    for case in cases:
        times = (timings[case].median, timings[reference].median)
        row = _row(case, answers[case], *times, plain[case.density], preset, size)
        progress(f"{case.backend} {case.density:g}: {row['milliseconds']:.0f} ms, {row['speedup']:.2f}×")
        rows.append(row)
    return rows


def _row(
    case: _Case,
    answer: CrfAnswer,
    milliseconds: float,
    reference: float,
    plain: CrfAnswer,
    preset: str,
    size: tuple[int, int],
) -> dict[str, Any]:
    return {
        "backend": case.backend,
        "mode": "full" if case.density == 1.0 else "hard",
        "preset": preset,
        "size": [size[1], size[0]],
        "density": case.density,
        "classes": answer.classes,
        "milliseconds": round(milliseconds, 2),
        "reference_ms": round(reference, 2),
        "speedup": round(reference / milliseconds, 3),
        "agreement": round(float((answer.label_map == plain.label_map).mean()), 6),
    }


def _given(labels: UInt8, density: float) -> UInt8:
    if density >= 1.0:
        return np.full(labels.shape, IGNORE, dtype=np.uint8)
    free: Bool = blob_mask(density, (labels.shape[0], labels.shape[1]))[0].numpy()
    return np.where(free, np.uint8(IGNORE), labels)


def _run(job: CrfJob) -> CrfAnswer:
    return run_job(job, _Silent())
