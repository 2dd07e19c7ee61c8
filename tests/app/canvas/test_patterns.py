"""Patterns and outlines: classes that look alike in grey are told apart, and what is no class stays as it is."""

from __future__ import annotations

import itertools

import numpy as np

from app.canvas.label_layer import LabelLayer
from app.canvas.layers import IndexLayer, colour_table, halvings
from app.canvas.patterns import KINDS, PERIOD, mark_classes, mark_is_light, pattern_of
from engine.labels.area import Area

GREY = np.uint32(0xFF808080)
BLACK, WHITE = np.uint32(0xFF000000), np.uint32(0xFFFFFFFF)


def test_patterns_differ_and_leave_room_for_the_colour() -> None:
    for one, other in itertools.combinations(range(KINDS), 2):
        assert (pattern_of(one) != pattern_of(other)).mean() > 0.05
    for label in range(KINDS):
        assert 0.05 < pattern_of(label).mean() <= 0.56
    assert np.array_equal(pattern_of(3), pattern_of(3 + KINDS))


def test_pieces_fit_together() -> None:
    indices = np.full((40, 50), 5, np.uint8)
    whole = np.full(indices.shape, GREY)
    mark_classes(whole, indices, classes=21)
    part = np.full((20, 30), GREY)
    mark_classes(part, indices[13:33, 7:37], classes=21, left=7, top=13)
    assert np.array_equal(part, whole[13:33, 7:37])
    assert np.array_equal(whole[:PERIOD, :PERIOD] != GREY, pattern_of(5))


def test_borders_are_white_on_one_side_and_black_on_the_other() -> None:
    indices = np.zeros((6, 8), np.uint8)
    indices[:, 4:] = 9
    colours = np.zeros(indices.shape, np.uint32)
    mark_classes(colours, indices, classes=21)
    assert (colours[:, 3] == BLACK).all()
    assert (colours[:, 4] == WHITE).all()
    assert (np.delete(colours, [3, 4], axis=1) == 0).all()


def test_bare_pixels_and_indices_that_are_no_classes_get_no_pattern() -> None:
    colours = np.full((PERIOD, PERIOD), GREY)
    mark_classes(colours, np.full(colours.shape, 254, np.uint8), classes=21)
    assert (colours == GREY).all()
    bare = np.zeros((PERIOD, PERIOD), np.uint32)
    mark_classes(bare, np.full(bare.shape, 4, np.uint8), classes=21)
    assert (bare == 0).all()
    mark_classes(np.zeros((0, 0), np.uint32), np.zeros((0, 0), np.uint8), classes=21)


def test_marks_stand_out_from_their_colour() -> None:
    assert mark_is_light(0, 0, 128)
    assert not mark_is_light(255, 255, 0)
    table = colour_table(np.array([(0, 0, 128), (255, 255, 0)], np.uint8), alpha=np.array([255, 255], np.uint8))
    indices = np.repeat(np.array([[0, 1]], np.uint8), 24, axis=1).repeat(24, axis=0)
    plain, marked = IndexLayer(halvings(indices), table), IndexLayer(halvings(indices), table, marked=2)
    _, without = plain._prepare(0, (0, 0, 48, 24))
    _, with_marks = marked._prepare(0, (0, 0, 48, 24))
    assert isinstance(without, np.ndarray)
    assert isinstance(with_marks, np.ndarray)
    assert set(np.unique(without)) == {np.uint32(0xFF000080), np.uint32(0xFFFFFF00)}
    assert {BLACK, WHITE} < set(np.unique(with_marks))
    assert marked.recoloured(table).marked == 2


def test_a_map_under_the_brush_has_the_same_marks_as_one_made_anew() -> None:
    dice = np.random.default_rng(3)
    labels = np.kron(dice.integers(0, 5, (9, 7)), np.ones((20, 20))).astype(np.uint8)
    table = colour_table(np.full((5, 3), 120, np.uint8), alpha=np.full(5, 255, np.uint8))
    layer = LabelLayer.of(labels.shape, table, lambda area: np.array(labels[area.slices]), marked=5)
    layer._last = layer._part(0, (0, 0, 140, 180))
    colours = layer._last.memory
    assert isinstance(colours, np.ndarray)
    for _ in range(25):
        top, left = int(dice.integers(0, 150)), int(dice.integers(0, 120))
        area = Area(top, left, top + int(dice.integers(1, 30)), left + int(dice.integers(1, 30)))
        labels[area.slices] = dice.integers(0, 5)
        layer.refresh(area)
        fresh = LabelLayer.of(labels.shape, table, lambda area: np.array(labels[area.slices]), marked=5)
        _, expected = fresh._prepare(0, (0, 0, 140, 180))
        np.testing.assert_array_equal(colours, expected)
