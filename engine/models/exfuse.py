"""ExFuse (Zhang et al., ECCV 2018): a U-Net of global convolutions (GCN, Peng et al., CVPR 2017) with five additions.

There is no code of the authors; where figures and text are silent, the decisions of the exfuse reference hold. The
training recipe is our own, and the published numbers are not reproduced.

A variant is an encoder, `resnet50`, `resnet101` or `resnext101` (32×8d), and switches: `lr` rearranges its layers;
`gcn` leaves the baseline alone, and `seb`, `ecre`, `dap`, `ss` after it add one each. Without `gcn`, SEB, ECRE and DAP
are on.
"""

from __future__ import annotations

import copy
from dataclasses import dataclass
from typing import Final

from torch import Tensor, nn

from engine.cascade.fields import Field
from engine.cascade.network import Part
from engine.models import exfuse_parts as pieces
from engine.models.resnet import CHANNELS, REARRANGED, RESNET50, RESNET101, ResNet, ResNetForm
from engine.models.supervision import Supervised, Term

ECRE_WEIGHT: Final = 0.4
SEMANTIC_WEIGHT: Final = 0.3

_ENCODERS: Final[dict[str, ResNetForm]] = {
    "resnet50": ResNetForm(RESNET50, dilated=False),
    "resnet101": ResNetForm(RESNET101, dilated=False),
    "resnext101": ResNetForm(RESNET101, dilated=False, groups=32, group_width=8),
}


@dataclass(frozen=True)
class ExFuseForm:
    """What an ExFuse is made of. LR is the encoder's: blocks = resnet.REARRANGED.

    Attributes:
        encoder: not dilated.
        kernel: side of the global convolutions, odd.
        refine: boundary refinement after every GCN, sum and the last two upsamplings.
        seb: semantic embedding branches on the maps of layer1..layer3.
        ecre: sub-pixel upsampling of the deepest scores, with a loss of its own.
        dap: side of the neighbourhood that predicts a pixel, odd; 1 = off.
        semantic: image-level heads on layer1..layer3 in training. Meant for the encoder's pre-training, see
            SemanticClassifier; here they learn which classes an image holds.
    """

    encoder: ResNetForm
    kernel: int = 15
    refine: bool = True
    seb: bool = True
    ecre: bool = True
    dap: int = 3
    semantic: bool = False


class ExFuse(Supervised):
    """Input RGB, ImageNet's mean and std, sides multiples of 32; scores for every pixel."""

    stride = 1

    def __init__(self, num_classes: int, form: ExFuseForm) -> None:
        super().__init__()
        self.num_classes = num_classes
        self.form = form
        self.training_parts = ("SS",) if form.semantic else ()
        self.backbone = ResNet(form.encoder)
        if form.seb:
            self.seb = nn.ModuleList(
                pieces.SemanticEmbedding(CHANNELS[level], CHANNELS[level + 1 :]) for level in range(3)
            )
        self.gcn = nn.ModuleList(
            nn.Sequential(
                pieces.GlobalConvolution(channels, num_classes, kernel=form.kernel), *_refinement(form, num_classes)
            )
            for channels in CHANNELS
        )
        self.merge = nn.ModuleList(nn.Sequential(*_refinement(form, num_classes)) for _ in range(3))
        last = num_classes * form.dap**2
        up4 = pieces.SubPixel(num_classes) if form.ecre else pieces.deconvolution(num_classes, num_classes)
        self.up = nn.ModuleList(
            (
                up4,
                pieces.deconvolution(num_classes, num_classes),
                pieces.deconvolution(num_classes, num_classes),
                nn.Sequential(pieces.deconvolution(num_classes, num_classes), *_refinement(form, num_classes)),
                nn.Sequential(pieces.deconvolution(num_classes, last), *_refinement(form, last)),
            )
        )
        self.dap = pieces.DenselyAdjacent(num_classes, form.dap)
        if form.semantic:
            self.ss = nn.ModuleList(pieces.SemanticSupervision(channels, num_classes) for channels in CHANNELS[:3])

    def first(self, image: Tensor) -> Tensor:
        """Everything but DAP: its k²·K channels (K where it is off) for every pixel."""
        return self._decoded(self._encoded(image))[0]

    def classify(self, stage: int, features: Field) -> Field:
        scores: Field = self.dap(features)
        return scores

    def training_terms(self, image: Tensor) -> list[Term]:
        maps: tuple[Tensor, ...] = self.backbone(image)
        predictions, upsampled = self._decoded(self._embedded(maps))
        terms = [Term("main", self.dap(predictions), 1.0)]
        if self.form.ecre:
            terms.append(Term("ECRE", upsampled, ECRE_WEIGHT))
        if self.form.semantic:
            terms += [Term("SS", head(m), SEMANTIC_WEIGHT) for head, m in zip(self.ss, maps, strict=False)]
        return terms

    def optimised(self) -> ExFuse:
        network = copy.copy(self)
        network._modules = {
            name: copy.deepcopy(m) for name, m in self.named_children() if name not in ("backbone", "ss")
        }
        network._modules["backbone"] = self.backbone.fused()
        return network.eval()

    def parts(self) -> tuple[Part, ...]:
        names = {"SEB": "seb", "GCN": "gcn", "merge": "merge", "up": "up", "SS": "ss"}
        own = [
            Part(part, 1, (self.get_submodule(name),), auxiliary=part in self.training_parts)
            for part, name in names.items()
            if hasattr(self, name)
        ]
        return (*self.backbone.parts(), *own)

    def _encoded(self, image: Tensor) -> tuple[Tensor, ...]:
        return self._embedded(self.backbone(image))

    def _embedded(self, maps: tuple[Tensor, ...]) -> tuple[Tensor, ...]:
        """The encoder's maps, with SEB the lower three times what the higher ones say."""
        if not self.form.seb:
            return maps
        return (*(branch(maps[level], maps[level + 1 :]) for level, branch in enumerate(self.seb)), maps[3])

    def _decoded(self, maps: tuple[Tensor, ...]) -> tuple[Tensor, Tensor]:
        """The last map before DAP, and the deepest scores after their upsampling (what ECRE learns from)."""
        scores = self.gcn[3](maps[3])
        upsampled = scores = self.up[0](scores)
        for step, level in enumerate((2, 1, 0)):
            scores = self.merge[step](scores + self.gcn[level](maps[level]))
            scores = self.up[step + 1](scores)
        return self.up[4](scores), upsampled


class SemanticClassifier(nn.Module):
    """Semantic supervision where it belongs: an encoder's pre-training on image classes.

    forward(image) gives (scores N×K, weight) of layer1..layer3 and of the normal classifier on layer4, last.
    """

    def __init__(self, num_classes: int, encoder: ResNetForm) -> None:
        super().__init__()
        self.backbone = ResNet(encoder)
        self.ss = nn.ModuleList(pieces.SemanticSupervision(channels, num_classes) for channels in CHANNELS[:3])
        self.fc = nn.Linear(CHANNELS[3], num_classes)

    def forward(self, image: Tensor) -> list[tuple[Tensor, float]]:
        *lower, last = self.backbone(image)
        heads = [(head(m), SEMANTIC_WEIGHT) for head, m in zip(self.ss, lower, strict=True)]
        return [*heads, (self.fc(last.mean(dim=(2, 3))), 1.0)]


def form_of(variant: str) -> ExFuseForm:
    """The form that a variant's name spells, e.g. "resnet101-gcn-dap"."""
    encoder_name, *switches = variant.split("-")
    encoder = _ENCODERS[encoder_name]
    if "lr" in switches:
        encoder = ResNetForm(REARRANGED, dilated=False, groups=encoder.groups, group_width=encoder.group_width)
    complete = "gcn" not in switches
    return ExFuseForm(
        encoder,
        seb=complete or "seb" in switches,
        ecre=complete or "ecre" in switches,
        dap=3 if complete or "dap" in switches else 1,
        semantic="ss" in switches,
    )


def _refinement(form: ExFuseForm, channels: int) -> tuple[nn.Module, ...]:
    return (pieces.BoundaryRefinement(channels),) if form.refine else ()


def build(variant: str, num_classes: int) -> ExFuse:
    """The network of a registered variant, untrained."""
    return ExFuse(num_classes, form_of(variant))
