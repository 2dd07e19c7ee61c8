"""The layer cascade: a staged network in which each stage hands on only the cells it is unsure of (reference D3–D8)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import torch
from torch import Tensor, nn

from engine.cascade.fields import Field, Masked, Rows, gather, narrow, values_of
from engine.cascade.network import StagedNetwork
from engine.cascade.region import RegionIndex

Context = Literal["zeros", "identity"]


@dataclass(frozen=True)
class StageState:
    """A cascade stopped after one stage.

    Attributes:
        stage: 1..n, the last stage computed.
        index: the cells that reached this stage; every cell at stage 1.
        features: this stage's features, rows of the index; dense where the index is full, and always dense where the
            context is "identity".
        probabilities: m×K float32, softmax of this stage's scores at the index's cells.
        confidence: m float32, their highest.
    """

    stage: int
    index: RegionIndex
    features: Tensor | Rows
    probabilities: Tensor
    confidence: Tensor


class LayerCascade(nn.Module):
    """Runs a staged network one stage at a time on ever fewer cells.

    Args:
        network: the staged network.
        dense_above: density of M above which a stage is computed densely and masked, because that is faster there; 1.0
            means only a full region is (D8). Both forms give the same values within rounding.
        context: what a k×k convolution reads outside M: zeros, or with "identity" the true values, for which every
            stage computes every cell. That saves nothing and serves to measure what the zeros cost (D6).
    """

    def __init__(self, network: StagedNetwork, *, dense_above: float = 1.0, context: Context = "zeros") -> None:
        super().__init__()
        self.network = network
        self.dense_above = dense_above
        self.context: Context = context

    @property
    def stage_count(self) -> int:
        return self.network.stage_count

    def start(self, image: Tensor) -> StageState:
        """Stage 1 on normalised images N×3×H×W, H and W multiples of 32."""
        features = self.network.first(image)
        images, _, height, width = features.shape
        cells = torch.arange(images * height * width, device=features.device)
        return self._classified(1, RegionIndex(cells, (images, height, width)), features)

    def advance(self, state: StageState, rho: float) -> StageState:
        """The next stage, on the cells that `state` does not accept at ρ."""
        return self.advance_on(state, forwarded(state.confidence, rho))

    def advance_on(self, state: StageState, keep: Tensor) -> StageState:
        """The next stage on a chosen part (bool [m]) of the state's cells."""
        stage = state.stage + 1
        field: Field
        if self.context == "identity":
            index, field = state.index.narrowed(keep), state.features
        elif bool(keep.all()):
            index, field = state.index, state.features
        elif isinstance(state.features, Rows):
            field = narrow(state.features, keep)
            index = field.index
        else:
            index = state.index.narrowed(keep)
            dense = index.density > self.dense_above
            field = Masked(state.features, index.mask().unsqueeze(1)) if dense else gather(state.features, index)
        if len(index) == 0:
            return self._empty(stage, index, state)
        features = self.network.deeper(stage, field)
        if isinstance(features, Masked):
            features = gather(features.values, index)
        return self._classified(stage, index, features)

    def forward(self, image: Tensor, rho: float | Sequence[float]) -> list[StageState]:
        """All stages at ρ (one value, or one for each stage but the last)."""
        thresholds = [float(rho)] * (self.stage_count - 1) if isinstance(rho, int | float) else list(rho)
        states = [self.start(image)]
        for threshold in thresholds:
            states.append(self.advance(states[-1], threshold))
        return states

    def _classified(self, stage: int, index: RegionIndex, features: Field) -> StageState:
        assert not isinstance(features, Masked)
        scores = self.network.classify(stage, features)
        if isinstance(scores, Tensor) and index.full:
            rows = scores.permute(0, 2, 3, 1).reshape(len(index), -1)
        else:
            rows = gather(scores, index).values if isinstance(scores, Tensor) else values_of(scores)
        probabilities = torch.softmax(rows.float(), dim=1)
        return StageState(stage, index, features, probabilities, probabilities.amax(dim=1))

    def _empty(self, stage: int, index: RegionIndex, state: StageState) -> StageState:
        nothing = state.probabilities[:0]
        return StageState(stage, index, Rows(nothing, index), nothing, state.confidence[:0])


def forwarded(confidence: Tensor, rho: float) -> Tensor:
    """bool [m]: the cells that are not accepted, i.e. confidence ≤ ρ; acceptance is strict (D5)."""
    return ~(confidence > rho)


def merged_probabilities(states: Sequence[StageState]) -> Tensor:
    """N×h×w×K float32: at each cell the probabilities of the last stage that computed it (D4).

    Nested regions make the last stage that reached a cell its deciding stage.
    """
    merged = states[0].probabilities
    for state in states[1:]:
        merged = merged.index_copy(0, state.index.sites, state.probabilities)
    return merged.reshape(*states[0].index.shape, -1)
