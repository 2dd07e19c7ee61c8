"""What is known of a public checkpoint layout: how it is told, what its keys become, and what its weights expect.

A new layout is one file in this package with a LAYOUT, and one row in conversion.LAYOUTS.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from typing import Any, Final

from torch import Tensor

from engine.models.conversion import ConversionReport
from engine.models.registry import ARCHITECTURES

Triple = tuple[float, float, float]
Tensors = Mapping[str, Tensor]

IMAGENET_MEAN: Final[Triple] = (0.485, 0.456, 0.406)
IMAGENET_STD: Final[Triple] = (0.229, 0.224, 0.225)
# What a cascade over a public network has beside it: prefixes of our keys that no public file holds.
CASCADE_PARTS: Final = ("head.", "heads.", "context.", "scene.")


@dataclass(frozen=True)
class Preset:
    """What weights expect around them: nothing of this can be read from their shapes.

    Attributes:
        mean, std: normalisation of RGB in 0..1.
        channel_order: of the images that the weights were trained on; weights for BGR are turned to RGB on conversion.
        stride_in: see resnet.ResNetForm; "" where there is nothing to choose.
        first_dilation: the same; "any" for weights that were trained without dilation.
        align_corners: how their authors resize scores; None where the weights have no say.
    """

    mean: Triple
    std: Triple
    channel_order: str = "RGB"
    stride_in: str = ""
    first_dilation: str = ""
    align_corners: bool | None = None

    def as_json(self) -> dict[str, Any]:
        return asdict(self)


@dataclass(frozen=True)
class Layout:
    """A public layout.

    Attributes:
        title: what its files hold, for people, e.g. "torchvision's ResNet".
        recognises: whether tensors by name are of this layout.
        targets: for each registered model ("name:variant") that takes the file, the variant that computes what the
            weights expect.
        rename: a key of the file under our name; None for one that has no place here by design.
        adapt: the tensor for one of our names, from the file's.
        may_miss: prefixes of our keys that the layout does not hold; they keep their initial values.
        classifier: key of the file whose first size is the number of classes; "" where it holds no classes of ours.
        preset: of the weights.
        load: where keys do not map one to one: brings (network, tensors, path=…) together instead of
            `rename`, see vgg16_weights.load_vgg16.
    """

    title: str
    recognises: Callable[[Tensors], bool]
    targets: Callable[[Tensors], Mapping[str, str]]
    rename: Callable[[str], str | None]
    preset: Preset
    adapt: Callable[[str, Tensor], Tensor] = lambda _, tensor: tensor
    may_miss: tuple[str, ...] = ()
    classifier: str = ""
    load: Callable[..., ConversionReport] | None = None


def resnet_name(tensors: Tensors, *, prefix: str = "") -> str:
    """Which ResNet torchvision's keys below a prefix spell: "resnet50", "resnet101", "resnext101", or "" for others."""
    blocks = tuple(
        sum(f"{prefix}layer{layer}.{block}.conv3.weight" in tensors for block in range(64)) for layer in range(1, 5)
    )
    middle = tensors.get(f"{prefix}layer1.0.conv2.weight")
    shape = () if middle is None else tuple(middle.shape)
    names = {
        ((3, 4, 6, 3), (64, 64, 3, 3)): "resnet50",
        ((3, 4, 23, 3), (64, 64, 3, 3)): "resnet101",
        ((3, 4, 23, 3), (256, 8, 3, 3)): "resnext101",
    }
    return names.get((blocks, shape), "")  # type: ignore[arg-type]


def variants_of(model: str) -> tuple[str, ...]:
    """The registered variants of a model; none where it is not registered."""
    return next((a.variants for a in ARCHITECTURES if a.name == model), ())
