"""Networks of one stage that learn from more than their answer: auxiliary heads that inference leaves out."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

import torch
from torch import Tensor
from torch.nn import functional as F

from engine.cascade.fields import Field
from engine.cascade.network import StagedNetwork
from engine.cascade.result import IGNORE
from engine.models.one_stage import no_deeper_stage


@dataclass(frozen=True)
class Term:
    """One set of scores to learn from.

    Attributes:
        name: "main", or that of the part which gave it.
        scores: N×K×h×w at any size, whose corners are those of the image; or N×K for the image as a whole.
        weight: of its loss in the sum.
        judged: at every "pixel", scores resized to the labels; or at the "cell", labels picked on the scores' grid.
    """

    name: str
    scores: Tensor
    weight: float
    judged: Literal["pixel", "cell"] = "pixel"


class Supervised(StagedNetwork):
    """A network of one stage with further scores to learn from.

    Attributes:
        training_parts: names of the parts that inference does without.
    """

    stage_count = 1
    training_parts: tuple[str, ...] = ()

    @abstractmethod
    def training_terms(self, image: Tensor) -> list[Term]:
        """Everything to learn from, "main" first, of normalised images N×3×H×W."""

    def deeper(self, stage: int, features: Field) -> Field:
        no_deeper_stage()


def supervised_loss(terms: Iterable[Term], labels: Tensor) -> Tensor:
    """The weighted sum of the terms' losses, each a mean; see term_loss.

    Args:
        labels: int64 N×H×W, 255 = void.

    Returns:
        A scalar with gradient; zero, still with a graph, where no pixel has a label.
    """
    losses = []
    for term in terms:
        total, count = term_loss(term, labels)
        losses.append(term.weight * total / max(1, count))
    return sum(losses[1:], start=losses[0])


def term_loss(term: Term, labels: Tensor, *, aligned: bool = True) -> tuple[Tensor, int]:
    """A term's loss summed, and over how many it was summed.

    Maps are judged by cross-entropy on labelled pixels or cells. Scores of a whole image are judged class by class on
    whether the class occurs in it.

    Args:
        labels: int64 N×H×W, 255 = void.
        aligned: scores judged at every pixel are resized corner on corner; else with half-pixel centres.
    """
    scores = term.scores.float()
    if scores.dim() == 2:
        present = present_classes(labels, scores.shape[1])
        return F.binary_cross_entropy_with_logits(scores, present, reduction="sum"), scores.numel()
    size = (labels.shape[1], labels.shape[2])
    if term.judged == "cell":
        labels = picked_labels(labels, (scores.shape[2], scores.shape[3]))
    elif scores.shape[2:] != size:
        scores = F.interpolate(scores, size, mode="bilinear", align_corners=aligned)
    total = F.cross_entropy(scores, labels, ignore_index=IGNORE, reduction="sum")
    return total, int((labels != IGNORE).sum())


def resized(maps: Tensor, size: tuple[int, int]) -> Tensor:
    """N×C×h×w maps at another size, bilinearly, corner on corner (align_corners=True)."""
    return F.interpolate(maps, size, mode="bilinear", align_corners=True)


def present_classes(labels: Tensor, num_classes: int) -> Tensor:
    """N×K float: 1 where a class occurs in an image's labels."""
    classes = labels.flatten(1)
    counts = labels.new_zeros(labels.shape[0], 256).scatter_add_(1, classes, (classes != IGNORE).to(labels.dtype))
    return (counts[:, :num_classes] > 0).float()


def picked_labels(labels: Tensor, size: tuple[int, int]) -> Tensor:
    """Labels N×H×W picked on a coarser grid, corner on corner: of 321 pixels every 8th for 41 cells, every 16th for 21.

    Not what F.interpolate(mode="nearest") picks, which is misaligned (reference §4).
    """
    rows = _picked(labels.shape[1], size[0], device=labels.device)
    columns = _picked(labels.shape[2], size[1], device=labels.device)
    return labels[:, rows][:, :, columns]


def _picked(pixels: int, cells: int, *, device: torch.device) -> Tensor:
    step = (pixels - 1) / max(1, cells - 1)
    return (torch.arange(cells, device=device, dtype=torch.float64) * step).round().to(torch.int64)
