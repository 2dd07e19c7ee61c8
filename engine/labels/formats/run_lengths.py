"""COCO's run lengths: pixels column by column, runs of 0 and 1 in turn, beginning with 0."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from engine.cascade.result import Bool
from engine.errors import DataError


def encode_runs(mask: Bool) -> list[int]:
    """The runs of an H×W mask."""
    flat = mask.ravel(order="F")
    borders = np.flatnonzero(flat[1:] != flat[:-1]) + 1
    runs = np.diff(np.concatenate([[0], borders, [flat.size]])).tolist()
    return [0, *runs] if flat.size and flat[0] else runs


def decode_runs(counts: str | Sequence[int], shape: tuple[int, int]) -> Bool:
    """The H×W mask of runs, as numbers or as COCO's compressed text.

    Raises:
        DataError: the runs do not add up to the size.
    """
    runs = _decompressed(counts) if isinstance(counts, str) else list(counts)
    if sum(runs) != shape[0] * shape[1] or any(run < 0 for run in runs):
        raise DataError(f"run lengths do not add up to {shape[1]}×{shape[0]} pixels")
    flat = np.repeat(np.arange(len(runs)) % 2 == 1, runs)
    return np.ascontiguousarray(flat.reshape(shape, order="F"))


def _decompressed(text: str) -> list[int]:
    """Five bits a character, the sixth: more follow. From the fourth run on, differences to the last but one."""
    runs: list[int] = []
    value = shift = 0
    for character in text:
        bits = ord(character) - 48
        if not 0 <= bits < 64:
            raise DataError(f"{character!r} is no part of compressed run lengths")
        value |= (bits & 31) << shift
        shift += 5
        if not bits & 32:
            if bits & 16:
                value -= 1 << shift
            runs.append(value + (runs[-2] if len(runs) > 2 else 0))
            value = shift = 0
    if shift:
        raise DataError("compressed run lengths are cut short")
    return runs
