"""The permutohedral lattice (Adams et al., 2010): Gaussian filtering of values at scattered points, in torch.

Values are splatted on the vertices of a lattice in the points' feature space, blurred along its axes and sliced back.
Written from the dense-crf reference §6, and agrees with pydensecrf's. Runs where its features lie, CPU or GPU.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property

import torch
from torch import Tensor
from torch.nn import functional as F


@dataclass(frozen=True)
class Lattice:
    """The lattice that some points stand on.

    Attributes:
        vertices: int64 n×(D+1), the vertices around each point.
        weights: float32 n×(D+1), barycentric, each row sums to 1.
        neighbours: int64 (D+1)×2×m, the two neighbours of each vertex along each axis; m where there is none.
    """

    vertices: Tensor
    weights: Tensor
    neighbours: Tensor

    @property
    def size(self) -> int:
        """Vertices."""
        return self.neighbours.shape[2]

    def filtered(self, values: Tensor) -> Tensor:
        """n×C of n×C: at each point the Gaussian-weighted sum over all points, itself included."""
        return self.sliced(self.blurred(self.splatted(values)))

    def splatted(self, values: Tensor) -> Tensor:
        """m×C vertex values of n×C point values."""
        found, points, offsets, weights = self._by_vertex
        sums = F.embedding_bag(points, values, offsets, mode="sum", per_sample_weights=weights)
        if len(found) == self.size:
            return sums
        return values.new_zeros(self.size, values.shape[1]).index_copy_(0, found, sums)

    def blurred(self, values: Tensor) -> Tensor:
        """m×C: along each axis in turn, every vertex plus half of its two neighbours."""
        padded = F.pad(values, (0, 0, 0, 1))
        for first, second in self.neighbours:
            around = padded.index_select(0, first).add_(padded.index_select(0, second))
            padded[:-1].add_(around, alpha=0.5)
        return padded[:-1]

    def sliced(self, values: Tensor, points: Tensor | None = None) -> Tensor:
        """n×C point values of m×C vertex values, or those of some points alone."""
        vertices, weights = self._of(points)
        sums = F.embedding_bag(vertices, values, mode="sum", per_sample_weights=weights)
        return sums.div_(1.0 + 2.0 ** (1 - vertices.shape[1]))

    def restricted(self, points: Tensor) -> Lattice:
        """The lattice that filters from some points (int64 [p]) to the same ones, with exactly the same result.

        It keeps the vertices that lie on a way of the blur from one of the points' vertices to another.
        """
        vertices, weights = self._of(points)
        touched = torch.zeros(self.size + 1, dtype=torch.bool, device=vertices.device)
        touched[vertices.flatten()] = True
        axes = range(len(self.neighbours))
        forwards = self._reach(touched, axes)
        backwards = self._reach(touched, reversed(axes))[::-1]
        kept = torch.stack([f & b for f, b in zip(forwards, backwards, strict=True)]).any(dim=0)[:-1]
        count = int(kept.sum())
        renamed = torch.full((self.size + 1,), count, dtype=torch.int64, device=vertices.device)
        renamed[:-1][kept] = torch.arange(count, device=vertices.device)
        return Lattice(renamed[vertices], weights, renamed[self.neighbours[:, :, kept]])

    @cached_property
    def _by_vertex(self) -> tuple[Tensor, Tensor, Tensor, Tensor]:
        """The vertices that points stand at, ascending; then, vertex by vertex, the points around it (where each vertex
        begins is the third) and their weights.
        """
        flat = self.vertices.flatten()
        order = flat.argsort(stable=True)
        counts = torch.bincount(flat, minlength=self.size)
        found = counts.nonzero().squeeze(1)
        offsets = F.pad(counts[found].cumsum(0)[:-1], (1, 0))
        return found, order // self.vertices.shape[1], offsets, self.weights.flatten()[order]

    def _of(self, points: Tensor | None) -> tuple[Tensor, Tensor]:
        return (self.vertices, self.weights) if points is None else (self.vertices[points], self.weights[points])

    def _reach(self, start: Tensor, axes: Iterable[int]) -> list[Tensor]:
        """bool [m+1] before the first axis and after each: where a blur that begins at `start` has come."""
        reached = [start]
        for axis in axes:
            now = reached[-1].clone()
            for neighbours in self.neighbours[axis]:
                now[:-1] |= reached[-1][neighbours]
            now[-1] = False
            reached.append(now)
        return reached


def lattice_of(features: Tensor) -> Lattice:
    """The lattice of n points.

    Args:
        features: float32 n×D, each divided by its standard deviation.
    """
    elevated = _elevated(features)
    axes = elevated.shape[1]  # D+1
    nearest = (elevated / axes).round() * axes
    rank = _ranks(elevated - nearest) + (nearest.sum(dim=1, keepdim=True) / axes).round().to(torch.int64)
    low, high = rank < 0, rank >= axes
    nearest = (nearest + axes * low - axes * high).to(torch.int64)
    rank += axes * low.to(torch.int64) - axes * high.to(torch.int64)
    weights = _barycentric((elevated - nearest) / axes, rank)
    keys, steps = _keys(nearest, rank)
    unique, vertices = torch.unique(keys, return_inverse=True)
    return Lattice(vertices, weights, _neighbours(unique, steps))


def _elevated(features: Tensor) -> Tensor:
    """n×(D+1): the points on the plane of coordinates that sum to 0, scaled so that one blur has variance 1."""
    count = features.shape[1]
    elevated = features.new_empty(len(features), count + 1)
    total = torch.zeros_like(features[:, 0])
    for axis in range(count, 0, -1):
        scale = math.sqrt(2.0 / 3.0) * (count + 1) / math.sqrt(axis * (axis + 1))
        value = features[:, axis - 1] * scale
        elevated[:, axis] = total - axis * value
        total = total + value
    elevated[:, 0] = total
    return elevated


def _ranks(values: Tensor) -> Tensor:
    """int64, 0 for the largest of each row; of equals the first."""
    order = values.argsort(dim=1, descending=True, stable=True)
    places = torch.arange(values.shape[1], device=values.device).expand_as(order)
    return torch.empty_like(order).scatter_(1, order, places)


def _barycentric(offsets: Tensor, rank: Tensor) -> Tensor:
    last = offsets.shape[1] - 1
    weights = offsets.new_zeros(len(offsets), last + 2)
    weights.scatter_add_(1, last - rank, offsets)
    weights.scatter_add_(1, last - rank + 1, -offsets)
    weights[:, 0] += 1.0 + weights[:, last + 1]
    return weights[:, : last + 1].contiguous()


def _keys(nearest: Tensor, rank: Tensor) -> tuple[Tensor, Tensor]:
    """int64 n×(D+1): each vertex as one number; and what one step along each of the first D coordinates adds to it."""
    axes = nearest.shape[1]
    first = nearest[:, :-1]
    # Vertices and their neighbours lie at most 2·(D+1) around.
    low = first.amin(dim=0) - 2 * axes
    spans = (first.amax(dim=0) + 2 * axes + 1 - low).tolist()
    if math.prod(spans) >= 2**62:
        raise ValueError(f"the features spread too widely for this lattice: {spans} cells")
    steps = torch.tensor([math.prod(spans[at + 1 :]) for at in range(axes - 1)], device=nearest.device)
    base = ((first - low) * steps).sum(dim=1)
    keys = torch.empty_like(rank)
    for vertex in range(axes):
        moved = torch.where(rank[:, :-1] <= axes - 1 - vertex, vertex, vertex - axes)
        keys[:, vertex] = base + (moved * steps).sum(dim=1)
    return keys, steps


def _neighbours(keys: Tensor, steps: Tensor) -> Tensor:
    """int64 (D+1)×2×m for ascending keys."""
    count = len(steps)
    down = -int(steps.sum())
    found = []
    for axis in range(count + 1):
        step = down + ((count + 1) * int(steps[axis]) if axis < count else 0)
        for direction in (step, -step):
            wanted = keys + direction
            place = torch.searchsorted(keys, wanted).clamp_(max=len(keys) - 1)
            found.append(torch.where(keys[place] == wanted, place, len(keys)))
    return torch.stack(found).reshape(count + 1, 2, len(keys))
