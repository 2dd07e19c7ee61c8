"""Probe images and mistakes of a run, read and made into pictures. Not for the window's thread."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PySide6.QtGui import QImage

from app.services.qt_images import to_qimage
from app.services.training_recipes import recipe_path
from engine.data.label_files import read_label_map
from engine.data.pairs import read_rgb
from engine.errors import DataError, RhoscopeError
from engine.jobs.run_folder import PROBES, VALIDATION
from engine.rendering.stages import coloured_stages
from engine.training.mistakes import Mistakes, load_mistakes, mistakes_file

__all__ = [
    "Mistakes", "Probe", "ProbeSheet", "load_mistakes_of", "mistake_steps", "probe_sheet", "probe_steps", "thumbnail",
    "validation_photos",
]  # fmt: skip

UInt8 = NDArray[np.uint8]
_IGNORE = 255
_RED = np.array([226, 54, 54], dtype=np.float32)


@dataclass(frozen=True, eq=False)
class Probe:
    """One probe image at one validation.

    Attributes:
        pictures: (key, QImage) in the order shown: photo, truth, stages, final, errors, deciding.
        right: share of labelled pixels that are right, 0..1; None where nothing is labelled.
    """

    name: str
    pictures: tuple[tuple[str, QImage], ...]
    right: float | None


@dataclass(frozen=True, eq=False)
class ProbeSheet:
    """All probes of one validation; columns: the keys that any of them has, in order."""

    step: int
    probes: tuple[Probe, ...]
    columns: tuple[str, ...]


def probe_steps(run: Path) -> tuple[int, ...]:
    """Validations with pictures, ascending."""
    try:
        return tuple(sorted(int(p.name) for p in (run / PROBES).iterdir() if p.name.isdigit() and len(p.name) >= 6))
    except OSError:
        return ()


def mistake_steps(run: Path) -> tuple[int, ...]:
    """Validations with a confusion matrix, ascending."""
    try:
        return tuple(sorted(int(p.stem) for p in (run / VALIDATION).glob("*.npz") if p.stem.isdigit()))
    except OSError:
        return ()


def probe_sheet(run: Path, step: int, palette: tuple[tuple[int, int, int], ...]) -> ProbeSheet:
    """What cannot be read is left out."""
    folder = run / PROBES
    lookup = np.full((256, 3), 0, dtype=np.uint8)
    if palette:
        lookup[: len(palette)] = palette
    probes = []
    for own in sorted((p for p in folder.iterdir() if p.name.isdigit() and len(p.name) < 6), key=lambda p: int(p.name)):
        try:
            probes.append(_probe(own, folder / f"{step:06}", lookup))
        except (RhoscopeError, OSError):
            continue
    order = ["photo", "truth", *(f"stage{s}" for s in range(1, 9)), "final", "errors", "deciding"]
    present = {key for probe in probes for key, _ in probe.pictures}
    return ProbeSheet(step, tuple(probes), tuple(key for key in order if key in present))


def load_mistakes_of(run: Path, step: int) -> Mistakes:
    """Raises DataError."""
    return load_mistakes(mistakes_file(run, step))


def validation_photos(run: Path) -> dict[str, Path]:
    """The file of each validation image by its name; raises RhoscopeError where the data set is gone."""
    from engine.data.opening import open_dataset
    from engine.training.recipe import expand, load_recipe

    data = load_recipe(recipe_path(run)).data
    pairs = open_dataset(expand(data.root), layout=data.layout, split=data.val).pairs
    return {pair.name: pair.image for pair in pairs}


def thumbnail(path: Path, side: int) -> QImage:
    """A small picture of a photo; raises DataError."""
    rgb = read_rgb(path)
    step = max(1, max(rgb.shape[:2]) // side)
    return to_qimage(np.ascontiguousarray(rgb[::step, ::step]))


def _probe(own: Path, answers: Path, lookup: UInt8) -> Probe:
    number = own.name
    photo, truth = read_rgb(own / "photo.jpg"), read_label_map(own / "truth.png")
    pictures = [("photo", to_qimage(photo)), ("truth", to_qimage(lookup[truth]))]
    found = sorted(answers.glob(f"{number}-stage?.png"))
    pictures += [(path.stem.partition("-")[2], to_qimage(lookup[read_label_map(path)])) for path in found]
    final = read_label_map(answers / f"{number}-final.png")
    if final.shape != truth.shape or photo.shape[:2] != truth.shape:
        raise DataError("the pictures of a probe differ in size", path=answers)
    pictures += [("final", to_qimage(lookup[final])), ("errors", to_qimage(_errors(photo, truth, final)))]
    deciding = answers / f"{number}-deciding.png"
    if deciding.is_file():
        stages = read_label_map(deciding)
        count = max(3, len(found), int(stages.max()))
        pictures.append(("deciding", to_qimage(coloured_stages(stages, stage_count=count))))
    labelled = truth != _IGNORE
    right = float((final == truth)[labelled].mean()) if labelled.any() else None
    return Probe((own / "name.txt").read_text(encoding="utf-8"), tuple(pictures), right)


def _errors(photo: UInt8, truth: UInt8, final: UInt8) -> UInt8:
    """The photo in pale grey, wrong pixels red, void darker."""
    grey = photo.astype(np.float32).mean(axis=2, keepdims=True).repeat(3, axis=2) * 0.55 + 90.0
    void, wrong = truth == _IGNORE, (final != truth) & (truth != _IGNORE)
    grey[void] *= 0.6
    grey[wrong] = 0.25 * grey[wrong] + 0.75 * _RED
    return grey.astype(np.uint8)
