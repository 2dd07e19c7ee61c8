"""numpy pictures as QImages: colours, sizes, memory."""

from __future__ import annotations

import gc

import numpy as np
import pytest
from PySide6.QtGui import QImage

from app.services.qt_images import pyramid, to_qimage


def test_colours_stay_where_they_are() -> None:
    rgb = np.random.default_rng(1).integers(0, 256, (5, 7, 3), dtype=np.uint8)
    image = to_qimage(rgb)
    assert image.format() == QImage.Format.Format_RGB32
    shown = [[image.pixelColor(x, y).getRgb()[:3] for x in range(7)] for y in range(5)]
    np.testing.assert_array_equal(np.array(shown), rgb)


def test_grey_and_alpha() -> None:
    assert to_qimage(np.full((2, 3), 9, dtype=np.uint8)).pixelColor(1, 1).getRgb() == (9, 9, 9, 255)
    layer = np.zeros((2, 3, 4), dtype=np.uint8)
    layer[0, 0] = (200, 100, 50, 128)
    image = to_qimage(layer)
    assert image.format() == QImage.Format.Format_ARGB32_Premultiplied
    red, green, blue, alpha = image.pixelColor(0, 0).getRgb()  # type: ignore[misc]
    assert (red, green, blue) == pytest.approx((200, 100, 50), abs=2)
    assert (alpha, image.pixelColor(1, 1).alpha()) == (128, 0)


def test_the_image_outlives_the_array_and_other_images() -> None:
    images = [to_qimage(np.full((300, 400, 3), value, dtype=np.uint8)) for value in range(40)]
    copies = [QImage(image) for image in images[::2]]
    del images
    gc.collect()
    _ = [np.full((300, 400, 4), 255, dtype=np.uint8) for _ in range(40)]
    assert [copy.pixelColor(399, 299).red() for copy in copies] == list(range(0, 40, 2))


@pytest.mark.parametrize(
    ("size", "widths"), [((1, 1), [1]), ((512, 512), [512]), ((200, 30_000), [30_000, 468]), ((513, 40), [40, 20])]
)
def test_levels_halve_until_they_are_small(size: tuple[int, int], widths: list[int]) -> None:
    levels = pyramid(np.full((*size, 3), 120, dtype=np.uint8))
    assert [levels[0].width(), levels[-1].width()] == [widths[0], widths[-1]]
    assert levels[-1].pixelColor(0, 0).red() == 120
    assert max(levels[-1].width(), levels[-1].height()) <= 512
    assert min(min(level.width(), level.height()) for level in levels) >= 1
