"""What each stage learns from: the pixels that the stages before it do not already know (reference D11, D12)."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import torch
from torch import Tensor
from torch.nn import functional as F

from engine.cascade.result import IGNORE
from engine.training.recipe import DropRule


@dataclass(frozen=True)
class StageScores:
    """One stage's answer in a training step.

    Attributes:
        scores: N×K×h×w logits on the grid.
        region: N×h×w bool, the cells that the stage computed; None = all of them. Elsewhere `scores` holds what the
            stages before said, without gradient, as the merged map at test time does.
    """

    scores: Tensor
    region: Tensor | None = None


@dataclass(frozen=True)
class LossRule:
    """Weights of the terms and what drops a pixel from the later ones; see training.recipe.Phase.

    Attributes:
        rho: the threshold of every stage, or one for each but the last.
        drop_rates: under the rule "random", the share that each stage but the last takes away from those after it.
    """

    weights: tuple[float, ...]
    all_pixels_weight: float
    rho: float | tuple[float, ...]
    drop_rule: DropRule = "true-class"
    stride: int = 1
    drop_rates: tuple[float, ...] = ()

    def threshold(self, stage: int) -> float:
        """ρ of stage 1..n-1."""
        return self.rho[stage - 1] if isinstance(self.rho, tuple) else self.rho


@dataclass(frozen=True)
class CascadeLoss:
    """The loss of one forward pass; where processes share it, total and terms are this one's part of a sum.

    Attributes:
        total: weighted sum, a scalar with gradient; zero, still with a graph, where no pixel has a label.
        terms: each term's mean before weighting: "stage1".., and "all" for the last stage on all pixels. A term
            without a valid pixel is left out.
        kept: fraction of the labelled pixels that each stage learns from, of all processes together.
    """

    total: Tensor
    terms: dict[str, float]
    kept: tuple[float, ...]


def dropped_pixels(log_probabilities: Tensor, labels: Tensor, *, rho: float, rule: DropRule) -> Tensor:
    """bool N×H×W: pixels that this stage keeps from the stages after it.

    Rule "true-class" (A2) drops a labelled pixel when the probability of its true class exceeds ρ, and a void one when
    any class does: a confidently wrong pixel goes on being learnt. Rule "test" drops wherever the highest probability
    exceeds ρ. (Rule "random" asks no probabilities; see cascade_loss.)

    Args:
        log_probabilities: N×K×H×W.
        labels: int64 N×H×W, 255 = void.
    """
    if rho >= 1.0:
        return torch.zeros_like(labels, dtype=torch.bool)
    highest = log_probabilities.amax(dim=1)
    if rule == "test":
        return highest.exp() > rho
    void = labels == IGNORE
    true_class = log_probabilities.gather(1, labels.masked_fill(void, 0).unsqueeze(1)).squeeze(1)
    return torch.where(void, highest, true_class).exp() > rho


def unshared(counts: Tensor) -> Tensor:
    """The pixel counts of a batch that one process has whole."""
    return counts


def cascade_loss(
    stages: Sequence[StageScores],
    labels: Tensor,
    rule: LossRule,
    *,
    draws: Tensor | None = None,
    over_all: Callable[[Tensor], Tensor] = unshared,
) -> CascadeLoss:
    """The loss of a step over the stages that were computed.

    Scores are upsampled bilinearly to the crop (or to every `stride`-th pixel of it) before the softmax. Dropping is
    nested: a pixel that stage 1 drops stays dropped for stage 3.

    Args:
        stages: stages 1..d in order, d ≤ len(rule.weights).
        labels: N×H×W uint8 or int64, 255 = void.
        draws: N×(n-1)×h×w uniform in 0..1, h and w after the stride; the rule "random" drops where they lie below
            the rate (D18).
        over_all: from this process's pixel counts (int64, one a term) to those of all processes that share the batch.
            A mean over valid pixels is then a mean over those of the whole batch, and the processes' losses and
            gradients add up to those of one process.
    """
    offset = rule.stride // 2
    labels = labels[:, offset :: rule.stride, offset :: rule.stride].long()
    valid = labels != IGNORE
    sums: list[Tensor] = []
    pixels: list[Tensor] = []
    learnt = everywhere = valid
    for number, stage in enumerate(stages, start=1):
        # Below its depth a stage may have no loss of its own and still decide what the next ones learn.
        log_probabilities = _upsampled_log_softmax(stage.scores, labels)
        each = F.nll_loss(log_probabilities, labels, ignore_index=IGNORE, reduction="none")
        everywhere = valid if stage.region is None else valid & _nearest(stage.region, labels)
        learnt = learnt & everywhere
        sums.append((each * learnt).sum())
        pixels.append(learnt)
        if number == len(rule.weights):
            sums.append((each * everywhere).sum())
            pixels.append(everywhere)
        elif number < len(stages):
            learnt = learnt & ~_dropped(log_probabilities.detach(), labels, rule, stage=number, draws=draws)
    # The forward pass of another process may have gone deeper than this one's.
    names = [*(f"stage{number}" for number in range(1, len(rule.weights) + 1)), "all"]
    weights = [*rule.weights, rule.all_pixels_weight]
    counts = torch.zeros(1 + len(names), dtype=torch.int64, device=labels.device)
    counts[: 1 + len(pixels)] = torch.stack([p.sum() for p in (valid, *pixels)])
    labelled, *found = over_all(counts).tolist()

    total = stages[0].scores.new_zeros((), dtype=torch.float32) + stages[0].scores.float().sum() * 0.0
    terms: dict[str, float] = {}
    for place, (name, weight, count) in enumerate(zip(names, weights, found, strict=True)):
        if weight > 0 and count > 0:
            terms[name] = 0.0
            if place < len(sums):
                term = sums[place] / count
                terms[name] = float(term.detach())
                total = total + weight * term
    reached = max([len(stages), *(n for n, count in enumerate(found[:-1], start=1) if count)])
    return CascadeLoss(total, terms, tuple(count / max(1, labelled) for count in found[:reached]))


def _dropped(log_probabilities: Tensor, labels: Tensor, rule: LossRule, *, stage: int, draws: Tensor | None) -> Tensor:
    if rule.drop_rule != "random":
        return dropped_pixels(log_probabilities, labels, rho=rule.threshold(stage), rule=rule.drop_rule)
    if draws is None:
        raise ValueError("the rule 'random' needs draws")
    return draws[:, stage - 1] < rule.drop_rates[stage - 1]


def _upsampled_log_softmax(scores: Tensor, labels: Tensor) -> Tensor:
    size = (labels.shape[1], labels.shape[2])
    return F.log_softmax(F.interpolate(scores.float(), size, mode="bilinear", align_corners=False), dim=1)


def _nearest(region: Tensor, labels: Tensor) -> Tensor:
    size = (labels.shape[1], labels.shape[2])
    return F.interpolate(region.unsqueeze(1).float(), size, mode="nearest").squeeze(1) > 0.5
