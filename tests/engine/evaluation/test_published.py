"""The published values: whole, plausible, and what is printed in the paper where a sum can be checked."""

from __future__ import annotations

import numpy as np
import pytest

from engine.data.palettes import CITYSCAPES_CLASSES, VOC_CLASSES
from engine.evaluation import published


def test_shares_sum_to_a_hundred_and_the_best_rho_is_the_papers() -> None:
    assert all(sum(row.shares) == 100 for row in published.TABLE_1 if row.shares is not None)
    assert max(published.TABLE_1, key=lambda row: row.mean_iou).rho == 0.985
    assert published.TABLE_2["LC"] == max(row.mean_iou for row in published.TABLE_1)
    assert published.TABLE_2["DSN"] == published.TABLE_1[0].mean_iou


def test_every_class_has_its_values() -> None:
    objects = set(VOC_CLASSES) - {"background"}
    assert all(set(row) == objects for row in published.TABLE_4.values())
    assert set(published.FIGURE_5A) == objects
    assert set(published.FIGURE_1A) == set(VOC_CLASSES)
    assert tuple(published.TABLE_5) == CITYSCAPES_CLASSES
    assert np.mean(list(published.TABLE_5.values())) == pytest.approx(72.3, abs=0.05)
    assert all(sum(row) == pytest.approx(100, abs=1.6) for row in published.FIGURE_1A.values())
    assert all(sum(row) == pytest.approx(100, abs=0.2) for row in published.FIGURE_5B.values())


def test_times_of_the_stages_sum_to_the_time_of_the_whole() -> None:
    whole = {row.rho: row.milliseconds for row in published.TABLE_1}
    for rho, stages in published.FIGURE_7B.items():
        assert sum(stages) == pytest.approx(whole[rho], abs=1.0)
