"""Overlays, stage tiles and heat maps: which pixels change, and to what."""

from __future__ import annotations

import numpy as np
import pytest

from engine.rendering import (
    HARD,
    coloured_labels,
    coloured_stages,
    confidence_colours,
    confidence_heat,
    confidence_overlay,
    crf_difference,
    deciding_stage_map,
    hard_overlay,
    label_layer,
    mask_layer,
    overlay,
    stage_colours,
    stage_layer,
    stage_overlay,
    stage_tile,
)
from engine.rendering.blending import borders
from tests.engine.rendering.results import PALETTE, photo, thirds

LABELS = np.zeros((32, 48), dtype=np.uint8)
LABELS[4:20, 10:30] = 1
LABELS[25:, 40:] = 255


def test_overlay_mixes_classes_and_leaves_background_and_ignore_bare() -> None:
    rgb = photo()
    before = rgb.copy()
    picture = overlay(rgb, LABELS, PALETTE, opacity=0.25)
    cat = LABELS == 1
    expected = 0.75 * rgb[cat] + 0.25 * PALETTE[1]
    assert np.abs(picture[cat] - expected).max() <= 1
    assert np.array_equal(picture[~cat], rgb[~cat])
    assert np.array_equal(rgb, before)


def test_overlay_at_the_ends_of_opacity() -> None:
    rgb = photo()
    assert np.array_equal(overlay(rgb, LABELS, PALETTE, opacity=0.0), rgb)
    assert (overlay(rgb, LABELS, PALETTE, opacity=1.0)[LABELS == 1] == PALETTE[1]).all()


def test_outlines_run_inside_painted_regions_in_full_colour() -> None:
    rgb = photo()
    plain = overlay(rgb, LABELS, PALETTE, opacity=0.3)
    lined = overlay(rgb, LABELS, PALETTE, opacity=0.3, outlines=True)
    different = (plain != lined).any(axis=2)
    inner = np.zeros_like(different)
    inner[5:19, 11:29] = True
    assert np.array_equal(different, (LABELS == 1) & ~inner)
    assert (lined[different] == PALETTE[1]).all()


def test_overlay_refuses_a_map_of_another_size() -> None:
    with pytest.raises(ValueError, match="does not fit"):
        overlay(photo(), LABELS[:-1], PALETTE, opacity=0.5)


def test_label_layer_is_opaque_where_painted() -> None:
    layer = label_layer(LABELS, PALETTE)
    assert layer.shape == (32, 48, 4)
    assert np.array_equal(layer[..., 3] == 255, LABELS == 1)
    assert (layer[LABELS == 1][:, :3] == PALETTE[1]).all()
    lines = label_layer(LABELS, PALETTE, outlines=True)
    assert 0 < (lines[..., 3] > 0).sum() < (layer[..., 3] > 0).sum()


def test_labels_beyond_the_palette_are_harmless() -> None:
    strange = np.full((4, 4), 77, dtype=np.uint8)
    assert not coloured_labels(strange, PALETTE).any()
    assert np.array_equal(overlay(photo(4, 4), strange, PALETTE, opacity=1.0), photo(4, 4))


@pytest.mark.parametrize("size", [None, (64, 96), (7, 5)])
def test_deciding_stage_map_holds_stages_only(size: tuple[int, int] | None) -> None:
    result = thirds()
    for smooth in (False, True):
        stages = deciding_stage_map(result, size=size, smooth=smooth)
        assert stages.shape == (size or (32, 48))
        assert stages.dtype == np.uint8
        assert set(np.unique(stages)) == {1, 2, 3}
    assert np.array_equal(deciding_stage_map(result)[0, ::8], [1, 1, 2, 2, 3, 3])


def test_stage_colours_in_pictures() -> None:
    deciding = np.array([[0, 1, 2, 3]], dtype=np.uint8)
    colours = coloured_stages(deciding, stage_count=3)
    assert np.array_equal(colours[0, 1:], stage_colours(3))
    assert stage_layer(deciding, stage_count=3)[0, :, 3].tolist() == [0, 255, 255, 255]
    assert np.array_equal(stage_overlay(photo(1, 4), deciding, stage_count=3, opacity=1.0), colours)


def columns(picture: np.ndarray, third: int) -> np.ndarray:
    """The inside of one third, away from the smooth borders."""
    width = picture.shape[1] // 3
    return picture[:, third * width + width // 4 : (third + 1) * width - width // 4]


def test_a_stage_tile_shows_what_the_stage_decided_and_veils_the_rest() -> None:
    rgb, result = photo(), thirds()
    tile = stage_tile(rgb, result, 2)
    assert tile.shape == rgb.shape
    earlier, here, forwarded = (columns(tile, third) for third in range(3))
    originals = [columns(rgb, third) for third in range(3)]
    # Decided by this stage: the background is the photo itself, the cat is in its colour.
    assert np.array_equal(here[17:], originals[1][17:])
    assert np.abs(here[:15] - (0.28 * originals[1][:15] + 0.72 * PALETTE[1])).max() <= 1.5
    # Forwarded: light and flat. Decided before: dark and grey.
    assert forwarded.min() > 180
    assert forwarded.std() < 0.4 * originals[2].std()
    assert earlier.max() < 100
    assert np.array_equal(earlier[..., 0], earlier[..., 2])


def test_bare_tiles_leave_forwarded_pixels_as_they_are() -> None:
    rgb, result = photo(), thirds()
    tile = stage_tile(rgb, result, 1, forwarded="bare")
    assert np.array_equal(tile[:, 20:], rgb[:, 20:])
    assert not np.array_equal(columns(tile, 0)[17:], columns(rgb, 0)[17:])


def test_tiles_of_an_early_answer() -> None:
    rgb, early = photo(), thirds(finished=1)
    assert np.array_equal(stage_tile(rgb, early, 1), stage_tile(rgb, thirds(), 1))
    with pytest.raises(ValueError, match="has not finished"):
        stage_tile(rgb, early, 2)
    with pytest.raises(ValueError, match="stage 4 of a cascade of 3"):
        stage_tile(rgb, early, 4)


def test_tiles_are_made_at_the_size_asked_for() -> None:
    assert stage_tile(photo(320, 480), thirds(cell=80), 3, max_side=120).shape == (80, 120, 3)
    assert hard_overlay(photo(320, 480), thirds().hard, max_side=120).shape == (80, 120, 3)


def test_hard_pixels_stand_out() -> None:
    rgb, result = photo(), thirds()
    picture = hard_overlay(rgb, result.hard, opacity=1.0)
    assert (columns(picture, 2) == HARD).all()
    easy = columns(picture, 0)
    assert (easy <= columns(rgb, 0)).all()


def test_mask_layer() -> None:
    layer = mask_layer(np.array([[True, False]]), colour=(1, 2, 3))
    assert layer.tolist() == [[[1, 2, 3, 255], [0, 0, 0, 0]]]


def test_confidence_heat_in_both_forms() -> None:
    levels = np.array([[0, 128, 255]], dtype=np.uint8)
    heat = confidence_heat(levels)
    assert np.array_equal(heat[0], confidence_colours()[[0, 128, 255]])
    assert np.array_equal(confidence_heat(np.array([[-1.0, 128 / 255, 7.0]], dtype=np.float32)), heat)
    assert np.array_equal(confidence_heat(np.array([[np.nan]])), confidence_heat(np.array([[0.0]])))
    raised = confidence_heat(levels, low=0.9)
    assert np.array_equal(raised[0, :2], confidence_colours()[[0, 0]])
    assert np.array_equal(raised[0, 2], confidence_colours()[255])
    with pytest.raises(ValueError, match="darkest confidence"):
        confidence_heat(levels, low=1.0)
    assert np.array_equal(confidence_overlay(photo(1, 3), levels, opacity=1.0), heat)


def test_crf_difference_shows_new_classes_on_a_grey_photo() -> None:
    rgb = photo()
    after = LABELS.copy()
    after[10:16, 30:38] = 2
    picture = crf_difference(rgb, LABELS, after, PALETTE, opacity=1.0, outlines=False)
    changed = after != LABELS
    assert (picture[changed] == PALETTE[2]).all()
    assert np.array_equal(picture[~changed][:, 0], picture[~changed][:, 1])
    lined = crf_difference(rgb, LABELS, after, PALETTE, opacity=1.0)
    assert np.array_equal(lined[changed], picture[changed])
    assert (lined != picture).any(axis=2).sum() == 2 * (6 + 8)


def test_borders_name_both_sides() -> None:
    labels = np.array([[0, 0, 1, 1], [0, 0, 1, 1]], dtype=np.uint8)
    assert borders(labels).tolist() == [[False, True, True, False]] * 2
    assert not borders(np.zeros((1, 1), dtype=np.uint8)).any()


@pytest.mark.parametrize("size", [(1, 1), (1, 300), (300, 1)])
def test_extreme_shapes_are_drawn(size: tuple[int, int]) -> None:
    rgb, labels = photo(*size), np.ones(size, dtype=np.uint8)
    assert overlay(rgb, labels, PALETTE, opacity=0.5, outlines=True).shape == (*size, 3)
    assert stage_tile(rgb, thirds(), 2, max_side=50).shape[2] == 3
    assert hard_overlay(rgb, thirds().hard).shape == (*size, 3)
    assert crf_difference(rgb, labels, labels, PALETTE).shape == (*size, 3)
