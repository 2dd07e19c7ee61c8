"""Every architecture by name. Knowing them costs nothing: a network's own module is imported when it is built.

A new architecture is one file in this package with a `build(variant, num_classes)` function, and one row in the table
below.
"""

from __future__ import annotations

import importlib
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final, cast

from engine.errors import SettingError
from engine.models.user_models import user_model_folder
from engine.resources import resource_path

if TYPE_CHECKING:
    from engine.cascade.network import StagedNetwork

Triple = tuple[float, float, float]

_IMAGENET: Final[tuple[Triple, Triple]] = ((0.485, 0.456, 0.406), (0.229, 0.224, 0.225))
_HALF: Final[tuple[Triple, Triple]] = ((0.5, 0.5, 0.5), (0.5, 0.5, 0.5))
# The authors subtract (123, 117, 104) from RGB in 0..255 and scale nothing (reference §2).
_CAFFE: Final[tuple[Triple, Triple]] = ((123 / 255, 117 / 255, 104 / 255), (1 / 255, 1 / 255, 1 / 255))
_LAYER_CASCADE: Final = "Li et al., CVPR 2017, arXiv 1704.01344"
# Variants of the paper's network and of its baselines on it.
_IRNET: Final = {"timm": _HALF, "timm-aspp": _HALF, "paper": _CAFFE, "paper-aspp": _CAFFE}
# For each: torchvision's VGG-16 starts them, and brings its normalisation.
_DEEPLAB_V1: Final = ("largefov", "4x4", "7x7", "largefov-msc", "4x4-msc", "7x7-msc")
# On ResNet-101 the authors' own normalisation, or torchvision's where the stride stands as torchvision has it.
_DEEPLAB_CAFFE: Final = ((122.675 / 255, 116.669 / 255, 104.008 / 255), (1 / 255, 1 / 255, 1 / 255))
_DEEPLAB_V2: Final = {
    "vgg-aspp-l": _IMAGENET, "vgg-aspp-s": _IMAGENET, "vgg-largefov": _IMAGENET,
    "resnet101": _DEEPLAB_CAFFE, "resnet101-conv2": _IMAGENET,
}  # fmt: skip

# torchvision: with the dilations of torchvision's segmentation networks, whose weights compute nothing else (§3).
_PSPNET: Final = (
    "resnet50", "resnet101", "resnet50-7x7", "resnet101-7x7", "resnet50-torchvision", "resnet101-torchvision",
)  # fmt: skip
# Those of its networks that the cascade is built over.
_PSPNET_LC: Final = ("resnet101", "resnet50", "resnet101-7x7", "resnet50-7x7")
# gcn: the baseline alone, or with the additions that follow; lr: rearranged layers, for which no public weights exist.
_EXFUSE: Final = (
    "resnet101", "resnet50", "resnext101", "resnet101-lr", "resnext101-lr", "resnet101-gcn", "resnet50-gcn",
    "resnet101-gcn-seb", "resnet101-gcn-ecre", "resnet101-gcn-dap", "resnet101-gcn-ss",
)  # fmt: skip


@dataclass(frozen=True)
class Architecture:
    """What is known of a network without building it.

    Attributes:
        name: registered name.
        title: one line for people.
        variants: the first is the default; empty where there is only one form.
        module: where `build` lives.
        normalisation: for each variant ("" where there are none) mean and std of RGB in 0..1.
        default_rho: ρ where a checkpoint names none.
        staged: whether it runs as a layer cascade; else it has one stage at inference, and ρ changes nothing.
        source: where it was published.
    """

    name: str
    title: str
    variants: tuple[str, ...]
    module: str
    normalisation: dict[str, tuple[Triple, Triple]]
    default_rho: float
    staged: bool = True
    source: str = ""

    def build(self, variant: str, *, num_classes: int) -> StagedNetwork:
        """The untrained network in training form; imports torch."""
        builder = cast("Callable[[str, int], StagedNetwork]", importlib.import_module(self.module).build)
        return builder(variant, num_classes)


ARCHITECTURES: Final[tuple[Architecture, ...]] = (
    Architecture(
        name="lc-mobilenetv2",
        title="Layer cascade on MobileNetV2, made for CPUs",
        variants=(),
        module="engine.models.lc_mobilenetv2",
        normalisation={"": _IMAGENET},
        default_rho=0.985,
        source="our own; backbone of Sandler et al., CVPR 2018",
    ),
    Architecture(
        name="lc-mobilenetv2-scene",
        title="Layer cascade on MobileNetV2 for scenes that hold every class, like streets",
        variants=(),
        module="engine.models.mobilenetv2_cascade",
        normalisation={"": _IMAGENET},
        default_rho=0.985,
        source="our own; backbone of Sandler et al., CVPR 2018",
    ),
    Architecture(
        name="irnet-lc",
        title="Layer cascade on Inception-ResNet-v2, the paper's network",
        variants=tuple(_IRNET),
        module="engine.models.irnet_lc",
        normalisation=_IRNET,
        default_rho=0.985,
        source=_LAYER_CASCADE,
    ),
    Architecture(
        name="irnet",
        title="Dense Inception-ResNet-v2 with one classifier, the layer cascade's first baseline",
        variants=tuple(_IRNET),
        module="engine.models.irnet",
        normalisation=_IRNET,
        default_rho=1.0,
        staged=False,
        source=_LAYER_CASCADE,
    ),
    Architecture(
        name="dsn",
        title="Deeply supervised Inception-ResNet-v2: three losses in training, the last stage's answer",
        variants=tuple(_IRNET),
        module="engine.models.dsn",
        normalisation=_IRNET,
        default_rho=1.0,
        staged=False,
        source=_LAYER_CASCADE,
    ),
    Architecture(
        name="dsn-dropout",
        title="dsn, trained with random pixels left out of the later losses",
        variants=tuple(_IRNET),
        module="engine.models.dsn",
        normalisation=_IRNET,
        default_rho=1.0,
        staged=False,
        source=_LAYER_CASCADE,
    ),
    Architecture(
        name="mc",
        title="Model cascade: irnet-lc's network, its parts trained one after another",
        variants=tuple(_IRNET),
        module="engine.models.irnet_lc",
        normalisation=_IRNET,
        default_rho=0.98,
        source=_LAYER_CASCADE,
    ),
    Architecture(
        name="deeplab-v1",
        title="DeepLab v1 on VGG-16; -msc adds multi-scale features",
        variants=_DEEPLAB_V1,
        module="engine.models.deeplab_v1",
        normalisation=dict.fromkeys(_DEEPLAB_V1, _IMAGENET),
        default_rho=1.0,
        staged=False,
        source="Chen et al., ICLR 2015, arXiv 1412.7062",
    ),
    Architecture(
        name="deeplab-v2",
        title="DeepLab v2: one branch or atrous spatial pyramid pooling",
        variants=tuple(_DEEPLAB_V2),
        module="engine.models.deeplab_v2",
        normalisation=_DEEPLAB_V2,
        default_rho=1.0,
        staged=False,
        source="Chen et al., TPAMI 2017, arXiv 1606.00915",
    ),
    Architecture(
        name="fcn8s",
        title="FCN-8s on VGG-16",
        variants=(),
        module="engine.models.fcn8s",
        normalisation={"": _IMAGENET},
        default_rho=1.0,
        staged=False,
        source="Long, Shelhamer, Darrell, CVPR 2015, arXiv 1411.4038",
    ),
    Architecture(
        name="segnet",
        title="SegNet: VGG-16 encoder, decoder that unpools by the encoder's maxima",
        variants=(),
        module="engine.models.segnet",
        normalisation={"": _IMAGENET},
        default_rho=1.0,
        staged=False,
        source="Badrinarayanan, Kendall, Cipolla, TPAMI 2017, arXiv 1511.00561",
    ),
    Architecture(
        name="pspnet",
        title="PSPNet: pyramid pooling over a dilated ResNet",
        variants=_PSPNET,
        module="engine.models.pspnet",
        normalisation=dict.fromkeys(_PSPNET, _IMAGENET),
        default_rho=1.0,
        staged=False,
        source="Zhao et al., CVPR 2017, arXiv 1612.01105",
    ),
    Architecture(
        name="exfuse",
        title="ExFuse: large kernels and feature fusion over a ResNet or ResNeXt",
        variants=_EXFUSE,
        module="engine.models.exfuse",
        normalisation=dict.fromkeys(_EXFUSE, _IMAGENET),
        default_rho=1.0,
        staged=False,
        source="Zhang et al., ECCV 2018, arXiv 1804.03821",
    ),
    Architecture(
        name="pspnet-lc",
        title="Layer cascade over PSPNet: layer2, layer3 and pyramid pooling decide in turn",
        variants=_PSPNET_LC,
        module="engine.models.pspnet_lc",
        normalisation=dict.fromkeys(_PSPNET_LC, _IMAGENET),
        default_rho=0.985,
        source="our own; network of Zhao et al., CVPR 2017",
    ),
    Architecture(
        name="deeplab-v2-lc",
        title="Layer cascade over DeepLab v2 on ResNet-101: layer2, layer3 and ASPP decide in turn",
        variants=("resnet101", "resnet101-conv2"),
        module="engine.models.deeplab_v2_lc",
        normalisation={variant: _DEEPLAB_V2[variant] for variant in ("resnet101", "resnet101-conv2")},
        default_rho=0.985,
        source="our own; network of Chen et al., TPAMI 2017",
    ),
)

# The checkpoint that ships with the program, and the name that stands for it.
DEFAULT: Final = "default"
DEFAULT_MODEL: Final = "lc-mobilenetv2"


def model_names() -> tuple[str, ...]:
    """Every name that can be built, variants written "name:variant"."""
    return tuple(
        f"{a.name}:{variant}" if variant else a.name for a in ARCHITECTURES for variant in (a.variants or ("",))
    )


def find_architecture(spec: str) -> tuple[Architecture, str]:
    """The architecture and variant of "name" or "name:variant"; without a variant, the first.

    Raises:
        SettingError: there is none of that name; the message lists those that exist.
    """
    name, _, variant = spec.partition(":")
    for architecture in ARCHITECTURES:
        if architecture.name == name:
            if not variant:
                return architecture, architecture.variants[0] if architecture.variants else ""
            if variant in architecture.variants:
                return architecture, variant
            known = ", ".join(architecture.variants) or "none"
            raise SettingError(f"{name} has no variant {variant!r}; its variants: {known}")
    raise SettingError(f"there is no model named {spec!r}; known: {', '.join(model_names())}")


def weights_path(name: str, variant: str) -> Path:
    """Where the weights of a registered name lie that ship with the program; the file need not exist."""
    stem = f"{name}-{variant}" if variant else name
    return resource_path("models", f"{stem}.safetensors")


def user_weights_path(name: str, variant: str) -> Path:
    """Where weights lie that a person imported for a registered name; the file need not exist."""
    stem = f"{name}-{variant}" if variant else name
    return user_model_folder() / f"{stem}.safetensors"


def stored_weights(name: str, variant: str) -> Path | None:
    """The weights that a registered name stands for: a person's own before those that ship; None without any."""
    places = (user_weights_path(name, variant), weights_path(name, variant))
    return next((path for path in places if path.is_file()), None)


def available_weights(architecture: Architecture) -> tuple[Path, ...]:
    """The checkpoints of an architecture that ship with the program or were imported."""
    paths = (stored_weights(architecture.name, variant) for variant in (architecture.variants or ("",)))
    return tuple(path for path in paths if path is not None)
