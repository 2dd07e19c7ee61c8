"""Two models on one photo: what each says, and where they disagree. Runs in the model library's process."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np

from engine.cascade.result import IGNORE, Bool, CascadeResult, UInt8
from engine.data.images import read_image
from engine.models.library_job import JobContext
from engine.rendering import overlay, resize_labels, resize_photo
from engine.rendering.blending import faded, replace_where
from engine.rendering.colours import CHANGED

SHOWN_SIDE: Final = 1600  # pictures larger than any canvas would only travel slower between processes
_OPACITY: Final = 0.65
_SHOWN_PAIRS: Final = 6


@dataclass(frozen=True)
class CompareJob:
    """A photo's path and the specs of two models, each run at its own ρ."""

    photo: Path
    first: str
    second: str


@dataclass(frozen=True)
class Side:
    """One model's part: its label, its picture h×w×3 uint8, milliseconds, and shares of its stages."""

    label: str
    picture: UInt8
    milliseconds: float
    shares: tuple[float, ...]


@dataclass(frozen=True)
class Comparison:
    """Both models' answers.

    Attributes:
        first, second: of one size.
        difference: h×w×3 uint8, the photo with the pixels in colour that the two call differently.
        agreement: share of the photo's pixels that both call the same, by the classes' names.
        pairs: the most frequent disagreements: first's class, second's class, share of the pixels.
    """

    first: Side
    second: Side
    difference: UInt8
    agreement: float
    pairs: tuple[tuple[str, str, float], ...]


def compared(job: CompareJob, context: JobContext) -> Comparison:
    """Raises ImageError and CheckpointError."""
    from engine.cascade.session import CascadeSession
    from engine.models.loading import load_model

    rgb = read_image(job.photo).rgb
    results: list[CascadeResult] = []
    for number, spec in enumerate((job.first, job.second)):
        context.progress(0.1 + 0.4 * number)
        model = load_model(spec)
        context.check()
        results.append(CascadeSession(model, rgb).run(model.info.default_rho))
    context.progress(0.9)
    return comparison(rgb, results[0], results[1])


def comparison(rgb: UInt8, first: CascadeResult, second: CascadeResult) -> Comparison:
    """Of two results for one photo (H×W×3 uint8); pure."""
    theirs = _in_terms_of(second, first.class_names)
    differs = first.label_map != theirs
    scale = min(1.0, SHOWN_SIDE / max(rgb.shape[:2]))
    size = (max(1, round(rgb.shape[0] * scale)), max(1, round(rgb.shape[1] * scale)))
    photo = resize_photo(rgb, size)
    return Comparison(
        first=_side(first, photo, size),
        second=_side(second, photo, size),
        difference=_difference(photo, resize_labels(differs.view(np.uint8), size) > 0),
        agreement=1.0 - float(differs.mean()),
        pairs=_pairs(first, second, differs),
    )


def _in_terms_of(result: CascadeResult, names: tuple[str, ...]) -> UInt8:
    """The label map with classes numbered as in `names`; those that are not there get 254, which equals no label."""
    table = np.full(256, IGNORE - 1, dtype=np.uint8)
    table[IGNORE] = IGNORE
    for number, name in enumerate(result.class_names):
        if name in names:
            table[number] = names.index(name)
    return np.asarray(table[result.label_map], dtype=np.uint8)


def _side(result: CascadeResult, photo: UInt8, size: tuple[int, int]) -> Side:
    labels = resize_labels(result.label_map, size)
    picture = overlay(photo, labels, result.palette, opacity=_OPACITY, outlines=True)
    return Side(result.model, picture, float(result.milliseconds.get("total", 0.0)), result.shares)


def _difference(photo: UInt8, differs: Bool) -> UInt8:
    picture = faded(photo, brightness=0.6)
    tint = np.rint(0.35 * photo + 0.65 * np.array(CHANGED)).astype(np.uint8)
    replace_where(picture, tint, differs)
    return picture


def _pairs(first: CascadeResult, second: CascadeResult, differs: Bool) -> tuple[tuple[str, str, float], ...]:
    codes = first.label_map[differs].astype(np.int64) * 256 + second.label_map[differs]
    found, counts = np.unique(codes, return_counts=True)
    order = np.argsort(-counts, kind="stable")[:_SHOWN_PAIRS]
    return tuple(
        (
            _name(first, int(found[at]) // 256),
            _name(second, int(found[at]) % 256),
            float(counts[at]) / first.label_map.size,
        )
        for at in order
    )


def _name(result: CascadeResult, label: int) -> str:
    return result.class_names[label] if label < len(result.class_names) else "–"
