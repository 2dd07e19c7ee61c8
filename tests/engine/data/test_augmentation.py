"""Random views: repeatable, aligned, and never inventing a label."""

from __future__ import annotations

import numpy as np
import pytest

from engine.cascade.result import IGNORE
from engine.data.augmentation import Augmentation, paste_objects


def _image(height: int = 60, width: int = 90) -> tuple[np.ndarray, np.ndarray]:
    """Colour and label tell the same: class k is the grey value 40·k."""
    labels = np.zeros((height, width), dtype=np.uint8)
    labels[10:40, 20:70] = 3
    labels[40:, :30] = 5
    return np.repeat((labels * 40)[..., None], 3, axis=2), labels


def test_the_same_generator_gives_the_same_view_and_another_gives_another() -> None:
    rgb, labels = _image()
    augment = Augmentation(crop=64, stretch=0.3, brightness=0.3, contrast=0.3, saturation=0.3, hue=20.0)
    one = augment(rgb, labels, rng=np.random.default_rng(7))
    same = augment(rgb, labels, rng=np.random.default_rng(7))
    other = augment(rgb, labels, rng=np.random.default_rng(8))
    assert np.array_equal(one[0], same[0])
    assert np.array_equal(one[1], same[1])
    assert not np.array_equal(one[0], other[0])


@pytest.mark.parametrize("scale", [(1.0, 1.0), (0.4, 0.4), (2.5, 2.5), (0.5, 2.0)])
def test_labels_stay_with_their_pixels_and_no_new_value_appears(scale: tuple[float, float]) -> None:
    rgb, labels = _image()
    augment = Augmentation(crop=96, scale=scale, stretch=0.2, fill=(255, 0, 255))
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
    augment = Augmentation(crop=58, scale=(1.0, 1.0), mirror=0.0)
    views = [augment(rgb, labels, rng=np.random.default_rng(seed)) for seed in range(300)]
    assert all((truth != IGNORE).all() for _, truth in views)
    assert any((view[0, 0] == (1, 2, 3)).all() for view, _ in views)
    assert any((view[-1, -1] == (4, 5, 6)).all() for view, _ in views)


def test_mirroring_moves_image_and_labels_together() -> None:
    rgb, labels = _image(60, 60)
    always = Augmentation(crop=60, scale=(1.0, 1.0), mirror=1.0)
    view, truth = always(rgb, labels, rng=np.random.default_rng(0))
    assert np.array_equal(view, rgb[:, ::-1])
    assert np.array_equal(truth, labels[:, ::-1])


def test_without_any_change_asked_for_nothing_changes() -> None:
    rgb, labels = _image(60, 60)
    view, truth = Augmentation(crop=60, scale=(1.0, 1.0), mirror=0.0)(rgb, labels, rng=np.random.default_rng(0))
    assert np.array_equal(view, rgb)
    assert np.array_equal(truth, labels)


def test_colour_changes_leave_labels_and_geometry_alone() -> None:
    rgb, labels = _image(60, 60)
    rgb = rgb // 2 + 60
    plain = Augmentation(crop=48)
    coloured = Augmentation(crop=48, brightness=0.5, contrast=0.5, saturation=0.5, hue=90.0)
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
    augment = Augmentation(crop=64, scale=(1.0, 1.0), brightness=0.5, hue=20.0)
    for seed in range(5):
        augment(rgb, labels, rng=np.random.default_rng(seed))


def test_a_very_thin_image_survives() -> None:
    augment = Augmentation(crop=32, scale=(0.3, 0.3))
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
