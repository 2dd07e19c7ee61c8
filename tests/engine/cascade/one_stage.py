"""A network of one stage, for tests of what such networks share with cascades."""

from __future__ import annotations

import copy

from torch import Tensor, nn

from engine.cascade.bundle import CascadeModel, ModelInfo
from engine.cascade.convolution import BatchNorm2d, Conv2d, Pointwise
from engine.cascade.fields import Field
from engine.cascade.layer_cascade import LayerCascade
from engine.cascade.network import Part, StagedNetwork
from engine.data.palettes import VOC_CLASSES, voc_palette
from engine.models.optimise import fused_module


class OneStageNetwork(StagedNetwork):
    """Any stride that divides 32."""

    stage_count = 1

    def __init__(self, *, classes: int = len(VOC_CLASSES), stride: int = 8) -> None:
        super().__init__()
        self.num_classes = classes
        self.stride = stride
        self.body = nn.Sequential(Conv2d(3, 8, stride, stride=stride), Pointwise(nn.ReLU()), Conv2d(8, 8, 3, padding=1))
        self.norm = BatchNorm2d(8)
        self.head = Conv2d(8, classes, 1)

    def first(self, image: Tensor) -> Tensor:
        features: Tensor = self.norm(self.body(image))
        return features

    def deeper(self, stage: int, features: Field) -> Field:
        raise ValueError("a network of one stage has no deeper one")

    def classify(self, stage: int, features: Field) -> Field:
        scores: Field = self.head(features)
        return scores

    def optimised(self) -> OneStageNetwork:
        network = copy.deepcopy(self).eval()
        network.head = fused_module(network.head)  # type: ignore[assignment]
        return network

    def parts(self) -> tuple[Part, ...]:
        return (Part("body", 1, (self.body, self.norm)), Part("head", 1, (self.head,)))


def one_stage_model(*, stride: int = 8) -> CascadeModel:
    """Untrained, of the VOC classes."""
    info = ModelInfo(
        "one", "", "One", VOC_CLASSES, voc_palette()[:21], (0.5, 0.5, 0.5), (0.25, 0.25, 0.25), 0.9, {"recipe": "none"}
    )
    return CascadeModel(info, LayerCascade(OneStageNetwork(stride=stride)).eval(), "cpu", "fp32", 1)
