"""deeplab-v2-lc: DeepLab-v2 on ResNet-101 as a layer cascade.

Its backbone and its last classifier are deeplab-v2's under their own keys, so that at ρ = 1 the last stage is
deeplab-v2. Only the heads of stages 1 and 2 are new. Variants as of deeplab-v2, see deeplab_v2_resnet.
"""

from __future__ import annotations

import copy
from typing import Final

from torch import Tensor, nn

from engine.cascade.fields import Field
from engine.cascade.network import Part, StagedNetwork
from engine.models.deeplab_v2_resnet import FORMS, RATES
from engine.models.heads import aspp_classifier, stage_head
from engine.models.optimise import fused_module
from engine.models.resnet import CHANNELS, ResNet, ResNetForm
from engine.models.resnet_stages import deeper_features, first_features, staged_parts

HEAD_INPUTS: Final = CHANNELS[1:3]  # layer2's and layer3's


class DeepLabV2Lc(StagedNetwork):
    """Input as deeplab-v2's of the same variant."""

    stage_count = 3

    def __init__(self, num_classes: int, form: ResNetForm) -> None:
        super().__init__()
        self.num_classes = num_classes
        self.backbone = ResNet(form)
        self.heads = nn.ModuleList(stage_head(inputs, num_classes, aspp=False) for inputs in HEAD_INPUTS)
        self.aspp = aspp_classifier(CHANNELS[3], num_classes, rates=RATES)

    def first(self, image: Tensor) -> Tensor:
        return first_features(self.backbone, image)

    def deeper(self, stage: int, features: Field) -> Field:
        return deeper_features(self.backbone, stage, features)

    def classify(self, stage: int, features: Field) -> Field:
        scores: Field = self.aspp(features) if stage == 3 else self.heads[stage - 1](features)
        return scores

    def optimised(self) -> DeepLabV2Lc:
        network = copy.copy(self)
        network._modules = {name: fused_module(child) for name, child in self.named_children()}
        return network.eval()

    def parts(self) -> tuple[Part, ...]:
        heads: dict[int, list[tuple[str, nn.Module]]] = {
            1: [("head1", self.heads[0])],
            2: [("head2", self.heads[1])],
            3: [("aspp", self.aspp)],
        }
        return staged_parts(self.backbone, heads)


def build(variant: str, num_classes: int) -> DeepLabV2Lc:
    """The network of a registered variant, untrained."""
    return DeepLabV2Lc(num_classes, FORMS[variant])
