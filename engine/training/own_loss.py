"""Losses of networks that say themselves what they learn from: auxiliary heads, several scales, what a photo holds."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import torch
from torch import Tensor

from engine.cascade.network import StagedNetwork
from engine.cascade.result import IGNORE
from engine.models.deeplab_v2_resnet import multi_scale_scores, multi_scale_terms
from engine.models.glance import ClassifiesPhotos
from engine.models.supervision import Supervised, Term, picked_labels, term_loss
from engine.training.losses import CascadeLoss, unshared


def own_terms(network: StagedNetwork, image: Tensor, *, scales: Sequence[float]) -> list[Term]:
    """Everything a network of one stage learns from: its own terms where it has them, else its answer.

    Args:
        image: N×3×H×W, normalised.
        scales: below 1: the image at these scales too, with DeepLab-v2's losses; only for a network without own terms.
    """
    if scales:
        return multi_scale_terms(multi_scale_scores(lambda x: network.all_scores(x)[-1], image, scales=scales))
    if isinstance(network, Supervised):
        return network.training_terms(image)
    return [Term("main", network.all_scores(image)[-1], 1.0)]


def photo_terms(network: ClassifiesPhotos, image: Tensor) -> list[Term]:
    """What the photo's classifier alone learns from: whether each class occurs, see engine.models.glance."""
    return [Term("photo", network.photo_scores(image), 1.0)]


def own_loss(
    terms: Sequence[Term],
    labels: Tensor,
    *,
    stride: int = 1,
    over_all: Callable[[Tensor], Tensor] = unshared,
) -> CascadeLoss:
    """The weighted sum of the terms' means, reported under the terms' names.

    Crops of 8n+1 pixels lay the corners of scores and labels on each other, as the references do; on multiples of 32
    cells have half-pixel centres, as in a session.

    Args:
        labels: N×H×W uint8 or int64, 255 = void.
        stride: terms judged at every pixel are judged on every n-th pixel of every n-th row.
        over_all: as for cascade_loss.
    """
    labels = labels.long()
    aligned = labels.shape[1] % 8 == 1
    judged = _thinned(labels, stride, aligned=aligned)
    found = [term_loss(t, labels if t.judged == "cell" else judged, aligned=aligned) for t in terms]
    counts = over_all(torch.tensor([int((labels != IGNORE).sum()), *(n for _, n in found)], device=labels.device))
    labelled, *of_terms = counts.tolist()
    total = sum((t.scores.float().sum() * 0.0 for t in terms), start=labels.new_zeros((), dtype=torch.float32))
    values: dict[str, float] = {}
    for term, (summed, _), count in zip(terms, found, of_terms, strict=True):
        if count:
            mean = summed / count
            values[term.name] = values.get(term.name, 0.0) + float(mean.detach())
            total = total + term.weight * mean
    return CascadeLoss(total, values, (1.0 if labelled else 0.0,))


def _thinned(labels: Tensor, stride: int, *, aligned: bool) -> Tensor:
    if stride == 1:
        return labels
    if aligned:
        sides = ((side - 1) // stride + 1 for side in labels.shape[1:])
        return picked_labels(labels, (next(sides), next(sides)))
    offset = stride // 2
    return labels[:, offset::stride, offset::stride]
