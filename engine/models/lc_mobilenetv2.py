"""lc-mobilenetv2: a layer cascade on MobileNetV2 (Sandler et al., CVPR 2018), made for CPUs.

Stage 1 runs blocks 0–13 at their own strides (1/16), adds a detail path from the 1/8 map and the image's global
context, and
classifies at 1/8. Stages 2 (blocks 14–16) and 3 (block 17) run at 1/8, on hard cells only, with the dilation that
keeps what
their weights learnt: the strided blocks of the original sample every second and every fourth cell of this grid.
Blocks 0–13 are the cheap part at 1/16; blocks 14–17 would be two thirds of the work at 1/8, so they pay best as
regions.
See docs/adr for the measurements behind the split.
"""

from __future__ import annotations

import copy
from itertools import pairwise

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from engine.cascade.convolution import BatchNorm2d, Conv2d, Pointwise
from engine.cascade.fields import Field, pointwise
from engine.cascade.fused import fuse
from engine.cascade.network import Part, StagedNetwork

# Rows of (expansion, output channels, stride in the original) for features.1 to features.17.
_BLOCKS = (
    (1, 16, 1),
    (6, 24, 2), (6, 24, 1),
    (6, 32, 2), (6, 32, 1), (6, 32, 1),
    (6, 64, 2), (6, 64, 1), (6, 64, 1), (6, 64, 1),
    (6, 96, 1), (6, 96, 1), (6, 96, 1),
    (6, 160, 2), (6, 160, 1), (6, 160, 1),
    (6, 320, 1),
)  # fmt: skip
_EIGHTH = 6  # the last block at 1/8
_STAGE_ENDS = (13, 16, 17)
# In the region stages the grid is 1/8: the original's 1/16 grid is every 2nd cell of it, its 1/32 grid every 4th.
_DILATIONS = {14: 2, 15: 4, 16: 4, 17: 4}
_WIDTHS = (96, 160, 320)
_HEAD = 128


class ConvNormAct(nn.Sequential):
    """Convolution, batch norm, ReLU6; keys 0 and 1 as in torchvision."""

    def __init__(self, inputs: int, outputs: int, *, kernel: int, stride: int = 1, dilation: int = 1, groups: int = 1):
        padding = dilation * (kernel - 1) // 2
        conv = Conv2d(inputs, outputs, kernel, stride, padding, dilation, groups, bias=False)
        super().__init__(conv, BatchNorm2d(outputs), Pointwise(nn.ReLU6(inplace=True)))


class InvertedResidual(nn.Module):
    """Expand 1×1, depthwise 3×3, project 1×1; keys conv.* as in torchvision."""

    def __init__(self, inputs: int, outputs: int, *, expansion: int, stride: int, dilation: int) -> None:
        super().__init__()
        hidden = inputs * expansion
        layers: list[nn.Module] = []
        if expansion != 1:
            layers.append(ConvNormAct(inputs, hidden, kernel=1))
        layers.append(ConvNormAct(hidden, hidden, kernel=3, stride=stride, dilation=dilation, groups=hidden))
        layers += [Conv2d(hidden, outputs, 1, bias=False), BatchNorm2d(outputs)]
        self.conv = nn.Sequential(*layers)
        self.residual = stride == 1 and inputs == outputs

    def forward(self, field: Field) -> Field:
        branch: Field = self.conv(field)
        return pointwise(torch.add, field, branch) if self.residual else branch


class Head(nn.Module):
    """Hidden 1×1 convolution, dropout, classifier, on a stage's own cells."""

    def __init__(self, inputs: int, num_classes: int) -> None:
        super().__init__()
        self.hidden = ConvNormAct(inputs, _HEAD, kernel=1)
        self.dropout = Pointwise(nn.Dropout(0.1))
        self.classifier = Conv2d(_HEAD, num_classes, 1)
        nn.init.normal_(self.classifier.weight, std=0.01)

    def forward(self, field: Field) -> Field:
        scores: Field = self.classifier(self.dropout(self.hidden(field)))
        return scores


class GlobalContext(nn.Module):
    """The image's mean feature, transformed and handed to every cell as an offset (N×C×1×1)."""

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.squeeze = nn.Conv2d(channels, channels, 1)
        self.excite = nn.Conv2d(channels, channels, 1)
        nn.init.zeros_(self.excite.weight)

    def forward(self, features: Tensor) -> Tensor:
        mean = features.mean(dim=(2, 3), keepdim=True)
        return torch.as_tensor(self.excite(F.relu(self.squeeze(mean))))


class LcMobileNetV2(StagedNetwork):
    """See the module's text. Input RGB in 0..1, normalised with ImageNet's mean and std."""

    stage_count = 3

    def __init__(self, num_classes: int = 21) -> None:
        super().__init__()
        self.num_classes = num_classes
        blocks: list[nn.Module] = [ConvNormAct(3, 32, kernel=3, stride=2)]
        inputs = 32
        for expansion, outputs, stride in _BLOCKS:
            number = len(blocks)
            in_region = number > _STAGE_ENDS[0]
            blocks.append(
                InvertedResidual(
                    inputs,
                    outputs,
                    expansion=expansion,
                    stride=1 if in_region else stride,
                    dilation=_DILATIONS.get(number, 1),
                )
            )
            inputs = outputs
        self.features = nn.ModuleList(blocks)
        detail_norm = BatchNorm2d(_WIDTHS[0])
        # Both additions start at zero, so the ImageNet features reach the deeper stages unchanged.
        nn.init.zeros_(detail_norm.weight)
        self.detail = nn.Sequential(Conv2d(32, _WIDTHS[0], 1, bias=False), detail_norm)
        self.context = GlobalContext(_WIDTHS[0])
        self.heads = nn.ModuleList(Head(width, num_classes) for width in _WIDTHS)

    def set_grid(self, stride: int) -> None:
        """A grid at 1/16 keeps what every layer sees of the photo, as all dilations halve with it, at a quarter of
        the work.
        """
        if stride not in (8, 16):
            raise ValueError(f"the grid is at 1/8 or, for training, at 1/16 of the image, not 1/{stride}")
        for number in range(_STAGE_ENDS[0] + 1, len(self.features)):
            for conv in self.features[number].modules():
                if isinstance(conv, Conv2d) and conv.groups > 1:
                    dilation = _DILATIONS[number] * 8 // stride
                    conv.dilation = conv.padding = (dilation, dilation)
        self.stride = stride

    def first(self, image: Tensor) -> Tensor:
        features: Tensor = image
        for block in self.features[: _EIGHTH + 1]:
            features = block(features)
        eighth = features
        for block in self.features[_EIGHTH + 1 : _STAGE_ENDS[0] + 1]:
            features = block(features)
        if self.stride == 16:
            eighth = F.avg_pool2d(eighth, 2)
        size = (eighth.shape[2], eighth.shape[3])
        coarse = F.interpolate(features + self.context(features), size, mode="bilinear", align_corners=False)
        detail: Tensor = self.detail(eighth)
        return coarse + detail

    def deeper(self, stage: int, features: Field) -> Field:
        for block in self.features[_STAGE_ENDS[stage - 2] + 1 : _STAGE_ENDS[stage - 1] + 1]:
            features = block(features)
        return features

    def classify(self, stage: int, features: Field) -> Field:
        scores: Field = self.heads[stage - 1](features)
        return scores

    def optimised(self) -> LcMobileNetV2:
        network = copy.deepcopy(self).eval()
        _fuse_all(network)
        for head in network.heads:
            assert isinstance(head, Head)
            head.add_module("classifier", fuse(head.classifier))
        return network

    def parts(self) -> tuple[Part, ...]:
        blocks, ends = self.features, _STAGE_ENDS
        return (
            Part("blocks 0-13", 1, (*blocks[: ends[0] + 1], self.detail, self.context)),
            Part("head1", 1, (self.heads[0],)),
            Part("blocks 14-16", 2, tuple(blocks[ends[0] + 1 : ends[1] + 1])),
            Part("head2", 2, (self.heads[1],)),
            Part("block 17", 3, tuple(blocks[ends[1] + 1 :])),
            Part("head3", 3, (self.heads[2],)),
        )


def build(variant: str, num_classes: int) -> LcMobileNetV2:
    """The network, untrained; there is one variant."""
    return LcMobileNetV2(num_classes)


def _fuse_all(module: nn.Module) -> None:
    """Replaces every convolution and what follows it in a Sequential, batch norm and ReLU6, by one fused step."""
    for child in module.children():
        _fuse_all(child)
    if not isinstance(module, nn.Sequential):
        return
    layers = list(module)
    for at, (conv, norm) in enumerate(pairwise(layers)):
        if isinstance(conv, Conv2d) and isinstance(norm, BatchNorm2d):
            activated = at + 2 < len(layers) and isinstance(layers[at + 2], Pointwise)
            module[at] = fuse(conv, norm, activation="relu6" if activated else "none")
            module[at + 1] = nn.Identity()
            if activated:
                module[at + 2] = nn.Identity()
