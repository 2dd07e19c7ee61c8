"""lc-mobilenetv2: a layer cascade on MobileNetV2 (Sandler et al., CVPR 2018), made for CPUs.

Stage 1 runs the whole backbone at its own strides and joins its maps of 1/32, 1/16 and 1/8 to one at 1/8, so that
most cells can be decided cheaply. It does so twice, on the photo and on the photo at half its size, where things that
fill it are told better, and adds what the photo as a whole says (engine.models.glance): the prior, a share of every
stage's scores. What stage 1 loses is where things end: blocks 14–17 saw the photo at 1/32.

Stages 2 (blocks 14–16 again) and 3 (block 17) run these blocks at 1/8, on hard cells only, with weights of their own
and the dilation that keeps what they see: the strided blocks sample every second and every fourth cell of this grid.
Both classify with stage 1's joint features beside their own.
See docs/adr for the measurements behind the split.
"""

from __future__ import annotations

import copy
from collections.abc import Mapping
from itertools import pairwise
from typing import Final, cast

import torch
from torch import Tensor, nn

from engine.cascade.convolution import BatchNorm2d, Conv2d, Pointwise
from engine.cascade.fields import Field, concatenate, pointwise
from engine.cascade.fused import FusedConv2d, fuse
from engine.cascade.network import Part, StagedNetwork
from engine.models.glance import PhotoClassifier, class_offsets, small_photo
from engine.models.inverted_residual import ConvNorm, ConvNormAct, InvertedResidual
from engine.models.mobilenetv2_look import (
    BLOCKS,
    JOINT,
    QUARTER,
    WIDTHS,
    Decoder,
    Look,
    Seen,
    backbone,
    upsampled,
)

# At 1/8 the original's 1/16 grid is every 2nd cell, its 1/32 grid every 4th.
_FINE_DILATIONS = {14: 2, 15: 4, 16: 4, 17: 4}
_FINE_STAGES = {2: (14, 15, 16), 3: (17,)}
# The first blocks whose maps are small enough for the kernels for rows: those at 1/16 of the photo, and at 1/8 of the
# photo at half its size.
_SMALL_MAPS_FROM: Final = 8
_SMALL_MAPS_FROM_AT_HALF: Final = 5
# Shares of a cell's own score and of the small photo's. Their sum is above 1 because a mean of scores is less sure.
_NEAR: Final = 0.7
_FAR: Final = 0.7


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


class LcMobileNetV2(StagedNetwork):
    """See the module's text. Input RGB in 0..1, normalised with ImageNet's mean and std.

    Features carry a stage's own channels first, then stage 1's joint ones, and the prior's K scores last.
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
        self.photo = PhotoClassifier(backbone()[QUARTER + 1 :], WIDTHS[18], num_classes)
        # The inference form looks at the small photo with a copy of its own, laid out for maps of that size.
        self.small: Look | None = None

    def first(self, image: Tensor) -> Tensor:
        near: Seen = self._look()(image)
        own = upsampled(near.at_16, near.at_8) + self.detail(near.at_8)
        return torch.cat([own, near.joint, self._prior(image, near)], dim=1)

    def _prior(self, image: Tensor, near: Seen) -> Tensor:
        """What the small photo and the photo as a whole add to a cell's scores, N×K×h×w; nothing in training.

        Two looks that learn together divide the work and err together, and of photos that it learns from the network
        knows what they hold (docs/adr/0013). So each is learnt alone: the small photo is one more scale.
        """
        if self.training:
            images, _, height, width = near.joint.shape
            return near.joint.new_zeros(images, self.num_classes, height, width)
        look = self._look(small=True)
        far: Seen = look(small_photo(image))
        prior = _FAR * upsampled(look.classifier(far.joint), near.joint)
        offsets = class_offsets(_NEAR * self.classifier(near.joint) + prior, self.photo(far.at_4))
        return prior + offsets[:, :, None, None]

    def _look(self, *, small: bool = False) -> Look:
        return self.small if small and self.small is not None else Look(self.features, self.decoder, self.classifier)

    def photo_scores(self, image: Tensor) -> Tensor:
        """N×K logits of whether a class occurs anywhere in the normalised images N×3×H×W."""
        values = small_photo(image)
        for block in self.features[: QUARTER + 1]:
            values = block(values)
        return torch.as_tensor(self.photo(values))

    def starting_tensors(self, tensors: Mapping[str, Tensor]) -> dict[str, Tensor]:
        """The photo's classifier starts with the backbone's blocks where the weights bring it none."""
        known = self.state_dict()
        started = dict(tensors)
        for key, value in tensors.items():
            part, _, rest = key.partition(".")
            number, _, name = rest.partition(".")
            if part == "features" and number.isdigit():
                copied = f"photo.blocks.{int(number) - QUARTER - 1}.{name}"
                if copied in known:
                    started.setdefault(copied, value)
        return started

    def deeper(self, stage: int, features: Field) -> Field:
        shared = JOINT + self.num_classes
        own = pointwise(lambda values: values[:, :-shared], features)
        beside = pointwise(lambda values: values[:, -shared:], features)
        for number in _FINE_STAGES[stage]:
            own = self.fine[str(number)](own)
        return concatenate(own, beside)

    def classify(self, stage: int, features: Field) -> Field:
        classes = self.num_classes
        seen = pointwise(lambda values: values[:, :-classes], features)
        prior = pointwise(lambda values: values[:, -classes:], features)
        scores: Field
        if stage == 1:
            assert isinstance(seen, Tensor)
            scores = self.classifier(seen[:, -JOINT:])
        else:
            scores = self.heads[str(stage)](seen)
        return scores if self.training else pointwise(_with_prior, scores, prior)

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
        context, photo = network.decoder.context, network.photo
        for module, name in ((context, "squeeze"), (context, "excite"), (photo, "hidden"), (photo, "classifier")):
            module.add_module(name, fuse(getattr(module, name)))
        for head in network.heads.values():
            assert isinstance(head, Head)
            head.add_module("classifier", fuse(head.classifier))
        network.small = copy.deepcopy(network._look())
        _for_small_maps(*network.features[_SMALL_MAPS_FROM:], network.decoder.from_32, network.decoder.from_16, context)
        _for_small_maps(*network.small.features[_SMALL_MAPS_FROM_AT_HALF:], network.small.decoder, network.photo)
        return network

    def parts(self) -> tuple[Part, ...]:
        fine = {stage: tuple(self.fine[str(n)] for n in numbers) for stage, numbers in _FINE_STAGES.items()}
        copied = () if self.small is None else (Part("small photo", 1, (self.small,)),)
        return (
            Part("blocks 0-18", 1, tuple(self.features)),
            Part("decoder", 1, (self.decoder, self.detail)),
            Part("head1", 1, (self.classifier,)),
            *copied,
            Part("whole photo", 1, (self.photo,)),
            Part("blocks 14-16 at 1/8", 2, fine[2]),
            Part("head2", 2, (self.heads["2"],)),
            Part("block 17 at 1/8", 3, fine[3]),
            Part("head3", 3, (self.heads["3"],)),
        )


def build(variant: str, num_classes: int) -> LcMobileNetV2:
    """The network, untrained; there is one variant."""
    return LcMobileNetV2(num_classes)


def _classifier(num_classes: int) -> Conv2d:
    classifier = Conv2d(JOINT, num_classes, 1)
    nn.init.normal_(classifier.weight, std=0.01)
    return classifier


def _with_prior(scores: Tensor, prior: Tensor) -> Tensor:
    return _NEAR * scores + prior


def _for_small_maps(*modules: nn.Module) -> None:
    for module in modules:
        for conv in module.modules():
            if isinstance(conv, FusedConv2d):
                conv.small_maps = True


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
