"""hszhao/semseg: trained PSPNets, and the deep-stem ImageNet ResNets that they start from (pspnet reference §3)."""

from __future__ import annotations

from engine.models.convert.layout import (
    CASCADE_PARTS,
    IMAGENET_MEAN,
    IMAGENET_STD,
    Layout,
    Preset,
    Tensors,
    resnet_name,
    variants_of,
)

# layer0 is a Sequential; 2, 5 and 8 are its ReLUs, 9 its pool.
_STEM = {"0": "conv1", "1": "bn1", "3": "conv2", "4": "bn2", "6": "conv3", "7": "bn3"}
_PRESET = Preset(IMAGENET_MEAN, IMAGENET_STD, stride_in="conv2", first_dilation="full", align_corners=True)


def _targets(tensors: Tensors) -> dict[str, str]:
    name = resnet_name(tensors)
    return {f"{model}:{name}": name for model in ("pspnet", "pspnet-lc") if name in variants_of(model)}


def _rename(key: str) -> str | None:
    part, _, rest = key.partition(".")
    if part == "layer0":
        index, _, name = rest.partition(".")
        return f"backbone.{_STEM.get(index, f'layer0.{index}')}.{name}"
    return f"backbone.{key}" if part.startswith("layer") else key


def _rename_imagenet(key: str) -> str | None:
    return None if key.startswith("fc.") else f"backbone.{key}"


PSPNET = Layout(
    title="semseg's PSPNet",
    recognises=lambda tensors: {"layer0.0.weight", "layer0.6.weight", "cls.4.weight"} <= set(tensors),
    targets=_targets,
    rename=_rename,
    preset=_PRESET,
    # The cascade's own parts, which PSPNet has no counterpart of.
    may_miss=("aux.", *CASCADE_PARTS),
    classifier="cls.4.weight",
)

IMAGENET = Layout(
    title="semseg's ResNet with a deep stem",
    recognises=lambda tensors: (
        {"conv1.weight", "conv2.weight", "conv3.weight", "layer1.0.conv3.weight"} <= set(tensors)
    ),
    targets=_targets,
    rename=_rename_imagenet,
    preset=_PRESET,
    may_miss=("ppm.", "cls.", "aux.", *CASCADE_PARTS),
)
