"""torchvision's VGG-16 for ImageNet, brought into the networks built on it (reference deeplab.md §7, §10).

Convolutions load as they are. The dense layers become convolutions: fc6 is viewed as 4096×512×7×7, of which a narrower
or smaller one keeps every n-th filter and every m-th row and column, and fc7 the same filters. Every branch starts from
the same copy.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Final

from torch import Tensor, nn

from engine.errors import CheckpointError
from engine.models.checkpoints import listed, load_into
from engine.models.conversion import ConversionReport, Preset
from engine.models.segnet import SegNet
from engine.models.vgg import BLOCKS

_TORCHVISION: Final = Preset("torchvision vgg16", (0.485, 0.456, 0.406), (0.229, 0.224, 0.225))
# The Caffe model under torchvision's names: 0..255 minus the mean, not scaled. A classifier of NaN gives it away.
_CAFFE: Final = Preset("Caffe VGG-16 features", (123 / 255, 117 / 255, 104 / 255), (1 / 255, 1 / 255, 1 / 255))

_FC6, _FC7, _IMAGENET_CLASSES = "classifier.0", "classifier.3", "classifier.6"
_WIDTH, _INPUTS, _SIDE = 4096, 512, 7


def load_vgg16(network: nn.Module, tensors: Mapping[str, Tensor], *, path: Path) -> ConversionReport:
    """Copies ImageNet weights into a network of the VGG-16 family; nothing is copied where anything is wrong.

    Args:
        tensors: of torchvision's vgg16, see checkpoints.read_tensors; the dense layers may be absent.
        path: named in errors.

    Raises:
        CheckpointError: a convolution is missing, a key or a shape is not VGG-16's, or the network is not built on it.
    """
    shapes = _source_shapes()
    missing = [name for name in shapes if name.startswith("features.") and name not in tensors]
    unexpected = [name for name in tensors if name not in shapes]
    differing = [
        f"{name} {tuple(tensors[name].shape)} for {shape}"
        for name, shape in shapes.items()
        if name in tensors and tuple(tensors[name].shape) != shape
    ]
    for what, names in (("missing", missing), ("unexpected", unexpected), ("of another shape", differing)):
        if names:
            raise CheckpointError(
                f"{len(names)} keys {what}: {listed(names)}",
                path=path,
                cure="give torchvision's vgg16 (without batch norm), or its features alone",
            )
    dense = [name for name in shapes if name.startswith("classifier.") and name in tensors]
    hollow = any(bool(tensors[name].isnan().any()) for name in dense)
    usable = {name: value for name, value in tensors.items() if not (hollow and name in dense)}
    converted = _converted(network, usable)
    if not converted:
        raise CheckpointError("this network is not built on VGG-16", path=path, cure="choose a VGG-16 model")
    absent = tuple(name for name in network.state_dict() if name not in converted)
    report = load_into(network, converted, path=path, may_miss=absent)
    uses_dense = bool(_dense_layers(network, "fc6"))
    ignored = [name for name in dense if hollow or not uses_dense or name.startswith(_IMAGENET_CLASSES)]
    return ConversionReport(
        loaded=report.loaded,
        missing=report.missing,
        unexpected=report.unexpected,
        ignored=tuple(ignored),
        preset=_CAFFE if hollow else _TORCHVISION,
    )


def _converted(network: nn.Module, tensors: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """The tensors under the network's own names and in its shapes; empty where it is not of the family."""
    converted = {}
    for source, target in zip(_convolutions(), _targets(network), strict=False):
        for kind in ("weight", "bias"):
            converted[f"{target}.{kind}"] = tensors[f"{source}.{kind}"]
    if f"{_FC6}.weight" in tensors:
        for name, layer in _dense_layers(network, "fc6").items():
            every, step = _WIDTH // layer.out_channels, (_SIDE - 1) // (layer.kernel_size[0] - 1)
            weight = tensors[f"{_FC6}.weight"].reshape(_WIDTH, _INPUTS, _SIDE, _SIDE)
            converted[f"{name}.weight"] = weight[::every, :, ::step, ::step].contiguous()
            converted[f"{name}.bias"] = tensors[f"{_FC6}.bias"][::every].contiguous()
    if f"{_FC7}.weight" in tensors:
        for name, layer in _dense_layers(network, "fc7").items():
            every = _WIDTH // layer.out_channels
            converted[f"{name}.weight"] = tensors[f"{_FC7}.weight"][::every, ::every, None, None].contiguous()
            converted[f"{name}.bias"] = tensors[f"{_FC7}.bias"][::every].contiguous()
    return converted


def _dense_layers(network: nn.Module, name: str) -> dict[str, nn.Conv2d]:
    found = {path: module for path, module in network.named_modules() if path.rpartition(".")[2] == name}
    return {path: module for path, module in found.items() if isinstance(module, nn.Conv2d)}


def _targets(network: nn.Module) -> list[str]:
    """The thirteen convolutions of the network in order, empty where it has none of that name."""
    if isinstance(network, SegNet):
        return [f"encoder.{block}.{layer}.conv" for block, widths in enumerate(BLOCKS) for layer in range(len(widths))]
    own = network.state_dict()
    return [name for name in _convolutions() if f"{name}.weight" in own]


def _convolutions() -> list[str]:
    """features.0, features.2, features.5, …: a convolution and a ReLU each, and a pool after every block."""
    names, place = [], 0
    for widths in BLOCKS:
        for _ in widths:
            names.append(f"features.{place}")
            place += 2
        place += 1
    return names


def _source_shapes() -> dict[str, tuple[int, ...]]:
    outputs = [width for widths in BLOCKS for width in widths]
    shapes: dict[str, tuple[int, ...]] = {}
    for name, before, after in zip(_convolutions(), (3, *outputs[:-1]), outputs, strict=True):
        shapes |= {f"{name}.weight": (after, before, 3, 3), f"{name}.bias": (after,)}
    for name, before, after in (
        (_FC6, _INPUTS * _SIDE * _SIDE, _WIDTH),
        (_FC7, _WIDTH, _WIDTH),
        (_IMAGENET_CLASSES, _WIDTH, 1000),
    ):
        shapes |= {f"{name}.weight": (after, before), f"{name}.bias": (after,)}
    return shapes
