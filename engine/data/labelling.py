"""What the values in a data set's label files mean: class ids, void, or neither.

Labels are read with Pillow alone: it keeps palette indices, where OpenCV would turn a palette PNG into colours.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from types import MappingProxyType
from typing import Final

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from engine.cascade.result import IGNORE, UInt8
from engine.errors import DataError

Colour = tuple[int, int, int]
Foreign = tuple[tuple[str, int], ...]

_COLOUR_MODES: Final = ("RGB", "RGBA")
_NAMED: Final = 5  # values that a message lists


class ModeError(DataError):
    """A label file holds colours or wide numbers where class ids are expected."""


@dataclass(frozen=True, eq=False)
class ReadLabels:
    """A label file, understood.

    Attributes:
        labels: H×W uint8 class ids 0..K-1; 255 where void or foreign.
        foreign: values or colours that the convention does not know, each with its number of pixels.
    """

    labels: UInt8
    foreign: Foreign


@dataclass(frozen=True, eq=False)
class LabelConvention:
    """How stored values become class ids 0..K-1 and 255.

    Attributes:
        class_names: K names.
        palette: K×3 uint8 RGB, for showing.
        ids: stored value of each class, K of 0..255.
        void: stored values that mean "no class".
        colours: class id, or 255 for void, of each colour in colour masks; empty = colour masks are refused.
    """

    class_names: tuple[str, ...]
    palette: UInt8
    ids: tuple[int, ...]
    void: frozenset[int] = frozenset({IGNORE})
    colours: Mapping[Colour, int] = field(default_factory=lambda: MappingProxyType({}))

    def read(self, path: Path) -> ReadLabels:
        """A palette (P) or grey (L) file of stored values, or a colour mask where the convention has colours.

        Raises:
            ModeError: another mode.
            DataError: missing, unreadable or truncated.
        """
        pixels = decoded(path, colours=bool(self.colours))
        return self._from_colours(pixels) if pixels.ndim == 3 else self._from_values(pixels)

    def load(self, path: Path) -> UInt8:
        """H×W uint8 class ids, 255 = void.

        Raises:
            DataError: as read, or a value that the convention does not know; names file and value.
        """
        stored = self.read(path)
        if stored.foreign:
            raise DataError(foreign_text(stored.foreign), path=path, cure=f"the table knows {self.known}")
        return stored.labels

    @cached_property
    def known(self) -> str:
        """The stored values it knows, for people: "0..20, 255"."""
        return _ranges(sorted({*self.ids, *self.void}))

    @cached_property
    def _table(self) -> UInt8:
        table = np.full(256, IGNORE, dtype=np.uint8)
        table[list(self.ids)] = np.arange(len(self.ids), dtype=np.uint8)
        return table

    @cached_property
    def _is_known(self) -> NDArray[np.bool_]:
        known = np.zeros(256, dtype=bool)
        known[[*self.ids, *self.void]] = True
        return known

    def _from_values(self, stored: UInt8) -> ReadLabels:
        counts = np.bincount(stored.ravel(), minlength=256)
        foreign = np.flatnonzero((counts > 0) & ~self._is_known).tolist()
        return ReadLabels(self._table[stored], tuple((str(value), int(counts[value])) for value in foreign))

    def _from_colours(self, rgb: UInt8) -> ReadLabels:
        codes, classes = self._colour_codes
        pixels = _codes(rgb)
        place = np.minimum(np.searchsorted(codes, pixels), len(codes) - 1)
        found = codes[place] == pixels
        labels = np.where(found, classes[place], np.uint8(IGNORE))
        strange, counts = np.unique(pixels[~found], return_counts=True)
        foreign = tuple((f"#{code:06x}", count) for code, count in zip(strange.tolist(), counts.tolist(), strict=True))
        return ReadLabels(labels, foreign)

    @cached_property
    def _colour_codes(self) -> tuple[NDArray[np.uint32], UInt8]:
        colours = sorted(self.colours)
        codes = _codes(np.array(colours, dtype=np.uint8))
        return codes, np.array([self.colours[colour] for colour in colours], dtype=np.uint8)


def decoded(path: Path, *, colours: bool) -> UInt8:
    """H×W uint8 values of a P or L file or, where colours are allowed, H×W×3; raises as LabelConvention.read."""
    try:
        with Image.open(path) as image:
            mode = image.mode
            if mode in ("P", "L"):
                return np.array(image, dtype=np.uint8)
            if colours and mode in _COLOUR_MODES:
                return np.array(image.convert("RGB"), dtype=np.uint8)
    except Exception as error:  # a decoder given damaged bytes may raise anything
        raise DataError(f"label map cannot be read: {error}", path=path) from error
    raise ModeError(f"label map has mode {mode}, not P or L", path=path, cure=_mode_cure(mode))


def foreign_text(foreign: Foreign) -> str:
    """A clause that names the first values outside the table with their numbers of pixels."""
    named = ", ".join(f"{value} ({count} pixels)" for value, count in foreign[:_NAMED])
    more = f" and {len(foreign) - _NAMED} more" if len(foreign) > _NAMED else ""
    return f"label values outside the class table: {named}{more}"


def _codes(rgb: UInt8) -> NDArray[np.uint32]:
    """…×3 colours as numbers 0xRRGGBB."""
    wide = rgb.astype(np.uint32)
    return np.asarray(wide[..., 0] << 16 | wide[..., 1] << 8 | wide[..., 2], dtype=np.uint32)


def _mode_cure(mode: str) -> str:
    if mode in _COLOUR_MODES:
        return "store class ids, not colours; in a folder data set, colours given in the class table will do"
    return "save it as an 8-bit palette or grey PNG of class ids"


def _ranges(values: list[int]) -> str:
    runs: list[list[int]] = []
    for value in values:
        if runs and value == runs[-1][-1] + 1:
            runs[-1].append(value)
        else:
            runs.append([value])
    return ", ".join(str(run[0]) if len(run) == 1 else f"{run[0]}..{run[-1]}" for run in runs)
