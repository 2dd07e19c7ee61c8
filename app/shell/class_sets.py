"""Sets of classes that a project can take: the model's, those of known data sets, or those of a text file."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from engine.data.palettes import (
    CAMVID_CLASSES,
    CITYSCAPES_CLASSES,
    VOC_CLASSES,
    camvid_palette,
    cityscapes_palette,
    voc_palette,
)
from engine.errors import DataError

Colour = tuple[int, int, int]


@dataclass(frozen=True)
class ClassSet:
    """Names with a colour each."""

    title: str
    names: tuple[str, ...]
    colours: tuple[Colour, ...]


def known_sets() -> tuple[ClassSet, ...]:
    """Those of the data sets that Rhoscope reads."""
    return (
        class_set("Pascal VOC", VOC_CLASSES, voc_palette()),
        class_set("Cityscapes", CITYSCAPES_CLASSES, cityscapes_palette()),
        class_set("CamVid", CAMVID_CLASSES, camvid_palette()),
    )


def class_set(title: str, names: tuple[str, ...], palette: object) -> ClassSet:
    """From K×3 colours; a palette may have more rows than there are names."""
    rows = [(int(red), int(green), int(blue)) for red, green, blue in palette]  # type: ignore[attr-defined]
    return ClassSet(title, names, tuple(rows[: len(names)]))


def read_class_set(path: Path) -> ClassSet:
    """One name a line; empty lines and what follows # are left out.

    Raises:
        DataError: it cannot be read, or holds no names, too many, or one twice.
    """
    try:
        lines = path.read_text(encoding="utf-8-sig").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise DataError(f"cannot be read: {error}", path=path, cure="choose a text file in UTF-8") from error
    names = tuple(name for line in lines if (name := line.partition("#")[0].strip()))
    if not names or len(names) > len(voc_palette()) - 1:
        raise DataError(f"holds {len(names)} names", path=path, cure="write 1 to 255 names, one a line")
    if len(set(names)) < len(names):
        raise DataError("holds a name twice", path=path, cure="give every class a name of its own")
    return class_set(path.stem, names, voc_palette())
