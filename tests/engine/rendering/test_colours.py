"""Colours keep their order and stay apart, also for eyes that do not see all of them."""

from __future__ import annotations

import numpy as np
import pytest

from engine.rendering import confidence_colours, stage_colours
from engine.rendering.colours import class_table, painted_classes

# Machado, Oliveira & Fernandes 2009, severity 1, on linear RGB.
DEFICIENCIES = {
    "none": np.eye(3),
    "protanopia": [[0.152286, 1.052583, -0.204868], [0.114503, 0.786281, 0.099216], [-0.003882, -0.048116, 1.051998]],
    "deuteranopia": [[0.367322, 0.860646, -0.227968], [0.280085, 0.672501, 0.047413], [-0.011820, 0.042940, 0.968881]],
    "tritanopia": [[1.255528, -0.076749, -0.178779], [-0.078411, 0.930809, 0.147602], [0.004733, 0.691367, 0.303900]],
}


def lab_lightness(colours: np.ndarray, deficiency: str) -> np.ndarray:
    """CIE L* of sRGB colours as the eye described sees them."""
    s = colours.astype(np.float64) / 255
    linear = np.where(s <= 0.04045, s / 12.92, ((s + 0.055) / 1.055) ** 2.4)
    seen = (linear @ np.array(DEFICIENCIES[deficiency]).T).clip(0, 1)
    y = seen @ np.array([0.2126, 0.7152, 0.0722])
    return np.where(y > 0.008856, 116 * np.cbrt(y) - 16, 903.3 * y)


@pytest.mark.parametrize("deficiency", DEFICIENCIES)
@pytest.mark.parametrize("count", [2, 3, 4, 5])
def test_later_stages_are_darker_for_every_eye(count: int, deficiency: str) -> None:
    colours = stage_colours(count)
    assert colours.shape == (count, 3)
    assert colours.dtype == np.uint8
    assert (np.diff(lab_lightness(colours, deficiency)) < -9).all()


def test_a_cascade_without_stages_is_refused() -> None:
    with pytest.raises(ValueError, match="at least one stage"):
        stage_colours(0)


def test_confidence_colours_grow_lighter_evenly() -> None:
    lightness = lab_lightness(confidence_colours(), "none")
    steps = lightness[8:] - lightness[:-8]  # single steps carry the rounding to 8 bits
    assert (steps > 0).all()
    assert steps.max() < 1.6 * steps.mean()


def test_background_and_ignore_are_not_painted() -> None:
    palette = np.array([[0, 0, 0], [9, 9, 9]], dtype=np.uint8)
    painted = painted_classes(palette)
    assert painted[0] == painted[255] == painted[2] == 0
    assert painted[1] == 255
    full = np.full((256, 3), 7, dtype=np.uint8)
    assert painted_classes(full)[255] == 0
    assert class_table(full)[254].tolist() == [7, 7, 7]
