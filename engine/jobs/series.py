"""Curves that grow at their end, and what of them a plot of some width can show."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

Float64 = NDArray[np.float64]
_FIRST_ROOM: Final = 256


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
        self._data = np.empty((3, _FIRST_ROOM))
        self._count = 0

    def __len__(self) -> int:
        return self._count

    def append(self, step: float, time: float, value: float) -> None:
        if self._count and step <= self._data[0, self._count - 1]:
            self.cut(step, inclusive=True)
        if self._count == self._data.shape[1]:
            self._data = np.concatenate([self._data, np.empty_like(self._data)], axis=1)
        self._data[:, self._count] = step, time, value
        self._count += 1

    def cut(self, step: float, *, inclusive: bool = False) -> None:
        """Drops the points after a step, and with `inclusive` those at it."""
        kept = int(np.searchsorted(self._data[0, : self._count], step, side="left" if inclusive else "right"))
        if kept < self._count:
            # Curves that were handed out keep the old memory.
            self._data = self._data.copy()
            self._count = kept

    def curve(self) -> Curve:
        data = self._data[:, : self._count]
        return Curve(data[0], data[1], data[2])


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
