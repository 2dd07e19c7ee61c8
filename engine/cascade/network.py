"""What a network must offer to be run as a layer cascade."""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass

from torch import Tensor, nn

from engine.cascade.fields import Field


@dataclass(frozen=True)
class Part:
    """A named portion of a network, for counting and for preparing it.

    Attributes:
        name: as in the reference's tables, e.g. "Red-A".
        stage: 1..n, the stage whose time it costs; parts of stage 2..n run on regions.
        modules: together with those of the other parts they hold every parameter once.
    """

    name: str
    stage: int
    modules: tuple[nn.Module, ...]


class StagedNetwork(nn.Module, ABC):
    """A backbone cut into stages, each ending in a classifier, all on one grid at 1/8 of the input.

    Attributes:
        stage_count: 2 or more.
        num_classes: K.
        stride: input pixels per cell.
    """

    stage_count: int
    num_classes: int
    stride: int = 8

    @abstractmethod
    def first(self, image: Tensor) -> Tensor:
        """Stage 1's features N×C×h×w of normalised images N×3×H×W; H and W are multiples of 32."""

    @abstractmethod
    def deeper(self, stage: int, features: Field) -> Field:
        """Features of stage 2..n from those of the stage before."""

    @abstractmethod
    def classify(self, stage: int, features: Field) -> Field:
        """K scores a cell from the features of stage 1..n."""

    @abstractmethod
    def optimised(self) -> StagedNetwork:
        """A copy for inference that computes the same function faster: batch norms folded, products joined."""

    def parts(self) -> tuple[Part, ...]:
        """The network's portions in order of computation, of the training form and of the optimised one alike."""
        return ()

    def all_scores(self, image: Tensor) -> list[Tensor]:
        """The dense deeply supervised network: K×h×w scores of every stage for every cell, the same as ρ = 1."""
        features = self.first(image)
        scores = [self.classify(1, features)]
        field: Field = features
        for stage in range(2, self.stage_count + 1):
            field = self.deeper(stage, field)
            scores.append(self.classify(stage, field))
        return [s for s in scores if isinstance(s, Tensor)]
