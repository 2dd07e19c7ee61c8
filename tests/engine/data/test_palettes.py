"""Palettes and id tables against the values that the data sets publish."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from engine.data.palettes import (
    CITYSCAPES_CLASSES,
    CITYSCAPES_IDS,
    VOC_CLASSES,
    cityscapes_ids_to_train_ids,
    cityscapes_palette,
    cityscapes_train_ids_to_ids,
    full_palette,
    voc_palette,
)


@pytest.mark.parametrize(
    ("index", "colour"),
    [
        (0, (0, 0, 0)),
        (1, (128, 0, 0)),
        (2, (0, 128, 0)),
        (15, (192, 128, 128)),
        (20, (0, 64, 128)),
        (255, (224, 224, 192)),
    ],
)
def test_voc_colours(index: int, colour: tuple[int, int, int]) -> None:
    assert tuple(voc_palette()[index]) == colour


@given(st.integers(0, 255))
def test_voc_palette_follows_the_bit_rule(index: int) -> None:
    """The development kit's own loop, bit by bit."""
    red = green = blue = 0
    rest = index
    for shift in range(7, -1, -1):
        red |= (rest & 1) << shift
        green |= (rest >> 1 & 1) << shift
        blue |= (rest >> 2 & 1) << shift
        rest >>= 3
    assert tuple(voc_palette()[index]) == (red, green, blue)


def test_voc_colours_are_all_different() -> None:
    assert len(np.unique(voc_palette(), axis=0)) == 256
    assert len(VOC_CLASSES) == len(set(VOC_CLASSES)) == 21


@pytest.mark.data
def test_voc_palette_is_that_of_the_data_set(data_folder: Path) -> None:
    masks = sorted((data_folder / "VOCdevkit").rglob("SegmentationClass/*.png"))
    if not masks:
        pytest.skip("no VOC masks here")
    with Image.open(masks[0]) as mask:
        stored = np.array(mask.getpalette(), dtype=np.uint8).reshape(-1, 3)
    assert np.array_equal(stored, voc_palette()[: len(stored)])


def test_cityscapes_table() -> None:
    assert len(CITYSCAPES_CLASSES) == len(CITYSCAPES_IDS) == len(cityscapes_palette()) == 19
    table = dict(zip(CITYSCAPES_CLASSES, zip(CITYSCAPES_IDS, cityscapes_palette().tolist(), strict=True), strict=True))
    assert table["road"] == (7, [128, 64, 128])
    assert table["sky"] == (23, [70, 130, 180])
    assert table["car"] == (26, [0, 0, 142])
    assert table["bicycle"] == (33, [119, 11, 32])


def test_ids_there_and_back_are_the_identity_on_the_19_classes() -> None:
    train_ids = np.arange(19, dtype=np.uint8)
    assert np.array_equal(cityscapes_ids_to_train_ids()[cityscapes_train_ids_to_ids()[train_ids]], train_ids)
    unused = [i for i in range(256) if i not in CITYSCAPES_IDS]
    assert (cityscapes_ids_to_train_ids()[unused] == 255).all()
    assert (cityscapes_train_ids_to_ids()[19:] == 0).all()


@given(st.integers(0, 256))
def test_full_palette_keeps_the_given_colours(count: int) -> None:
    given_colours = np.random.default_rng(count).integers(0, 256, (count, 3), dtype=np.uint8)
    full = full_palette(given_colours)
    assert full.shape == (256, 3)
    assert np.array_equal(full[:count], given_colours)
    assert np.array_equal(full[count:], voc_palette()[count:])
