"""deeplab-v1: VGG-16 with the hole algorithm at output stride 8 (Chen et al., ICLR 2015, arXiv 1412.7062).

Variants `largefov` (fc6 3×3, rate 12, 1024 wide), `4x4` and `7x7` (rate 4, 4096 wide); with the suffix `-msc` the image
and pool1..pool4 join the features before the classifier, each through two convolutions of 128 channels (§4.3 there).
The input is RGB; normalisation comes with the weights (torchvision's by default).
"""

from __future__ import annotations

import copy
from typing import Final, NamedTuple

import torch
from torch import Tensor, nn

from engine.cascade.convolution import Conv2d, Pointwise
from engine.cascade.fields import Field
from engine.cascade.network import Part, StagedNetwork
from engine.models.deeplab_vgg import classifier, deeplab_features, dense_layers
from engine.models.one_stage import inner_cells, no_deeper_stage
from engine.models.vgg import CHANNELS, fused_children


class _Dense(NamedTuple):
    kernel: int
    rate: int
    width: int


_VARIANTS: Final = {"largefov": _Dense(3, 12, 1024), "4x4": _Dense(4, 4, 4096), "7x7": _Dense(7, 4, 4096)}
_SIDE_WIDTH: Final = 128
# Channels of the image and of pool1..pool4, and the strides that bring each to the grid at 1/8.
_SIDES: Final = tuple(zip((3, *CHANNELS[:4]), (8, 4, 2, 1, 1), strict=True))


class DeepLabV1(StagedNetwork):
    """See the module's text.

    Args:
        dense: kernel and rate of fc6, width of fc6 and fc7.
        multi_scale: add the five side branches.
        average_pool: pool5a of the authors' LargeFOV network file: 3×3, stride 1, divisor always 9.
    """

    stage_count = 1

    def __init__(self, num_classes: int, *, dense: _Dense, multi_scale: bool, average_pool: bool) -> None:
        super().__init__()
        self.num_classes = num_classes
        self.features: nn.Module = deeplab_features()
        self.pool5a = nn.AvgPool2d(3, 1, 1, count_include_pad=True) if average_pool else nn.Identity()
        self.dense: nn.Module = nn.Sequential(dense_layers(**dense._asdict()))
        self.sides: nn.Module = nn.ModuleList(_side(*side) for side in (_SIDES if multi_scale else ()))
        width = dense.width + (len(_SIDES) * _SIDE_WIDTH if multi_scale else 0)
        self.fc8: nn.Module = classifier(width, num_classes)

    def first(self, image: Tensor) -> Tensor:
        pools = self.features(image)
        inner = inner_cells(self.pool5a(pools[-1]), image, stride=self.stride)
        features: Tensor = self.dense(inner)
        # As many sources as there are side branches: five, or none.
        sides = [side(source) for side, source in zip(self.sides.children(), (image, *pools[:4]), strict=False)]
        return torch.cat([features, *(inner_cells(side, image, stride=self.stride) for side in sides)], dim=1)

    def deeper(self, stage: int, features: Field) -> Field:
        no_deeper_stage()

    def classify(self, stage: int, features: Field) -> Field:
        scores: Field = self.fc8(features)
        return scores

    def optimised(self) -> DeepLabV1:
        network = copy.copy(self)
        network._modules = fused_children(self)
        return network.eval()

    def parts(self) -> tuple[Part, ...]:
        sides = (Part("side branches", 1, (self.sides,)),) if len(list(self.sides.children())) else ()
        return (
            Part("VGG-16", 1, (self.features,)),
            Part("fc6, fc7", 1, (self.dense,)),
            *sides,
            Part("fc8", 1, (self.fc8,)),
        )


def _side(channels: int, stride: int) -> nn.Sequential:
    """3×3 then 1×1 to 128 channels, on the grid; ReLU and dropout as in fc6 and fc7."""
    first = Conv2d(channels, _SIDE_WIDTH, 3, stride, 1)
    last = Conv2d(_SIDE_WIDTH, _SIDE_WIDTH, 1)
    for conv in (first, last):
        nn.init.kaiming_normal_(conv.weight, nonlinearity="relu")
        assert conv.bias is not None
        nn.init.zeros_(conv.bias)
    drop = (Pointwise(nn.Dropout(0.5)) for _ in range(2))
    return nn.Sequential(first, Pointwise(nn.ReLU()), next(drop), last, Pointwise(nn.ReLU()), next(drop))


def build(variant: str, num_classes: int) -> DeepLabV1:
    """The network of a registered variant, untrained."""
    name, _, suffix = variant.partition("-")
    return DeepLabV1(num_classes, dense=_VARIANTS[name], multi_scale=suffix == "msc", average_pool=name == "largefov")
