"""What a network must offer to be run as a layer cascade."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping
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
        auxiliary: it serves training alone; the optimised form goes without it.
    """

    name: str
    stage: int
    modules: tuple[nn.Module, ...]
    auxiliary: bool = False


class StagedNetwork(nn.Module, ABC):
    """A backbone cut into stages, each ending in a classifier, all on one grid, mostly at 1/8 of the input.

    A network of one stage is no cascade but runs in the same wrapper: it decides every cell, and ρ changes nothing.

    Attributes:
        stage_count: 1 or more.
        num_classes: K.
        stride: input pixels per cell; divides 32.
    """

    stage_count: int
    num_classes: int
    stride: int = 8

    @abstractmethod
    def first(self, image: Tensor) -> Tensor:
        """Stage 1's features N×C×h×w of normalised images N×3×H×W; H and W are multiples of 32."""

    @abstractmethod
    def deeper(self, stage: int, features: Field) -> Field:
        """Features of stage 2..n from those of the stage before; a network of one stage raises ValueError."""

    @abstractmethod
    def classify(self, stage: int, features: Field) -> Field:
        """K scores a cell from the features of stage 1..n."""

    @abstractmethod
    def optimised(self) -> StagedNetwork:
        """A copy for inference that computes the same function faster: batch norms folded, products joined.

        Where later stages supervise training alone, it has fewer stages than the network.
        """

    def starting_tensors(self, tensors: Mapping[str, Tensor]) -> dict[str, Tensor]:
        """What training starts from, given weights by key that may be those of a backbone alone."""
        return dict(tensors)

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
