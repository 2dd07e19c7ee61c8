"""Zoom, pan and fit as arithmetic."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.canvas.viewport import MAX_DEVICE_SCALE, Viewport

VIEWS = st.builds(
    lambda width, height, across, down, ratio: Viewport(width, height, across, down, pixel_ratio=ratio).fit(),
    st.integers(1, 40_000),
    st.integers(1, 40_000),
    st.floats(50, 4000),
    st.floats(50, 3000),
    st.sampled_from([1.0, 1.25, 1.5, 2.0, 3.0]),
)


@given(view=VIEWS)
def test_a_fitted_image_lies_within_the_view_and_in_its_middle(view: Viewport) -> None:
    left, top = view.to_view(0, 0)
    right, bottom = view.to_view(view.image_width, view.image_height)
    assert left >= -1e-6
    assert top >= -1e-6
    assert right <= view.view_width + 1e-6
    assert bottom <= view.view_height + 1e-6
    assert left + right == pytest.approx(view.view_width)
    assert top + bottom == pytest.approx(view.view_height)
    assert view.fitted


@given(view=VIEWS, scale=st.floats(1e-4, 1e3))
def test_zoom_stays_within_its_limits(view: Viewport, scale: float) -> None:
    zoomed = view.zoomed_to(scale)
    assert zoomed.device_scale <= max(MAX_DEVICE_SCALE, view.fit_scale * view.pixel_ratio) * (1 + 1e-9)
    assert zoomed.scale >= min(view.fit_scale * 0.25, 1 / view.pixel_ratio) * (1 - 1e-9)


def test_the_point_under_the_cursor_stays_there() -> None:
    view = Viewport(4000, 3000, 800, 600).fit()
    before = view.to_image(500, 300)
    zoomed = view.zoomed_to(view.scale * 6, about=(500, 300))
    assert zoomed.to_image(500, 300) == pytest.approx(before)


def test_actual_size_is_one_device_pixel_a_pixel() -> None:
    assert Viewport(4000, 3000, 800, 600, pixel_ratio=2.0).fit().actual_size().device_scale == 1.0


def test_a_tiny_image_is_enlarged_but_not_beyond_reason() -> None:
    assert Viewport(1, 1, 800, 600).fit().scale == 8.0


def test_an_image_smaller_than_the_view_cannot_be_dragged_away() -> None:
    view = Viewport(100, 100, 800, 600).fit()
    assert view.panned(500, -300) == view


def test_a_large_image_never_leaves_the_view() -> None:
    view = Viewport(4000, 3000, 800, 600).fit().actual_size().panned(1e6, 1e6)
    left, top = view.to_view(0, 0)
    assert 0 < left < 800
    assert 0 < top < 600


def test_zooming_past_the_view_s_size_does_not_jump() -> None:
    view = Viewport(1000, 1000, 800, 800).fit().zoomed_to(0.799, about=(0, 0))
    further = view.zoomed_to(0.801, about=(0, 0))
    assert abs(further.x - view.x) < 2


@given(view=VIEWS, across=st.floats(0, 1), down=st.floats(0, 1))
def test_view_and_image_coordinates_are_inverses(view: Viewport, across: float, down: float) -> None:
    x, y = across * view.view_width, down * view.view_height
    assert view.to_view(*view.to_image(x, y)) == pytest.approx((x, y), abs=1e-3)


def test_outside_the_image_there_is_no_pixel() -> None:
    view = Viewport(100, 50, 400, 400).fit()
    assert view.pixel_at(200, 200) == (50, 25)
    assert view.pixel_at(200, 1) is None


def test_a_fitted_image_stays_fitted_when_the_view_changes() -> None:
    view = Viewport(4000, 3000, 800, 600).fit().resized(1000, 900, pixel_ratio=1.0)
    assert view.fitted
    moved = view.actual_size()
    kept = moved.resized(1200, 900, pixel_ratio=1.0)
    assert kept.scale == moved.scale
    assert kept.to_image(600, 450) == pytest.approx(moved.to_image(500, 450))
