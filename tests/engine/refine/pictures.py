"""Small pictures with known right answers, and a mean field that sums over all pairs of pixels."""

from __future__ import annotations

from typing import Literal

import numpy as np
from numpy.typing import NDArray

from engine.cascade.result import Bool, Float32, UInt8
from engine.refine import PRESETS, CrfParameters, CrfRequest


def two_halves(height: int = 40, width: int = 48, *, edge: int = 24) -> UInt8:
    """Dark to the left of `edge`, bright from there on."""
    rgb = np.full((height, width, 3), (40, 60, 80), dtype=np.uint8)
    rgb[:, edge:] = (220, 200, 180)
    return rgb


def belief(labels: NDArray[np.integer], *, classes: int, certainty: float = 0.8) -> Float32:
    """K×h×w probabilities that put `certainty` on the labels."""
    probabilities = np.full((classes, *labels.shape), (1 - certainty) / (classes - 1), dtype=np.float32)
    np.put_along_axis(probabilities, labels[None].astype(np.intp), np.float32(certainty), axis=0)
    return probabilities


def random_belief(seed: int, *, classes: int = 4, size: tuple[int, int] = (40, 48)) -> Float32:
    values = np.random.default_rng(seed).random((classes, *size)).astype(np.float32) ** 3 + 1e-3
    return np.asarray(values / values.sum(axis=0), dtype=np.float32)


def request(
    rgb: UInt8,
    probabilities: Float32,
    *,
    mode: Literal["full", "hard"] = "full",
    hard: Bool | None = None,
    parameters: CrfParameters = PRESETS["deeplab_v1"],
) -> CrfRequest:
    """A request whose grid is the photo itself, unless the probabilities are smaller."""
    rows = np.arange(rgb.shape[0]) * probabilities.shape[1] // rgb.shape[0]
    columns = np.arange(rgb.shape[1]) * probabilities.shape[2] // rgb.shape[1]
    labels = probabilities.argmax(axis=0).astype(np.uint8)[rows][:, columns]
    if hard is None:
        hard = np.ones(probabilities.shape[1:], dtype=bool)
    return CrfRequest(
        rgb=rgb, probabilities=probabilities, label_map=labels, hard=hard, mode=mode, parameters=parameters
    )


def exact_mean_field(energy: Float32, rgb: UInt8, parameters: CrfParameters) -> NDArray[np.float64]:
    """The inference with every pair of pixels, O(N²), in float64: what the lattice approximates."""
    classes, height, width = energy.shape
    y, x = np.mgrid[:height, :width]
    position = np.stack([x, y], axis=-1).reshape(-1, 2).astype(float)
    colour = rgb.reshape(-1, 3).astype(float)

    def kernel(*features: tuple[NDArray[np.float64], float]) -> NDArray[np.float64]:
        points = np.concatenate([values / scale for values, scale in features], axis=1)
        return np.asarray(np.exp(-0.5 * ((points[:, None] - points[None]) ** 2).sum(axis=2)))

    kernels = [
        (parameters.position_weight, kernel((position, parameters.position_xy))),
        (
            parameters.bilateral_weight,
            kernel((position, parameters.bilateral_xy), (colour, parameters.bilateral_rgb)),
        ),
    ]
    unary = energy.reshape(classes, -1).astype(float)

    def softmax(values: NDArray[np.float64]) -> NDArray[np.float64]:
        shifted = np.exp(values - values.max(axis=0))
        return np.asarray(shifted / shifted.sum(axis=0))

    state = softmax(-unary)
    for _ in range(parameters.iterations):
        message = -unary
        for weight, matrix in kernels:
            message = message + weight * (state @ matrix) / matrix.sum(axis=0)
        state = softmax(message)
    return state.reshape(classes, height, width)
