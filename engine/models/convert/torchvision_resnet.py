"""torchvision's ImageNet `resnet50`, `resnet101`, `resnext101_32x8d`: backbones with a 7×7 stem, stride in the 3×3."""

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

# The variant of deeplab-v2 that strides where these weights do; the authors' strides elsewhere.
_DEEPLAB = "resnet101-conv2"


def _recognises(tensors: Tensors) -> bool:
    return {"conv1.weight", "layer1.0.conv3.weight"} <= set(tensors) and "conv2.weight" not in tensors


def _targets(tensors: Tensors) -> dict[str, str]:
    name = resnet_name(tensors)
    pspnet = {
        f"{model}:{v}": v
        for model in ("pspnet", "pspnet-lc")
        for v in variants_of(model)
        if v in (f"{name}-7x7", f"{name}-torchvision")
    }
    exfuse = {f"exfuse:{v}": v for v in variants_of("exfuse") if v.split("-")[0] == name and "lr" not in v.split("-")}
    deeplab = {
        f"{model}:{v}": _DEEPLAB
        for model in ("deeplab-v2", "deeplab-v2-lc")
        for v in (name, _DEEPLAB)
        if name == "resnet101" and v in variants_of(model)
    }
    return {**pspnet, **exfuse, **deeplab}


def _rename(key: str) -> str | None:
    return None if key.startswith("fc.") else f"backbone.{key}"


LAYOUT = Layout(
    title="torchvision's ResNet",
    recognises=_recognises,
    targets=_targets,
    rename=_rename,
    preset=Preset(IMAGENET_MEAN, IMAGENET_STD, stride_in="conv2", first_dilation="any"),
    # All that is no backbone.
    may_miss=("ppm.", "cls.", "aux.", "aspp.", "seb.", "gcn.", "merge.", "up.", "ss.", *CASCADE_PARTS),
)
