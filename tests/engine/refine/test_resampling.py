from __future__ import annotations

import numpy as np
import pytest

from engine.refine.resampling import best_labels, nearest_mask, upsampled
from tests.engine.refine.pictures import random_belief


@pytest.mark.parametrize("size", [(40, 48), (61, 47), (200, 500), (90, 33)])
def test_best_labels_are_those_of_the_upsampled_probabilities(size, monkeypatch):
    monkeypatch.setattr("engine.refine.resampling._STRIP_BYTES", 4 * 500 * 7)
    probabilities = random_belief(3, classes=5, size=(20, 24))
    whole = upsampled(probabilities, size)
    ours = best_labels(probabilities, size, between=lambda: None)
    best = np.take_along_axis(whole, ours[None].astype(np.intp), axis=0)[0]
    # Two classes may tie within rounding.
    assert (whole.max(axis=0) - best).max() < 1e-6
    assert (ours == whole.argmax(axis=0)).mean() > 0.999


def test_upsampling_is_that_of_the_label_map():
    torch = pytest.importorskip("torch")
    probabilities = random_belief(3, classes=3, size=(12, 9))
    expected = torch.nn.functional.interpolate(
        torch.from_numpy(probabilities)[None], (96, 72), mode="bilinear", align_corners=False
    )[0].numpy()
    assert np.abs(upsampled(probabilities, (96, 72)) - expected).max() < 1e-5


def test_best_labels_can_be_stopped():
    def stop() -> None:
        raise InterruptedError

    with pytest.raises(InterruptedError):
        best_labels(random_belief(1), (80, 96), between=stop)


def test_mask_covers_whole_cells():
    mask = np.array([[True, False], [False, False]])
    wide = nearest_mask(mask, (5, 6))
    assert wide.shape == (5, 6)
    assert wide[:3, :3].all()
    assert wide.sum() == 9
    assert np.array_equal(nearest_mask(mask, (2, 2)), mask)
