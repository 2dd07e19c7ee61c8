"""Rare classes weigh more, by the power that is asked for."""

from __future__ import annotations

import numpy as np
import pytest

from engine.cascade.result import IGNORE, UInt8
from engine.data.balance import balanced_weights, classes_present
from engine.data.palettes import voc_palette
from engine.data.samples import LabelledImage
from engine.errors import DataError

# Class 0 is everywhere, 1 in half of the images, 2 in an eighth; the last cannot be read, the one before is all void.
CLASSES = ({0, 1}, {0, 1}, {0, 1, IGNORE}, {0, 1, 2}, {0}, {0}, {IGNORE}, None)


class Listed:
    class_names = ("background", "common", "rare")
    palette: UInt8 = voc_palette()[:3]

    def __len__(self) -> int:
        return len(CLASSES)

    def name(self, index: int) -> str:
        return str(index)

    def load(self, index: int) -> LabelledImage:
        classes = CLASSES[index]
        if classes is None:
            raise DataError("image cannot be read", path=None)
        labels = np.resize(np.array(sorted(classes), dtype=np.uint8), (2, 3))
        return LabelledImage(self.name(index), np.zeros((2, 3, 3), dtype=np.uint8), labels)


@pytest.mark.parametrize("power", [0.0, 0.5, 1.0])
def test_an_image_weighs_as_its_rarest_class(power: float) -> None:
    common, rare, background = 2.0**power, 8.0**power, (8 / 6) ** power
    expected = [common, common, common, rare, background, background, 1.0, 1.0]
    assert balanced_weights(classes_present(Listed()), power=power) == pytest.approx(expected)
