"""dsn and dsn-dropout: the cascade's network trained with all losses on all pixels, and used densely for its last
stage's answer (reference layer-cascade.md §8). The two differ in their training alone: dropout of random pixels.

Variants and keys are those of irnet-lc. In training it has three stages; for inference it becomes a network of one.
"""

from __future__ import annotations

from dataclasses import replace

from torch import nn

from engine.cascade.network import Part
from engine.models.irnet_lc import IrnetLc, PaperIrnetLc, TimmIrnetLc
from engine.models.one_stage import LastStage

_AUXILIARY = ("head1", "head2")


class _Dsn(IrnetLc):
    """Heads 1 and 2 serve training alone."""

    def parts(self) -> tuple[Part, ...]:
        return tuple(replace(part, stage=1, auxiliary=part.name in _AUXILIARY) for part in super().parts())

    def optimised(self) -> LastStage:  # type: ignore[override]
        network = super().optimised()
        parts = network.parts()
        for early in range(len(_AUXILIARY)):
            network.heads[early] = nn.Identity()
        return LastStage(network, parts)


class TimmDsn(_Dsn, TimmIrnetLc):
    """10/20/10 blocks, timm's names and widths."""


class PaperDsn(_Dsn, PaperIrnetLc):
    """5/10/5 blocks with the widths of the authors' own network."""


def build(variant: str, num_classes: int) -> _Dsn:
    """The network of a registered variant, untrained."""
    base, _, head = variant.partition("-")
    return (TimmDsn if base == "timm" else PaperDsn)(num_classes, aspp=head == "aspp")
