"""Timing that survives a busy machine: contenders take turns in one process, and medians are compared."""

from __future__ import annotations

import gc
import statistics
import time
from collections.abc import Callable, Hashable, Mapping
from dataclasses import dataclass
from typing import TypeVar

Key = TypeVar("Key", bound=Hashable)


@dataclass(frozen=True)
class Timing:
    """Milliseconds of repeated runs: the median, and the quartiles as the spread."""

    median: float
    low: float
    high: float

    def rounded(self) -> list[float]:
        """[lower quartile, upper quartile], for reports."""
        return [round(self.low, 3), round(self.high, 3)]


def summary(milliseconds: list[float]) -> Timing:
    """Median and quartiles of one or more measurements."""
    if len(milliseconds) == 1:
        return Timing(milliseconds[0], milliseconds[0], milliseconds[0])
    low, median, high = statistics.quantiles(milliseconds, n=4, method="inclusive")
    return Timing(median, low, high)


def alternate(contenders: Mapping[Key, Callable[[], object]], *, rounds: int, warm_up: int = 2) -> dict[Key, Timing]:
    """Times each contender once a round, so that what slows the machine slows them alike.

    The order turns by one each round: none profits from always running after the same neighbour.
    """
    for run in contenders.values():
        for _ in range(warm_up):
            run()
    taken: dict[Key, list[float]] = {key: [] for key in contenders}
    order = list(contenders)
    was_enabled = gc.isenabled()
    gc.disable()
    try:
        for turn in range(rounds):
            shift = turn % len(order)
            for key in order[shift:] + order[:shift]:
                began = time.perf_counter()
                contenders[key]()
                taken[key].append((time.perf_counter() - began) * 1e3)
    finally:
        if was_enabled:
            gc.enable()
    return {key: summary(values) for key, values in taken.items()}
