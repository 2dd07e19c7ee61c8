"""DeepLab-v2 on ResNet-101 (Chen et al., TPAMI 2017): dilated ResNet, sum of four dilated classifiers, scores of three
image scales fused by their maximum.

Variants: `resnet101` strides in the first 1×1 as the authors' Caffe network and its descendants do, `resnet101-conv2`
in the 3×3 as torchvision does, for its weights. Batch norms are meant to stay frozen in training (reference §3).
"""

from __future__ import annotations

import copy
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final

import torch
from torch import Tensor

from engine.cascade.fields import Field
from engine.cascade.network import Part, StagedNetwork
from engine.models.heads import aspp_classifier
from engine.models.one_stage import no_deeper_stage
from engine.models.optimise import fused_module
from engine.models.resnet import CHANNELS, RESNET101, ResNet, ResNetForm
from engine.models.supervision import map_loss, resized

RATES: Final = (6, 12, 18, 24)
SCALES: Final = (0.75, 0.5)

FORMS: Final[dict[str, ResNetForm]] = {
    "resnet101": ResNetForm(RESNET101, stride_in="conv1"),
    "resnet101-conv2": ResNetForm(RESNET101),
}


class DeepLabV2ResNet(StagedNetwork):
    """Input RGB. The image's mean goes with the weights: Caffe's for those that descend from the authors' network.

    Args:
        rates: of the classifiers that are summed; (12,) is the paper's LargeFOV row.
    """

    stage_count = 1

    def __init__(self, num_classes: int, form: ResNetForm, *, rates: Sequence[int] = RATES) -> None:
        super().__init__()
        self.num_classes = num_classes
        self.backbone = ResNet(form)
        self.aspp = aspp_classifier(CHANNELS[3], num_classes, rates=rates)

    def first(self, image: Tensor) -> Tensor:
        features: Tensor = self.backbone(image)[3]
        return features

    def deeper(self, stage: int, features: Field) -> Field:
        no_deeper_stage()

    def classify(self, stage: int, features: Field) -> Field:
        scores: Field = self.aspp(features)
        return scores

    def optimised(self) -> DeepLabV2ResNet:
        network = copy.copy(self)
        network._modules = {"backbone": self.backbone.fused(), "aspp": fused_module(self.aspp)}
        return network.eval()

    def parts(self) -> tuple[Part, ...]:
        return (*self.backbone.parts(), Part("aspp", 1, (self.aspp,)))


@dataclass(frozen=True)
class MultiScaleScores:
    """Scores of one image at several scales (reference §5).

    Attributes:
        full: N×K×h×w, of the image as it is.
        scaled: of each smaller scale on its own grid.
        fused: N×K×h×w, the highest score of any scale.
    """

    full: Tensor
    scaled: tuple[Tensor, ...]
    fused: Tensor


def multi_scale_scores(
    scores_of: Callable[[Tensor], Tensor], image: Tensor, *, scales: Sequence[float] = SCALES
) -> MultiScaleScores:
    """Runs one network on an image and on smaller copies of it.

    Args:
        scores_of: scores N×K×h×w of normalised images, e.g. a network's first and classify together.
        image: N×3×H×W. On sides 32n+1 every grid's corners coincide, as in the authors' setting.
    """
    full = scores_of(image)
    scaled = tuple(scores_of(resized(image, shrunk_size((image.shape[2], image.shape[3]), s))) for s in scales)
    size = (full.shape[2], full.shape[3])
    fused = full
    for scores in scaled:
        fused = torch.maximum(fused, resized(scores, size))
    return MultiScaleScores(full, scaled, fused)


def shrunk_size(size: tuple[int, int], scale: float) -> tuple[int, int]:
    """Height and width at a scale, such that corners stay corners: 513 → 385 at 0.75, 257 at 0.5."""
    height, width = size
    return round((height - 1) * scale) + 1, round((width - 1) * scale) + 1


def multi_scale_loss(scores: MultiScaleScores, labels: Tensor) -> Tensor:
    """The authors' sum of cross-entropies, each of weight 1: the full scale, the scales above a half resized to its
    grid and the fused scores on every 8th label, the other scales on their own grids (every 16th label at 0.5).

    Args:
        labels: int64 N×H×W, 255 = void, of the image at full scale.

    Returns:
        A scalar with gradient.
    """
    size = (scores.full.shape[2], scores.full.shape[3])
    total = map_loss(scores.full, picked_labels(labels, size)) + map_loss(scores.fused, picked_labels(labels, size))
    for scaled in scores.scaled:
        grid = (scaled.shape[2], scaled.shape[3])
        if 2 * grid[0] - 1 > size[0]:
            total = total + map_loss(resized(scaled, size), picked_labels(labels, size))
        else:
            total = total + map_loss(scaled, picked_labels(labels, grid))
    return total


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


def build(variant: str, num_classes: int) -> DeepLabV2ResNet:
    """The network of a variant, untrained."""
    return DeepLabV2ResNet(num_classes, FORMS[variant])
