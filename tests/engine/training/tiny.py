"""A network and a data set small enough to train within seconds."""

from __future__ import annotations

import copy

import numpy as np
from torch import Tensor, nn

from engine.cascade.convolution import BatchNorm2d, Conv2d, Pointwise
from engine.cascade.fields import Field, pointwise
from engine.cascade.network import StagedNetwork
from engine.cascade.result import IGNORE, UInt8
from engine.data.palettes import voc_palette
from engine.data.samples import LabelledImage
from engine.errors import DataError
from engine.training.recipe import Recipe, recipe_from_table

CLASS_NAMES = ("background", "red", "green")


class TinyNetwork(StagedNetwork):
    """Three stages with batch norm and dropout, so that what a recipe freezes and what a seed repeats can be seen."""

    stage_count = 3

    def __init__(self, *, classes: int = len(CLASS_NAMES), width: int = 16) -> None:
        super().__init__()
        self.num_classes = classes
        self.stem = nn.Sequential(Conv2d(3, width, 8, stride=8), BatchNorm2d(width), Pointwise(nn.ReLU()))
        self.bodies = nn.ModuleList(
            nn.Sequential(Conv2d(width, width, 3, padding=1), BatchNorm2d(width), Pointwise(nn.ReLU()))
            for _ in range(2)
        )
        self.heads = nn.ModuleList(
            nn.Sequential(Pointwise(nn.Dropout(0.1)), Conv2d(width, classes, 1)) for _ in range(3)
        )

    def first(self, image: Tensor) -> Tensor:
        features: Tensor = self.stem(image)
        return features

    def deeper(self, stage: int, features: Field) -> Field:
        return pointwise(lambda a, b: a + b, features, self.bodies[stage - 2](features))

    def classify(self, stage: int, features: Field) -> Field:
        scores: Field = self.heads[stage - 1](features)
        return scores

    def optimised(self) -> TinyNetwork:
        return copy.deepcopy(self).eval()


class Squares:
    """Photos of red and green squares on noise; the frame of each square is void.

    Args:
        unreadable: indices whose files are taken to be damaged.
    """

    class_names = CLASS_NAMES
    palette: UInt8 = voc_palette()[:3]

    def __init__(self, count: int = 8, *, side: int = 64, unreadable: frozenset[int] = frozenset()) -> None:
        self._count = count
        self._side = side
        self._unreadable = unreadable
        self.loads = 0

    def __len__(self) -> int:
        return self._count

    def name(self, index: int) -> str:
        return f"square{index}"

    def load(self, index: int) -> LabelledImage:
        self.loads += 1
        if index in self._unreadable:
            raise DataError("image cannot be read", path=None)
        rng = np.random.default_rng(index)
        rgb = rng.integers(90, 130, (self._side, self._side, 3), dtype=np.uint8)
        labels = np.zeros((self._side, self._side), dtype=np.uint8)
        y, x = rng.integers(0, self._side - 32, 2)
        kind = 1 + index % 2
        labels[y : y + 32, x : x + 32] = IGNORE
        labels[y + 2 : y + 30, x + 2 : x + 30] = kind
        rgb[y : y + 32, x : x + 32] = (220, 30, 30) if kind == 1 else (30, 220, 30)
        return LabelledImage(self.name(index), rgb, labels)


def recipe(*phases: dict[str, object], **tables: object) -> Recipe:
    """A recipe for the tiny network; each phase is completed with defaults."""
    default = {"name": "p", "iterations": 4, "batch": 4, "crop": 64, "lr": 0.05, "loss_weights": [0.3, 0.3, 1.0]}
    return recipe_from_table(
        {"name": "tiny", "model": {"name": "tiny"}, "phase": [{**default, **p} for p in phases], **tables}
    )
