"""PSPNet's sliding window: its laws, and equality with the direct forward on one window."""

from __future__ import annotations

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch import Tensor
from torch.nn import functional as F

from engine.cancel import Cancelled, CancelToken
from engine.evaluation.sliding_window import (
    SlidingWindow,
    full_size_scores,
    image_probabilities,
    scaled_size,
    window_probabilities,
    window_starts,
)
from engine.models.pspnet import PspNet
from engine.models.resnet import ResNetForm


def brightness(images: Tensor) -> Tensor:
    """Two classes, scored by what each pixel itself shows."""
    return torch.stack([images[:, 0], images[:, 1]], dim=1)


def test_one_window_equals_the_direct_forward() -> None:
    torch.manual_seed(0)
    network = PspNet(4, ResNetForm((1, 1, 1, 1), stem="deep")).eval()
    scores_of = full_size_scores(network)
    image = torch.randn(3, 57, 57)
    with torch.inference_mode():
        found = window_probabilities(scores_of, image, SlidingWindow(crop=57))
        direct = torch.softmax(scores_of(image[None])[0], dim=0)
        mirrored = torch.softmax(scores_of(image[None].flip(3))[0], dim=0).flip(2)
        plain = window_probabilities(scores_of, image, SlidingWindow(crop=57, mirror=False))
    assert torch.allclose(found, (direct + mirrored) / 2, atol=1e-6)
    assert torch.allclose(plain, direct, atol=1e-6)


def test_the_grid_of_the_reference() -> None:
    cityscapes, voc = SlidingWindow(crop=713, base_side=2048), SlidingWindow()
    assert (cityscapes.step, voc.step) == (476, 316)
    assert [len(window_starts(side, 713, 476)) for side in scaled_size((1024, 2048), 2048)] == [2, 4]
    assert [len(window_starts(side, 473, 316)) for side in (473, 512)] == [1, 2]


@given(st.integers(1, 60), st.integers(0, 200), st.integers(1, 60))
def test_windows_cover_every_pixel_and_end_at_the_border(crop: int, more: int, step: int) -> None:
    starts = window_starts(crop + more, crop, min(step, crop))
    covered = {pixel for start in starts for pixel in range(start, start + crop)}
    assert covered == set(range(crop + more))
    assert starts == sorted(set(starts))


@pytest.mark.parametrize("size", [(20, 30), (33, 17), (64, 50), (90, 33)])
def test_windows_of_a_pixelwise_network_add_up_to_it(size: tuple[int, int]) -> None:
    image = torch.randn(3, *size, generator=torch.Generator().manual_seed(1))
    found = window_probabilities(brightness, image, SlidingWindow(crop=33))
    assert torch.allclose(found, torch.softmax(brightness(image[None])[0], dim=0), atol=1e-6)


def test_a_constant_answer_stays_constant_at_every_scale() -> None:
    window = SlidingWindow(crop=33, base_side=64, scales=(0.5, 0.75, 1.0, 1.75))
    found = image_probabilities(lambda i: i.new_tensor([1.0, 3.0])[None, :, None, None].expand(2, 2, 33, 33),
                                torch.randn(3, 40, 56), window)  # fmt: skip
    wanted = torch.softmax(torch.tensor([1.0, 3.0]), dim=0)[:, None, None].expand(2, 40, 56)
    assert torch.allclose(found, wanted, atol=1e-6)


def test_scales_are_averaged_as_probabilities() -> None:
    image = torch.randn(3, 40, 56, generator=torch.Generator().manual_seed(2))
    scales = (0.5, 1.0)
    alone = [image_probabilities(brightness, image, SlidingWindow(33, 56, (scale,))) for scale in scales]
    both = image_probabilities(brightness, image, SlidingWindow(33, 56, scales))
    assert torch.allclose(both, (alone[0] + alone[1]) / 2, atol=1e-6)
    assert torch.allclose(alone[1], torch.softmax(brightness(image[None])[0], dim=0), atol=1e-6)
    assert not torch.allclose(alone[0], alone[1], atol=1e-2)


def test_sizes_keep_the_ratio() -> None:
    assert scaled_size((375, 500), 512) == (384, 512)
    assert scaled_size((500, 375), 512) == (512, 384)
    assert scaled_size((1, 5000), 512) == (1, 512)


def test_it_can_be_cancelled() -> None:
    token = CancelToken()
    token.cancel()
    with pytest.raises(Cancelled):
        window_probabilities(brightness, torch.zeros(3, 40, 40), SlidingWindow(33), cancel=token)


def test_scores_are_resized_corner_on_corner() -> None:
    network = PspNet(2, ResNetForm((1, 1, 1, 1), stem="deep")).eval()
    image = torch.randn(1, 3, 33, 41)
    with torch.inference_mode():
        scores = network.all_scores(image)[-1]
        assert torch.equal(
            full_size_scores(network)(image), F.interpolate(scores, (33, 41), mode="bilinear", align_corners=True)
        )
