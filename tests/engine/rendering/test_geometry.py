"""Scaling of photos, labels and grids."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.rendering import fit_size, resize_labels, resize_photo, smooth_mask, smooth_regions

SIDES = st.integers(1, 60)


@given(SIDES, SIDES, st.integers(1, 100))
def test_fitted_sizes_fit_and_never_grow(height: int, width: int, side: int) -> None:
    fitted = fit_size((height, width), max_side=side)
    assert max(fitted) == min(side, max(height, width))
    assert min(fitted) >= 1
    assert fitted <= (height, width)
    assert fit_size((height, width), max_side=None) == (height, width)


@given(SIDES, SIDES, SIDES, SIDES)
@settings(deadline=None)
def test_each_pixel_takes_the_cell_that_its_centre_lies_in(h: int, w: int, height: int, width: int) -> None:
    grid = np.arange(h * w, dtype=np.int64).reshape(h, w)
    scaled = resize_labels(grid, (height, width))
    for y, x in ((0, 0), (height - 1, width - 1), (height // 2, width // 3)):
        row, column = int((y + 0.5) * h / height), int((x + 0.5) * w / width)
        assert scaled[y, x] == grid[row, column]


@given(st.integers(1, 12), st.integers(1, 12), st.integers(1, 6))
def test_whole_factors_repeat_cells(h: int, w: int, factor: int) -> None:
    grid = np.random.default_rng(h * 13 + w).integers(0, 4, (h, w), dtype=np.uint8)
    block = np.ones((factor, factor), dtype=np.uint8)
    assert np.array_equal(resize_labels(grid, (h * factor, w * factor)), np.kron(grid, block))


def test_photos_are_averaged_when_they_shrink() -> None:
    fine = np.zeros((40, 40, 3), dtype=np.uint8)
    fine[::2] = 200
    assert (resize_photo(fine, (10, 10)) == 100).all()
    assert resize_photo(fine, (40, 40)) is fine
    assert resize_photo(fine, (80, 90)).shape == (80, 90, 3)


@given(SIDES, SIDES, st.integers(0, 99))
@settings(deadline=None)
def test_smooth_regions_invent_no_category(h: int, w: int, seed: int) -> None:
    grid = np.random.default_rng(seed).integers(0, 4, (h, w), dtype=np.uint8)
    smooth = smooth_regions(grid, (h * 5 + 3, w * 5 + 3))
    assert smooth.shape == (h * 5 + 3, w * 5 + 3)
    assert set(np.unique(smooth)) <= set(np.unique(grid))


def test_smooth_regions_agree_with_the_cells_at_their_centres() -> None:
    grid = np.random.default_rng(0).integers(1, 4, (12, 16), dtype=np.uint8)
    smooth = smooth_regions(grid, (12 * 9, 16 * 9))
    assert np.array_equal(smooth[4::9, 4::9], grid)


@pytest.mark.parametrize("value", [False, True])
def test_a_mask_of_one_value_stays_so(value: bool) -> None:
    mask = smooth_mask(np.full((4, 6), value), (40, 60))
    assert mask.dtype == np.bool_
    assert (mask == value).all()
