"""PSPNet (Zhao et al., CVPR 2017): pyramid pooling over a dilated ResNet, as in the author's PyTorch version.

Variants: `resnet50`, `resnet101` have the author's deep stem; `-7x7` torchvision's stem; `-torchvision` also the
dilations of torchvision's segmentation networks, for their weights. Keys of heads are the author's.
"""

from __future__ import annotations

import copy
from typing import Final

from torch import Tensor, nn

from engine.cascade.convolution import BatchNorm2d, Conv2d, Pointwise
from engine.cascade.fields import Field, concatenate
from engine.cascade.network import Part
from engine.models.layers import ChannelDropout
from engine.models.optimise import fused_module
from engine.models.region_pooling import pooled, spread
from engine.models.resnet import CHANNELS, RESNET50, RESNET101, ResNet, ResNetForm
from engine.models.supervision import Supervised, Term

BINS: Final = (1, 2, 3, 6)
AUXILIARY_WEIGHT: Final = 0.4

FORMS: Final[dict[str, ResNetForm]] = {
    "resnet50": ResNetForm(RESNET50, stem="deep"),
    "resnet101": ResNetForm(RESNET101, stem="deep"),
    "resnet50-7x7": ResNetForm(RESNET50),
    "resnet101-7x7": ResNetForm(RESNET101),
    "resnet50-torchvision": ResNetForm(RESNET50, first_dilation="half"),
    "resnet101-torchvision": ResNetForm(RESNET101, first_dilation="half"),
}


class PyramidPooling(nn.Module):
    """Averages over 1×1, 2×2, 3×3 and 6×6 windows of the whole map, each through its own 1×1 convolution, beside the
    map itself: C → 2C channels. On a region, averages over the cells that are computed, see region_pooling.

    In training a batch needs two images: the batch norm of the 1×1 average has nothing else to take its statistics of.
    """

    def __init__(self, inputs: int) -> None:
        super().__init__()
        outputs = inputs // len(BINS)
        self.features = nn.ModuleList(
            nn.Sequential(
                nn.Identity(),  # where the author's network pools; the keys below are its own
                Conv2d(inputs, outputs, 1, bias=False),
                BatchNorm2d(outputs),
                Pointwise(nn.ReLU(inplace=True)),
            )
            for bins in BINS
        )

    def forward(self, field: Field) -> Field:
        branches = zip(BINS, self.features, strict=True)
        return concatenate(field, *(spread(branch(pooled(field, bins)), field) for bins, branch in branches))


class PspNet(Supervised):
    """Input RGB, ImageNet's mean and std.

    Args:
        form: the backbone; dilated.
    """

    training_parts = ("aux",)

    def __init__(self, num_classes: int, form: ResNetForm) -> None:
        super().__init__()
        self.num_classes = num_classes
        self.backbone = ResNet(form)
        self.ppm = PyramidPooling(CHANNELS[3])
        self.cls = classifier(2 * CHANNELS[3], 512, num_classes)
        self.aux = classifier(CHANNELS[2], 256, num_classes)

    def first(self, image: Tensor) -> Tensor:
        features: Tensor = self.backbone(image)[3]
        return features

    def classify(self, stage: int, features: Field) -> Field:
        scores: Field = self.cls(self.ppm(features))
        return scores

    def training_terms(self, image: Tensor) -> list[Term]:
        _, _, third, fourth = self.backbone(image)
        return [Term("main", self.cls(self.ppm(fourth)), 1.0), Term("aux", self.aux(third), AUXILIARY_WEIGHT)]

    def optimised(self) -> PspNet:
        network = copy.copy(self)
        network._modules = {
            "backbone": self.backbone.fused(),
            "ppm": fused_pooling(self.ppm),
            "cls": fused_module(self.cls),
        }
        return network.eval()

    def parts(self) -> tuple[Part, ...]:
        heads = [
            Part(name, 1, (self.get_submodule(name),), auxiliary=name in self.training_parts)
            for name in ("ppm", "cls", "aux")
            if hasattr(self, name)
        ]
        return (*self.backbone.parts(), *heads)


def classifier(inputs: int, hidden: int, num_classes: int) -> nn.Sequential:
    """3×3 and 1×1 convolution, batch norm, ReLU and dropout between: the author's `cls` and `aux`."""
    return nn.Sequential(
        Conv2d(inputs, hidden, 3, padding=1, bias=False),
        BatchNorm2d(hidden),
        Pointwise(nn.ReLU(inplace=True)),
        ChannelDropout(0.1),
        Conv2d(hidden, num_classes, 1),
    )


def fused_pooling(pooling: PyramidPooling) -> PyramidPooling:
    """For inference, batch norms folded."""
    fused = copy.copy(pooling)
    fused._modules = {"features": fused_module(pooling.features)}
    return fused


def build(variant: str, num_classes: int) -> PspNet:
    """The network of a registered variant, untrained."""
    return PspNet(num_classes, FORMS[variant])
