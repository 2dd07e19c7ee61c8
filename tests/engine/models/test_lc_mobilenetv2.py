"""The bundled architecture: its grids, its split and its inference form."""

from __future__ import annotations

import pytest
import torch

from engine.cascade.convolution import Conv2d
from engine.cascade.layer_cascade import LayerCascade
from engine.models.lc_mobilenetv2 import LcMobileNetV2


@pytest.fixture(scope="module")
def network() -> LcMobileNetV2:
    torch.manual_seed(0)
    return LcMobileNetV2(21).eval()


@pytest.mark.parametrize(("stride", "cells"), [(8, 12), (16, 6)])
def test_every_stage_classifies_on_the_grid(network: LcMobileNetV2, stride: int, cells: int) -> None:
    network.set_grid(stride)
    with torch.inference_mode():
        scores = network.all_scores(torch.randn(1, 3, 96, 96))
    network.set_grid(8)
    assert [tuple(s.shape) for s in scores] == [(1, 21, cells, cells)] * 3


def test_dilation_follows_the_grid(network: LcMobileNetV2) -> None:
    def dilations() -> list[tuple[int, ...]]:
        return [
            tuple(conv.dilation)
            for block in network.features[14:]
            for conv in block.modules()
            if isinstance(conv, Conv2d) and conv.groups > 1
        ]

    assert dilations() == [(2, 2), (4, 4), (4, 4), (4, 4)]
    network.set_grid(16)
    assert dilations() == [(1, 1), (2, 2), (2, 2), (2, 2)]
    network.set_grid(8)
    assert dilations() == [(2, 2), (4, 4), (4, 4), (4, 4)]


def test_a_grid_that_it_does_not_have_is_refused(network: LcMobileNetV2) -> None:
    with pytest.raises(ValueError, match="1/4"):
        network.set_grid(4)


def test_the_new_paths_start_at_zero(network: LcMobileNetV2) -> None:
    """At the start of training, stage 1 hands on the backbone's features alone."""
    image = torch.randn(1, 3, 64, 64)
    with torch.inference_mode():
        features = image
        for block in network.features[:14]:
            features = block(features)
        context = network.context(features)
        coarse = torch.nn.functional.interpolate(features + context, (8, 8), mode="bilinear", align_corners=False)
        torch.testing.assert_close(network.first(image), coarse)
        assert torch.equal(
            context, context.new_zeros(1).expand_as(context) + network.context.excite.bias[:, None, None]
        )


@pytest.mark.parametrize("share", [1.0, 0.4, 0.05])
def test_the_inference_form_computes_the_same(network: LcMobileNetV2, share: float) -> None:
    image = torch.randn(1, 3, 96, 96)
    keep = torch.rand(144, generator=torch.Generator().manual_seed(1)) < share
    with torch.inference_mode():
        answers = []
        for form in (network, network.optimised()):
            cascade = LayerCascade(form.eval())
            answers.append(cascade.advance_on(cascade.start(image), keep).probabilities)
    torch.testing.assert_close(answers[0], answers[1], atol=1e-5, rtol=1e-4)
