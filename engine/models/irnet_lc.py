"""irnet-lc: the paper's layer cascade on Inception-ResNet-v2 (reference §1–§3, §10).

Variants `timm` (10/20/10 blocks, whose keys are timm's own, so its ImageNet weights load by name) and `paper` (5/10/5,
the authors' network); each with simple heads, or ASPP heads under the suffix `-aspp`.
Stage 1 = stem, A blocks, Reduction-A; stage 2 = B blocks, Reduction-B; stage 3 = C blocks; all three classify at 1/8.
"""

from __future__ import annotations

import copy
from collections.abc import Callable

from torch import Tensor, nn

from engine.cascade.fields import Field
from engine.cascade.fused import is_packed, run_whole
from engine.cascade.network import Part, StagedNetwork
from engine.models import inception_resnet as pieces
from engine.models.heads import last_head, stage_head
from engine.models.optimise import fused_module

# Keys of timm's classification network that have no place here.
TIMM_LEFT_OVER = ("conv2d_7b.", "classif.")


class IrnetLc(StagedNetwork):
    """A cascade whose stages run one module after another; the two variants differ in the modules."""

    stage_count = 3
    heads: nn.ModuleList

    def _stage_modules(self, stage: int) -> tuple[nn.Module, ...]:
        raise NotImplementedError

    def first(self, image: Tensor) -> Tensor:
        features: Tensor = image
        for module in self._stage_modules(1):
            features = module(features)
        return features

    def deeper(self, stage: int, features: Field) -> Field:
        modules = self._stage_modules(stage)
        if isinstance(features, Tensor) and is_packed(modules[0]):
            return run_whole(modules, features)
        for module in modules:
            features = module(features)
        return features

    def classify(self, stage: int, features: Field) -> Field:
        scores: Field = self.heads[stage - 1](features)
        return scores

    def optimised(self) -> IrnetLc:
        network = copy.copy(self)
        # A shallow copy of a module shares its tables of children; this one gets its own, filled with fused copies.
        network._modules = {name: fused_module(child) for name, child in self.named_children()}
        return network.eval()


class TimmIrnetLc(IrnetLc):
    """10/20/10 blocks, timm's names and widths. Input RGB in 0..1, mean and std 0.5.

    Args:
        identity_pool: replaces the reductions' 3×3 max-pool by the identity (D2).
    """

    def __init__(self, num_classes: int, *, aspp: bool, identity_pool: bool = False) -> None:
        super().__init__()
        self.num_classes = num_classes
        stem = dict(pieces.TimmStem().named_children())
        self._stem_names = tuple(stem)
        for name, module in stem.items():
            self.add_module(name, module)
        self.repeat = pieces.timm_a(10)
        self.mixed_6a = pieces.timm_mixed_6a(identity_pool=identity_pool)
        self.repeat_1 = pieces.timm_b(20)
        self.mixed_7a = pieces.timm_mixed_7a(identity_pool=identity_pool)
        self.repeat_2 = nn.Sequential(*(pieces.timm_c() for _ in range(9)))
        self.block8 = pieces.timm_c(scale=1.0, relu=False)
        self.heads = nn.ModuleList(
            (
                stage_head(1088, num_classes, aspp=aspp),
                stage_head(2080, num_classes, aspp=aspp),
                last_head(2080, num_classes, aspp=aspp),
            )
        )

    def _stem(self) -> tuple[nn.Module, ...]:
        return tuple(self.get_submodule(name) for name in self._stem_names)

    def _stage_modules(self, stage: int) -> tuple[nn.Module, ...]:
        if stage == 1:
            return (*self._stem(), self.repeat, self.mixed_6a)
        return (self.repeat_1, self.mixed_7a) if stage == 2 else (self.repeat_2, self.block8)

    def parts(self) -> tuple[Part, ...]:
        return (
            Part("stem", 1, self._stem()),
            Part("A", 1, (self.repeat,)),
            Part("Red-A", 1, (self.mixed_6a,)),
            Part("head1", 1, (self.heads[0],)),
            Part("B", 2, (self.repeat_1,)),
            Part("Red-B", 2, (self.mixed_7a,)),
            Part("head2", 2, (self.heads[1],)),
            Part("C", 3, (self.repeat_2, self.block8)),
            Part("head3", 3, (self.heads[2],)),
        )


class PaperIrnetLc(IrnetLc):
    """5/10/5 blocks with the widths of the authors' own network. Input RGB, mean (123, 117, 104) of 255, not scaled."""

    def __init__(self, num_classes: int, *, aspp: bool) -> None:
        super().__init__()
        self.num_classes = num_classes
        self.stem = pieces.paper_stem()
        self.blocks_a = pieces.paper_a(5)
        self.reduction_a = pieces.paper_reduction_a()
        self.blocks_b = pieces.paper_b(10)
        self.reduction_b = pieces.paper_reduction_b()
        self.blocks_c = pieces.paper_c(5)
        self.heads = nn.ModuleList(
            (
                stage_head(1152, num_classes, aspp=aspp),
                stage_head(2048, num_classes, aspp=aspp),
                last_head(2048, num_classes, aspp=aspp),
            )
        )

    def _stage_modules(self, stage: int) -> tuple[nn.Module, ...]:
        if stage == 1:
            return (self.stem, self.blocks_a, self.reduction_a)
        return (self.blocks_b, self.reduction_b) if stage == 2 else (self.blocks_c,)

    def parts(self) -> tuple[Part, ...]:
        return (
            Part("stem", 1, (self.stem,)),
            Part("A", 1, (self.blocks_a,)),
            Part("Red-A", 1, (self.reduction_a,)),
            Part("head1", 1, (self.heads[0],)),
            Part("B", 2, (self.blocks_b,)),
            Part("Red-B", 2, (self.reduction_b,)),
            Part("head2", 2, (self.heads[1],)),
            Part("C", 3, (self.blocks_c,)),
            Part("head3", 3, (self.heads[2],)),
        )


def build(variant: str, num_classes: int) -> IrnetLc:
    """The network of a registered variant, untrained."""
    base, _, head = variant.partition("-")
    kind: Callable[..., IrnetLc] = TimmIrnetLc if base == "timm" else PaperIrnetLc
    return kind(num_classes, aspp=head == "aspp")
