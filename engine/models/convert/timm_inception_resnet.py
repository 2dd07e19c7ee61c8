"""timm's `inception_resnet_v2`, ImageNet weights for irnet-lc:timm (layer-cascade reference §10)."""

from __future__ import annotations

from engine.models.convert.layout import Layout, Preset, Tensors
from engine.models.irnet_lc import TIMM_LEFT_OVER


def _recognises(tensors: Tensors) -> bool:
    return "repeat_1.0.branch1.1.conv.weight" in tensors and "conv2d_1a.conv.weight" in tensors


def _targets(tensors: Tensors) -> dict[str, str]:
    return {"irnet-lc:timm": "timm", "irnet-lc:timm-aspp": "timm-aspp"}


def _rename(key: str) -> str | None:
    return None if key.startswith(TIMM_LEFT_OVER) else key


LAYOUT = Layout(
    title="timm's Inception-ResNet-v2",
    recognises=_recognises,
    targets=_targets,
    rename=_rename,
    preset=Preset((0.5, 0.5, 0.5), (0.5, 0.5, 0.5)),
    may_miss=("heads.",),
)
