"""A public checkpoint made ours: every key accounted for, or the file refused with the likely cause."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Final

import torch
from torch import Tensor

from engine.cascade.bundle import CELLS, CORNERS, ModelInfo
from engine.cascade.network import StagedNetwork
from engine.data.palettes import CITYSCAPES_CLASSES, VOC_CLASSES, cityscapes_palette, voc_palette
from engine.errors import CheckpointError, SettingError
from engine.models.checkpoints import listed, read_tensors, write_checkpoint
from engine.models.convert import (
    kazuto_deeplab,
    semseg_pspnet,
    timm_inception_resnet,
    torchvision_resnet,
    torchvision_segmentation,
    torchvision_vgg,
)
from engine.models.convert.layout import Layout, Tensors
from engine.models.registry import Architecture, find_architecture

LAYOUTS: Final[tuple[Layout, ...]] = (
    timm_inception_resnet.LAYOUT,
    semseg_pspnet.PSPNET,
    semseg_pspnet.IMAGENET,
    torchvision_segmentation.LAYOUT,
    kazuto_deeplab.LAYOUT,
    torchvision_resnet.LAYOUT,
    torchvision_vgg.LAYOUT,
)

_SEED = 0


@dataclass(frozen=True)
class ConversionReport:
    """What became of every key.

    Attributes:
        label: the model written, "name:variant"; another variant than the one asked for where only that one computes
            what the weights expect.
        layout: title of the file's layout.
        loaded: our keys that took a tensor of the file.
        missing: our keys that the file lacks; they keep their initial values and want training.
        unexpected: keys of the file that the model lacks.
        ignored: keys of the file that have no place here by design, e.g. ImageNet's classifier.
        differing: our keys whose tensor in the file has another shape, with both shapes.
        preset: what the weights expect, see layout.Preset.
    """

    label: str
    layout: str
    loaded: tuple[str, ...]
    missing: tuple[str, ...]
    unexpected: tuple[str, ...]
    ignored: tuple[str, ...]
    differing: tuple[str, ...]
    preset: dict[str, Any]

    @property
    def untrained(self) -> tuple[str, ...]:
        """The missing keys that matter: step counters of batch norms, which older files lack, do not."""
        return tuple(name for name in self.missing if not name.endswith("num_batches_tracked"))

    def as_json(self) -> dict[str, Any]:
        return {
            "model": self.label,
            "layout": self.layout,
            "loaded": len(self.loaded),
            "missing": list(self.missing),
            "unexpected": list(self.unexpected),
            "ignored": list(self.ignored),
            "differing": list(self.differing),
            "preset": self.preset,
        }


class ConversionError(CheckpointError):
    """A file of a known layout that does not fit the model; the report lists every key."""

    report: ConversionReport


@dataclass(frozen=True)
class Converted:
    """A model's whole state under our names, with its description."""

    state: dict[str, Tensor]
    info: ModelInfo
    report: ConversionReport


def convert(source: Path, *, model: str, target: Path, num_classes: int | None = None) -> ConversionReport:
    """Reads a public checkpoint, weights only, and writes one of ours.

    Args:
        model: a registered name, with or without variant.
        num_classes: checked against the file's; None takes the file's, or 21 where it has none.

    Raises:
        CheckpointError: unreadable, unsafe, of no known layout, or not of this model; nothing is written.
        SettingError: there is no such model.
        OutputError: the target cannot be written.
    """
    result = converted(read_tensors(source), model=model, path=source, num_classes=num_classes)
    write_checkpoint(target, result.state, result.info)
    return result.report


def converted(tensors: Tensors, *, model: str, path: Path, num_classes: int | None = None) -> Converted:
    """The conversion alone; arguments and errors as for convert()."""
    architecture, asked = find_architecture(model)
    layout = layout_of(tensors, path)
    label = f"{architecture.name}:{asked}" if asked else architecture.name
    targets = layout.targets(tensors)
    if label not in targets:
        fits = ", ".join(targets) or "no model here"
        raise CheckpointError(f"it holds {layout.title}, which fits {fits}, not {label}", path=path)
    variant = targets[label]
    count = _class_count(tensors, layout, num_classes, path)
    with torch.random.fork_rng(devices=[]):
        # What the file lacks begins the same every time.
        torch.manual_seed(_SEED)
        network = architecture.build(variant, num_classes=count)
    state = network.state_dict()
    if layout.load is not None:
        return _by_hand(architecture, variant, network, tensors, layout, path)
    renamed = {key: layout.rename(key) for key in tensors}
    ours = {name: layout.adapt(name, tensors[key]) for key, name in renamed.items() if name is not None}
    report = ConversionReport(
        label=f"{architecture.name}:{variant}" if variant else architecture.name,
        layout=layout.title,
        loaded=tuple(name for name in state if name in ours and ours[name].shape == state[name].shape),
        missing=tuple(name for name in state if name not in ours),
        unexpected=tuple(key for key, name in renamed.items() if name is not None and name not in state),
        ignored=tuple(key for key, name in renamed.items() if name is None),
        differing=tuple(
            f"{name} {tuple(ours[name].shape)} for {tuple(value.shape)}"
            for name, value in state.items()
            if name in ours and ours[name].shape != value.shape
        ),
        preset={**layout.preset.as_json(), "variant": variant},
    )
    _check(report, layout, path)
    for name in report.loaded:
        state[name] = ours[name].to(state[name].dtype)
    return Converted(state, _info(architecture, variant, count, layout, report, path), report)


def _by_hand(
    architecture: Architecture, variant: str, network: StagedNetwork, tensors: Tensors, layout: Layout, path: Path
) -> Converted:
    """A file whose keys do not map one to one, brought in by its layout's own function."""
    assert layout.load is not None
    found = layout.load(network, tensors, path=path)
    preset = replace(layout.preset, mean=found.preset.mean, std=found.preset.std)
    layout = replace(layout, preset=preset, title=found.preset.source)
    report = ConversionReport(
        label=f"{architecture.name}:{variant}" if variant else architecture.name,
        layout=layout.title,
        loaded=found.loaded,
        missing=found.missing,
        unexpected=found.unexpected,
        ignored=found.ignored,
        differing=(),
        preset={**preset.as_json(), "variant": variant},
    )
    info = _info(architecture, variant, network.num_classes, layout, report, path)
    return Converted(network.state_dict(), info, report)


def layout_of(tensors: Tensors, path: Path) -> Layout:
    """The layout of a file's tensors; CheckpointError where it is none of those known."""
    for layout in LAYOUTS:
        if layout.recognises(tensors):
            return layout
    if "backbone.stem.0.weight" in tensors:
        raise CheckpointError(
            "it holds a network of mmsegmentation, whose stem (32, 32, 64 channels) no model here has", path=path
        )
    known = "; ".join(layout.title for layout in LAYOUTS)
    raise CheckpointError(
        f"its keys are of no layout known here; they begin {listed(sorted(tensors))}",
        path=path,
        cure=f"known: {known}",
    )


def _class_count(tensors: Tensors, layout: Layout, wanted: int | None, path: Path) -> int:
    if wanted is not None and not 2 <= wanted <= 255:
        raise SettingError(f"the number of classes must lie between 2 and 255, got {wanted}")
    classifier = tensors.get(layout.classifier)
    if classifier is None:
        return len(VOC_CLASSES) if wanted is None else wanted
    found = int(classifier.shape[0])
    if wanted is not None and wanted != found:
        raise CheckpointError(
            f"it tells {found} classes apart, not {wanted}", path=path, cure=f"convert it with {found} classes"
        )
    return found


def _check(report: ConversionReport, layout: Layout, path: Path) -> None:
    """Refuses what does not fit."""
    # One part may be absent as a whole, e.g. the auxiliary head; half a part is damage.
    begun = tuple(prefix for prefix in layout.may_miss if any(name.startswith(prefix) for name in report.loaded))
    absent = tuple(prefix for prefix in layout.may_miss if prefix not in begun)
    missing = [name for name in report.untrained if not name.startswith(absent)]
    problems = [
        f"{len(names)} {what}: {listed(names)}"
        for what, names in (
            ("keys missing", missing),
            ("keys unexpected", report.unexpected),
            ("shapes differ", report.differing),
        )
        if names
    ]
    if not problems:
        return
    if missing and not report.unexpected and not report.differing:
        cause = "the file was saved in part or cut short: download it again"
    elif report.unexpected and not missing and not report.differing:
        cause = "it holds more than this model has: it was saved from a changed network"
    else:
        cause = f"it is of another width, depth or number of classes than {report.label}"
    error = ConversionError("; ".join(problems), path=path, cure=cause)
    error.report = report
    raise error


def _info(
    architecture: Architecture, variant: str, count: int, layout: Layout, report: ConversionReport, path: Path
) -> ModelInfo:
    names, palette = tuple(f"class {i}" for i in range(count)), voc_palette()[:count]
    if layout.classifier and count == len(CITYSCAPES_CLASSES):
        names, palette = CITYSCAPES_CLASSES, cityscapes_palette()[:count]
    elif count == len(VOC_CLASSES):
        names = VOC_CLASSES
    untrained = sorted({name.split(".")[0] for name in report.untrained})
    metadata = {"converted_from": path.name, "source_layout": layout.title}
    if untrained:
        metadata["untrained"] = ", ".join(untrained)
    if layout.preset.align_corners:
        metadata[CELLS] = CORNERS
    info = ModelInfo(
        name=architecture.name,
        variant=variant,
        title=architecture.title,
        class_names=names,
        palette=palette,
        mean=layout.preset.mean,
        std=layout.preset.std,
        default_rho=architecture.default_rho,
    )
    return replace(info, metadata=metadata)
