"""Bringing probabilities from one size to another, bilinearly with half-pixel centres (align_corners=False)."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from engine.cascade.result import Bool, Float32, UInt8

# Small enough for a strip's planes to stay in the processor's cache.
_STRIP_BYTES = 1 << 20


def upsampled(probabilities: Float32, size: tuple[int, int]) -> Float32:
    """K×h×w float32 to K×H×W; size is (H, W)."""
    import cv2

    height, width = size
    planes = np.empty((probabilities.shape[0], height, width), dtype=np.float32)
    for plane, target in zip(probabilities, planes, strict=True):
        cv2.resize(plane, (width, height), dst=target, interpolation=cv2.INTER_LINEAR)
    return planes


def best_labels(probabilities: Float32, size: tuple[int, int], *, between: Callable[[], None]) -> UInt8:
    """The class with the highest upsampled probability at each pixel, in strips, so that memory stays bounded.

    Args:
        probabilities: K×h×w float32, summing to 1 over the classes.
        size: height and width of the result.
        between: called between strips; may raise to stop.

    Returns:
        H×W uint8.
    """
    if probabilities.shape[1:] == size:
        return np.asarray(probabilities.argmax(axis=0), dtype=np.uint8)
    import cv2

    height, width = size
    lines = probabilities.shape[1]
    position = np.clip((np.arange(height, dtype=np.float32) + 0.5) * (lines / height) - 0.5, 0, lines - 1)
    above = position.astype(np.intp)
    below = np.minimum(above + 1, lines - 1)
    weight = (position - above).astype(np.float32)[:, None]
    # A class that stays below 1/K wins nowhere: interpolated values never exceed the highest one around them.
    least = np.float32((1.0 - 1e-4) / len(probabilities))
    highest = probabilities.max(axis=2)
    labels = np.empty(size, dtype=np.uint8)
    rows_per_strip = max(1, _STRIP_BYTES // (4 * width))
    for top in range(0, height, rows_per_strip):
        between()
        rows = slice(top, top + rows_per_strip)
        possible = np.flatnonzero(highest[:, above[rows][0] : below[rows][-1] + 1].max(axis=1) >= least)
        strip = labels[rows]
        best = np.full(strip.shape, -1.0, dtype=np.float32)
        for name in possible:
            plane = probabilities[name]
            mixed = plane[above[rows]] * (1.0 - weight[rows]) + plane[below[rows]] * weight[rows]
            wide = cv2.resize(mixed, (width, len(mixed)), interpolation=cv2.INTER_LINEAR)
            np.copyto(strip, np.uint8(name), where=wide > best)
            np.maximum(best, wide, out=best)
    return labels


def nearest_mask(mask: Bool, size: tuple[int, int]) -> Bool:
    """h×w bool on the grid to H×W bool: each pixel takes the cell that it lies in."""
    rows = np.arange(size[0]) * mask.shape[0] // size[0]
    columns = np.arange(size[1]) * mask.shape[1] // size[1]
    return np.asarray(mask[rows][:, columns])
