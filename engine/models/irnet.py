"""irnet: the paper's backbone with the last classifier alone, dense (reference layer-cascade.md §8).

Variants and keys are those of irnet-lc, so the weights of one start the other.
"""

from __future__ import annotations

from dataclasses import replace

from torch import Tensor, nn

from engine.cascade.fields import Field
from engine.cascade.network import Part
from engine.models.irnet_lc import IrnetLc, PaperIrnetLc, TimmIrnetLc
from engine.models.one_stage import no_deeper_stage

_STAGES = 3


class _Irnet(IrnetLc):
    """A network of one stage made of the cascade's modules; its only head keeps the key heads.2."""

    stage_count = 1

    def first(self, image: Tensor) -> Tensor:
        features: Field = super().first(image)
        for stage in range(2, _STAGES + 1):
            features = super().deeper(stage, features)
        assert isinstance(features, Tensor)
        return features

    def deeper(self, stage: int, features: Field) -> Field:
        no_deeper_stage()

    def classify(self, stage: int, features: Field) -> Field:
        return super().classify(_STAGES, features)

    def parts(self) -> tuple[Part, ...]:
        kept = (part for part in super().parts() if part.name not in ("head1", "head2"))
        return tuple(replace(part, stage=1, name="head" if part.name == "head3" else part.name) for part in kept)


class TimmIrnet(_Irnet, TimmIrnetLc):
    """10/20/10 blocks, timm's names and widths."""


class PaperIrnet(_Irnet, PaperIrnetLc):
    """5/10/5 blocks with the widths of the authors' own network."""


def build(variant: str, num_classes: int) -> _Irnet:
    """The network of a registered variant, untrained."""
    base, _, head = variant.partition("-")
    network = (TimmIrnet if base == "timm" else PaperIrnet)(num_classes, aspp=head == "aspp")
    for early in range(_STAGES - 1):
        network.heads[early] = nn.Identity()
    return network
