"""The bundled architecture: its grids, its split and its inference form."""

from __future__ import annotations

import pytest
import torch

from engine.cascade.fields import Field
from engine.cascade.layer_cascade import LayerCascade
from engine.models.lc_mobilenetv2 import LcMobileNetV2
from engine.models.mobilenetv2_cascade import Head, MobileNetV2Cascade
from engine.models.mobilenetv2_look import JOINT


@pytest.fixture(scope="module")
def network() -> LcMobileNetV2:
    torch.manual_seed(0)
    return LcMobileNetV2(21).eval()


def test_every_stage_classifies_at_an_eighth(network: LcMobileNetV2) -> None:
    with torch.inference_mode():
        scores = network.all_scores(torch.randn(1, 3, 96, 64))
    assert [tuple(s.shape) for s in scores] == [(1, 21, 12, 8)] * 3


def test_fine_blocks_see_what_the_strided_ones_saw() -> None:
    """With equal weights, every 4th cell of the fine blocks' map at 1/8 is the backbone's at 1/32."""
    torch.manual_seed(1)
    network = LcMobileNetV2(3).eval()
    for number in (14, 15, 16, 17):
        network.fine[str(number)].load_state_dict(network.features[number].state_dict())
    at_16 = torch.rand(1, 96, 10, 12)
    fine: Field = torch.zeros(1, 96, 20, 24)
    assert isinstance(fine, torch.Tensor)
    fine[:, :, ::2, ::2] = at_16
    coarse: Field = at_16
    with torch.inference_mode():
        for number in (14, 15, 16, 17):
            coarse = network.features[number](coarse)
            fine = network.fine[str(number)](fine)
    assert isinstance(fine, torch.Tensor)
    torch.testing.assert_close(fine[:, :, ::4, ::4], coarse)


def test_the_new_paths_start_at_zero(network: LcMobileNetV2) -> None:
    """At the start of training the fine blocks see the backbone's features alone."""
    image = torch.randn(1, 3, 64, 64)
    with torch.inference_mode():
        features = image
        for block in network.features[:14]:
            features = block(features)
        torch.testing.assert_close(
            network.first(image)[:, : -JOINT - 21],
            torch.nn.functional.interpolate(features, (8, 8), mode="bilinear", align_corners=False),
        )
        context = network.decoder.context
        offset = context(torch.randn(1, 1280, 2, 2))
        assert torch.equal(offset, context.excite.bias[None, :, None, None])


def test_with_its_classifier_the_later_stages_start_as_stage_one() -> None:
    torch.manual_seed(2)
    network = LcMobileNetV2(5).eval()
    for head in network.heads.values():
        assert isinstance(head, Head)
        head.classifier.load_state_dict(network.classifier.state_dict())
    with torch.inference_mode():
        first, *later = network.all_scores(torch.randn(1, 3, 64, 64))
    for scores in later:
        torch.testing.assert_close(scores, first, atol=1e-4, rtol=1e-4)


def test_without_the_look_at_the_whole_photo_the_rest_is_the_same(network: LcMobileNetV2) -> None:
    scene = MobileNetV2Cascade(21).eval()
    state = network.state_dict()
    scene.load_state_dict({key: state[key] for key in scene.state_dict()})
    image = torch.randn(1, 3, 64, 96)
    with torch.inference_mode():
        # With a prior of zeros only the share of a cell's own score is between them.
        features = scene.first(image)
        padded = torch.cat([features, features.new_zeros(1, 21, *features.shape[2:])], dim=1)
        for stage in (1, 2, 3):
            own, other = scene.classify(stage, features), network.classify(stage, padded)
            torch.testing.assert_close(0.7 * own, other)
            if stage < 3:
                features, padded = scene.deeper(stage + 1, features), network.deeper(stage + 1, padded)


@pytest.mark.parametrize("share", [1.0, 0.4, 0.05])
@pytest.mark.parametrize("scene", [False, True])
def test_the_inference_form_computes_the_same(network: MobileNetV2Cascade, share: float, scene: bool) -> None:
    if scene:
        torch.manual_seed(0)
        network = MobileNetV2Cascade(21).eval()
    image = torch.randn(1, 3, 96, 96)
    keep = torch.rand(144, generator=torch.Generator().manual_seed(1)) < share
    with torch.inference_mode():
        answers = []
        for form in (network, network.optimised()):
            cascade = LayerCascade(form.eval())
            answers.append(cascade.advance_on(cascade.start(image), keep).probabilities)
    torch.testing.assert_close(answers[0], answers[1], atol=1e-5, rtol=1e-4)
