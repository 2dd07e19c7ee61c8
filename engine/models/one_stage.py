"""What networks of one stage have in common."""

from __future__ import annotations

from dataclasses import replace
from typing import Never

from torch import Tensor

from engine.cascade.fields import Field
from engine.cascade.network import Part, StagedNetwork


def no_deeper_stage() -> Never:
    """What `deeper` of a network of one stage does."""
    raise ValueError("a network of one stage has no deeper one")


def served(parts: tuple[Part, ...]) -> tuple[Part, ...]:
    """The parts that inference uses, all as the work of one stage."""
    return tuple(replace(part, stage=1) for part in parts if not part.auxiliary)


class LastStage(StagedNetwork):
    """Inference of a deeply supervised network: every stage computed densely, the last one's answer alone.

    Args:
        network: in its form for inference, with its auxiliary heads taken out.
        parts: of that form.
    """

    stage_count = 1

    def __init__(self, network: StagedNetwork, parts: tuple[Part, ...]) -> None:
        super().__init__()
        self.network = network
        self.num_classes = network.num_classes
        self.stride = network.stride
        self._parts = served(parts)

    def first(self, image: Tensor) -> Tensor:
        features: Field = self.network.first(image)
        for stage in range(2, self.network.stage_count + 1):
            features = self.network.deeper(stage, features)
        assert isinstance(features, Tensor)
        return features

    def deeper(self, stage: int, features: Field) -> Field:
        no_deeper_stage()

    def classify(self, stage: int, features: Field) -> Field:
        return self.network.classify(self.network.stage_count, features)

    def optimised(self) -> LastStage:
        return self

    def parts(self) -> tuple[Part, ...]:
        return self._parts


def inner_cells(features: Tensor, image: Tensor, *, stride: int) -> Tensor:
    """The cells whose centre lies inside the image: N×C×⌈H/stride⌉×⌈W/stride⌉ of N×C×h×w.

    Pooling in Caffe's ceil mode adds a row and a column beyond an even image, which no pixel corresponds to.
    """
    height, width = (-(-side // stride) for side in image.shape[2:])
    return features[:, :, :height, :width]
