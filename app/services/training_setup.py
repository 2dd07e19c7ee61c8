"""What the set-up of a training job asks of the engine: data sets, recipes, estimates. Nothing here is quick."""

from __future__ import annotations

import json
import os
import sys
import tempfile
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import numpy as np
from numpy.typing import NDArray

from app.services.own_command import run_command
from engine.cancel import CancelToken
from engine.errors import DataError, RhoscopeError, TrainingError
from engine.jobs.job import JobSettings
from engine.jobs.program import training_command
from engine.resources import resource_path

if TYPE_CHECKING:
    from engine.data.pairs import PairedData
    from engine.data.preflight import Preflight
    from engine.training.recipe import Recipe
    from engine.training.recipe_keys import RecipeKey

UInt8 = NDArray[np.uint8]
_TRAIN_NAMES: Final = ("train_aug", "trainaug", "train", "all")
_VAL_NAMES: Final = ("val", "validation", "test", "all")
_PREVIEW_SIDE: Final = 720
WEIGHTS_VARIABLE: Final = "RHOSCOPE_WEIGHTS"
BACKBONE: Final = "mobilenet_v2_imagenet_features.safetensors"


@dataclass(frozen=True)
class FoundData:
    """A recognised data set.

    Attributes:
        layout, root: as a recipe takes them; title: of the layout, for people.
        splits: its lists; train, val: those that are likely meant.
        class_names: K.
        images: of each split.
    """

    layout: str
    title: str
    root: Path
    splits: tuple[str, ...]
    train: str
    val: str
    class_names: tuple[str, ...]
    palette: tuple[tuple[int, int, int], ...]
    images: Mapping[str, int]


@dataclass(frozen=True, eq=False)
class Example:
    """One image of a data set as training will see it.

    Attributes:
        photo: H×W×3 uint8; labels: H×W uint8 class ids, 255 = void; coloured: H×W×3 uint8, void black.
        stored: (value in the file, share of pixels) and mapped: (class id, share), most first.
    """

    name: str
    photo: UInt8
    labels: UInt8
    coloured: UInt8
    stored: tuple[tuple[str, float], ...]
    mapped: tuple[tuple[int, float], ...]
    void_share: float


@dataclass(frozen=True)
class DataChoice:
    """The data of a recipe: its folder, and the lists to train and to validate on."""

    root: Path
    train: str
    val: str


@dataclass(frozen=True)
class RecipeChoice:
    """A recipe that ships, or one of the person's."""

    path: Path
    name: str
    summary: str


@dataclass(frozen=True, eq=False)
class DraftRecipe:
    """A recipe with its changes applied, checked.

    Attributes:
        keys: all values with their help.
        toml: as it will be written.
        problems: what keeps it from being started, for people.
    """

    name: str
    model: str
    iterations: int
    phases: tuple[str, ...]
    keys: tuple[RecipeKey, ...]
    toml: str
    problems: tuple[str, ...]


@dataclass(frozen=True)
class Estimate:
    """Measured on this machine: seconds of the steps alone and of each phase, and memory."""

    seconds: float
    memory_mb: float
    device: str
    phases: tuple[tuple[str, float], ...]


def find_data(folder: Path) -> FoundData:
    """Raises DataError where nothing, or several things, are recognised."""
    from engine.data.opening import LAYOUTS, open_dataset, recognise

    layout, root = recognise(folder)
    splits = tuple(LAYOUTS[layout].splits(root)) or ("all",)
    train = next((name for name in _TRAIN_NAMES if name in splits), splits[0])
    val = next((name for name in _VAL_NAMES if name in splits and name != train), train)
    images: dict[str, int] = {}
    classes: tuple[str, ...] = ()
    palette: tuple[tuple[int, int, int], ...] = ()
    failure: DataError | None = None
    for split in splits:
        try:
            data = open_dataset(root, layout=layout, split=split)
        except DataError as error:
            failure = failure or error
            continue
        images[split] = len(data)
        classes = data.class_names
        palette = tuple((int(r), int(g), int(b)) for r, g, b in data.palette)
    if not images:
        raise failure or DataError("it holds no labelled image", path=root)
    splits = tuple(name for name in splits if name in images)
    train = train if train in images else splits[0]
    val = val if val in images else train
    return FoundData(layout, LAYOUTS[layout].title, root, splits, train, val, classes, palette, images)


def check_data(
    found: FoundData, split: str, *, cancel: CancelToken, on_progress: Callable[[int, int], None]
) -> Preflight:
    """Reads every label map of a split; raises DataError, or Cancelled."""
    from engine.data.preflight import preflight

    data = _opened(found, split)
    # One thread: a person is using the machine.
    return preflight(data, whole_images=False, workers=1, cancel=cancel, on_progress=on_progress)


def example_of(found: FoundData, split: str, place: int) -> Example:
    """The image at a place of the list, which counts round; raises DataError."""
    data = _opened(found, split)
    pair = data.pairs[place % len(data)]
    photo = data.read_rgb(pair)
    labels = data.read_labels(pair).labels
    pixels = data.stored_labels(pair)
    stored = _shares(pixels) if pixels.ndim == 2 else _colour_shares(pixels)
    mapped = np.bincount(labels.ravel(), minlength=256) / labels.size
    order = [int(i) for i in np.argsort(-mapped) if mapped[i] > 0 and i != 255]
    lookup = np.zeros((256, 3), dtype=np.uint8)
    lookup[: len(data.palette)] = data.palette
    step = max(1, -(-max(labels.shape) // _PREVIEW_SIDE))
    small = labels[::step, ::step]
    return Example(
        name=pair.name,
        photo=np.ascontiguousarray(photo[::step, ::step]),
        labels=small,
        coloured=lookup[small],
        stored=stored,
        mapped=tuple((i, float(mapped[i])) for i in order),
        void_share=float(mapped[255]),
    )


def shipped_recipes() -> tuple[RecipeChoice, ...]:
    """In the order of their names; the first line of each is its summary."""
    found = []
    for path in sorted(resource_path("recipes").glob("*.toml")):
        lines = path.read_text(encoding="utf-8").splitlines()
        first = next((line.lstrip("# ") for line in lines if line.startswith("#")), "")
        found.append(RecipeChoice(path, path.stem, first))
    return tuple(found)


def data_of(recipe: Path) -> DataChoice:
    """Raises SettingError where the recipe cannot be read or needs an environment variable that is not set."""
    from engine.training.recipe import expand, load_recipe

    data = load_recipe(recipe).data
    return DataChoice(expand(data.root), data.train, data.val)


def likely_recipe(found: FoundData) -> str:
    """Name of the shipped recipe that fits best and can be started here."""
    backbone = Path(os.environ.get(WEIGHTS_VARIABLE, "")) / BACKBONE
    if found.layout == "camvid" and backbone.is_file():
        return "lc-mobilenetv2-camvid-cpu"
    return "lc-mobilenetv2-fine-tune-cpu"


def draft(recipe: Path, changes: Mapping[str, str], found: FoundData | None) -> DraftRecipe:
    """A recipe with changes, keys and values as --set takes them, on a data set; raises SettingError where a value is
    not possible."""
    from engine.training.recipe import load_recipe
    from engine.training.recipe_keys import recipe_keys
    from engine.training.recipe_toml import recipe_toml

    overrides = [f"{key}={value}" for key, value in changes.items()]
    built = load_recipe(recipe, overrides=overrides)
    return DraftRecipe(
        name=built.name,
        model=built.model.name,
        iterations=built.iterations,
        phases=tuple(phase.name for phase in built.phase),
        keys=recipe_keys(built),
        toml=recipe_toml(built),
        problems=tuple(_problems(built, found)),
    )


def scaled_steps(recipe: Path, steps: int) -> dict[str, str]:
    """Changes that bring a recipe to so many steps in all, its phases in their proportions; raises SettingError."""
    from engine.training.recipe import load_recipe

    built = load_recipe(recipe)
    whole = built.iterations
    changes: dict[str, str] = {}
    for number, phase in enumerate(built.phase):
        count = max(1, round(phase.iterations * steps / whole))
        changes[f"phase.{number}.iterations"] = str(count)
        if phase.warmup:
            changes[f"phase.{number}.warmup"] = str(min(phase.warmup, count // 3))
        if phase.drops:
            drops = sorted({max(1, min(count - 1, round(d * count / phase.iterations))) for d in phase.drops})
            changes[f"phase.{number}.drops"] = str(drops)
    every = max(1, min(built.schedule.val_every, steps // 6 or 1))
    changes["schedule.val_every"] = str(every)
    changes["schedule.checkpoint_every"] = str(max(1, min(built.schedule.checkpoint_every, every)))
    changes["schedule.log_every"] = str(max(1, min(built.schedule.log_every, steps // 60 or 1)))
    return changes


def estimated(toml: str, *, classes: int, settings: JobSettings, cancel: CancelToken) -> Estimate:
    """Measures a recipe's steps in a process of its own; raises TrainingError, or Cancelled."""
    with tempfile.TemporaryDirectory(prefix="rhoscope-estimate-") as folder:
        path = Path(folder) / "recipe.toml"
        path.write_text(toml, encoding="utf-8")
        arguments = [
            str(path),
            "--estimate",
            "--classes",
            str(classes),
            "--device",
            settings.device,
            "--nice",
            str(settings.nice),
        ]
        if settings.threads:
            arguments += ["--threads", str(settings.threads)]
        answer = _asked(training_command(*arguments), cancel)
    table = json.loads(answer)
    phases = tuple((str(phase["name"]), float(phase["seconds"])) for phase in table["phases"])
    return Estimate(float(table["seconds"]), float(table["memory_mb"]), str(table["device"]), phases)


def cores() -> int:
    return os.cpu_count() or 1


def most_processes() -> int:
    """So many can share a job here: one for each GPU, without any one for each core. 1 where there is no torchrun."""
    if getattr(sys, "frozen", False) or sys.platform == "win32":
        return 1
    import torch

    return torch.cuda.device_count() or cores()


def _asked(command: Sequence[str], cancel: CancelToken) -> str:
    done = run_command(command, cancel)
    if done.code:
        raise TrainingError(f"the recipe's steps fail here: {done.reason}")
    return done.output


def _opened(found: FoundData, split: str) -> PairedData:
    from engine.data.opening import open_dataset

    return open_dataset(found.root, layout=found.layout, split=split)


def _problems(recipe: Recipe, found: FoundData | None) -> list[str]:
    from engine.models.registry import find_architecture
    from engine.training.recipe import expand

    problems: list[str] = []

    def tried(work: Callable[[], Any]) -> Any:
        try:
            return work()
        except RhoscopeError as error:
            problems.append(str(error))
            return None

    tried(lambda: find_architecture(recipe.model.name))
    start = tried(lambda: expand(recipe.model.start)) if recipe.model.start else None
    named = start is not None and len(start.parts) == 1 and not start.suffix
    if start is not None and not named and not start.is_file():
        problems.append(f"there are no starting weights {start}")
    for folder in recipe.data.teacher:
        place = tried(lambda folder=folder: expand(folder))  # type: ignore[misc]
        if place is not None and not place.is_dir():
            problems.append(f"there is no folder of a teacher's label maps {place}")
    if found is not None:
        for split in {recipe.data.train, recipe.data.val} - set(found.splits):
            problems.append(f"the data set has no list {split!r}, only {', '.join(found.splits)}")
    return problems


def _shares(values: UInt8) -> tuple[tuple[str, float], ...]:
    counts = np.bincount(values.ravel(), minlength=256) / values.size
    return tuple((str(int(i)), float(counts[i])) for i in np.argsort(-counts) if counts[i] > 0)


def _colour_shares(rgb: UInt8) -> tuple[tuple[str, float], ...]:
    codes = rgb[..., 0].astype(np.uint32) << 16 | rgb[..., 1].astype(np.uint32) << 8 | rgb[..., 2]
    values, counts = np.unique(codes, return_counts=True)
    order = np.argsort(-counts)
    return tuple((f"#{values[i]:06x}", float(counts[i]) / codes.size) for i in order)
