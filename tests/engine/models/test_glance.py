"""What a photo as a whole says of its cells."""

from __future__ import annotations

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.models.glance import PhotoClassifier, class_offsets, small_photo
from engine.models.inverted_residual import ConvNormAct
from engine.models.lc_mobilenetv2 import LcMobileNetV2


def _scores(strong: int, *, classes: int = 5, sure: float = 3.5, side: int = 4) -> torch.Tensor:
    """Background everywhere but for side² of 64 cells, which are of a class, more or less surely."""
    scores = torch.zeros(1, classes, 8, 8)
    scores[:, 0] = 6.0
    scores[:, 0, :side, :side] = 0.0
    scores[:, strong, :side, :side] = sure
    return scores


def test_what_the_photo_holds_gains_and_what_it_lacks_loses() -> None:
    offsets = class_offsets(_scores(2), torch.zeros(1, 5))[0]
    assert offsets[2] == 1.0
    assert offsets[[1, 3, 4]].tolist() == [-2.0] * 3
    assert offsets[0] == 0.0


def test_what_has_been_found_gains_the_less_the_more_of_it_there_is() -> None:
    gains = [float(class_offsets(_scores(2, sure=8.0, side=side), torch.zeros(1, 5))[0, 2]) for side in (2, 3, 4, 6)]
    assert gains == pytest.approx([1 - 4 / 16, 1 - 9 / 16, 0.0, 0.0])


def test_the_photos_classifier_can_speak_for_a_class_and_against_one() -> None:
    photo = torch.tensor([[0.0, 14.0, -14.0, 0.0, 0.0]])
    offsets = class_offsets(_scores(2), photo)[0]
    assert offsets[1] > 0
    assert offsets[2] < 0


@settings(deadline=None)
@given(seed=st.integers(0, 10_000), classes=st.integers(2, 9), images=st.integers(1, 3))
def test_offsets_are_bounded_and_each_photos_own(seed: int, classes: int, images: int) -> None:
    generator = torch.Generator().manual_seed(seed)
    scores = torch.randn(images, classes, 6, 5, generator=generator) * 8
    photo = torch.randn(images, classes, generator=generator) * 5
    offsets = class_offsets(scores, photo)
    assert offsets.shape == (images, classes)
    assert bool(((offsets >= -2.0) & (offsets <= 1.0)).all())
    alone = torch.cat([class_offsets(scores[n : n + 1], photo[n : n + 1]) for n in range(images)])
    torch.testing.assert_close(offsets, alone)


def test_no_gradient_flows_through_the_offsets() -> None:
    scores = _scores(1).requires_grad_()
    photo = torch.zeros(1, 5, requires_grad=True)
    assert not class_offsets(scores, photo).requires_grad


def test_the_photos_classifier_knows_nothing_at_first_and_its_blocks_never_learn() -> None:
    blocks = torch.nn.ModuleList([ConvNormAct(4, 8)])
    classifier = PhotoClassifier(blocks, 8, 3).eval()
    logits = classifier(torch.rand(2, 4, 6, 6))
    assert torch.equal(logits, torch.zeros(2, 3))
    logits.sum().backward()
    assert all(parameter.grad is None for parameter in blocks.parameters())
    assert classifier.classifier.bias is not None
    assert classifier.classifier.bias.grad is not None


def test_the_small_photo_keeps_to_multiples_of_32() -> None:
    for height, width in ((32, 32), (96, 448), (352, 352), (640, 64)):
        small = small_photo(torch.rand(1, 3, height, width))
        assert small.shape[2] % 32 == 0
        assert small.shape[3] % 32 == 0
        assert abs(small.shape[2] - height / 2) <= 16
        assert abs(small.shape[3] - width / 2) <= 16


def test_a_backbones_weights_also_start_the_photos_blocks() -> None:
    network = LcMobileNetV2(3)
    backbone = {key: value + 1 for key, value in network.state_dict().items() if key.startswith("features.")}
    tensors = network.starting_tensors(backbone)
    added = {key for key in network.state_dict() if key.startswith("photo.blocks.")}
    assert added == tensors.keys() - backbone.keys()
    assert torch.equal(tensors["photo.blocks.0.conv.0.0.weight"], backbone["features.4.conv.0.0.weight"])
    assert torch.equal(tensors["photo.blocks.14.0.weight"], backbone["features.18.0.weight"])


def test_weights_that_bring_everything_are_taken_as_they_are() -> None:
    state = LcMobileNetV2(3).state_dict()
    tensors = LcMobileNetV2(3).starting_tensors(state)
    assert tensors.keys() == state.keys()
    assert all(tensors[key] is state[key] for key in state)


def test_training_sees_no_prior() -> None:
    torch.manual_seed(0)
    network = LcMobileNetV2(4).train()
    image = torch.randn(1, 3, 64, 64)
    before = network.first(image)
    for parameter in network.photo.parameters():
        torch.nn.init.normal_(parameter)
    assert torch.equal(before[:, -4:], torch.zeros_like(before[:, -4:]))
    assert torch.equal(network.first(image), before)


def test_photo_scores_are_those_that_the_first_stage_hears() -> None:
    torch.manual_seed(0)
    network = LcMobileNetV2(4).eval()
    heard: list[torch.Tensor] = []
    network.photo.register_forward_hook(lambda module, inputs, output: heard.append(output))
    image = torch.randn(2, 3, 96, 128)
    with torch.inference_mode():
        network.first(image)
        torch.testing.assert_close(network.photo_scores(image), heard[0])
