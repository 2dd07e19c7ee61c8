"""Few different numbers of rows: the CPU's kernels are made anew for every shape that they have not met yet.

Making one takes a quarter to one and a half milliseconds, several times what a small product takes, and with every
photo and every ρ a region has another number of cells. Rows that stand for nothing bring it to one of a few.
"""

from __future__ import annotations

_STEP = 32
_FINE_TO = 512  # rows up to which every 32nd number occurs; above, eight between a power of two and the next


def rounded_within(count: int, *, row_bytes: int, limit: int) -> int:
    """rounded_up(count), or `count` itself where so many rows hold more than `limit` bytes."""
    rounded = rounded_up(count)
    return rounded if rounded * row_bytes <= limit else count


def rounded_up(count: int) -> int:
    """The least of the numbers that occur which is not below `count`; at most 31 or an eighth more."""
    step = _STEP
    while count > _FINE_TO * (step // _STEP):
        step *= 2
    return -(-count // step) * step
