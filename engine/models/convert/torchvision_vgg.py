"""torchvision's ImageNet `vgg16`, or its features alone: what the VGG family starts from.

Its dense layers become convolutions of several widths, and every ASPP branch takes a copy, so keys do not map one to
one: engine.models.vgg16_weights does the work.
"""

from __future__ import annotations

from engine.models.convert.layout import IMAGENET_MEAN, IMAGENET_STD, Layout, Preset, Tensors, variants_of
from engine.models.vgg16_weights import load_vgg16


def _recognises(tensors: Tensors) -> bool:
    first = tensors.get("features.0.weight")
    return first is not None and tuple(first.shape) == (64, 3, 3, 3) and "features.28.weight" in tensors


def _targets(tensors: Tensors) -> dict[str, str]:
    v1 = {f"deeplab-v1:{v}": v for v in variants_of("deeplab-v1")}
    v2 = {f"deeplab-v2:{v}": v for v in variants_of("deeplab-v2") if v.startswith("vgg-")}
    return {**v1, **v2, "fcn8s": "", "segnet": ""}


LAYOUT = Layout(
    title="torchvision's VGG-16",
    recognises=_recognises,
    targets=_targets,
    rename=lambda key: key,
    preset=Preset(IMAGENET_MEAN, IMAGENET_STD),
    load=load_vgg16,
)
