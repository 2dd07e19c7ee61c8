"""lc-mobilenetv2: a layer cascade on MobileNetV2 (Sandler et al., CVPR 2018), made for CPUs.

Stage 1 runs the whole backbone at its own strides and joins its maps of 1/32, 1/16 and 1/8 to one at 1/8, so that
most cells can be decided cheaply. What it loses is where things end: blocks 14–17 saw the photo at 1/32. Stages 2
(blocks 14–16 again) and 3 (block 17) run these blocks at 1/8, on hard cells only, with weights of their own and the
dilation that keeps what they see: the strided blocks sample every second and every fourth cell of this grid. Both
classify with stage 1's joint features beside their own.
See docs/adr for the measurements behind the split.
"""

from __future__ import annotations

import copy
from itertools import pairwise
from typing import Final, cast

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from engine.cascade.convolution import BatchNorm2d, Conv2d, Pointwise
from engine.cascade.fields import Field, concatenate, pointwise
from engine.cascade.fused import FusedConv2d, fuse
from engine.cascade.network import Part, StagedNetwork
from engine.models.inverted_residual import ConvNorm, ConvNormAct, InvertedResidual

# Rows of (expansion, output channels, stride) for features.1 to features.17.
_BLOCKS = (
    (1, 16, 1),
    (6, 24, 2), (6, 24, 1),
    (6, 32, 2), (6, 32, 1), (6, 32, 1),
    (6, 64, 2), (6, 64, 1), (6, 64, 1), (6, 64, 1),
    (6, 96, 1), (6, 96, 1), (6, 96, 1),
    (6, 160, 2), (6, 160, 1), (6, 160, 1),
    (6, 320, 1),
)  # fmt: skip
_EIGHTH, _SIXTEENTH = 6, 13  # the last blocks at 1/8 and at 1/16
# At 1/8 the original's 1/16 grid is every 2nd cell, its 1/32 grid every 4th.
_FINE_DILATIONS = {14: 2, 15: 4, 16: 4, 17: 4}
_FINE_STAGES = {2: (14, 15, 16), 3: (17,)}
_WIDTHS = {6: 32, 13: 96, 16: 160, 17: 320, 18: 1280}
JOINT: Final = 128  # channels of stage 1's joint features and of the hidden layer of the other heads


class Head(nn.Module):
    """Hidden 1×1 convolution, dropout, classifier, on a stage's own cells.

    At first the hidden layer hands on the joint features, the last of its inputs: with stage 1's classifier it then
    says what stage 1 says, and learns what the stage's own features change in it.
    """

    def __init__(self, inputs: int, num_classes: int) -> None:
        super().__init__()
        self.hidden = ConvNormAct(inputs, JOINT)
        self.dropout = Pointwise(nn.Dropout(0.1))
        self.classifier = Conv2d(JOINT, num_classes, 1)
        nn.init.normal_(self.classifier.weight, std=0.01)
        weight = cast(Conv2d, self.hidden[0]).weight
        with torch.no_grad():
            weight.zero_()
            weight[:, -JOINT:, 0, 0] = torch.eye(JOINT)

    def forward(self, field: Field) -> Field:
        scores: Field = self.classifier(self.dropout(self.hidden(field)))
        return scores


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
        self.from_32 = ConvNorm(_WIDTHS[18], JOINT)
        self.context = GlobalContext(_WIDTHS[18], JOINT)
        self.from_16 = ConvNorm(_WIDTHS[13], JOINT)
        self.from_8 = ConvNorm(_WIDTHS[6], JOINT)
        self.smooth = nn.Sequential(ConvNormAct(JOINT, JOINT, kernel=3, groups=JOINT), ConvNormAct(JOINT, JOINT))

    def forward(self, at_8: Tensor, at_16: Tensor, at_32: Tensor) -> Tensor:
        joint = self.from_32(at_32) + self.context(at_32)
        joint = F.relu6(upsampled(joint, at_16) + self.from_16(at_16), inplace=True)
        joint = F.relu6(upsampled(joint, at_8) + self.from_8(at_8), inplace=True)
        smoothed: Tensor = self.smooth(joint)
        return smoothed


class LcMobileNetV2(StagedNetwork):
    """See the module's text. Input RGB in 0..1, normalised with ImageNet's mean and std.

    Features carry a stage's own channels first and stage 1's joint ones last.
    """

    stage_count = 3

    def __init__(self, num_classes: int = 21) -> None:
        super().__init__()
        self.num_classes = num_classes
        blocks: list[nn.Module] = [ConvNormAct(3, 32, kernel=3, stride=2)]
        fine: dict[str, nn.Module] = {}
        inputs = 32
        for number, (expansion, outputs, stride) in enumerate(_BLOCKS, start=1):
            blocks.append(InvertedResidual(inputs, outputs, expansion=expansion, stride=stride))
            if number in _FINE_DILATIONS:
                dilation = _FINE_DILATIONS[number]
                fine[str(number)] = InvertedResidual(inputs, outputs, expansion=expansion, dilation=dilation)
            inputs = outputs
        # The layer behind ImageNet's classifier, where what is in the photo is told apart best.
        blocks.append(ConvNormAct(inputs, _WIDTHS[18]))
        self.features = nn.ModuleList(blocks)
        self.decoder = Decoder()
        self.detail = ConvNorm(_WIDTHS[6], _WIDTHS[13])
        # At the start the fine blocks see the backbone's features alone.
        nn.init.zeros_(cast(BatchNorm2d, self.detail[1]).weight)
        self.fine = nn.ModuleDict(fine)
        self.classifier = Conv2d(JOINT, num_classes, 1)
        nn.init.normal_(self.classifier.weight, std=0.01)
        self.heads = nn.ModuleDict(
            {str(stage): Head(_WIDTHS[numbers[-1]] + JOINT, num_classes) for stage, numbers in _FINE_STAGES.items()}
        )

    def first(self, image: Tensor) -> Tensor:
        maps: dict[int, Tensor] = {}
        features: Tensor = image
        for number, block in enumerate(self.features):
            features = block(features)
            if number in (_EIGHTH, _SIXTEENTH):
                maps[number] = features
        at_8, at_16 = maps[_EIGHTH], maps[_SIXTEENTH]
        joint = self.decoder(at_8, at_16, features)
        return torch.cat([upsampled(at_16, at_8) + self.detail(at_8), joint], dim=1)

    def deeper(self, stage: int, features: Field) -> Field:
        own = pointwise(lambda values: values[:, :-JOINT], features)
        joint = pointwise(lambda values: values[:, -JOINT:], features)
        for number in _FINE_STAGES[stage]:
            own = self.fine[str(number)](own)
        return concatenate(own, joint)

    def classify(self, stage: int, features: Field) -> Field:
        scores: Field
        if stage == 1:
            assert isinstance(features, Tensor)
            scores = self.classifier(features[:, -JOINT:])
        else:
            scores = self.heads[str(stage)](features)
        return scores

    def optimised(self) -> LcMobileNetV2:
        network = copy.deepcopy(self).eval()
        _fuse_all(network)
        for block in network.fine.values():
            assert isinstance(block, InvertedResidual)
            depthwise = block.depthwise
            assert isinstance(depthwise, FusedConv2d)
            # Nothing else reads what the expansion computes.
            depthwise.overwrites = True
        network.classifier = fuse(network.classifier)  # type: ignore[assignment]
        context = network.decoder.context
        context.add_module("squeeze", fuse(context.squeeze))
        context.add_module("excite", fuse(context.excite))
        for head in network.heads.values():
            assert isinstance(head, Head)
            head.add_module("classifier", fuse(head.classifier))
        return network

    def parts(self) -> tuple[Part, ...]:
        fine = {stage: tuple(self.fine[str(n)] for n in numbers) for stage, numbers in _FINE_STAGES.items()}
        return (
            Part("blocks 0-18", 1, tuple(self.features)),
            Part("decoder", 1, (self.decoder, self.detail)),
            Part("head1", 1, (self.classifier,)),
            Part("blocks 14-16 at 1/8", 2, fine[2]),
            Part("head2", 2, (self.heads["2"],)),
            Part("block 17 at 1/8", 3, fine[3]),
            Part("head3", 3, (self.heads["3"],)),
        )


def build(variant: str, num_classes: int) -> LcMobileNetV2:
    """The network, untrained; there is one variant."""
    return LcMobileNetV2(num_classes)


def upsampled(features: Tensor, like: Tensor) -> Tensor:
    """Bilinear, to the height and width of `like`."""
    return F.interpolate(features, (like.shape[2], like.shape[3]), mode="bilinear", align_corners=False)


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
