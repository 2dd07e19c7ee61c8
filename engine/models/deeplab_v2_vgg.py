"""deeplab-v2 on VGG-16: `vgg-largefov` (one branch, rate 12), `vgg-aspp-s` (rates 2, 4, 8, 12) and `vgg-aspp-l`
(6, 12, 18, 24); each branch has fc6, fc7 and fc8 of its own, and their scores are added (reference deeplab.md §2).
"""

from __future__ import annotations

import copy
from collections import OrderedDict
from typing import Final

from torch import Tensor, nn

from engine.cascade.fields import Field
from engine.cascade.network import Part, StagedNetwork
from engine.models.deeplab_vgg import classifier, deeplab_features, dense_layers
from engine.models.layers import ParallelSum
from engine.models.one_stage import inner_cells, no_deeper_stage
from engine.models.vgg import fused_children

RATES: Final = {"vgg-largefov": (12,), "vgg-aspp-s": (2, 4, 8, 12), "vgg-aspp-l": (6, 12, 18, 24)}
_WIDTH = 1024


class DeepLabV2Vgg(StagedNetwork):
    """See the module's text.

    Args:
        rates: of fc6, one for each branch.
    """

    stage_count = 1

    def __init__(self, num_classes: int, *, rates: tuple[int, ...]) -> None:
        super().__init__()
        self.num_classes = num_classes
        self.features: nn.Module = deeplab_features()
        self.aspp: nn.Module = ParallelSum(*(_branch(rate, num_classes) for rate in rates))

    def first(self, image: Tensor) -> Tensor:
        return inner_cells(self.features(image)[-1], image, stride=self.stride)

    def deeper(self, stage: int, features: Field) -> Field:
        no_deeper_stage()

    def classify(self, stage: int, features: Field) -> Field:
        scores: Field = self.aspp(features)
        return scores

    def optimised(self) -> DeepLabV2Vgg:
        network = copy.copy(self)
        network._modules = fused_children(self)
        return network.eval()

    def parts(self) -> tuple[Part, ...]:
        return (Part("VGG-16", 1, (self.features,)), Part("ASPP", 1, (self.aspp,)))


def _branch(rate: int, num_classes: int) -> nn.Sequential:
    layers: OrderedDict[str, nn.Module] = dense_layers(kernel=3, rate=rate, width=_WIDTH)
    return nn.Sequential(layers | OrderedDict(fc8=classifier(_WIDTH, num_classes)))


def build(variant: str, num_classes: int) -> DeepLabV2Vgg:
    """The network of a registered variant, untrained."""
    return DeepLabV2Vgg(num_classes, rates=RATES[variant])
