"""The classes of a folder data set, from a small file beside the images: classes.txt, classes.csv or classes.json."""

from __future__ import annotations

import csv
import io
import json
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np

from engine.cascade.result import IGNORE
from engine.data.labelling import Colour, LabelConvention
from engine.data.palettes import voc_palette
from engine.errors import DataError

CLASS_TABLES: Final = ("classes.txt", "classes.csv", "classes.json")
VOID_NAMES: Final = frozenset({"void", "ignore", "ignored"})
"""A row of such a name stands for "no class", in any case of letters."""

_HEX = re.compile(r"#?([0-9a-fA-F]{6})$")
_TRIPLE = re.compile(r"(\d{1,3})[\s,;]+(\d{1,3})[\s,;]+(\d{1,3})$")
_TEXT_COLOUR = re.compile(r"[\s,;]+(#[0-9a-fA-F]{6}|\d{1,3}[\s,;]+\d{1,3}[\s,;]+\d{1,3})$")
_TEXT_ID = re.compile(r"(\d{1,3})[\s,;:]+")
_CSV_NAMES: Final = {"color": "colour", "red": "r", "green": "g", "blue": "b"}


@dataclass(frozen=True)
class ClassRow:
    """One line of a class table.

    Attributes:
        id: value in the label files, 0..255.
        colour: in colour masks and for showing; None = not given.
    """

    id: int
    name: str
    colour: Colour | None = None

    @property
    def is_void(self) -> bool:
        return self.name.lower() in VOID_NAMES


def find_class_table(folder: Path) -> Path | None:
    """The folder's class table, the first of CLASS_TABLES that is there."""
    return next((folder / name for name in CLASS_TABLES if (folder / name).is_file()), None)


def read_class_table(path: Path) -> LabelConvention:
    """What the label files of a folder data set mean.

    - classes.txt: a class a line, `name` (ids count from 0) or `id name`, either with a colour after it, `128 0 0` or
      `#800000`; lines that begin with # are comments.
    - classes.csv: with a header of name and, where wanted, id, colour (or r, g, b); without a header id, name and,
      where wanted, r, g, b.
    - classes.json: a list of names or of {"id", "name", "colour"}, the same under "classes", or {"0": "name"}.

    Value 255 is void where no class has it. Colour masks are understood where a class has a colour.

    Raises:
        DataError: unreadable, empty, or ids, names or colours that are out of range or occur twice; names the row.
    """
    readers = {".txt": _rows_of_text, ".csv": _rows_of_csv, ".json": _rows_of_json}
    try:
        rows = tuple(readers[path.suffix](path.read_text(encoding="utf-8-sig")))
        _check(rows)
    except (OSError, UnicodeDecodeError, csv.Error, json.JSONDecodeError) as error:
        raise DataError(f"the class table cannot be read: {error}", path=path) from error
    except DataError as error:
        raise DataError(error.reason, path=path, cure=error.cure) from error
    return _convention(rows)


def _convention(rows: Sequence[ClassRow]) -> LabelConvention:
    classes = [row for row in rows if not row.is_void]
    ids = tuple(row.id for row in classes)
    default = voc_palette()
    palette = [default[place] if row.colour is None else row.colour for place, row in enumerate(classes)]
    colours = {row.colour: place for place, row in enumerate(classes) if row.colour is not None}
    if colours:
        colours |= {row.colour: IGNORE for row in rows if row.is_void and row.colour is not None}
    return LabelConvention(
        class_names=tuple(row.name for row in classes),
        palette=np.array(palette, dtype=np.uint8),
        ids=ids,
        void=frozenset({*(row.id for row in rows if row.is_void), *({IGNORE} - {*ids})}),
        colours=colours,
    )


def _check(rows: Sequence[ClassRow]) -> None:
    if all(row.is_void for row in rows):
        raise DataError("the class table has no class")
    for row in rows:
        if not row.name:
            raise DataError(f"class {row.id} has no name")
        if not 0 <= row.id <= 255:
            raise DataError(f"class {row.name} has id {row.id}", cure="ids lie in 0..255")
        if row.colour is not None and not all(0 <= value <= 255 for value in row.colour):
            raise DataError(f"class {row.name} has colour {row.colour}", cure="colours are three numbers in 0..255")
    if sum(not row.is_void for row in rows) > IGNORE:
        raise DataError("the class table has more than 255 classes")
    _check_unique("id", ((row.id, row) for row in rows))
    _check_unique("name", ((row.name, row) for row in rows if not row.is_void))
    _check_unique("colour", ((row.colour, row) for row in rows if row.colour is not None))


def _check_unique(what: str, values: Iterable[tuple[object, ClassRow]]) -> None:
    seen: dict[object, ClassRow] = {}
    for value, row in values:
        if value in seen:
            raise DataError(f"{what} {value} occurs twice: {seen[value].id} {seen[value].name} and {row.id} {row.name}")
        seen[value] = row


def _rows_of_text(text: str) -> Iterable[ClassRow]:
    lines = [line.strip() for line in text.splitlines()]
    lines = [line for line in lines if line and not line.startswith("#")]
    numbered = [_TEXT_ID.match(line) for line in lines]
    if any(numbered) and not all(numbered):
        lacking = next(line for line, number in zip(lines, numbered, strict=True) if number is None)
        raise DataError(f"some lines begin with an id and this one does not: {lacking}", cure="give all or none")
    for place, (line, number) in enumerate(zip(lines, numbered, strict=True)):
        rest = line if number is None else line[number.end() :]
        colour = _TEXT_COLOUR.search(rest)
        name = rest if colour is None else rest[: colour.start()]
        yield ClassRow(
            id=place if number is None else int(number[1]),
            name=name.strip(" ,;"),
            colour=None if colour is None else _colour(colour[1]),
        )


def _rows_of_csv(text: str) -> Iterable[ClassRow]:
    lines = [row for row in csv.reader(io.StringIO(text), skipinitialspace=True) if any(cell.strip() for cell in row)]
    if not lines:
        return
    header = [_CSV_NAMES.get(cell.strip().lower(), cell.strip().lower()) for cell in lines[0]]
    if "name" in header:
        lines = lines[1:]
    else:
        header = ["id", "name", "r", "g", "b"]
    for place, line in enumerate(lines):
        cells = {name: cell.strip() for name, cell in zip(header, line, strict=False) if cell.strip()}
        parts = [cells[channel] for channel in "rgb" if channel in cells]
        written = cells.get("colour") or " ".join(parts)
        yield ClassRow(
            id=_number(cells.get("id", str(place))),
            name=cells.get("name", ""),
            colour=_colour(written) if written else None,
        )


def _rows_of_json(text: str) -> Iterable[ClassRow]:
    table = json.loads(text)
    if isinstance(table, dict) and isinstance(table.get("classes"), list | dict):
        table = table["classes"]
    if isinstance(table, dict):
        for key, name in table.items():
            yield ClassRow(_number(key), str(name))
    elif isinstance(table, list):
        for place, entry in enumerate(table):
            yield _json_row(entry, place)
    else:
        raise DataError("the class table is neither a list nor an object")


def _json_row(entry: Any, place: int) -> ClassRow:
    if isinstance(entry, str):
        return ClassRow(place, entry)
    if not isinstance(entry, Mapping) or not isinstance(entry.get("name"), str):
        raise DataError(f"entry {place} of the class table is neither a name nor an object with a name")
    written = entry.get("colour", entry.get("color"))
    if isinstance(written, list):
        written = " ".join(map(str, written))
    return ClassRow(
        id=_number(entry.get("id", place)),
        name=entry["name"],
        colour=None if written is None else _colour(str(written)),
    )


def _number(text: Any) -> int:
    try:
        return int(str(text))
    except ValueError:
        raise DataError(f"{text!r} is no id", cure="ids are whole numbers 0..255") from None


def _colour(text: str) -> Colour:
    if match := _HEX.match(text):
        red, green, blue = bytes.fromhex(match[1])
        return red, green, blue
    if match := _TRIPLE.match(text):
        return int(match[1]), int(match[2]), int(match[3])
    raise DataError(f"{text!r} is no colour", cure="write it as 128 0 0 or #800000")
