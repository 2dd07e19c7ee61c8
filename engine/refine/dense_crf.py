"""The fully connected CRF on one image, with pydensecrf or on our own lattice. Runs in the worker process: see
engine.refine.worker.

Energy (Krähenbühl & Koltun 2011): the sum of −log P(x) and, for every pair of pixels with different labels, of two
Gaussian kernels. Mean field: Q ← softmax(−U), then T times Q ← softmax(−U + Σ w·K̂·Q), all pixels at once.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from engine.cascade.result import IGNORE, Float32, UInt8
from engine.refine.backends import CrfBackend, lattice
from engine.refine.parameters import CrfParameters
from engine.refine.resampling import best_labels, upsampled

# Probabilities that underflowed to 0 have no finite energy. The smallest normal float32 gives them 87, ten times what
# both kernels together can pay in any preset, so they stay out of reach as an infinite energy would keep them, while no
# probability that float32 holds exactly is changed (unlike pydensecrf's own clip at 1e-5).
_SMALLEST = float(np.finfo(np.float32).tiny)

# See possible_classes.
_IMPROBABLE = 0.01

# Energy of every other class at a pixel whose label is given: exp(−1000) is exactly 0 in float32.
_FIXED = 1000.0

# The lattice takes longest to build for images with many colours; about as long as a few steps.
_SETUP_SHARE = 0.2


@dataclass(frozen=True)
class CrfJob:
    """What the worker process is given.

    Attributes:
        rgb: h×w×3 uint8 at the working size.
        probabilities: K×gh×gw float32 on the grid.
        given: h×w uint8: the label of pixels that must not change, 255 where the CRF decides.
        size: height and width of the label map to return.
        parameters: kernels and steps.
        backend: who runs the mean field.
        prune: leave improbable classes out, see possible_classes.
    """

    rgb: UInt8
    probabilities: Float32
    given: UInt8
    size: tuple[int, int]
    parameters: CrfParameters
    backend: CrfBackend = "pydensecrf"
    prune: bool = True


class JobContext(Protocol):
    """What a job says while it runs; see jobs.worker_process."""

    def progress(self, fraction: float) -> None: ...

    def check(self) -> None: ...


@dataclass(frozen=True)
class CrfAnswer:
    """H×W uint8 labels, the milliseconds that they took, who computed them, and how many classes were computed."""

    label_map: UInt8
    milliseconds: float
    backend: CrfBackend = "pydensecrf"
    classes: int = 0


def run_job(job: CrfJob, context: JobContext) -> CrfAnswer:
    """Refines one image, reporting progress and asking for cancellation between mean-field steps."""
    began = time.perf_counter()
    context.progress(0.0)
    height, width = job.rgb.shape[:2]
    every = np.arange(len(job.probabilities))
    kept = possible_classes(job.probabilities, job.given) if job.prune else every
    given = renamed(job.given, kept)
    energy = unary_energy(upsampled(job.probabilities[kept], (height, width)))
    context.check()
    if job.backend == "torch":
        solver = lattice()
        solver.use_own_threads()
        refined = solver.mean_field(energy, job.rgb, job.parameters, given=given, after_step=context.progress)
    else:
        fix_labels(energy, given)
        refined = mean_field(energy, job.rgb, job.parameters, after_step=context.progress)
    labels = kept.astype(np.uint8)[best_labels(refined, job.size, between=context.check)]
    return CrfAnswer(labels, 1000.0 * (time.perf_counter() - began), job.backend, len(kept))


def possible_classes(probabilities: Float32, given: UInt8) -> NDArray[np.intp]:
    """The classes (ascending) worth computing: those given, and those above _IMPROBABLE at some cell.

    With kernels that sum to W a class that nowhere exceeds p stays below about p·exp(W·p) in every step, 0.011 here, so
    it wins nowhere; time and memory go with the number of classes. See docs/benchmarks.md for what it changes.
    """
    possible = probabilities.max(axis=(1, 2)) >= _IMPROBABLE
    possible[[label for label in np.unique(given) if label < len(possible)]] = True
    # An image of one class is computed as one of two, as pydensecrf wants it.
    for label in np.argsort(-probabilities.max(axis=(1, 2)), kind="stable"):
        if possible.sum() >= min(2, len(possible)):
            break
        possible[label] = True
    return np.flatnonzero(possible)


def renamed(given: UInt8, kept: NDArray[np.intp]) -> UInt8:
    """Given labels as places in `kept`; 255 stays free."""
    table = np.full(256, IGNORE, dtype=np.uint8)
    table[kept] = np.arange(len(kept), dtype=np.uint8)
    return np.asarray(table[given], dtype=np.uint8)


def unary_energy(probabilities: Float32) -> Float32:
    """−log P, without the usual clipping at 1e-5; any shape. See _SMALLEST for probabilities of 0."""
    energy = np.maximum(probabilities, np.float32(_SMALLEST))
    np.log(energy, out=energy)
    np.negative(energy, out=energy)
    return energy


def fix_labels(energy: Float32, given: UInt8) -> None:
    """Makes the given labels certain, in place: they speak to their neighbours and hear nothing.

    Args:
        energy: K×h×w.
        given: h×w, 255 (or any value that is no class) leaves a pixel free.
    """
    fixed = given < min(len(energy), IGNORE)
    energy[:, fixed] = _FIXED
    rows, columns = np.nonzero(fixed)
    energy[given[fixed], rows, columns] = 0.0


def mean_field(
    energy: Float32, rgb: UInt8, parameters: CrfParameters, *, after_step: Callable[[float], None]
) -> Float32:
    """Runs the inference step by step, which gives exactly what pydensecrf's inference(T) gives.

    Args:
        energy: K×h×w float32.
        rgb: h×w×3 uint8, the photo itself, not the normalised input of the network.
        parameters: kernels and steps.
        after_step: called with the fraction done, 0..1; may raise to stop.

    Returns:
        Q: K×h×w float32, summing to 1 over the classes.
    """
    from pydensecrf import densecrf

    classes, height, width = energy.shape
    normalization = {"after": densecrf.NORMALIZE_AFTER, "symmetric": densecrf.NORMALIZE_SYMMETRIC}[
        parameters.normalization
    ]
    # Width comes first; a pixel's index is y·W + x.
    crf = densecrf.DenseCRF2D(width, height, classes)
    crf.setUnaryEnergy(np.ascontiguousarray(energy.reshape(classes, -1)))
    # Kernels of no weight are left out: they would change nothing but the time.
    if parameters.position_weight > 0:
        crf.addPairwiseGaussian(
            sxy=parameters.position_xy, compat=parameters.position_weight, normalization=normalization
        )
    if parameters.bilateral_weight > 0:
        crf.addPairwiseBilateral(
            sxy=parameters.bilateral_xy,
            srgb=parameters.bilateral_rgb,
            rgbim=np.array(rgb, dtype=np.uint8, order="C"),
            compat=parameters.bilateral_weight,
            normalization=normalization,
        )
    after_step(_SETUP_SHARE)
    state, first, second = crf.startInference()
    for step in range(1, parameters.iterations + 1):
        crf.stepInference(state, first, second)
        after_step(_SETUP_SHARE + (1.0 - _SETUP_SHARE) * step / parameters.iterations)
    return np.array(state, dtype=np.float32).reshape(classes, height, width)
