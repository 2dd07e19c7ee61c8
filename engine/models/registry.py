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
from engine.resources import resource_path

if TYPE_CHECKING:
    from engine.cascade.network import StagedNetwork

Triple = tuple[float, float, float]

_IMAGENET: Final[tuple[Triple, Triple]] = ((0.485, 0.456, 0.406), (0.229, 0.224, 0.225))
_HALF: Final[tuple[Triple, Triple]] = ((0.5, 0.5, 0.5), (0.5, 0.5, 0.5))
# The authors subtract (123, 117, 104) from RGB in 0..255 and scale nothing (reference §2).
_CAFFE: Final[tuple[Triple, Triple]] = ((123 / 255, 117 / 255, 104 / 255), (1 / 255, 1 / 255, 1 / 255))

# torchvision: with the dilations of torchvision's segmentation networks, whose weights compute nothing else (§3).
_PSPNET: Final = (
    "resnet50", "resnet101", "resnet50-7x7", "resnet101-7x7", "resnet50-torchvision", "resnet101-torchvision",
)  # fmt: skip
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
        staged: whether it runs as a layer cascade.
    """

    name: str
    title: str
    variants: tuple[str, ...]
    module: str
    normalisation: dict[str, tuple[Triple, Triple]]
    default_rho: float
    staged: bool = True

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
    ),
    Architecture(
        name="irnet-lc",
        title="Layer cascade on Inception-ResNet-v2, the paper's network",
        variants=("timm", "timm-aspp", "paper", "paper-aspp"),
        module="engine.models.irnet_lc",
        normalisation={"timm": _HALF, "timm-aspp": _HALF, "paper": _CAFFE, "paper-aspp": _CAFFE},
        default_rho=0.985,
    ),
    Architecture(
        name="pspnet",
        title="PSPNet: pyramid pooling over a dilated ResNet",
        variants=_PSPNET,
        module="engine.models.pspnet",
        normalisation=dict.fromkeys(_PSPNET, _IMAGENET),
        default_rho=1.0,
        staged=False,
    ),
    Architecture(
        name="exfuse",
        title="ExFuse: large kernels and feature fusion over a ResNet or ResNeXt",
        variants=_EXFUSE,
        module="engine.models.exfuse",
        normalisation=dict.fromkeys(_EXFUSE, _IMAGENET),
        default_rho=1.0,
        staged=False,
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


def available_weights(architecture: Architecture) -> tuple[Path, ...]:
    """The checkpoints of an architecture that ship with the program."""
    paths = (weights_path(architecture.name, variant) for variant in (architecture.variants or ("",)))
    return tuple(path for path in paths if path.is_file())
