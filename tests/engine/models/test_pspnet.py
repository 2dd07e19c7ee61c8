"""PSPNet: counts, names, pooling, what training adds."""

from __future__ import annotations

import pytest
import torch
from torch.nn import functional as F

from engine.models.loading import for_inference
from engine.models.pspnet import BINS, FORMS, PspNet, PyramidPooling, build
from engine.models.region_pooling import pooled
from engine.models.resnet import ResNetForm
from engine.models.supervision import supervised_loss
from tests.engine.models.blocks import spread_norms

# Parameters with and without the auxiliary head (pspnet reference §2).
COUNTS = {
    ("resnet50", 21): (49_081_578, 46_716_373),
    ("resnet101", 21): (68_073_706, 65_708_501),
    ("resnet50", 19): (49_080_038, 46_715_347),
    ("resnet101", 150): (68_173_036, 65_774_678),
    ("resnet50-7x7", 21): (48_957_802, 46_592_597),
    ("resnet101-7x7", 21): (67_949_930, 65_584_725),
    ("resnet50-torchvision", 21): (48_957_802, 46_592_597),
}
SMALL = ResNetForm((1, 1, 1, 1), stem="deep")


def pictures(count: int, height: int, width: int) -> torch.Tensor:
    return torch.randn(count, 3, height, width, generator=torch.Generator().manual_seed(5))


@pytest.fixture(scope="module")
def small() -> PspNet:
    torch.manual_seed(0)
    network = PspNet(5, SMALL).eval()
    spread_norms(network)
    return network


@pytest.mark.parametrize(("variant", "classes"), COUNTS)
def test_parameters_are_those_of_the_reference(variant: str, classes: int) -> None:
    with torch.device("meta"):
        network = build(variant, classes)
    total = sum(p.numel() for p in network.parameters())
    auxiliary = sum(p.numel() for p in network.aux.parameters())
    assert (total, total - auxiliary) == COUNTS[variant, classes]


def test_entries_of_the_state_dict() -> None:
    with torch.device("meta"):
        assert len(build("resnet50", 21).state_dict()) == 370
        assert len(build("resnet101", 21).state_dict()) == 676


@pytest.mark.parametrize("variant", FORMS)
def test_the_parts_hold_every_parameter_once(variant: str) -> None:
    with torch.device("meta"):
        network = build(variant, 21)
    seen = [id(p) for part in network.parts() for module in part.modules for p in module.parameters()]
    assert len(seen) == len(set(seen)) == len(list(network.parameters()))


@pytest.mark.parametrize("variant", [pytest.param(v, marks=pytest.mark.slow) for v in FORMS])
def test_every_variant_learns_at_two_sizes(variant: str) -> None:
    torch.manual_seed(0)
    learn(build(variant, 5).train())


def test_the_auxiliary_head_learns_too() -> None:
    torch.manual_seed(0)
    learn(PspNet(5, SMALL).train())


def learn(network: PspNet) -> None:
    for height, width in ((33, 33), (32, 64)):
        network.zero_grad()
        terms = network.training_terms(pictures(2, height, width))
        assert [(t.name, t.weight, t.scores.shape[1]) for t in terms] == [("main", 1.0, 5), ("aux", 0.4, 5)]
        labels = torch.randint(0, 5, (2, height, width))
        supervised_loss(terms, labels).backward()  # type: ignore[no-untyped-call]
        assert all(p.grad is not None and bool(p.grad.isfinite().all()) for p in network.parameters())


def test_pooling_equals_fixed_windows_on_a_grid_they_divide() -> None:
    features = torch.randn(1, 8, 60, 60)
    for bins, kernel in zip(BINS, (60, 30, 20, 10), strict=True):
        assert torch.allclose(pooled(features, bins), F.avg_pool2d(features, kernel), atol=1e-6)


def test_the_widest_window_is_the_same_everywhere() -> None:
    torch.manual_seed(0)
    output = PyramidPooling(8).eval()(torch.randn(1, 8, 12, 12))
    assert output.shape[1] == 16
    widest = output[:, 8:10]
    assert torch.equal(widest, widest[:, :, :1, :1].expand_as(widest))
    assert not torch.equal(output[:, 14:], output[:, 14:, :1, :1].expand_as(output[:, 14:]))


def test_inference_does_without_the_auxiliary_head(small: PspNet) -> None:
    fast = for_inference(small, device="cpu", precision="fp32")
    image = pictures(1, 64, 96)
    with torch.inference_mode():
        wanted = small.classify(1, small.first(image))
        got = fast.classify(1, fast.first(image))
    assert isinstance(wanted, torch.Tensor)
    assert isinstance(got, torch.Tensor)
    assert wanted.shape == (1, 5, 8, 12)
    assert float((wanted - got).abs().max()) <= 1e-5 * max(1.0, float(wanted.abs().max()))
    assert not hasattr(fast, "aux")
    assert [part.name for part in fast.parts()] == [part.name for part in small.parts() if part.name != "aux"]
    with pytest.raises(ValueError, match="no deeper one"):
        small.deeper(2, got)
