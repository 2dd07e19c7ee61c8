"""Files as others publish them: made from independent descriptions of their layouts, with random weights."""

from __future__ import annotations

from collections import OrderedDict
from pathlib import Path

import torch
from torch import Tensor, nn

from tests.engine.models.blocks import spread_norms


def save(state: dict[str, Tensor], path: Path, *, prefix: str = "", wrapper: str = "") -> Path:
    named = {f"{prefix}{key}": value for key, value in state.items()}
    torch.save({wrapper: named, "epoch": 50} if wrapper else named, path)
    return path


class KazutoUnit(nn.Sequential):
    """Convolution without bias, batch norm, ReLU (optional)."""

    def __init__(self, inputs: int, outputs: int, kernel: int, stride: int, padding: int, dilation: int, relu: bool):
        super().__init__()
        self.add_module("conv", nn.Conv2d(inputs, outputs, kernel, stride, padding, dilation, bias=False))
        self.add_module("bn", nn.BatchNorm2d(outputs))
        if relu:
            self.add_module("relu", nn.ReLU())


class KazutoBottleneck(nn.Module):
    """Strides in the first 1×1; shortcut in the first block alone."""

    def __init__(self, inputs: int, width: int, outputs: int, stride: int, dilation: int, first: bool) -> None:
        super().__init__()
        self.reduce = KazutoUnit(inputs, width, 1, stride, 0, 1, True)
        self.conv3x3 = KazutoUnit(width, width, 3, 1, dilation, dilation, True)
        self.increase = KazutoUnit(width, outputs, 1, 1, 0, 1, False)
        self.shortcut = KazutoUnit(inputs, outputs, 1, stride, 0, 1, False) if first else nn.Identity()

    def forward(self, x: Tensor) -> Tensor:
        return torch.relu(self.increase(self.conv3x3(self.reduce(x))) + self.shortcut(x))


class KazutoAspp(nn.Module):
    def __init__(self, classes: int) -> None:
        super().__init__()
        for number, rate in enumerate((6, 12, 18, 24)):
            self.add_module(f"c{number}", nn.Conv2d(2048, classes, 3, padding=rate, dilation=rate))

    def forward(self, x: Tensor) -> Tensor:
        return sum((stage(x) for stage in self.children()), start=torch.zeros(()))


def kazuto_deeplab(classes: int, blocks: tuple[int, int, int, int]) -> nn.Module:
    """DeepLab-v2 as kazuto1011/deeplab-pytorch has it, below "base."."""

    def layer(inputs: int, width: int, count: int, stride: int, dilation: int) -> nn.Sequential:
        outputs = 4 * width
        return nn.Sequential(
            OrderedDict(
                (f"block{n}", KazutoBottleneck(inputs if n == 1 else outputs, width, outputs, stride if n == 1 else 1,
                                               dilation, n == 1))
                for n in range(1, count + 1)
            )
        )  # fmt: skip

    stem = nn.Sequential(
        OrderedDict(conv1=KazutoUnit(3, 64, 7, 2, 3, 1, True), pool=nn.MaxPool2d(3, 2, 1, ceil_mode=True))
    )
    base = nn.Sequential(
        OrderedDict(
            layer1=stem,
            layer2=layer(64, 64, blocks[0], 1, 1),
            layer3=layer(256, 128, blocks[1], 2, 1),
            layer4=layer(512, 256, blocks[2], 1, 2),
            layer5=layer(1024, 512, blocks[3], 1, 4),
            aspp=KazutoAspp(classes),
        )
    )
    network = nn.Sequential(OrderedDict(base=base)).eval()
    spread_norms(network)
    return network


_STEM = {"conv1": "0", "bn1": "1", "conv2": "3", "bn2": "4", "conv3": "6", "bn3": "7"}


def semseg(state: dict[str, Tensor]) -> dict[str, Tensor]:
    """The state of a PSPNet of ours under semseg's names."""
    named = {}
    for key, value in state.items():
        key = key.removeprefix("backbone.")
        part, _, rest = key.partition(".")
        named[f"layer0.{_STEM[part]}.{rest}" if part in _STEM else key] = value
    return named


def backbone_of(state: dict[str, Tensor]) -> dict[str, Tensor]:
    """The backbone of a network of ours under torchvision's names, with a classifier of ImageNet."""
    named = {k.removeprefix("backbone."): v for k, v in state.items() if k.startswith("backbone.")}
    return {**named, "fc.weight": torch.zeros(1000, 2048), "fc.bias": torch.zeros(1000)}
