"""segnet: an encoder of VGG-16's convolutions and its mirror image, which unpools to where each maximum came from
(Badrinarayanan, Kendall, Cipolla, TPAMI 2017, arXiv 1511.00561). Classifies every pixel of its input: stride 1.

Every convolution has a bias, batch norm and ReLU; the classifier, 3×3, has a bias alone.
"""

from __future__ import annotations

import copy
from collections.abc import Sequence

from torch import Tensor, nn
from torch.nn import functional as F

from engine.cascade.convolution import BatchNorm2d, Conv2d
from engine.cascade.fields import Field
from engine.cascade.fused import fuse
from engine.cascade.network import Part, StagedNetwork
from engine.models.one_stage import no_deeper_stage
from engine.models.optimise import fused_module
from engine.models.vgg import BLOCKS


class SegNet(StagedNetwork):
    """See the module's text. Sides are multiples of 32."""

    stage_count = 1
    stride = 1

    def __init__(self, num_classes: int) -> None:
        super().__init__()
        self.num_classes = num_classes
        inputs = (3, *(block[-1] for block in BLOCKS))
        self.encoder = nn.ModuleList(_units(width, block) for width, block in zip(inputs, BLOCKS, strict=False))
        # Each decoder ends with the channels that the next one unpools; the last one is a single layer.
        self.decoder = nn.ModuleList(
            _units(block[-1], (*block[:-1], before))
            for block, before in zip(BLOCKS[:0:-1], inputs[-2:0:-1], strict=True)
        )
        self.decoder.append(_units(BLOCKS[0][-1], BLOCKS[0][:1]))
        self.classifier: nn.Module = Conv2d(BLOCKS[0][0], num_classes, 3, padding=1)
        nn.init.kaiming_normal_(self.classifier.weight, nonlinearity="relu")

    def first(self, image: Tensor) -> Tensor:
        features = image
        places: list[Tensor] = []
        for units in self.encoder:
            features, place = F.max_pool2d(units(features), 2, return_indices=True)
            places.append(place)
        for units in self.decoder:
            features = units(F.max_unpool2d(features, places.pop(), [2, 2]))
        return features

    def deeper(self, stage: int, features: Field) -> Field:
        no_deeper_stage()

    def classify(self, stage: int, features: Field) -> Field:
        scores: Field = self.classifier(features)
        return scores

    def optimised(self) -> SegNet:
        network = copy.copy(self)
        network._modules = {
            "encoder": nn.ModuleList(_fused(units) for units in self.encoder),
            "decoder": nn.ModuleList(_fused(units) for units in self.decoder),
            "classifier": fused_module(self.classifier),
        }
        return network.eval()

    def parts(self) -> tuple[Part, ...]:
        return (
            Part("encoder", 1, (self.encoder,)),
            Part("decoder", 1, (self.decoder,)),
            Part("classifier", 1, (self.classifier,)),
        )


class _Unit(nn.Module):
    """3×3 convolution, batch norm, ReLU."""

    def __init__(self, inputs: int, outputs: int) -> None:
        super().__init__()
        self.conv = Conv2d(inputs, outputs, 3, padding=1)
        self.bn = BatchNorm2d(outputs)
        nn.init.kaiming_normal_(self.conv.weight, nonlinearity="relu")
        assert self.conv.bias is not None
        nn.init.zeros_(self.conv.bias)

    def forward(self, features: Tensor) -> Tensor:
        normed: Tensor = self.bn(self.conv(features))
        return F.relu(normed)


def _units(inputs: int, widths: Sequence[int]) -> nn.Sequential:
    return nn.Sequential(*(_Unit(a, b) for a, b in zip((inputs, *widths[:-1]), widths, strict=True)))


def _fused(units: nn.Module) -> nn.Sequential:
    inner = [unit for unit in units.children() if isinstance(unit, _Unit)]
    return nn.Sequential(*(fuse(unit.conv, unit.bn, activation="relu") for unit in inner))


def build(variant: str, num_classes: int) -> SegNet:
    """The network, untrained."""
    return SegNet(num_classes)
