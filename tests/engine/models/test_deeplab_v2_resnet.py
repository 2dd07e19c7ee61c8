"""DeepLab-v2 on ResNet: counts, grids, fusion of scales and its losses."""

from __future__ import annotations

import pytest
import torch
from torch.nn import functional as F

from engine.models.counting import count
from engine.models.deeplab_v2_resnet import (
    FORMS,
    DeepLabV2ResNet,
    build,
    multi_scale_loss,
    multi_scale_scores,
    shrunk_size,
)
from engine.models.loading import for_inference
from engine.models.resnet import RESNET101, ResNetForm
from engine.models.supervision import picked_labels
from tests.engine.models.blocks import spread_norms

SMALL = ResNetForm((1, 1, 1, 1), stride_in="conv1")


def scores_of(network: DeepLabV2ResNet, image: torch.Tensor) -> torch.Tensor:
    (scores,) = network.all_scores(image)
    return scores


def test_counts_of_the_reference() -> None:
    with torch.device("meta"):
        network = build("resnet101", 21)
        large_fov = DeepLabV2ResNet(21, ResNetForm(RESNET101, stride_in="conv1"), rates=(12,))
        assert count(network, size=64).params == 44_048_532
        assert sum(p.numel() for p in large_fov.parameters()) == 42_887_253
        assert len(network.state_dict()) == 632


@pytest.mark.parametrize(("side", "cells"), [(321, (41, 31, 21)), (513, (65, 49, 33))])
def test_grids_of_the_reference(side: int, cells: tuple[int, int, int]) -> None:
    with torch.device("meta"):
        network = DeepLabV2ResNet(21, SMALL).eval()
        result = multi_scale_scores(lambda image: scores_of(network, image), torch.zeros(1, 3, side, side))
    assert tuple(s.shape[2] for s in (result.full, *result.scaled)) == cells
    assert result.fused.shape == result.full.shape


def test_sizes_of_smaller_scales() -> None:
    assert shrunk_size((513, 321), 0.75) == (385, 241)
    assert shrunk_size((513, 321), 0.5) == (257, 161)


@pytest.mark.parametrize("variant", [pytest.param(v, marks=pytest.mark.slow) for v in FORMS])
def test_every_variant_learns_at_two_sizes(variant: str) -> None:
    torch.manual_seed(0)
    learn(build(variant, 3).train(), sides=(33, 65))


def test_scales_learn_together() -> None:
    torch.manual_seed(0)
    learn(DeepLabV2ResNet(3, SMALL).train(), sides=(33, 65))


def learn(network: DeepLabV2ResNet, *, sides: tuple[int, int]) -> None:
    for side in sides:
        network.zero_grad()
        result = multi_scale_scores(lambda image: scores_of(network, image), torch.randn(2, 3, side, side))
        multi_scale_loss(result, torch.randint(0, 3, (2, side, side))).backward()  # type: ignore[no-untyped-call]
        assert all(p.grad is not None and bool(p.grad.isfinite().all()) for p in network.parameters())


def test_the_fused_scores_are_the_highest_of_any_scale() -> None:
    # Scores that say how large their image is: the smallest one wins everywhere.
    def answer(image: torch.Tensor) -> torch.Tensor:
        side = (image.shape[2] - 1) // 8 + 1
        return torch.full((1, 2, side, side), 1000.0 - image.shape[2])

    result = multi_scale_scores(answer, torch.zeros(1, 3, 65, 65))
    assert torch.equal(result.fused, torch.full((1, 2, 9, 9), 1000.0 - 33))


def test_labels_are_picked_corner_on_corner() -> None:
    labels = torch.arange(321).expand(1, 321, 321)
    assert torch.equal(picked_labels(labels, (41, 41)), labels[:, ::8, ::8])
    assert torch.equal(picked_labels(labels, (21, 21)), labels[:, ::16, ::16])
    nearest = F.interpolate(labels[None].float(), (41, 41), mode="nearest")[0].long()
    assert not torch.equal(picked_labels(labels, (41, 41)), nearest)


def test_the_loss_is_the_sum_of_four() -> None:
    torch.manual_seed(0)
    labels = torch.randint(0, 3, (1, 65, 65))
    labels[:, :20] = 255
    grids = iter((9, 7, 5))
    result = multi_scale_scores(lambda image: torch.randn(1, 3, *[next(grids)] * 2), torch.zeros(1, 3, 65, 65))
    three_quarters, half = result.scaled
    corner = {"mode": "bilinear", "align_corners": True}
    eighth, sixteenth = labels[:, ::8, ::8], labels[:, ::16, ::16]
    wanted = (
        F.cross_entropy(result.full, eighth, ignore_index=255)
        + F.cross_entropy(F.interpolate(three_quarters, (9, 9), **corner), eighth, ignore_index=255)  # type: ignore[arg-type]
        + F.cross_entropy(result.fused, eighth, ignore_index=255)
        + F.cross_entropy(half, sixteenth, ignore_index=255)
    )
    assert torch.allclose(multi_scale_loss(result, labels), wanted)


def test_the_inference_form_computes_the_same() -> None:
    torch.manual_seed(0)
    network = DeepLabV2ResNet(3, SMALL).eval()
    spread_norms(network)
    image = torch.randn(1, 3, 64, 96)
    with torch.inference_mode():
        wanted, got = (
            scores_of(network, image),
            for_inference(network, device="cpu", precision="fp32").all_scores(image),
        )
    assert wanted.shape == (1, 3, 8, 12)
    assert float((wanted - got[0]).abs().max()) <= 1e-5 * max(1.0, float(wanted.abs().max()))
