"""ResNet and ResNeXt backbones (He et al., CVPR 2016; Xie et al., CVPR 2017) under torchvision's key names.

Public weights of one shape exist that compute different things. What separates them is named here and nowhere guessed:
the stem, which convolution of a stage's first block strides, and the dilation of a dilated stage's first block.
"""

from __future__ import annotations

import copy
from dataclasses import dataclass
from typing import Literal

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from engine.cascade.block_program import Programmed, block_program
from engine.cascade.convolution import BatchNorm2d, Conv2d
from engine.cascade.fields import Field, pointwise
from engine.cascade.fused import FusedConv2d, fuse
from engine.cascade.network import Part
from engine.cascade.region_program import RegionProgram

Blocks = tuple[int, int, int, int]

RESNET50: Blocks = (3, 4, 6, 3)
RESNET101: Blocks = (3, 4, 23, 3)
# ExFuse's layer rearrangement: as many blocks, more of them early (exfuse reference §2).
REARRANGED: Blocks = (8, 8, 9, 8)

CHANNELS: tuple[int, int, int, int] = (256, 512, 1024, 2048)


@dataclass(frozen=True)
class ResNetForm:
    """What a ResNet is made of.

    Attributes:
        blocks: bottlenecks of layer1..layer4.
        stem: "7x7" (torchvision, Caffe: 64 channels) or "deep" (three 3×3 to 128 channels, pspnet reference §1).
        stride_in: the convolution of a stage's first block that strides: "conv1", its first 1×1 (Caffe), or "conv2",
            its 3×3 (torchvision, semseg).
        dilated: True keeps layer3 and layer4 at 1/8 with dilations 2 and 4; False ends at 1/32.
        first_dilation: of the first block of a dilated stage: "full" (DeepLab, PSPNet) or "half" (torchvision, which
            starts layer3 with 1 and layer4 with 2).
        groups, group_width: of the 3×3 convolutions; 32 and 8 is ResNeXt 32×8d.
    """

    blocks: Blocks
    stem: Literal["7x7", "deep"] = "7x7"
    stride_in: Literal["conv1", "conv2"] = "conv2"
    dilated: bool = True
    first_dilation: Literal["full", "half"] = "full"
    groups: int = 1
    group_width: int = 64


class Bottleneck(nn.Module):
    """1×1 reduce, 3×3, 1×1 increase, added to the input or to its projection; keys as in torchvision."""

    def __init__(
        self,
        inputs: int,
        *,
        width: int,
        outputs: int,
        strides: tuple[int, int] = (1, 1),
        dilation: int = 1,
        groups: int = 1,
        project: bool = False,
    ) -> None:
        super().__init__()
        first, second = strides
        self.conv1 = Conv2d(inputs, width, 1, first, bias=False)
        self.bn1 = BatchNorm2d(width)
        self.conv2 = Conv2d(width, width, 3, second, dilation, dilation, groups, bias=False)
        self.bn2 = BatchNorm2d(width)
        self.conv3 = Conv2d(width, outputs, 1, bias=False)
        self.bn3 = BatchNorm2d(outputs)
        self.downsample = (
            nn.Sequential(Conv2d(inputs, outputs, 1, first * second, bias=False), BatchNorm2d(outputs))
            if project
            else None
        )

    def forward(self, field: Field) -> Field:
        branch: Field = pointwise(torch.relu_, self.bn1(self.conv1(field)))
        branch = pointwise(torch.relu_, self.bn2(self.conv2(branch)))
        branch = self.bn3(self.conv3(branch))
        return pointwise(_add_relu, field if self.downsample is None else self.downsample(field), branch)

    def fused(self) -> FusedBottleneck:
        return FusedBottleneck(
            fuse(self.conv1, self.bn1, activation="relu"),
            fuse(self.conv2, self.bn2, activation="relu"),
            fuse(self.conv3, self.bn3),
            None if self.downsample is None else _fused_pair(self.downsample),
        )


class FusedBottleneck(Programmed, nn.Module):
    """A bottleneck for inference, batch norms folded."""

    def __init__(
        self, reduce: FusedConv2d, middle: FusedConv2d, increase: FusedConv2d, downsample: FusedConv2d | None
    ) -> None:
        super().__init__()
        self.reduce = reduce
        self.middle = middle
        self.increase = increase
        self.downsample = downsample

    def forward(self, field: Field) -> Field:
        done = self.by_program(field)
        if done is not None:
            return done
        branch: Field = self.middle(self.reduce(field))
        beside = field if self.downsample is None else self.downsample(field)
        return self.increase.onto(branch, beside, activation="relu")

    def as_program(self) -> RegionProgram | None:
        branch = [self.reduce, self.middle]
        return block_program([branch], self.increase, beside=self.downsample, activation="relu")


class ResNet(nn.Module):
    """A backbone without classifier; keys conv1, bn1 (deep stem: also conv2, bn2, conv3, bn3), layer1..layer4.

    Batch norms have eps 1e-5. The stem's pool is padded and rounds down: on the sizes 8n+1 of the references that is
    what Caffe's rounding up gives, and on multiples of 8 the grid is exactly 1/8.
    """

    layer1: nn.Sequential
    layer2: nn.Sequential
    layer3: nn.Sequential
    layer4: nn.Sequential

    def __init__(self, form: ResNetForm) -> None:
        super().__init__()
        widths = ((3, 64, 7),) if form.stem == "7x7" else ((3, 64, 3), (64, 64, 3), (64, 128, 3))
        self._stem = tuple(f"conv{number}" for number in range(1, len(widths) + 1))
        for number, (inputs, outputs, kernel) in enumerate(widths, start=1):
            stride = 2 if number == 1 else 1
            self.add_module(f"conv{number}", Conv2d(inputs, outputs, kernel, stride, kernel // 2, bias=False))
            self.add_module(f"bn{number}", BatchNorm2d(outputs))
        self.maxpool = nn.MaxPool2d(3, 2, 1)
        self.stem_channels = widths[-1][1]
        inputs = self.stem_channels
        for number, (count, outputs) in enumerate(zip(form.blocks, CHANNELS, strict=True), start=1):
            self.add_module(f"layer{number}", _layer(form, number, inputs, outputs, count))
            inputs = outputs
        for module in self.modules():
            if isinstance(module, nn.Conv2d):
                nn.init.kaiming_normal_(module.weight, mode="fan_out", nonlinearity="relu")

    def stem(self, image: Tensor) -> Tensor:
        """1/4 of the image's size, stem_channels channels."""
        features = image
        for name in self._stem:
            features = self.get_submodule(name)(features)
            if hasattr(self, norm := name.replace("conv", "bn")):
                features = torch.relu_(self.get_submodule(norm)(features))
        pooled: Tensor = self.maxpool(features)
        return pooled

    def forward(self, image: Tensor) -> tuple[Tensor, Tensor, Tensor, Tensor]:
        """The maps of layer1..layer4 of images N×3×H×W: 256, 512, 1024, 2048 channels at 1/4, 1/8, and then at 1/8
        (dilated) or 1/16 and 1/32.
        """
        first = self.layer1(self.stem(image))
        second = self.layer2(first)
        third = self.layer3(second)
        return first, second, third, self.layer4(third)

    def parts(self) -> tuple[Part, ...]:
        """Stem and layers, of the training form and of the fused one."""
        stem = tuple(child for name, child in self.named_children() if name.startswith(("conv", "bn")))
        return (
            Part("stem", 1, stem),
            *(Part(f"layer{number}", 1, (self.get_submodule(f"layer{number}"),)) for number in range(1, 5)),
        )

    def fused(self) -> ResNet:
        """A copy for inference, batch norms folded."""
        network = copy.copy(self)
        children: dict[str, nn.Module | None] = {
            name: fuse(_conv(self, name), _norm(self, name.replace("conv", "bn")), activation="relu")
            for name in self._stem
        }
        children["maxpool"] = self.maxpool
        for number in range(1, 5):
            blocks = self.get_submodule(f"layer{number}").children()
            children[f"layer{number}"] = nn.Sequential(*(b.fused() for b in blocks if isinstance(b, Bottleneck)))
        network._modules = children
        return network.eval()


def _layer(form: ResNetForm, number: int, inputs: int, outputs: int, count: int) -> nn.Sequential:
    dilation = {3: 2, 4: 4}.get(number, 1) if form.dilated else 1
    stride = 1 if number == 1 or dilation > 1 else 2
    strides = (stride, 1) if form.stride_in == "conv1" else (1, stride)
    width = outputs // 4 * form.groups * form.group_width // 64
    blocks = []
    for block in range(count):
        halved = block == 0 and form.first_dilation == "half"
        blocks.append(
            Bottleneck(
                outputs if block else inputs,
                width=width,
                outputs=outputs,
                strides=(1, 1) if block else strides,
                dilation=max(1, dilation // 2) if halved else dilation,
                groups=form.groups,
                project=block == 0,
            )
        )
    return nn.Sequential(*blocks)


def _conv(network: nn.Module, name: str) -> nn.Conv2d:
    module = network.get_submodule(name)
    assert isinstance(module, nn.Conv2d)
    return module


def _norm(network: nn.Module, name: str) -> nn.BatchNorm2d:
    module = network.get_submodule(name)
    assert isinstance(module, nn.BatchNorm2d)
    return module


def _fused_pair(pair: nn.Sequential) -> FusedConv2d:
    return fuse(_conv(pair, "0"), _norm(pair, "1"))


def _add_relu(x: Tensor, branch: Tensor) -> Tensor:
    return F.relu(x + branch, inplace=True)
