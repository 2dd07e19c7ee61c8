from __future__ import annotations

from dataclasses import replace

import pytest

from engine.errors import SettingError
from engine.refine import DEFAULT_PRESET, PRESETS


def test_presets_are_the_published_ones():
    published = {
        "deeplab_v1": (5, 50, 10, 3, 3),
        "deeplab_v1_largefov": (4, 121, 5, 3, 3),
        "deeplab_v2_vgg": (4, 65, 3, 2, 2),
        "deeplab_v2_resnet": (4, 67, 3, 3, 1),
    }
    ours = {
        name: (p.bilateral_weight, p.bilateral_xy, p.bilateral_rgb, p.position_weight, p.position_xy)
        for name, p in PRESETS.items()
    }
    assert ours == published
    assert {(p.iterations, p.normalization) for p in PRESETS.values()} == {(10, "after")}
    assert DEFAULT_PRESET in PRESETS


@pytest.mark.parametrize(
    "wrong",
    [
        {"bilateral_weight": -1},
        {"position_weight": float("nan")},
        {"bilateral_xy": 0},
        {"bilateral_rgb": float("inf")},
        {"position_xy": -3},
        {"iterations": -1},
        {"normalization": "before"},
    ],
)
def test_values_that_make_no_sense_are_refused_by_name(wrong):
    with pytest.raises(SettingError, match=next(iter(wrong))):
        replace(PRESETS["deeplab_v1"], **wrong)
