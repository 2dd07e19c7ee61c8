"""A recipe: everything that defines a training job, read from TOML and checked before anything long starts."""

from __future__ import annotations

import dataclasses
import difflib
import json
import math
import os
import tomllib
import typing
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

from engine.data.augmentation import Augmentation
from engine.data.cityscapes import CityscapesLabels
from engine.data.opening import LayoutName
from engine.errors import SettingError
from engine.training.recipe_checks import check_recipe

DropRule = Literal["true-class", "test", "random"]


@dataclass(frozen=True)
class ModelSettings:
    """Which network and where it starts.

    Attributes:
        name: registered name.
        start: safetensors file of weights to begin with, matched by key; empty = the network's own initialisation.
            Environment variables are expanded. "default" is the bundled model, a registered name the weights that ship.
        start_other_classes: the file has other classes: weights of another shape than this network's are left out, and
            keep their initialisation.
        new_layers: patterns of parameter names that `start` does not cover; they learn at new_lr_multiplier times the
            rate.
        mean, std: normalisation of RGB in 0..1.
        working_side: the size at which photos are brought to the model where it is validated and used, see ModelInfo.
    """

    name: str
    start: str = ""
    start_other_classes: bool = False
    new_layers: tuple[str, ...] = ()
    mean: tuple[float, float, float] = (0.485, 0.456, 0.406)
    std: tuple[float, float, float] = (0.229, 0.224, 0.225)
    working_side: int = 640


@dataclass(frozen=True)
class DataSettings:
    """Which images.

    Attributes:
        layout: "voc", "cityscapes", "camvid", "folder" or "project"; "auto" = recognised from the root, see
            docs/data.md.
        root: the data set's folder or one above it, or a project file; may hold environment variables.
        train, val: names of the layout's lists.
        cityscapes_labels: which label files of Cityscapes are read.
        balance: 0 = each training image once an epoch; up to 1 = images with rare classes more often, see
            data.balance.
        teacher: folders with a teacher's label maps of the training images, see data.teacher; may hold environment
            variables. teacher_share: how often a training image is learnt from one of them in place of the truth, 0..1.
        teacher_adds_only: objects of the truth stay where the teacher sees background.
        cache_mb: bounds the decoded images kept in memory.
        workers: threads that prepare batches ahead of the training; 0 = one for two processors, at most 8. Any number
            gives the same batches in the same order.
    """

    layout: LayoutName = "voc"
    root: str = "$RHOSCOPE_DATA/VOCdevkit/VOC2012"
    train: str = "train_aug"
    val: str = "val"
    cityscapes_labels: CityscapesLabels = "labelIds"
    balance: float = 0.0
    teacher: tuple[str, ...] = ()
    teacher_share: float = 0.0
    teacher_adds_only: bool = False
    cache_mb: int = 2048
    workers: int = 0


@dataclass(frozen=True)
class GroupSettings:
    """Parameters that learn at a rate of their own.

    Attributes:
        match: patterns of their dotted names, e.g. "heads.*.bias".
        lr: their learning rate relative to the schedule's.
        decay: their weight decay relative to optimiser.weight_decay; biases and batch norms never have one.
    """

    match: tuple[str, ...]
    lr: float = 1.0
    decay: float = 1.0


@dataclass(frozen=True)
class OptimiserSettings:
    """How parameters move.

    Attributes:
        kind: "sgd" or "adamw".
        momentum: SGD's.
        weight_decay: on convolution weights only, never on biases and batch norms.
        new_lr_multiplier: learning rate of new layers relative to the others.
        group: parameters with a learning rate of their own. The first group that matches a parameter counts: a phase's
            groups first, then these, then new_layers.
        clip: greatest norm of the whole gradient, 0 = unlimited.
        ema: decay of the running average of the weights, 0 = none; validation and exports use the average.
        batch_statistics: patterns of batch-norm modules that use and update batch statistics; all others are frozen
            (D14). None of a stage that a masked phase computes on regions: there a batch would be the region alone.
        train_affine: patterns of batch-norm modules whose scale and shift are trained; of all others they are frozen.
        sync_batch_statistics: batch statistics are those of the whole batch, not of one process's share; makes no
            difference to a single process.
    """

    kind: Literal["sgd", "adamw"] = "sgd"
    momentum: float = 0.9
    weight_decay: float = 5e-4
    new_lr_multiplier: float = 10.0
    clip: float = 0.0
    ema: float = 0.0
    batch_statistics: tuple[str, ...] = ()
    train_affine: tuple[str, ...] = ()
    sync_batch_statistics: bool = False
    group: tuple[GroupSettings, ...] = ()


@dataclass(frozen=True)
class Phase:
    """A stretch of training with its own loss, learning rate and forward pass; each starts with a fresh optimiser.

    Attributes:
        name: shown in curves and messages.
        iterations: optimiser steps.
        batch: images a forward pass, over all processes together; accumulate: forward passes a step.
        crop: side of the training crop in pixels: a multiple of 32, or 8n+1 (321, 473) where the loss is "own".
        lr: learning rate after warm-up; power: of the polynomial decay, 0 = constant; floor: fraction of lr that
            remains.
        policy: "poly", or "step": after each of the steps in `drops` the rate is drop_factor times what it was.
        drops: steps of the phase, rising; only with policy "step".
        drop_factor: above 0, at most 1; only with policy "step".
        group: see OptimiserSettings; for this phase alone, before those.
        warmup: steps of linear rise.
        loss_weights: one for each stage. Stages after the last positive one are not computed at all.
        all_pixels_weight: of the last stage's further loss on all pixels.
        forward: "dense" computes everything and masks labels (D10); "masked" computes stages 2.. on forwarded cells
            only, at a ρ drawn for each batch from rho_masked.
        rho_train, drop_rule: which pixels later stages need not learn (D11); 1 = none is dropped. "random" drops
            pixels by chance instead, drop_rates[s - 1] of them after stage s (D18).
        rho_masked: values of ρ, 0..1, of which a masked pass draws one for each batch.
        drop_rates: one for each stage but the last, 0..1; only with drop_rule "random".
        rho_train_stages: a threshold for each stage but the last, in place of rho_train.
        loss_stride: losses are taken on every n-th pixel of every n-th row (1 = the paper's full resolution).
        loss: "stages": each stage's cross-entropy, as loss_weights and the drop rule say. "own": what a network of one
            stage says itself, PSPNet's auxiliary head, ExFuse's further heads; see training.own_loss. "auto": "own"
            where a network has such heads or the phase has scales, else "stages". "photo": lc-mobilenetv2's classifier
            of whole photos learns which classes occur, nothing else learns.
        scales: the image is learnt at these scales below 1 too, with DeepLab-v2's losses and the maximum over them.
        freeze: patterns of parameter names that stay as they are.
        balance: this phase's data.balance; negative = the one of the data.
        copy: pairs of module names (from, to): before the first step the second takes over the first's weights, its
            running average included.
    """

    name: str
    iterations: int
    batch: int
    crop: int
    lr: float
    loss_weights: tuple[float, ...]
    accumulate: int = 1
    power: float = 0.9
    floor: float = 0.0
    policy: Literal["poly", "step"] = "poly"
    drops: tuple[int, ...] = ()
    drop_factor: float = 0.1
    warmup: int = 0
    all_pixels_weight: float = 0.0
    forward: Literal["dense", "masked"] = "dense"
    rho_train: float = 0.98
    rho_train_stages: tuple[float, ...] = ()
    rho_masked: tuple[float, ...] = (1.0,)
    drop_rule: DropRule = "true-class"
    drop_rates: tuple[float, ...] = ()
    loss_stride: int = 1
    loss: Literal["auto", "stages", "own", "photo"] = "auto"
    scales: tuple[float, ...] = ()
    freeze: tuple[str, ...] = ()
    copy: tuple[tuple[str, str], ...] = ()
    balance: float = -1.0
    group: tuple[GroupSettings, ...] = ()

    @property
    def depth(self) -> int:
        """The last stage with a loss, 1..n."""
        last = max((s for s, weight in enumerate(self.loss_weights, start=1) if weight > 0), default=0)
        return len(self.loss_weights) if self.all_pixels_weight > 0 else last


@dataclass(frozen=True)
class Schedule:
    """What happens beside the steps; counts are optimiser steps over the whole job.

    Attributes:
        log_every: steps between two points of the curves.
        checkpoint_every: steps between two checkpoints; what is interrupted goes on from the last one.
        val_every: steps between two validations; each phase also ends with one.
        val_images: validate on this many images spread over the list, 0 = all; the end of the job is validated on
            all as well.
        final_images: as val_images, for that score at the end of the job; 0 = all.
        val_rho: ρ at which the cascade is validated; the merged mIoU there chooses the best checkpoint.
        probes: so many of the images validated are kept as pictures at every validation; 0 = none.
        tensorboard: write the curves for TensorBoard too, into the run's folder `tensorboard`; needs the package.
    """

    log_every: int = 20
    checkpoint_every: int = 200
    val_every: int = 1000
    val_images: int = 0
    final_images: int = 0
    val_rho: float = 0.95
    probes: int = 6
    tensorboard: bool = False


@dataclass(frozen=True)
class Recipe:
    """A training job; see the classes of its fields.

    Attributes:
        name: of the recipe; a checkpoint goes on under this name only.
        seed: of everything drawn by chance.
        precision: of the forward and backward passes; weights and losses stay in fp32. "fp16" needs CUDA.
        compile: let torch.compile translate the dense passes: a minute or more of waiting first, then faster steps,
            mostly on GPUs. Results differ from those without by rounding.
    """

    name: str
    model: ModelSettings
    phase: tuple[Phase, ...]
    seed: int = 0
    precision: Literal["fp32", "bf16", "fp16"] = "fp32"
    compile: bool = False
    data: DataSettings = field(default_factory=DataSettings)
    augmentation: Augmentation = field(default_factory=Augmentation)
    optimiser: OptimiserSettings = field(default_factory=OptimiserSettings)
    schedule: Schedule = field(default_factory=Schedule)

    @property
    def cells_on_corners(self) -> bool:
        """The network learns last on crops of 8n+1 pixels, whose corners are those of its cells."""
        return self.phase[-1].crop % 32 != 0

    @property
    def iterations(self) -> int:
        return sum(phase.iterations for phase in self.phase)


def load_recipe(path: Path, *, overrides: Sequence[str] = ()) -> Recipe:
    """Reads a recipe from TOML, or from the JSON copy in a run folder; overrides are `key=value` with dotted
    keys, list places by number: `phase.0.lr=0.01`.

    Raises:
        SettingError: the file cannot be read, a key is unknown or missing, or a value is of the wrong kind or range.
    """
    try:
        text = path.read_text(encoding="utf-8")
        table = json.loads(text) if path.suffix == ".json" else tomllib.loads(text)
    except (OSError, UnicodeDecodeError) as error:
        raise SettingError(f"the recipe cannot be read: {error}", path=path) from error
    except (tomllib.TOMLDecodeError, json.JSONDecodeError) as error:
        raise SettingError(f"the recipe is not valid: {error}", path=path) from error
    for override in overrides:
        _apply_override(table, override)
    return recipe_from_table(table, path=path)


def recipe_from_table(table: Mapping[str, Any], *, path: Path | None = None) -> Recipe:
    """Checks and converts a recipe's table; `path` is named in errors."""
    try:
        recipe = _convert(Recipe, table, where="recipe")
        check_recipe(recipe)
    except SettingError as error:
        raise SettingError(error.reason, path=path, cure=error.cure) from error
    assert isinstance(recipe, Recipe)
    return recipe


def expand(text: str) -> Path:
    """A path of a recipe with its environment variables replaced.

    Raises:
        SettingError: a variable is not set.
    """
    expanded = os.path.expandvars(text)
    if "$" in expanded:
        name = expanded.split("$", 1)[1].split("/", 1)[0].strip("{}")
        raise SettingError(
            f"{text!r} needs the environment variable {name}", cure=f"set {name} or give the path by --set"
        )
    return Path(expanded).expanduser()


def recipe_differences(one: Recipe, other: Recipe) -> tuple[str, ...]:
    """Where two recipes differ, as "key: value, value" with dotted keys."""
    first, second = _leaves(dataclasses.asdict(one)), _leaves(dataclasses.asdict(other))
    absent = "nothing"
    return tuple(
        f"{key}: {first.get(key, absent)!r}, {second.get(key, absent)!r}"
        for key in {**first, **second}
        if first.get(key, absent) != second.get(key, absent)
    )


def _leaves(value: Any, *, where: str = "") -> dict[str, Any]:
    """A recipe's table as dotted keys; lists of plain values count as one value."""
    if isinstance(value, Mapping):
        inner = list(value.items())
    elif isinstance(value, list | tuple) and any(isinstance(item, Mapping) for item in value):
        inner = list(enumerate(value))
    else:
        return {where: value}
    return {k: v for key, item in inner for k, v in _leaves(item, where=f"{where}.{key}".lstrip(".")).items()}


def _apply_override(table: dict[str, Any], override: str) -> None:
    key, separator, text = override.partition("=")
    if not separator:
        raise SettingError(f"--set needs key=value, got {override!r}")
    try:
        value = tomllib.loads(f"value = {text}")["value"]
    except tomllib.TOMLDecodeError:
        value = text
    place: Any = table
    *parents, last = key.strip().split(".")
    try:
        for part in parents:
            place = place[int(part)] if isinstance(place, list) else place.setdefault(part, {})
        if isinstance(place, list):
            place[int(last)] = value
        else:
            place[last] = value
    except (TypeError, ValueError, IndexError, AttributeError) as error:
        raise SettingError(f"--set {override!r}: there is no such place in the recipe") from error


def _convert(kind: Any, value: Any, *, where: str) -> Any:
    """`value` from TOML as the annotated type `kind`, or a SettingError that names the place."""
    origin, arguments = typing.get_origin(kind), typing.get_args(kind)
    if dataclasses.is_dataclass(kind) and isinstance(kind, type):
        return _convert_table(kind, value, where=where)
    if origin is Literal:
        if value not in arguments:
            raise SettingError(f"{where} must be one of {', '.join(map(repr, arguments))}, got {value!r}")
        return value
    if origin is tuple:
        if not isinstance(value, list | tuple):
            raise SettingError(f"{where} must be a list, got {value!r}")
        if len(arguments) == 2 and arguments[1] is Ellipsis:
            return tuple(_convert(arguments[0], item, where=f"{where}.{i}") for i, item in enumerate(value))
        if len(value) != len(arguments):
            raise SettingError(f"{where} must have {len(arguments)} values, got {len(value)}")
        return tuple(
            _convert(inner, item, where=f"{where}.{i}")
            for i, (inner, item) in enumerate(zip(arguments, value, strict=True))
        )
    if kind is float and isinstance(value, int | float) and not isinstance(value, bool):
        if not math.isfinite(value):
            raise SettingError(f"{where} must be finite")
        return float(value)
    if not isinstance(value, kind) or (kind is int and isinstance(value, bool)):
        raise SettingError(f"{where} must be of type {kind.__name__}, got {value!r}")
    return value


def _convert_table(kind: type, value: Any, *, where: str) -> Any:
    if not isinstance(value, Mapping):
        raise SettingError(f"{where} must be a table, got {value!r}")
    hints = typing.get_type_hints(kind)
    fields = {f.name: f for f in dataclasses.fields(kind)}
    unknown = sorted(set(value) - set(fields))
    if unknown:
        near = [match for key in unknown for match in difflib.get_close_matches(key, fields, n=1)]
        cure = f"did you mean {', '.join(near)}?" if near else f"known are {', '.join(fields)}"
        raise SettingError(f"{where}: unknown key {', '.join(unknown)}", cure=cure)
    required = [
        name
        for name, f in fields.items()
        if f.default is dataclasses.MISSING and f.default_factory is dataclasses.MISSING and name not in value
    ]
    if required:
        raise SettingError(f"{where}: missing key {', '.join(required)}")
    return kind(**{name: _convert(hints[name], item, where=f"{where}.{name}") for name, item in value.items()})
