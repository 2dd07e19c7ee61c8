"""kazuto1011/deeplab-pytorch: DeepLab-v2 on ResNet-101, and its COCO weights for DeepLab-v1 as a beginning (deeplab
reference §10).

They descend from the authors' Caffe network: BGR in 0..255 without division, stride in the first 1×1.
"""

from __future__ import annotations

import re

from torch import Tensor

from engine.models.convert.layout import CASCADE_PARTS, Layout, Preset, Tensors, variants_of

_BLOCK = re.compile(r"layer([2-5])\.block(\d+)\.(reduce|conv3x3|increase|shortcut)\.(conv|bn)\.(\w+)")
_UNITS = {"reduce": 1, "conv3x3": 2, "increase": 3}
_MEAN_BGR = (104.008, 116.669, 122.675)


def _recognises(tensors: Tensors) -> bool:
    return any(f"{prefix}layer2.block1.reduce.conv.weight" in tensors for prefix in ("", "base."))


def _targets(tensors: Tensors) -> dict[str, str]:
    prefix = "base." if "base.layer1.conv1.conv.weight" in tensors else ""
    deep = f"{prefix}layer4.block23.reduce.conv.weight" in tensors
    models = [m for m in ("deeplab-v2", "deeplab-v2-lc") if deep and "resnet101" in variants_of(m)]
    return {f"{model}:resnet101": "resnet101" for model in models}


def rename(key: str) -> str | None:
    """Our name of a key."""
    key = key.removeprefix("base.")
    if key.startswith("fc."):
        return None
    if key.startswith("layer1.conv1."):
        kind, _, value = key.removeprefix("layer1.conv1.").partition(".")
        return f"backbone.{kind}1.{value}"
    if key.startswith("aspp.c"):
        return f"aspp.terms.{key.removeprefix('aspp.c')}"
    found = _BLOCK.fullmatch(key)
    if found is None:
        return key
    layer, block, unit, kind, value = found.groups()
    place = f"backbone.layer{int(layer) - 1}.{int(block) - 1}"
    if unit == "shortcut":
        return f"{place}.downsample.{0 if kind == 'conv' else 1}.{value}"
    return f"{place}.{kind}{_UNITS[unit]}.{value}"


def adapt(name: str, tensor: Tensor) -> Tensor:
    """The first convolution turned from BGR to RGB."""
    return tensor.flip(1) if name == "backbone.conv1.weight" else tensor


LAYOUT = Layout(
    title="kazuto1011's DeepLab",
    recognises=_recognises,
    targets=_targets,
    rename=rename,
    adapt=adapt,
    preset=Preset(
        (_MEAN_BGR[2] / 255, _MEAN_BGR[1] / 255, _MEAN_BGR[0] / 255),
        (1 / 255, 1 / 255, 1 / 255),
        channel_order="BGR",
        stride_in="conv1",
        first_dilation="full",
        align_corners=False,
    ),
    may_miss=("aspp.", *CASCADE_PARTS),
    classifier="base.aspp.c0.weight",
)
