"""A layer cascade on MobileNetV2 (Sandler et al., CVPR 2018), made for CPUs.

Stage 1 runs the whole backbone at its own strides and joins its maps of 1/32, 1/16 and 1/8 to one at 1/8, so that
most cells can be decided cheaply. What it loses is where things end: blocks 14–17 saw the photo at 1/32.

Stages 2 (blocks 14–16 again) and 3 (block 17) run these blocks at 1/8, on hard cells only, with weights of their own
and the dilation that keeps what they see: the strided blocks sample every second and every fourth cell of this grid.
Both classify with stage 1's joint features beside their own.
See docs/adr for the measurements behind the split.
"""

from __future__ import annotations

import copy
from itertools import pairwise
from typing import Final, Self, cast

import torch
from torch import Tensor, nn

from engine.cascade.convolution import BatchNorm2d, Conv2d, Pointwise
from engine.cascade.fields import Field, concatenate, pointwise
from engine.cascade.fused import FusedConv2d, fuse
from engine.cascade.network import Part, StagedNetwork
from engine.models.inverted_residual import ConvNorm, ConvNormAct, InvertedResidual
from engine.models.mobilenetv2_look import BLOCKS, JOINT, WIDTHS, Decoder, Look, Seen, backbone, upsampled

# At 1/8 the original's 1/16 grid is every 2nd cell, its 1/32 grid every 4th.
_FINE_DILATIONS = {14: 2, 15: 4, 16: 4, 17: 4}
_FINE_STAGES = {2: (14, 15, 16), 3: (17,)}
# The first block whose maps, at 1/8 of the photo, are small enough for the kernels for rows.
_SMALL_MAPS_FROM: Final = 5


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


class MobileNetV2Cascade(StagedNetwork):
    """See the module's text. Input RGB in 0..1, normalised with ImageNet's mean and std.

    Features carry a stage's own channels first, then those that travel with them: stage 1's joint ones.
    """

    stage_count = 3

    def __init__(self, num_classes: int = 21) -> None:
        super().__init__()
        self.num_classes = num_classes
        self.features = backbone()
        self.decoder = Decoder()
        self.detail = ConvNorm(WIDTHS[6], WIDTHS[13])
        # At the start the fine blocks see the backbone's features alone.
        nn.init.zeros_(cast(BatchNorm2d, self.detail[1]).weight)
        fine: dict[str, nn.Module] = {}
        for number, dilation in _FINE_DILATIONS.items():
            inputs, (expansion, outputs, _) = BLOCKS[number - 2][1], BLOCKS[number - 1]
            fine[str(number)] = InvertedResidual(inputs, outputs, expansion=expansion, dilation=dilation)
        self.fine = nn.ModuleDict(fine)
        self.classifier = _classifier(num_classes)
        self.heads = nn.ModuleDict(
            {str(stage): Head(WIDTHS[numbers[-1]] + JOINT, num_classes) for stage, numbers in _FINE_STAGES.items()}
        )

    @property
    def travelling(self) -> int:
        """Channels that travel behind a stage's own."""
        return JOINT

    def look(self) -> Look:
        """The backbone, decoder and classifier of stage 1 as one module."""
        return Look(self.features, self.decoder, self.classifier)

    def first(self, image: Tensor) -> Tensor:
        return torch.cat(self.first_maps(self.look()(image)), dim=1)

    def first_maps(self, near: Seen) -> list[Tensor]:
        """Stage 1's own features and the joint ones."""
        return [upsampled(near.at_16, near.at_8) + self.detail(near.at_8), near.joint]

    def deeper(self, stage: int, features: Field) -> Field:
        count = self.travelling
        own = pointwise(lambda values: values[:, :-count], features)
        beside = pointwise(lambda values: values[:, -count:], features)
        for number in _FINE_STAGES[stage]:
            own = self.fine[str(number)](own)
        return concatenate(own, beside)

    def classify(self, stage: int, features: Field) -> Field:
        scores: Field
        if stage == 1:
            assert isinstance(features, Tensor)
            scores = self.classifier(features[:, -JOINT:])
        else:
            scores = self.heads[str(stage)](features)
        return scores

    def optimised(self) -> Self:
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
        fuse_named(context, "squeeze", "excite")
        for head in network.heads.values():
            fuse_named(head, "classifier")
        for_small_maps(*network.features[_SMALL_MAPS_FROM:], network.decoder.from_32, network.decoder.from_16, context)
        return network

    def parts(self) -> tuple[Part, ...]:
        fine = {stage: tuple(self.fine[str(n)] for n in numbers) for stage, numbers in _FINE_STAGES.items()}
        return (
            Part("blocks 0-18", 1, tuple(self.features)),
            Part("decoder", 1, (self.decoder, self.detail)),
            Part("head1", 1, (self.classifier,)),
            *self.further_parts(),
            Part("blocks 14-16 at 1/8", 2, fine[2]),
            Part("head2", 2, (self.heads["2"],)),
            Part("block 17 at 1/8", 3, fine[3]),
            Part("head3", 3, (self.heads["3"],)),
        )

    def further_parts(self) -> tuple[Part, ...]:
        """What else stage 1 has."""
        return ()


def build(variant: str, num_classes: int) -> MobileNetV2Cascade:
    """The network, untrained; there is one variant."""
    return MobileNetV2Cascade(num_classes)


def fuse_named(module: nn.Module, *names: str) -> None:
    """Replaces plain convolutions by their fused form."""
    for name in names:
        conv = getattr(module, name)
        assert isinstance(conv, nn.Conv2d)
        module.add_module(name, fuse(conv))


def for_small_maps(*modules: nn.Module) -> None:
    """Fused convolutions that meet only small maps."""
    for module in modules:
        for conv in module.modules():
            if isinstance(conv, FusedConv2d):
                conv.small_maps = True


def _classifier(num_classes: int) -> Conv2d:
    classifier = Conv2d(JOINT, num_classes, 1)
    nn.init.normal_(classifier.weight, std=0.01)
    return classifier


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
