"""Tools against slow definitions of what each should choose."""

from __future__ import annotations

import itertools
import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import ndimage

from engine.labels.area import Area
from engine.labels.selection import Selection
from engine.labels.tools.brush import BrushPoint, Tip, brush_stroke
from engine.labels.tools.fill import flood_fill, magic_wand
from engine.labels.tools.grabcut import grab_cut
from engine.labels.tools.picker import Picked, pick
from engine.labels.tools.polygon import polygon, polygons, rectangle
from engine.labels.tools.scissors import Scissors
from engine.labels.tools.superpixels import superpixel_brush, superpixels

SHAPE = (40, 50)
COORDINATE = st.floats(-10, 60, allow_nan=False).map(lambda value: round(value, 2))


def whole(selection: Selection, shape: tuple[int, int] = SHAPE) -> np.ndarray:
    """The selection as a mask of the image; its area must lie in it and hold nothing empty at its sides."""
    mask = np.zeros(shape, dtype=bool)
    if not selection.area.empty:
        assert selection.area.clipped(Area(0, 0, *shape)) == selection.area
        assert selection.mask.shape == selection.area.shape
        mask[selection.area.slices] = selection.mask
    return mask


@given(
    st.lists(st.builds(BrushPoint, COORDINATE, COORDINATE, st.floats(0, 12)), min_size=1, max_size=3),
    st.sampled_from(["round", "square"]),
)
@settings(max_examples=60, deadline=None)
def test_a_stroke_is_the_union_of_the_tips_along_it(path: list[BrushPoint], tip: Tip) -> None:
    painted = whole(brush_stroke(path, shape=SHAPE, tip=tip))
    y, x = np.mgrid[0 : SHAPE[0], 0 : SHAPE[1]] + 0.5
    surely, perhaps = np.zeros(SHAPE, dtype=bool), np.zeros(SHAPE, dtype=bool)
    for start, end in zip(path, path[1:] or path, strict=False):
        for t in np.linspace(0, 1, 200):
            dx = np.abs(x - (start.x + t * (end.x - start.x)))
            dy = np.abs(y - (start.y + t * (end.y - start.y)))
            distance = np.hypot(dx, dy) if tip == "round" else np.maximum(dx, dy)
            radius = start.radius + t * (end.radius - start.radius)
            surely |= distance <= radius - 1e-6
            perhaps |= distance <= radius + 0.7  # half the distance between two of the 200 tips, and a little
    for point in path:
        row, column = math.floor(point.y), math.floor(point.x)
        if 0 <= row < SHAPE[0] and 0 <= column < SHAPE[1]:
            assert painted[row, column]
            surely[row, column] = perhaps[row, column] = True
    assert not (surely & ~painted).any()
    assert not (painted & ~perhaps).any()


def test_a_long_line_stays_a_line() -> None:
    line = brush_stroke([BrushPoint(0.5, 0.5, 1), BrushPoint(4000.5, 4000.5, 1)], shape=(4096, 4096))
    assert np.diagonal(line.mask)[:4000].all()
    assert line.count < 4 * 4002
    assert brush_stroke([], shape=SHAPE).count == 0
    assert brush_stroke([BrushPoint(-50, -50, 3)], shape=SHAPE).count == 0


@given(st.lists(st.tuples(COORDINATE, COORDINATE), max_size=7))
@settings(max_examples=80, deadline=None)
def test_a_polygon_holds_the_centres_inside_by_even_and_odd(points: list[tuple[float, float]]) -> None:
    expected = np.zeros(SHAPE, dtype=bool)
    for row in range(SHAPE[0]):
        crossings = []
        for (x0, y0), (x1, y1) in zip(points, points[1:] + points[:1], strict=True):
            if (y0 <= row + 0.5) != (y1 <= row + 0.5):
                crossings.append(x0 + (row + 0.5 - y0) / (y1 - y0) * (x1 - x0))
        for column in range(SHAPE[1]):
            expected[row, column] = sum(crossing <= column + 0.5 for crossing in crossings) % 2 == 1
            if min((abs(crossing - column - 0.5) for crossing in crossings), default=1.0) < 1e-9:
                return  # a centre on the line: either answer is right
    np.testing.assert_array_equal(whole(polygon(points, shape=SHAPE)), expected)


@given(st.lists(COORDINATE, min_size=1, max_size=4, unique=True), st.data())
@settings(max_examples=40, deadline=None)
def test_neighbours_share_no_pixel_and_leave_none(cuts: list[float], data: st.DataObject) -> None:
    slant = data.draw(st.floats(-5, 5))
    ends = [-200.0, *sorted(cuts), 300.0]
    total = np.zeros(SHAPE, dtype=int)
    for left, right in itertools.pairwise(ends):
        total += whole(polygon([(left, -20), (right, -20), (right + slant, 80), (left + slant, 80)], shape=SHAPE))
    assert (total == 1).all()


def test_a_ring_in_a_ring_is_a_hole() -> None:
    mask = whole(polygons([[(2, 2), (12, 2), (12, 12), (2, 12)], [(5, 5), (8, 5), (8, 8), (5, 8)]], shape=SHAPE))
    assert mask.sum() == 100 - 9
    assert not mask[6, 6]


def test_a_rectangle_holds_what_it_touches() -> None:
    assert rectangle((3.9, 1.0), (1.2, 2.5), shape=SHAPE).area == Area(1, 1, 3, 4)
    assert rectangle((-9, -9), (-2, 90), shape=SHAPE).count == 0
    assert rectangle((-9, -9), (999, 999), shape=SHAPE).count == SHAPE[0] * SHAPE[1]


@given(st.integers(0, 999), st.integers(0, SHAPE[0] - 1), st.integers(0, SHAPE[1] - 1))
@settings(max_examples=40, deadline=None)
def test_flood_fill_takes_the_connected_label(seed: int, row: int, column: int) -> None:
    labels = np.random.default_rng(seed).integers(0, 2, SHAPE, np.uint8)
    labels.flags.writeable = False
    parts, _ = ndimage.label(labels == labels[row, column])
    np.testing.assert_array_equal(whole(flood_fill(labels, row=row, column=column)), parts == parts[row, column])


@given(st.integers(0, 999), st.integers(0, 255), st.booleans())
@settings(max_examples=40, deadline=None)
def test_the_wand_takes_like_colours(seed: int, tolerance: int, contiguous: bool) -> None:
    rgb = np.random.default_rng(seed).integers(0, 256, (*SHAPE, 3), np.uint8)
    like = (np.abs(rgb.astype(int) - rgb[5, 7]) <= tolerance).all(axis=2)
    if contiguous:
        parts, _ = ndimage.label(like)
        like = parts == parts[5, 7]
    chosen = magic_wand(rgb, row=5, column=7, tolerance=tolerance, contiguous=contiguous)
    np.testing.assert_array_equal(whole(chosen), like)
    assert magic_wand(rgb, row=-1, column=7, tolerance=tolerance, contiguous=contiguous).count == 0


@pytest.fixture(scope="module")
def disc() -> tuple[np.ndarray, np.ndarray]:
    """A textured photo of a bright disc on a dark ground, and the disc."""
    y, x = np.mgrid[0:120, 0:160]
    mask = np.hypot(y - 60, x - 80) < 30
    noise = np.random.default_rng(0).normal(0, 8, (120, 160, 3))
    rgb = np.where(mask[:, :, None], (200, 150, 60), (40, 60, 90)) + noise
    return np.clip(rgb, 0, 255).astype(np.uint8), mask


def test_grab_cut_finds_the_disc_in_its_box(disc: tuple[np.ndarray, np.ndarray]) -> None:
    rgb, truth = disc
    box = Area(25, 45, 95, 115)
    found = whole(grab_cut(rgb, box), truth.shape)
    assert (found & truth).sum() / (found | truth).sum() > 0.97
    np.testing.assert_array_equal(found, whole(grab_cut(rgb, box), truth.shape))
    outside = np.zeros(truth.shape, dtype=bool)
    outside[:, :80] = True
    assert not whole(grab_cut(rgb, box, outside=outside), truth.shape)[:, :80].any()
    assert grab_cut(rgb, Area(0, 0, 120, 160)).count == 0
    assert grab_cut(rgb, Area(5, 5, 5, 9)).count == 0


def test_scissors_follow_the_edge(disc: tuple[np.ndarray, np.ndarray]) -> None:
    rgb, _ = disc
    scissors = Scissors(rgb)
    with pytest.raises(RuntimeError, match="anchor"):
        scissors.line_to(1, 1)
    scissors.set_anchor(80.5, 30.5)
    line = np.array(scissors.line_to(110.5, 60.5))
    assert tuple(line[0]) == (80.5, 30.5)
    assert tuple(line[-1]) == (110.5, 60.5)
    assert np.abs(np.hypot(line[:, 0] - 80.5, line[:, 1] - 60.5) - 30).max() < 3
    short = Scissors(rgb, reach=10)
    short.set_anchor(5, 5)
    assert short.line_to(150, 110)[-1] == (150, 110)  # beyond the reach, straight on


def test_superpixels_tile_the_image_and_follow_its_edge(disc: tuple[np.ndarray, np.ndarray]) -> None:
    rgb, truth = disc
    regions = superpixels(rgb, size=12)
    assert regions.shape == truth.shape
    assert regions.min() >= 1
    for region in np.unique(regions):
        assert ndimage.label(regions == region)[1] == 1
    assert 60 < len(np.unique(regions)) <= 130
    majority = np.zeros(truth.shape, dtype=bool)
    for region in np.unique(regions):
        majority[regions == region] = truth[regions == region].mean() > 0.5
    assert (majority != truth).mean() < 0.02

    stroke = brush_stroke([BrushPoint(70, 60, 2), BrushPoint(90, 60, 2)], shape=truth.shape)
    chosen = whole(superpixel_brush(regions, stroke), truth.shape)
    touched = np.unique(regions[whole(stroke, truth.shape)])
    np.testing.assert_array_equal(chosen, np.isin(regions, touched))
    part = superpixel_brush(regions[40:80, 50:110], stroke, offset=(40, 50))
    np.testing.assert_array_equal(whole(part, truth.shape)[40:80, 50:110], chosen[40:80, 50:110])
    assert superpixel_brush(regions[:5, :5], stroke).count == 0


def test_the_picker_reads_one_pixel() -> None:
    labels, provenance = np.full((3, 4), 9, np.uint8), np.full((3, 4), 2, np.uint8)
    assert pick(labels, provenance, row=2, column=3) == Picked(9, 2)
    assert pick(labels, provenance, row=3, column=0) is None
