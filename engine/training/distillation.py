"""Keeping what a network knows while it learns something new: its answers stay close to those of a former self.

Learning without forgetting (Li & Hoiem, ECCV 2016), on every stage of a cascade and only where no label says otherwise.
"""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor
from torch.nn import functional as F

from engine.cascade.result import IGNORE
from engine.training.losses import StageScores


def unlabelled_cells(labels: Tensor, grid: tuple[int, int]) -> Tensor:
    """bool N×h×w: cells of the grid with no labelled pixel in them; labels N×H×W, 255 = no label."""
    labelled = (labels != IGNORE).float().unsqueeze(1)
    return F.adaptive_max_pool2d(labelled, grid).squeeze(1) == 0


def keeping_loss(now: Sequence[StageScores], before: Sequence[Tensor], cells: Tensor) -> Tensor:
    """Mean over stages and cells of KL(before ‖ now), zero where the answers are the same; a scalar with gradient.

    Args:
        now: stages 1..d.
        before: log-probabilities N×K×h×w of each stage; where they end earlier, the last one stands for the rest.
        cells: bool N×h×w, those that count.
    """
    total = now[0].scores.new_zeros((), dtype=torch.float32)
    for place, stage in enumerate(now):
        kept = cells if stage.region is None else cells & stage.region
        count = int(kept.sum())
        if count:
            log_now = F.log_softmax(stage.scores.float(), dim=1)
            target = before[min(place, len(before) - 1)].float()
            distance = (target.exp() * (target - log_now)).sum(dim=1)
            total = total + (distance * kept).sum() / count / len(now)
    return total
