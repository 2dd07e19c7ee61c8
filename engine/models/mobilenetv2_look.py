"""One look at an image: MobileNetV2's backbone at its own strides and a decoder that joins its maps at 1/8."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from engine.models.inverted_residual import ConvNorm, ConvNormAct, InvertedResidual

# Rows of (expansion, output channels, stride) for features.1 to features.17.
BLOCKS = (
    (1, 16, 1),
    (6, 24, 2), (6, 24, 1),
    (6, 32, 2), (6, 32, 1), (6, 32, 1),
    (6, 64, 2), (6, 64, 1), (6, 64, 1), (6, 64, 1),
    (6, 96, 1), (6, 96, 1), (6, 96, 1),
    (6, 160, 2), (6, 160, 1), (6, 160, 1),
    (6, 320, 1),
)  # fmt: skip
WIDTHS: Final = {6: 32, 13: 96, 16: 160, 17: 320, 18: 1280}
JOINT: Final = 128  # channels of the joint features
# The last blocks at 1/4, 1/8 and 1/16. Recipes leave those up to QUARTER as ImageNet left them.
QUARTER: Final = 3
_EIGHTH, _SIXTEENTH = 6, 13


def backbone() -> nn.ModuleList:
    """Blocks 0 to 17, and as 18 the layer behind ImageNet's classifier, where what is in a photo is told apart best."""
    inputs = 32
    blocks: list[nn.Module] = [ConvNormAct(3, inputs, kernel=3, stride=2)]
    for expansion, outputs, stride in BLOCKS:
        blocks.append(InvertedResidual(inputs, outputs, expansion=expansion, stride=stride))
        inputs = outputs
    blocks.append(ConvNormAct(inputs, WIDTHS[18]))
    return nn.ModuleList(blocks)


class GlobalContext(nn.Module):
    """The image's mean feature, transformed and handed to every cell as an offset (N×C×1×1); zero at first."""

    def __init__(self, inputs: int, outputs: int) -> None:
        super().__init__()
        self.squeeze = nn.Conv2d(inputs, outputs, 1)
        self.excite = nn.Conv2d(outputs, outputs, 1)
        nn.init.zeros_(self.excite.weight)

    def forward(self, features: Tensor) -> Tensor:
        mean = features.mean(dim=(2, 3), keepdim=True)
        return torch.as_tensor(self.excite(F.relu(self.squeeze(mean))))


class Decoder(nn.Module):
    """Joins the backbone's maps at 1/32, 1/16 and 1/8, coarse to fine, to one of JOINT channels at 1/8."""

    def __init__(self) -> None:
        super().__init__()
        self.from_32 = ConvNorm(WIDTHS[18], JOINT)
        self.context = GlobalContext(WIDTHS[18], JOINT)
        self.from_16 = ConvNorm(WIDTHS[13], JOINT)
        self.from_8 = ConvNorm(WIDTHS[6], JOINT)
        self.smooth = nn.Sequential(ConvNormAct(JOINT, JOINT, kernel=3, groups=JOINT), ConvNormAct(JOINT, JOINT))

    def forward(self, at_8: Tensor, at_16: Tensor, at_32: Tensor) -> Tensor:
        joint = self.from_32(at_32) + self.context(at_32)
        joint = F.relu6(upsampled(joint, at_16) + self.from_16(at_16), inplace=True)
        joint = F.relu6(upsampled(joint, at_8) + self.from_8(at_8), inplace=True)
        smoothed: Tensor = self.smooth(joint)
        return smoothed


@dataclass(frozen=True)
class Seen:
    """What a look leaves: maps of 1/4, 1/8 and 1/16, and the joint features at 1/8."""

    at_4: Tensor
    at_8: Tensor
    at_16: Tensor
    joint: Tensor


class Look(nn.Module):
    """Looks at normalised images N×3×H×W; H and W are multiples of 32.

    Args:
        features: blocks 0 to 18.
        classifier: from the joint features to scores, for who asks.
    """

    def __init__(self, features: nn.ModuleList, decoder: Decoder, classifier: nn.Module) -> None:
        super().__init__()
        self.features = features
        self.decoder = decoder
        self.classifier = classifier

    def forward(self, image: Tensor) -> Seen:
        maps: dict[int, Tensor] = {}
        values: Tensor = image
        for number, block in enumerate(self.features):
            values = block(values)
            if number in (QUARTER, _EIGHTH, _SIXTEENTH):
                maps[number] = values
        joint = self.decoder(maps[_EIGHTH], maps[_SIXTEENTH], values)
        return Seen(maps[QUARTER], maps[_EIGHTH], maps[_SIXTEENTH], joint)


def upsampled(features: Tensor, like: Tensor) -> Tensor:
    """Bilinear, to the height and width of `like`."""
    return F.interpolate(features, (like.shape[2], like.shape[3]), mode="bilinear", align_corners=False)
