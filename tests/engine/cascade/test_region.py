"""RegionIndex against brute force over cells."""

from __future__ import annotations

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.cascade.region import RegionIndex, Window
from tests.engine.cascade.masks import KINDS, make_mask

WINDOWS = (
    Window((3, 3), padding=(1, 1)),
    Window((3, 3), dilation=(2, 2), padding=(2, 2)),
    Window((1, 7), padding=(0, 3)),
    Window((7, 1), dilation=(2, 1), padding=(6, 0)),
)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("window", WINDOWS)
def test_neighbours_name_the_row_of_each_cell_or_the_zero_row(kind: str, window: Window) -> None:
    mask = make_mask(kind, (2, 6, 9))
    index = RegionIndex.from_mask(mask)
    row_of = {tuple(cell): row for row, cell in enumerate(mask.nonzero().tolist())}
    table = index.neighbours(window)
    assert table.shape == (len(row_of), window.taps)
    for (image, y, x), row in row_of.items():
        expected = [
            row_of.get(
                (
                    image,
                    y + i * window.dilation[0] - window.padding[0],
                    x + j * window.dilation[1] - window.padding[1],
                ),
                len(row_of),
            )
            for i in range(window.kernel[0])
            for j in range(window.kernel[1])
        ]
        assert table[row].tolist() == expected


def test_tables_are_built_once_for_each_window() -> None:
    index = RegionIndex.from_mask(make_mask("random", (1, 5, 5)))
    assert index.neighbours(WINDOWS[0]) is index.neighbours(Window((3, 3), padding=(1, 1)))


def test_a_window_that_changes_the_size_is_refused() -> None:
    index = RegionIndex.from_mask(make_mask("full", (1, 4, 4)))
    with pytest.raises(ValueError, match="keep the map's size"):
        index.neighbours(Window((3, 3)))
    with pytest.raises(ValueError, match="leads from"):
        index.sources(Window((3, 3), stride=(2, 2), padding=(1, 1)), (4, 4))


@given(st.integers(1, 3), st.integers(1, 9), st.integers(1, 9), st.integers(0, 2**16))
@settings(max_examples=40, deadline=None)
def test_mask_survives_the_round_trip(images: int, height: int, width: int, seed: int) -> None:
    mask = make_mask("random", (images, height, width), seed=seed)
    index = RegionIndex.from_mask(mask)
    assert torch.equal(index.mask(), mask)
    assert len(index) == int(mask.sum())
    assert index.full == bool(mask.all())
    assert torch.equal(index.images(), mask.nonzero()[:, 0])


def test_narrowing_equals_indexing_the_smaller_mask() -> None:
    mask = make_mask("random", (2, 7, 5), seed=3)
    smaller = mask & make_mask("random", (2, 7, 5), seed=4)
    narrowed = RegionIndex.from_mask(mask).narrowed(smaller[mask])
    assert torch.equal(narrowed.sites, RegionIndex.from_mask(smaller).sites)
