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
from engine.models.supervision import Term, resized, supervised_loss

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


def multi_scale_terms(scores: MultiScaleScores) -> list[Term]:
    """What the authors learn from, each of weight 1: the fused scores, the full scale and the scales above a half on
    the full scale's grid (every 8th label), the other scales on their own grids (every 16th label at 0.5).
    """
    size = (scores.full.shape[2], scores.full.shape[3])
    terms = [Term("main", scores.fused, 1.0, "cell"), Term("full scale", scores.full, 1.0, "cell")]
    for number, scaled in enumerate(scores.scaled, start=1):
        grid = 2 * scaled.shape[2] - 1
        shown = resized(scaled, size) if grid > size[0] else scaled
        terms.append(Term(f"smaller scale {number}", shown, 1.0, "cell"))
    return terms


def multi_scale_loss(scores: MultiScaleScores, labels: Tensor) -> Tensor:
    """The authors' sum of cross-entropies; see multi_scale_terms.

    Args:
        labels: int64 N×H×W, 255 = void, of the image at full scale.

    Returns:
        A scalar with gradient.
    """
    return supervised_loss(multi_scale_terms(scores), labels)


def build(variant: str, num_classes: int) -> DeepLabV2ResNet:
    """The network of a variant, untrained."""
    return DeepLabV2ResNet(num_classes, FORMS[variant])
