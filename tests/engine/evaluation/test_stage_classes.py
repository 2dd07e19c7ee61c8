"""Classes by stage against the definition of Fig. 5."""

from __future__ import annotations

import json
from dataclasses import asdict

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as nps

from engine.cascade.result import IGNORE
from engine.evaluation.stage_classes import StageClassCounts, figure, from_json, tables

NAMES = ("background", "cat", "never")


@given(
    nps.arrays(np.uint8, (8, 12), elements=st.sampled_from([0, 1, IGNORE])),
    nps.arrays(np.uint8, (2, 3), elements=st.integers(1, 3)),
)
@settings(max_examples=60, deadline=None)
def test_ratios_and_shares_follow_their_definition(truth: np.ndarray, deciding: np.ndarray) -> None:
    counts = StageClassCounts(3, 3)
    counts.add(truth, deciding)
    result = counts.summary(NAMES, rho=0.9)
    stage = np.kron(deciding, np.ones((4, 4), dtype=np.uint8))
    valid = truth != IGNORE
    for name in range(3):
        mine = valid & (truth == name)
        decided = result.decided[name]
        if not mine.any():
            assert decided is None
            continue
        assert decided == pytest.approx([(mine & (stage == s)).sum() / mine.sum() for s in (1, 2, 3)])
        for s in (2, 3):
            reaching = valid & (stage >= s)
            ratio = result.label_ratios[name][s - 2]
            if not reaching.any():
                assert ratio is None
                continue
            share_there = (reaching & mine).sum() / reaching.sum()
            assert ratio == pytest.approx(share_there / (mine.sum() / valid.sum()))
    # Weighed with their shares the ratios say nothing new: they average to 1 wherever pixels arrive.
    for s in (2, 3):
        if (valid & (stage >= s)).any():
            weighed = [
                share * (row[s - 2] or 0.0) for share, row in zip(result.class_shares, result.label_ratios, strict=True)
            ]
            assert sum(weighed) == pytest.approx(1.0)


def test_a_grid_that_does_not_divide_the_image_is_followed_pixel_by_pixel() -> None:
    counts = StageClassCounts(1, 2)
    counts.add(np.zeros((5, 7), dtype=np.uint8), np.array([[1, 2], [2, 2]], dtype=np.uint8))
    # Rows 0..2 and columns 0..3 lie in the first cell.
    np.testing.assert_array_equal(counts.counts, [[12, 23]])


def test_results_survive_json_and_are_shown_with_and_without_published_values() -> None:
    counts = StageClassCounts(3, 3)
    counts.add(np.repeat(np.array([[0, 1]], dtype=np.uint8), 6, axis=0), np.array([[1], [2], [3]], dtype=np.uint8))
    result = counts.summary(NAMES, rho=0.985)
    assert from_json(json.loads(json.dumps(asdict(result)))) == result
    assert "published" not in tables(result)
    compared = tables(result, compare=True)
    assert "1.37, 1.31" in compared
    assert "8.2 / 39.2 / 52.6" in compared
    legends = [text.get_text() for text in figure(result, compare=True).axes[0].get_legend().get_texts()]
    assert legends == ["stage 2", "stage 3", "published stage 2", "published stage 3"]
