"""Mean field of the fully connected CRF on our own lattice; see engine.refine.dense_crf for the energy.

Where some labels are given, only the other pixels are iterated: what the given ones say to them never changes, so it is
filtered once, and the steps run on the part of the lattice that lies between the free pixels.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional as F

from engine.cascade.result import Bool, Float32, UInt8
from engine.lattice.permutohedral import Lattice, lattice_of
from engine.refine.parameters import CrfParameters

_SETUP_SHARE = 0.3
# Filtering waits for memory more than for arithmetic, and a network or a training runs beside it on the same cores.
_THREADS = max(1, (os.cpu_count() or 1) // 2)
_LEAST = 1e-20  # as DeepLab and pydensecrf guard the sum of a filter


@dataclass(frozen=True)
class _Kernel:
    """One kernel's message to the free pixels: weight · normalised filter.

    Attributes:
        lattice: between the free pixels.
        before, after: factors of each free pixel on the way in and out.
        given: p×K, what the pixels of given label say.
    """

    lattice: Lattice
    before: Tensor
    after: Tensor
    given: Tensor

    def message(self, beliefs: Tensor) -> Tensor:
        return self.lattice.filtered(beliefs * self.before).add_(self.given).mul_(self.after)


def mean_field(
    energy: Float32,
    rgb: UInt8,
    parameters: CrfParameters,
    *,
    given: UInt8,
    after_step: Callable[[float], None],
    device: str = "auto",
) -> Float32:
    """Runs the inference step by step.

    Args:
        energy: K×h×w float32, of the free pixels; what it says elsewhere is not read.
        rgb: h×w×3 uint8, the photo itself.
        given: h×w uint8, a label that is certain; a number that is no class leaves a pixel free.
        after_step: called with the fraction done, 0..1; may raise to stop.
        device: "auto" is CUDA where it works.

    Returns:
        Q: K×h×w float32, summing to 1 over the classes.
    """
    classes, height, width = energy.shape
    place = torch.device(("cuda" if torch.cuda.is_available() else "cpu") if device == "auto" else device)
    fixed: Bool = given < classes
    beliefs = np.zeros((height * width, classes), dtype=np.float32)
    beliefs[np.flatnonzero(fixed), given[fixed]] = 1.0
    with torch.inference_mode():
        state = torch.from_numpy(beliefs).to(place)
        free = torch.from_numpy(np.flatnonzero(~fixed)).to(place)
        if len(free):
            unary = torch.from_numpy(energy.reshape(classes, -1).T.copy()).to(place)[free]
            kernels = [
                _kernel(points, weight, state, free, symmetric=parameters.normalization == "symmetric")
                for weight, points in _features(rgb, parameters, place)
                if weight > 0
            ]
            after_step(_SETUP_SHARE)
            current = F.softmax(-unary, dim=1)
            for step in range(1, parameters.iterations + 1):
                scores = -unary
                for kernel in kernels:
                    scores += kernel.message(current)
                current = F.softmax(scores, dim=1)
                after_step(_SETUP_SHARE + (1.0 - _SETUP_SHARE) * step / parameters.iterations)
            state[free] = current
        return np.asarray(state.T.reshape(classes, height, width).cpu().numpy(), dtype=np.float32)


def use_own_threads() -> None:
    """Limits torch's threads; for the worker process, which does nothing else with torch."""
    torch.set_num_threads(_THREADS)


def _kernel(points: Tensor, weight: float, given: Tensor, free: Tensor, *, symmetric: bool) -> _Kernel:
    """Args: points n×D features; given n×K, the certain beliefs, 0 at the free pixels."""
    lattice = lattice_of(points)
    sums = lattice.filtered(torch.ones_like(points[:, :1])) + _LEAST
    after = sums.rsqrt() if symmetric else sums.reciprocal()
    before = after if symmetric else torch.ones_like(after)
    if len(free) == len(points):
        return _Kernel(lattice, before, weight * after, torch.zeros_like(given[:1]))
    said = lattice.sliced(lattice.blurred(lattice.splatted(given * before)), free)
    return _Kernel(lattice.restricted(free), before[free], weight * after[free], said)


def _features(rgb: UInt8, parameters: CrfParameters, device: torch.device) -> list[tuple[float, Tensor]]:
    """Weight and n×D float32 features of both kernels."""
    height, width = rgb.shape[:2]
    y, x = torch.meshgrid(
        torch.arange(height, dtype=torch.float32, device=device),
        torch.arange(width, dtype=torch.float32, device=device),
        indexing="ij",
    )
    position = torch.stack([x, y], dim=-1).reshape(-1, 2)
    colour = torch.from_numpy(np.ascontiguousarray(rgb)).to(device).reshape(-1, 3).float()
    joint = torch.cat([position / parameters.bilateral_xy, colour / parameters.bilateral_rgb], dim=1)
    return [
        (parameters.position_weight, position / parameters.position_xy),
        (parameters.bilateral_weight, joint),
    ]
