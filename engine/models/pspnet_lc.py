"""pspnet-lc: PSPNet as a layer cascade.

Backbone, pyramid pooling and classifiers are pspnet's under their own keys: its auxiliary head, which reads layer3,
is stage 2's classifier, and at ρ = 1 the last stage is PSPNet. Only stage 1's head and the scene's context are new.

Pyramid pooling wants the whole image, of which stage 3 computes a part. Two things stand for the whole: stage 3's own
pools are means over the cells that reached it, and a pyramid over stage 1's features, which exist everywhere, hands
each cell its scene. See docs/adr/0060.
"""

from __future__ import annotations

import copy
from typing import Final

import torch
from torch import Tensor, nn

from engine.cascade.convolution import Conv2d, Pointwise
from engine.cascade.fields import Field, concatenate, pointwise
from engine.cascade.network import Part, StagedNetwork
from engine.models.heads import stage_head
from engine.models.optimise import fused_module
from engine.models.pspnet import BINS, PyramidPooling, classifier, fused_pooling
from engine.models.pspnet import FORMS as PSPNET_FORMS
from engine.models.region_pooling import pooled, spread
from engine.models.resnet import CHANNELS, ResNet, ResNetForm
from engine.models.resnet_stages import deeper_features, first_features, staged_parts

VARIANTS: Final = ("resnet101", "resnet50", "resnet101-7x7", "resnet50-7x7")
FORMS: Final[dict[str, ResNetForm]] = {variant: PSPNET_FORMS[variant] for variant in VARIANTS}

_PER_BIN: Final = 64
CONTEXT: Final = _PER_BIN * len(BINS)  # channels that every cell carries through all stages, last


class SceneContext(nn.Module):
    """What stage 1 sees in windows of the whole image, at every cell: N×C×h×w → N×CONTEXT×h×w. Without batch norm, so
    that a batch of one image trains.
    """

    def __init__(self, inputs: int) -> None:
        super().__init__()
        self.branches = nn.ModuleList(
            nn.Sequential(Conv2d(inputs, _PER_BIN, 1), Pointwise(nn.ReLU(inplace=True))) for _ in BINS
        )

    def forward(self, features: Tensor) -> Tensor:
        maps = [
            spread(branch(pooled(features, bins)), features) for bins, branch in zip(BINS, self.branches, strict=True)
        ]
        joined = concatenate(*maps)
        assert isinstance(joined, Tensor)
        return joined


class PspNetLc(StagedNetwork):
    """Input RGB, ImageNet's mean and std. Features carry the scene's context in their last CONTEXT channels."""

    stage_count = 3

    def __init__(self, num_classes: int, form: ResNetForm) -> None:
        super().__init__()
        self.num_classes = num_classes
        self.backbone = ResNet(form)
        self.context = SceneContext(CHANNELS[1])
        self.head = stage_head(CHANNELS[1] + CONTEXT, num_classes, aspp=False)
        self.aux = classifier(CHANNELS[2], 256, num_classes)
        self.ppm = PyramidPooling(CHANNELS[3])
        self.cls = classifier(2 * CHANNELS[3], 512, num_classes)
        self.scene = nn.ModuleList(_scene_scores(num_classes) for _ in (2, 3))

    def first(self, image: Tensor) -> Tensor:
        own = first_features(self.backbone, image)
        return torch.cat([own, self.context(own)], dim=1)

    def deeper(self, stage: int, features: Field) -> Field:
        own, context = _divided(features)
        return concatenate(deeper_features(self.backbone, stage, own), context)

    def classify(self, stage: int, features: Field) -> Field:
        if stage == 1:
            first: Field = self.head(features)
            return first
        own, context = _divided(features)
        scores: Field = self.aux(own) if stage == 2 else self.cls(self.ppm(own))
        return pointwise(torch.add, scores, self.scene[stage - 2](context))

    def optimised(self) -> PspNetLc:
        network = copy.copy(self)
        network._modules = {name: fused_module(child) for name, child in self.named_children()}
        network._modules["context"] = copy.deepcopy(self.context)
        network._modules["ppm"] = fused_pooling(self.ppm)
        return network.eval()

    def parts(self) -> tuple[Part, ...]:
        heads = {
            1: [("context", self.context), ("head1", self.head)],
            2: [("aux", self.aux), ("scene2", self.scene[0])],
            3: [("ppm", self.ppm), ("cls", self.cls), ("scene3", self.scene[1])],
        }
        return staged_parts(self.backbone, heads)


def _divided(features: Field) -> tuple[Field, Field]:
    """A stage's own channels and the context."""
    return (
        pointwise(lambda values: values[:, :-CONTEXT], features),
        pointwise(lambda values: values[:, -CONTEXT:], features),
    )


def _scene_scores(num_classes: int) -> nn.Sequential:
    """What the scene adds to a cell's scores; nothing at first, so that PSPNet's weights answer as in PSPNet."""
    last = Conv2d(128, num_classes, 1)
    nn.init.zeros_(last.weight)
    assert last.bias is not None
    nn.init.zeros_(last.bias)
    return nn.Sequential(Conv2d(CONTEXT, 128, 1), Pointwise(nn.ReLU()), last)


def build(variant: str, num_classes: int) -> PspNetLc:
    """The network of a registered variant, untrained."""
    return PspNetLc(num_classes, FORMS[variant])
