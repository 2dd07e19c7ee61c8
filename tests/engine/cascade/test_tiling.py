"""Geometry of working sizes and tiles."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.cascade.tiling import MULTIPLE, tiles_of, working_size

sides = st.integers(1, 60).map(lambda n: n * MULTIPLE)


@given(sides, sides, st.integers(128, 1024), st.integers(0, 100))
@settings(max_examples=80, deadline=None)
def test_owned_parts_cover_everything_once(height: int, width: int, tile: int, overlap: int) -> None:
    count = np.zeros((height // MULTIPLE, width // MULTIPLE), dtype=int)
    for piece in tiles_of((height, width), tile=tile, overlap=overlap):
        for span, length in ((piece.rows, height), (piece.columns, width)):
            assert 0 <= span.start <= span.own_start < span.own_stop <= span.stop <= length
            assert span.start in (0, span.own_start) or span.own_start - span.start >= overlap
            assert span.stop in (length, span.own_stop) or span.stop - span.own_stop >= overlap
            assert all(edge % MULTIPLE == 0 for edge in (span.start, span.own_start, span.own_stop, span.stop))
        count[
            piece.rows.own_start // MULTIPLE : piece.rows.own_stop // MULTIPLE,
            piece.columns.own_start // MULTIPLE : piece.columns.own_stop // MULTIPLE,
        ] += 1
    assert (count == 1).all()


@pytest.mark.parametrize(
    ("size", "max_side", "expected"),
    [
        ((1, 1), 640, (32, 32)),
        ((512, 512), 640, (512, 512)),
        ((500, 375), 640, (512, 384)),
        ((5400, 7200), 640, (480, 640)),
        ((5400, 7200), None, (5408, 7200)),
        ((200, 30000), 640, (32, 6784)),
    ],
)
def test_working_sizes(size: tuple[int, int], max_side: int | None, expected: tuple[int, int]) -> None:
    assert working_size(size, max_side=max_side) == expected
