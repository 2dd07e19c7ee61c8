"""torchvision's `fcn_resnet50/101` and `deeplabv3_resnet50/101`: their backbone and auxiliary head fit PSPNet.

They dilate the first block of layer3 by 1 and of layer4 by 2, where PSPNet and DeepLab have 2 and 4. No shape tells the
two apart, so the weights go to the variants that compute what they were trained for.
"""

from __future__ import annotations

from engine.models.convert.layout import IMAGENET_MEAN, IMAGENET_STD, Layout, Preset, Tensors, resnet_name, variants_of


def _recognises(tensors: Tensors) -> bool:
    return "backbone.layer1.0.conv3.weight" in tensors and any(key.startswith("classifier.") for key in tensors)


def _targets(tensors: Tensors) -> dict[str, str]:
    name = resnet_name(tensors, prefix="backbone.")
    variant = f"{name}-torchvision"
    if variant not in variants_of("pspnet"):
        return {}
    return {f"pspnet:{name}-7x7": variant, f"pspnet:{variant}": variant}


def _rename(key: str) -> str | None:
    if key.startswith("classifier."):
        return None
    return f"aux.{key.removeprefix('aux_classifier.')}" if key.startswith("aux_classifier.") else key


LAYOUT = Layout(
    title="torchvision's FCN or DeepLabV3",
    recognises=_recognises,
    targets=_targets,
    rename=_rename,
    preset=Preset(IMAGENET_MEAN, IMAGENET_STD, stride_in="conv2", first_dilation="half", align_corners=False),
    may_miss=("ppm.", "cls.", "aux."),
    classifier="aux_classifier.4.weight",
)
