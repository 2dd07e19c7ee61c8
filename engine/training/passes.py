"""The network's steps as a training pass calls them: its own methods, or what torch.compile makes of them."""

from __future__ import annotations

from typing import Protocol

import torch
from torch import Tensor

from engine.cascade.fields import Field
from engine.cascade.network import StagedNetwork


class Passes(Protocol):
    """See StagedNetwork, which is one."""

    def first(self, image: Tensor, /) -> Tensor: ...

    def deeper(self, stage: int, features: Field, /) -> Field: ...

    def classify(self, stage: int, features: Field, /) -> Field: ...


class CompiledPasses:
    """Dense maps go through compiled code; rows go through the network's own, as their number changes every time."""

    def __init__(self, network: StagedNetwork) -> None:
        self._network = network
        # What was compiled for another phase, with other frozen layers, would only fill the compiler's cache.
        torch.compiler.reset()
        self._first = torch.compile(network.first)
        self._deeper = torch.compile(network.deeper)
        self._classify = torch.compile(network.classify)

    def first(self, image: Tensor) -> Tensor:
        return self._first(image)

    def deeper(self, stage: int, features: Field) -> Field:
        return (self._deeper if isinstance(features, Tensor) else self._network.deeper)(stage, features)

    def classify(self, stage: int, features: Field) -> Field:
        return (self._classify if isinstance(features, Tensor) else self._network.classify)(stage, features)
