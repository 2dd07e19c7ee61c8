"""Label maps from grid probabilities against torch's own interpolation."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from torch.nn import functional as F

from engine.cancel import Cancelled, CancelToken
from engine.cascade import upsampling
from engine.cascade.upsampling import label_pixels


@pytest.mark.parametrize("size", [(64, 96), (61, 97), (5, 3), (200, 17)])
@pytest.mark.parametrize("strip", [64, 1 << 20])
def test_equals_bilinear_interpolation(size: tuple[int, int], strip: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(upsampling, "_STRIP_PIXELS", strip)
    torch.manual_seed(0)
    probabilities = torch.softmax(torch.randn(8, 12, 5) * 3, dim=-1)
    labels, confidence = label_pixels(probabilities, size)
    whole = F.interpolate(probabilities.permute(2, 0, 1)[None], size, mode="bilinear", align_corners=False)[0]
    best, expected = whole.max(dim=0)
    top = whole.topk(2, dim=0).values
    clear = (top[0] - top[1] > 1e-5).numpy()
    assert (labels == expected.numpy())[clear].all()
    assert np.abs(confidence - best.numpy() * 255).max() <= 0.51


def test_leaving_out_hopeless_classes_changes_nothing() -> None:
    torch.manual_seed(1)
    some = torch.softmax(torch.randn(6, 6, 3), dim=-1)
    many = torch.zeros(6, 6, 40)
    many[..., [4, 17, 33]] = some
    labels, _ = label_pixels(some, (48, 48))
    spread, _ = label_pixels(many, (48, 48))
    assert (np.array([4, 17, 33])[labels] == spread).all()


def test_can_be_cancelled() -> None:
    token = CancelToken()
    token.cancel()
    with pytest.raises(Cancelled):
        label_pixels(torch.full((2, 2, 2), 0.5), (16, 16), cancel=token)
