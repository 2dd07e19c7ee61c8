"""Networks of one stage that learn from more than their answer: auxiliary heads that inference leaves out."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Iterable
from dataclasses import dataclass

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
    """

    name: str
    scores: Tensor
    weight: float


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
    """The weighted sum of the terms' losses.

    Maps are resized to the labels, corner on corner, and judged by cross-entropy on labelled pixels. Scores of a whole
    image are judged class by class on whether the class occurs in it.

    Args:
        labels: int64 N×H×W, 255 = void.

    Returns:
        A scalar with gradient; zero, still with a graph, where no pixel has a label.
    """
    losses = []
    for term in terms:
        scores = term.scores.float()
        if scores.dim() == 2:
            loss = F.binary_cross_entropy_with_logits(scores, present_classes(labels, scores.shape[1]))
        else:
            loss = map_loss(resized(scores, (labels.shape[1], labels.shape[2])), labels)
        losses.append(term.weight * loss)
    return sum(losses[1:], start=losses[0])


def map_loss(scores: Tensor, labels: Tensor) -> Tensor:
    """Mean cross-entropy over labelled pixels of N×K×h×w scores and int64 N×h×w labels; zero where there are none."""
    total = F.cross_entropy(scores, labels, ignore_index=IGNORE, reduction="sum")
    return total / (labels != IGNORE).sum().clamp(min=1)


def resized(maps: Tensor, size: tuple[int, int]) -> Tensor:
    """N×C×h×w maps at another size, bilinearly, corner on corner (align_corners=True)."""
    return F.interpolate(maps, size, mode="bilinear", align_corners=True)


def present_classes(labels: Tensor, num_classes: int) -> Tensor:
    """N×K float: 1 where a class occurs in an image's labels."""
    classes = labels.flatten(1)
    counts = labels.new_zeros(labels.shape[0], 256).scatter_add_(1, classes, (classes != IGNORE).to(labels.dtype))
    return (counts[:, :num_classes] > 0).float()
