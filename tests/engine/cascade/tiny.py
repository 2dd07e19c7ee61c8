"""A small staged network with every kind of layer a cascade must handle, for tests that need no real model."""

from __future__ import annotations

import copy

import numpy as np
import torch
from torch import Tensor, nn

from engine.cascade.bundle import CascadeModel, ModelInfo
from engine.cascade.convolution import Conv2d, Pointwise
from engine.cascade.fields import Field, pointwise
from engine.cascade.layer_cascade import LayerCascade
from engine.cascade.network import StagedNetwork

CLASSES = ("background", "one", "two", "three")


class TinyNetwork(StagedNetwork):
    """Three stages of 8 channels; weights are random but fixed by the seed."""

    stage_count = 3

    def __init__(self, *, seed: int = 0) -> None:
        super().__init__()
        self.num_classes = len(CLASSES)
        generator = torch.Generator().manual_seed(seed)
        self.stem = Conv2d(3, 8, 8, stride=8)
        self.bodies = nn.ModuleList(
            [
                nn.Sequential(Conv2d(8, 8, 3, padding=1), Pointwise(nn.ReLU())),
                nn.Sequential(Conv2d(8, 8, 3, padding=2, dilation=2, groups=8), Conv2d(8, 8, 1)),
            ]
        )
        self.heads = nn.ModuleList(Conv2d(8, len(CLASSES), 1) for _ in range(3))
        for parameter in self.parameters():
            parameter.data = torch.randn(parameter.shape, generator=generator) * 0.25

    def first(self, image: Tensor) -> Tensor:
        features: Tensor = self.stem(image)
        return features

    def deeper(self, stage: int, features: Field) -> Field:
        return pointwise(torch.add, features, self.bodies[stage - 2](features))

    def classify(self, stage: int, features: Field) -> Field:
        scores: Field = self.heads[stage - 1](features)
        return scores

    def optimised(self) -> TinyNetwork:
        return copy.deepcopy(self).eval()


def tiny_model(*, seed: int = 0, dense_above: float = 1.0) -> CascadeModel:
    palette = np.array([[0, 0, 0], [128, 0, 0], [0, 128, 0], [128, 128, 0]], dtype=np.uint8)
    info = ModelInfo("tiny", "", "Tiny", CLASSES, palette, (0.5, 0.5, 0.5), (0.25, 0.25, 0.25), 0.8)
    cascade = LayerCascade(TinyNetwork(seed=seed), dense_above=dense_above).eval()
    return CascadeModel(info, cascade, "cpu", "fp32", 1)
