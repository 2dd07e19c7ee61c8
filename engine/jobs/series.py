"""Curves that grow at their end, and what of them a plot of some width can show."""

from __future__ import annotations

from array import array
from bisect import bisect_left, bisect_right
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Float64 = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Curve:
    """Points of one quantity: steps (float64, ascending), seconds since 1970 and values, all of one length; NaN = none.

    The arrays do not change any more, whatever their series goes on to hold.
    """

    steps: Float64
    times: Float64
    values: Float64

    def __len__(self) -> int:
        return len(self.steps)

    def at(self, step: float) -> float | None:
        """The value of the last point at or before a step; None before the first, and where it is NaN."""
        place = int(np.searchsorted(self.steps, step, side="right")) - 1
        if place < 0 or not np.isfinite(self.values[place]):
            return None
        return float(self.values[place])


class Series:
    """Appends in constant time. Points at or after the step of a new one are dropped first: the later line counts."""

    def __init__(self) -> None:
        # Appending one number to a numpy array costs ten times as much.
        self._steps, self._times, self._values = array("d"), array("d"), array("d")

    def __len__(self) -> int:
        return len(self._steps)

    def append(self, step: float, time: float, value: float) -> None:
        if self._steps and step <= self._steps[-1]:
            self._keep(bisect_left(self._steps, step))
        self._steps.append(step)
        self._times.append(time)
        self._values.append(value)

    def cut(self, step: float) -> None:
        """Drops the points after a step."""
        self._keep(bisect_right(self._steps, step))

    def curve(self) -> Curve:
        return Curve(np.array(self._steps), np.array(self._times), np.array(self._values))

    def _keep(self, count: int) -> None:
        for column in (self._steps, self._times, self._values):
            del column[count:]


def smoothed(values: Float64, width: int) -> Float64:
    """Centred moving mean over `width` points, fewer near the ends; NaN is left out of the means, and stays."""
    if width <= 1 or len(values) < 3:
        return values
    known = np.isfinite(values)
    filled = np.where(known, values, 0.0)
    sums = np.concatenate([[0.0], np.cumsum(filled)])
    counts = np.concatenate([[0], np.cumsum(known)])
    places = np.arange(len(values))
    # Equally many points on both sides, so that a rising line is not pulled back at its ends.
    reach = np.minimum(np.minimum(places, places[::-1]), width // 2)
    low, high = places - reach, places + reach + 1
    total = counts[high] - counts[low]
    mean: Float64 = np.divide(sums[high] - sums[low], total, out=np.full(len(values), np.nan), where=known)
    return mean


def thinned(x: Float64, y: Float64, *, low: float, high: float, buckets: int) -> tuple[Float64, Float64]:
    """At most about 2 × buckets points that look like the whole line between x = low and high: the least and the
    greatest value of each bucket, in the order in which they come. One point beyond each end is kept, so that the line
    runs out of the picture.

    Args:
        x: ascending.
    """
    first = max(0, int(np.searchsorted(x, low, side="left")) - 1)
    last = min(len(x), int(np.searchsorted(x, high, side="right")) + 1)
    x, y = x[first:last], y[first:last]
    if len(x) <= 2 * buckets:
        return x, y
    size = -(-len(x) // buckets)
    whole = len(x) // size * size
    blocks = y[:whole].reshape(-1, size)
    with np.errstate(invalid="ignore"):
        lows = np.argmin(np.where(np.isnan(blocks), np.inf, blocks), axis=1)
        highs = np.argmax(np.where(np.isnan(blocks), -np.inf, blocks), axis=1)
    starts = np.arange(len(blocks)) * size
    picked = np.sort(np.stack([starts + lows, starts + highs], axis=1), axis=1).ravel()
    picked = np.unique(np.concatenate([[0], picked, np.arange(whole, len(x))[:: max(1, size // 2)], [len(x) - 1]]))
    return x[picked], y[picked]
