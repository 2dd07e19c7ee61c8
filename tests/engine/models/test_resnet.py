"""ResNet backbones: names, sizes, and the switches that leave every shape as it is."""

from __future__ import annotations

import pytest
import torch

from engine.models.resnet import REARRANGED, RESNET50, RESNET101, ResNet, ResNetForm
from tests.engine.models.blocks import spread_norms

SMALL = (1, 2, 2, 2)


def parameters(form: ResNetForm) -> int:
    with torch.device("meta"):
        return sum(p.numel() for p in ResNet(form).parameters())


def picture(height: int, width: int) -> torch.Tensor:
    return torch.randn(1, 3, height, width, generator=torch.Generator().manual_seed(5))


# Counts of the pspnet reference §2 and the exfuse reference §6.
@pytest.mark.parametrize(
    ("form", "count"),
    [
        (ResNetForm(RESNET50), 23_508_032),
        (ResNetForm(RESNET101), 42_500_160),
        (ResNetForm(RESNET50, stem="deep"), 23_631_808),
        (ResNetForm(RESNET101, stem="deep"), 42_623_936),
        (ResNetForm(RESNET101, groups=32, group_width=8), 86_742_336),
        (ResNetForm(RESNET101, groups=32, group_width=4), 42_128_704),
        (ResNetForm(RESNET101, groups=64, group_width=4), 81_406_272),
        (ResNetForm(REARRANGED), 50_644_800),
        (ResNetForm(REARRANGED, groups=32, group_width=4), 50_332_480),
    ],
)
def test_parameters_are_those_of_the_references(form: ResNetForm, count: int) -> None:
    assert parameters(form) == count


@pytest.mark.parametrize(("side", "cells"), [(473, 60), (713, 90), (321, 41), (512, 64)])
@pytest.mark.parametrize("stem", ["deep", "7x7"])
def test_grids_of_dilated_networks(stem: str, side: int, cells: int) -> None:
    with torch.device("meta"):
        maps = ResNet(ResNetForm(SMALL, stem=stem))(torch.zeros(1, 3, side, side))  # type: ignore[arg-type]
    assert [m.shape[1] for m in maps] == [256, 512, 1024, 2048]
    assert [m.shape[2] for m in maps[1:]] == [cells] * 3


def test_strides_of_plain_networks() -> None:
    with torch.device("meta"):
        maps = ResNet(ResNetForm(SMALL, dilated=False))(torch.zeros(1, 3, 512, 512))
    assert [m.shape[2] for m in maps] == [128, 64, 32, 16]


def test_dilation_and_stride_stand_where_the_form_says() -> None:
    with torch.device("meta"):
        full = ResNet(ResNetForm(SMALL))
        half = ResNet(ResNetForm(SMALL, first_dilation="half"))
        caffe = ResNet(ResNetForm(SMALL, stride_in="conv1"))
    assert [b.conv2.dilation[0] for layer in (full.layer3, full.layer4) for b in layer] == [2, 2, 4, 4]
    assert [b.conv2.dilation[0] for layer in (half.layer3, half.layer4) for b in layer] == [1, 2, 2, 4]
    assert (full.layer2[0].conv1.stride, full.layer2[0].conv2.stride) == ((1, 1), (2, 2))
    assert (caffe.layer2[0].conv1.stride, caffe.layer2[0].conv2.stride) == ((2, 2), (1, 1))


@pytest.mark.parametrize("switch", [{"stride_in": "conv1"}, {"first_dilation": "half"}])
def test_same_shapes_compute_something_else(switch: dict[str, str]) -> None:
    torch.manual_seed(0)
    ours = ResNet(ResNetForm(SMALL)).eval()
    other = ResNet(ResNetForm(SMALL, **switch)).eval()  # type: ignore[arg-type]
    other.load_state_dict(ours.state_dict())
    with torch.inference_mode():
        image = picture(65, 65)
        assert not torch.allclose(ours(image)[3], other(image)[3], atol=1e-3)


@pytest.mark.parametrize(
    "form", [ResNetForm(SMALL, stem="deep"), ResNetForm(SMALL, dilated=False, groups=32, group_width=4)]
)
def test_the_inference_form_computes_the_same(form: ResNetForm) -> None:
    torch.manual_seed(0)
    network = ResNet(form).eval()
    spread_norms(network)
    with torch.inference_mode():
        image = picture(64, 96)
        for wanted, got in zip(network(image), network.fused()(image), strict=True):
            assert float((wanted - got).abs().max()) <= 1e-5 * max(1.0, float(wanted.abs().max()))


@pytest.mark.parametrize("name", ["resnet50", "resnet101", "resnext101_32x8d"])
def test_names_and_shapes_are_torchvisions(name: str) -> None:
    torchvision = pytest.importorskip("torchvision")
    forms = {
        "resnet50": ResNetForm(RESNET50, dilated=False),
        "resnet101": ResNetForm(RESNET101, dilated=False),
        "resnext101_32x8d": ResNetForm(RESNET101, dilated=False, groups=32, group_width=8),
    }
    with torch.device("meta"):
        wanted = getattr(torchvision.models, name)().state_dict()
        own = ResNet(forms[name]).state_dict()
    assert {k: v.shape for k, v in own.items()} == {k: v.shape for k, v in wanted.items() if not k.startswith("fc.")}


@pytest.mark.parametrize("dilated", [False, True])
def test_it_computes_what_torchvision_computes(dilated: bool) -> None:
    torchvision = pytest.importorskip("torchvision")
    torch.manual_seed(0)
    oracle = torchvision.models.resnet.ResNet(
        torchvision.models.resnet.Bottleneck, list(SMALL), replace_stride_with_dilation=[False, dilated, dilated]
    ).eval()
    spread_norms(oracle)
    own = ResNet(ResNetForm(SMALL, dilated=dilated, first_dilation="half")).eval()
    own.load_state_dict({k: v for k, v in oracle.state_dict().items() if not k.startswith("fc.")})
    with torch.inference_mode():
        features = picture(65, 97)
        got = own(features)
        for name in ("conv1", "bn1", "relu", "maxpool", "layer1", "layer2", "layer3", "layer4"):
            features = oracle.get_submodule(name)(features)
            if name.startswith("layer"):
                assert torch.allclose(got[int(name[-1]) - 1], features, rtol=1e-4, atol=1e-4)
