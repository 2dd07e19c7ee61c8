"""Random views: repeatable, aligned, and never inventing a label."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.cascade.result import IGNORE
from engine.data.augmentation import (
    IMAGENET_MEAN_RGB,
    Augmentation,
    RandomView,
    blurred,
    check_augmentation,
    paste_objects,
    rotated,
)
from engine.errors import SettingError

MAGENTA = (255, 0, 255)


def _view(*, crop: int, fill: tuple[int, int, int] = IMAGENET_MEAN_RGB, **settings: object) -> RandomView:
    return RandomView(Augmentation(**settings), crop=crop, fill=fill)  # type: ignore[arg-type]


def _image(height: int = 60, width: int = 90) -> tuple[np.ndarray, np.ndarray]:
    """Colour and label tell the same: class k is the grey value 40·k."""
    labels = np.zeros((height, width), dtype=np.uint8)
    labels[10:40, 20:70] = 3
    labels[40:, :30] = 5
    return np.repeat((labels * 40)[..., None], 3, axis=2), labels


def test_the_same_generator_gives_the_same_view_and_another_gives_another() -> None:
    rgb, labels = _image()
    augment = _view(crop=64, stretch=0.3, brightness=0.3, contrast=0.3, saturation=0.3, hue=20.0)
    one = augment(rgb, labels, rng=np.random.default_rng(7))
    same = augment(rgb, labels, rng=np.random.default_rng(7))
    other = augment(rgb, labels, rng=np.random.default_rng(8))
    assert np.array_equal(one[0], same[0])
    assert np.array_equal(one[1], same[1])
    assert not np.array_equal(one[0], other[0])


@pytest.mark.parametrize("scale", [(1.0, 1.0), (0.4, 0.4), (2.5, 2.5), (0.5, 2.0)])
def test_labels_stay_with_their_pixels_and_no_new_value_appears(scale: tuple[float, float]) -> None:
    rgb, labels = _image()
    augment = _view(crop=96, scale=scale, stretch=0.2, fill=(255, 0, 255))
    for seed in range(20):
        view, truth = augment(rgb, labels, rng=np.random.default_rng(seed))
        assert view.shape == (96, 96, 3)
        assert truth.shape == (96, 96)
        assert set(np.unique(truth)) <= {0, 3, 5, IGNORE}
        padding = (view == (255, 0, 255)).all(axis=2)
        assert np.array_equal(truth == IGNORE, padding)
        # Away from edges, where filtering mixes colours, grey value and class agree.
        agree = view[..., 0] == np.where(truth == IGNORE, 255, truth * 40)
        assert agree.mean() > 0.9


def test_a_crop_smaller_than_the_image_has_no_padding_and_reaches_every_corner() -> None:
    rgb, labels = _image()
    rgb = rgb.copy()
    rgb[0, 0], rgb[-1, -1] = (1, 2, 3), (4, 5, 6)
    augment = _view(crop=58, scale=(1.0, 1.0), mirror=0.0)
    views = [augment(rgb, labels, rng=np.random.default_rng(seed)) for seed in range(300)]
    assert all((truth != IGNORE).all() for _, truth in views)
    assert any((view[0, 0] == (1, 2, 3)).all() for view, _ in views)
    assert any((view[-1, -1] == (4, 5, 6)).all() for view, _ in views)


def test_mirroring_moves_image_and_labels_together() -> None:
    rgb, labels = _image(60, 60)
    always = _view(crop=60, scale=(1.0, 1.0), mirror=1.0)
    view, truth = always(rgb, labels, rng=np.random.default_rng(0))
    assert np.array_equal(view, rgb[:, ::-1])
    assert np.array_equal(truth, labels[:, ::-1])


def test_without_any_change_asked_for_nothing_changes() -> None:
    rgb, labels = _image(60, 60)
    view, truth = _view(crop=60, scale=(1.0, 1.0), mirror=0.0)(rgb, labels, rng=np.random.default_rng(0))
    assert np.array_equal(view, rgb)
    assert np.array_equal(truth, labels)


def test_colour_changes_leave_labels_and_geometry_alone() -> None:
    rgb, labels = _image(60, 60)
    rgb = rgb // 2 + 60
    plain = _view(crop=48)
    coloured = _view(crop=48, brightness=0.5, contrast=0.5, saturation=0.5, hue=90.0)
    changed = 0
    for seed in range(10):
        before, truth = plain(rgb, labels, rng=np.random.default_rng(seed))
        after, same_truth = coloured(rgb, labels, rng=np.random.default_rng(seed))
        assert np.array_equal(truth, same_truth)
        changed += int(not np.array_equal(before, after))
    assert changed == 10


def test_sources_are_never_written_to() -> None:
    rgb, labels = _image()
    rgb.setflags(write=False)
    labels.setflags(write=False)
    augment = _view(crop=64, scale=(1.0, 1.0), brightness=0.5, hue=20.0)
    for seed in range(5):
        augment(rgb, labels, rng=np.random.default_rng(seed))


def test_a_very_thin_image_survives() -> None:
    augment = _view(crop=32, scale=(0.3, 0.3))
    view, truth = augment(np.zeros((1, 200, 3), np.uint8), np.ones((1, 200), np.uint8), rng=np.random.default_rng(0))
    assert view.shape == (32, 32, 3)
    assert set(np.unique(truth)) == {1, IGNORE}


def test_objects_are_laid_over_with_their_pixels_and_nothing_else_changes() -> None:
    rgb, labels = _image()
    donor_labels = np.zeros_like(labels)
    donor_labels[20:50, 60:90] = 7
    donor_labels[20, 60:90] = IGNORE
    donor_rgb = np.full_like(rgb, 200)
    before = rgb.copy(), labels.copy(), donor_rgb.copy(), donor_labels.copy()
    view, truth = paste_objects(rgb, labels, donor_rgb, donor_labels)
    laid = donor_labels == 7
    assert (view[laid] == 200).all()
    assert (truth[laid] == 7).all()
    assert np.array_equal(view[~laid], rgb[~laid])
    assert np.array_equal(truth[~laid], labels[~laid])
    assert all(np.array_equal(a, b) for a, b in zip(before, (rgb, labels, donor_rgb, donor_labels), strict=True))


@settings(max_examples=60, deadline=None)
@given(
    seed=st.integers(0, 2**32),
    rotation=st.sampled_from([0.0, 10.0, 180.0]),
    blur=st.sampled_from([0.0, 2.0]),
    scales=st.sampled_from([(), (0.5, 0.75, 1.0, 1.25, 1.5)]),
    stretch=st.sampled_from([0.0, 0.5]),
    crop=st.sampled_from([32, 64, 96]),
)
def test_no_view_ever_invents_a_label(
    seed: int, rotation: float, blur: float, scales: tuple[float, ...], stretch: float, crop: int
) -> None:
    rgb, labels = _image()
    labels[20:30, 30:40] = 200  # between 200 and its neighbours any interpolation would leave other values
    view = _view(crop=crop, rotation=rotation, rotation_chance=1.0, blur=blur, scales=scales, stretch=stretch)
    seen, truth = view(rgb, labels, rng=np.random.default_rng(seed))
    assert (seen.shape, truth.shape) == ((crop, crop, 3), (crop, crop))
    assert (seen.dtype, truth.dtype) == (np.uint8, np.uint8)
    assert set(np.unique(truth).tolist()) <= {0, 3, 5, 200, IGNORE}
    again = view(rgb, labels, rng=np.random.default_rng(seed))
    assert np.array_equal(again[0], seen)
    assert np.array_equal(again[1], truth)


@pytest.mark.parametrize(("degrees", "quarters"), [(90, 1), (180, 2), (-90, 3), (360, 0)])
def test_quarter_turns_are_exact(degrees: float, quarters: int) -> None:
    rng = np.random.default_rng(0)
    rgb = rng.integers(0, 256, (31, 31, 3), dtype=np.uint8)
    labels = rng.integers(0, 256, (31, 31), dtype=np.uint8)
    turned, moved = rotated(rgb, labels, degrees=degrees, fill=MAGENTA)
    assert np.array_equal(turned, np.rot90(rgb, quarters))
    assert np.array_equal(moved, np.rot90(labels, quarters))


@settings(max_examples=40, deadline=None)
@given(degrees=st.floats(-180, 180), height=st.integers(20, 60), width=st.integers(20, 60))
def test_image_and_labels_turn_together_and_corners_are_void(degrees: float, height: int, width: int) -> None:
    labels = np.zeros((height, width), dtype=np.uint8)
    labels[height // 3 : 2 * height // 3, width // 4 : width // 2] = 4
    rgb = np.repeat((labels * 50)[..., None], 3, axis=2)
    turned, moved = rotated(rgb, labels, degrees=degrees, fill=MAGENTA)
    assert set(np.unique(moved).tolist()) <= {0, 4, IGNORE}
    # Where a pixel's place before turning lies, by the definition of a rotation.
    y, x = np.mgrid[:height, :width].astype(np.float64)
    y, x = y - (height - 1) / 2, x - (width - 1) / 2
    angle = np.deg2rad(degrees)
    source_x = np.cos(angle) * x - np.sin(angle) * y + (width - 1) / 2
    source_y = np.sin(angle) * x + np.cos(angle) * y + (height - 1) / 2
    outside = (source_x < -0.6) | (source_x > width - 0.4) | (source_y < -0.6) | (source_y > height - 0.4)
    inside = (source_x > -0.4) & (source_x < width - 0.6) & (source_y > -0.4) & (source_y < height - 0.6)
    assert (moved[outside] == IGNORE).all()
    assert (moved[inside] != IGNORE).all()
    clear = (np.abs(source_x % 1 - 0.5) > 0.1) & (np.abs(source_y % 1 - 0.5) > 0.1) & inside
    nearest = labels[np.rint(source_y[clear]).astype(int), np.rint(source_x[clear]).astype(int)]
    assert np.array_equal(moved[clear], nearest)
    plain = (turned[..., 0] == turned[..., 1]) & ((turned[..., 0] == 0) | (turned[..., 0] == 200)) & inside
    assert (np.where(turned[..., 0] == 200, 4, 0)[plain] == moved[plain]).mean() > 0.97


def test_blur_keeps_the_mean_and_evens_out_noise() -> None:
    rgb = np.random.default_rng(0).integers(0, 256, (64, 64, 3), dtype=np.uint8)
    soft = blurred(rgb, sigma=2.0)
    assert abs(float(soft.mean()) - float(rgb.mean())) < 1.0
    assert soft.std() < rgb.std() / 4


def test_the_five_scales_are_all_used_and_no_other() -> None:
    labels = np.ones((40, 40), dtype=np.uint8)
    rgb = np.zeros((40, 40, 3), dtype=np.uint8)
    view = _view(crop=64, scales=(0.5, 0.75, 1.0, 1.25, 1.5))
    sides = [int(np.sqrt((view(rgb, labels, rng=np.random.default_rng(s))[1] == 1).sum())) for s in range(100)]
    assert set(sides) == {20, 30, 40, 50, 60}


@pytest.mark.parametrize(
    "changed", [{}, {"rotation": 10.0}, {"blur": 2.0}, {"rotation": 10.0, "blur": 2.0}, {"scales": (1.0,)}]
)
def test_new_parts_change_no_other_draw(changed: dict[str, object]) -> None:
    """The draws of a view, written out: runs go on where they stopped only as long as these stay."""
    rgb, labels = _image(60, 60)
    rng = np.random.default_rng((1, 2))
    _view(crop=48, scale=(1.0, 1.0), brightness=0.2, **changed)(rgb, labels, rng=rng)
    plain = np.random.default_rng((1, 2))
    plain.uniform(0.0, 0.0)  # scale
    plain.uniform(-1.0, 1.0)  # stretch
    plain.integers(0, 13), plain.integers(0, 13)  # crop
    plain.random()  # mirror
    plain.uniform(-1.0, 1.0, size=4)  # colour
    assert rng.bit_generator.state == plain.bit_generator.state


def test_chances_are_kept() -> None:
    rgb, labels = _image(60, 60)
    settings_ = {"crop": 60, "scale": (1.0, 1.0), "mirror": 0.0, "rotation": 90.0, "blur": 3.0}
    for chances, kept in (((0.0, 0.0), 40), ((1.0, 1.0), 0)):
        view = _view(rotation_chance=chances[0], blur_chance=chances[1], **settings_)
        same = [np.array_equal(view(rgb, labels, rng=np.random.default_rng(s))[0], rgb) for s in range(40)]
        assert sum(same) == kept
    view = _view(rotation_chance=0.5, blur_chance=0.0, **settings_)
    same = [np.array_equal(view(rgb, labels, rng=np.random.default_rng(s))[1], labels) for s in range(200)]
    assert 60 < sum(same) < 140


@pytest.mark.parametrize(
    "wrong",
    [{"scale": (0.0, 1.0)}, {"scales": (1.0, -1.0)}, {"mirror": 1.5}, {"blur": -1.0}, {"rotation": 181.0},
     {"rotation_chance": -0.1}, {"hue": -1.0}],
)  # fmt: skip
def test_values_out_of_range_are_named(wrong: dict[str, object]) -> None:
    with pytest.raises(SettingError, match=rf"augmentation\.{next(iter(wrong))}"):
        check_augmentation(Augmentation(**wrong))  # type: ignore[arg-type]
