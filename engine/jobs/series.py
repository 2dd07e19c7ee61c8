"""Curves that grow at their end, and what of them a plot of some width can show."""

from __future__ import annotations

from array import array
from dataclasses import dataclass
from typing import Final, Literal

import numpy as np
from numpy.typing import NDArray

Float64 = NDArray[np.float64]
_ROOM: Final = 16


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
    """Appends in constant time. Points at or after the step of a new one are dropped first: the later line counts.

    Curves share the memory of their series: a curve of a hundred thousand points costs as much as one of ten. What a
    curve may show is never written again; a series that was cut goes on in memory of its own.
    """

    def __init__(self) -> None:
        # Appending one number to a numpy array costs ten times as much, so the newest points wait here.
        self._new = (array("d"), array("d"), array("d"))
        self._old = np.empty((3, _ROOM))
        self._count = 0
        self._shown = 0

    def __len__(self) -> int:
        return self._count + len(self._new[0])

    def append(self, step: float, time: float, value: float) -> None:
        if len(self) and step <= self._last_step():
            self._keep(step, side="left")
        for column, number in zip(self._new, (step, time, value), strict=True):
            column.append(number)

    def cut(self, step: float) -> None:
        """Drops the points after a step."""
        if len(self) and step < self._last_step():
            self._keep(step, side="right")

    def curve(self) -> Curve:
        self._settle()
        self._shown = max(self._shown, self._count)
        steps, times, values = self._old[:, : self._count]
        for column in (steps, times, values):
            column.flags.writeable = False
        return Curve(steps, times, values)

    def _last_step(self) -> float:
        return self._new[0][-1] if self._new[0] else float(self._old[0, self._count - 1])

    def _settle(self) -> None:
        """Puts the newest points behind the others."""
        more = len(self._new[0])
        if not more:
            return
        whole = self._count + more
        if whole > self._old.shape[1] or self._count < self._shown:
            grown = np.empty((3, max(_ROOM, 2 * whole)))
            grown[:, : self._count] = self._old[:, : self._count]
            self._old, self._shown = grown, 0
        for row, column in zip(self._old, self._new, strict=True):
            row[self._count : whole] = column
            del column[:]
        self._count = whole

    def _keep(self, step: float, *, side: Literal["left", "right"]) -> None:
        self._settle()
        self._count = int(np.searchsorted(self._old[0, : self._count], step, side=side))


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
