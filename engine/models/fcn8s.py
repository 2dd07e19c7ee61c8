"""fcn8s: VGG-16 whose coarse scores are refined with those of pool4 and pool3 (Long, Shelhamer, Darrell, CVPR 2015).

As in the paper score layers start from zero and the two ×2 upsamplings start bilinear and learn. Its last upsampling,
×8, is fixed and bilinear, which is how the scores of every network here reach the photo, so this one ends at 1/8.
Where the authors pad the image by 100 and crop the answer, fc6 is padded by 3 here: sides are multiples of 32, so that
the maps fit each other without either.
"""

from __future__ import annotations

import copy
from collections import OrderedDict

import torch
from torch import Tensor, nn

from engine.cascade.convolution import Conv2d, Pointwise
from engine.cascade.fields import Field
from engine.cascade.network import Part, StagedNetwork
from engine.models.one_stage import no_deeper_stage
from engine.models.vgg import CHANNELS, VggFeatures, fused_children, he_conv

_WIDTH = 4096
_DROPOUT = 0.5


class Fcn8s(StagedNetwork):
    """See the module's text. Sides are multiples of 32.

    Args:
        width: of fc6 and fc7.
    """

    stage_count = 1

    def __init__(self, num_classes: int, *, width: int = _WIDTH) -> None:
        super().__init__()
        self.num_classes = num_classes
        self.features: nn.Module = VggFeatures([nn.MaxPool2d(2) for _ in CHANNELS])
        self.dense: nn.Module = nn.Sequential(
            OrderedDict(
                fc6=he_conv(CHANNELS[-1], width, 7),
                relu6=Pointwise(nn.ReLU()),
                drop6=Pointwise(nn.Dropout(_DROPOUT)),
                fc7=he_conv(width, width, 1),
                relu7=Pointwise(nn.ReLU()),
                drop7=Pointwise(nn.Dropout(_DROPOUT)),
            )
        )
        self.score: nn.Module = _zero(width, num_classes)
        self.score_pool4: nn.Module = _zero(CHANNELS[3], num_classes)
        self.score_pool3: nn.Module = _zero(CHANNELS[2], num_classes)
        self.upscore = _doubling(num_classes)
        self.upscore_pool4 = _doubling(num_classes)

    def first(self, image: Tensor) -> Tensor:
        _, _, pool3, pool4, pool5 = self.features(image)
        at_16 = self.upscore(self.score(self.dense(pool5))) + self.score_pool4(pool4)
        at_8: Tensor = self.upscore_pool4(at_16) + self.score_pool3(pool3)
        return at_8

    def deeper(self, stage: int, features: Field) -> Field:
        no_deeper_stage()

    def classify(self, stage: int, features: Field) -> Field:
        # The fused maps are the scores already.
        return features

    def optimised(self) -> Fcn8s:
        network = copy.copy(self)
        network._modules = fused_children(self)
        return network.eval()

    def parts(self) -> tuple[Part, ...]:
        return (
            Part("VGG-16", 1, (self.features,)),
            Part("fc6, fc7", 1, (self.dense,)),
            Part("scores", 1, (self.score, self.score_pool4, self.score_pool3)),
            Part("upsampling", 1, (self.upscore, self.upscore_pool4)),
        )


def _zero(inputs: int, num_classes: int) -> Conv2d:
    conv = Conv2d(inputs, num_classes, 1)
    nn.init.zeros_(conv.weight)
    assert conv.bias is not None
    nn.init.zeros_(conv.bias)
    return conv


def _doubling(channels: int) -> nn.ConvTranspose2d:
    """×2 upsampling, every channel bilinearly by itself until training changes that."""
    up = nn.ConvTranspose2d(channels, channels, 4, stride=2, padding=1, bias=False)
    line = torch.tensor([0.25, 0.75, 0.75, 0.25])
    with torch.no_grad():
        up.weight.zero_()
        for channel in range(channels):
            up.weight[channel, channel] = line[:, None] * line
    return up


def build(variant: str, num_classes: int) -> Fcn8s:
    """The network, untrained."""
    return Fcn8s(num_classes)
