"""A dilated ResNet cut into the stages of a layer cascade: stem, layer1 and layer2 | layer3 | layer4, all at 1/8."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Final

from torch import Tensor, nn

from engine.cascade.fields import Field
from engine.cascade.fused import is_packed, run_whole
from engine.cascade.network import Part
from engine.models.resnet import ResNet

# The stage that each layer belongs to.
STAGE_OF: Final[Mapping[str, int]] = {"stem": 1, "layer1": 1, "layer2": 1, "layer3": 2, "layer4": 3}


def first_features(backbone: ResNet, image: Tensor) -> Tensor:
    """layer2's map of images N×3×H×W: 512 channels at 1/8, dense."""
    features: Tensor = backbone.layer2(backbone.layer1(backbone.stem(image)))
    return features


def deeper_features(backbone: ResNet, stage: int, field: Field) -> Field:
    """layer3's (stage 2, 1024 channels) or layer4's (stage 3, 2048) from those of the layer before."""
    layer = {2: backbone.layer3, 3: backbone.layer4}[stage]
    if isinstance(field, Tensor) and is_packed(layer):
        return run_whole(layer, field)
    features: Field = layer(field)
    return features


def staged_parts(backbone: ResNet, heads: Mapping[int, Iterable[tuple[str, nn.Module]]]) -> tuple[Part, ...]:
    """The backbone's parts under their stages, each stage's heads (by name) after its layers."""
    parts = [replace(part, stage=STAGE_OF[part.name]) for part in backbone.parts()]
    return tuple(
        part
        for stage in (1, 2, 3)
        for part in (
            *(p for p in parts if p.stage == stage),
            *(Part(name, stage, (module,)) for name, module in heads.get(stage, ())),
        )
    )
