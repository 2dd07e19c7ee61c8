"""One picture that shows, for each photo, what every stage did: photo, stage tiles, final overlay, deciding stages."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from typing import Final

import numpy as np
from PIL import Image, ImageDraw, ImageFont

from engine.cascade.result import IGNORE, CascadeResult, UInt8
from engine.rendering.colours import Colour, stage_colours
from engine.rendering.geometry import Size, resize_labels, resize_photo
from engine.rendering.overlay import overlay
from engine.rendering.stages import deciding_stage_map, stage_overlay, stage_tile

_PAGE: Final[Colour] = (250, 250, 251)
_INK: Final[Colour] = (32, 34, 38)
_QUIET: Final[Colour] = (110, 114, 122)
_MARGIN: Final = 28
_GAP: Final = 14
_LINE: Final = 19
_SWATCH: Final = 12
_NARROWEST: Final = 190  # column in which a caption has room
_CLASSES_NAMED: Final = 5

# Tried in this order; the first that is installed is used. The last resort is the Latin font that Pillow brings.
_FONTS: Final = ("NotoSansCJK-Regular.ttc", "NotoSans-Regular.ttf", "DejaVuSans.ttf", "Arial Unicode.ttf", "arial.ttf")

Font = ImageFont.FreeTypeFont | ImageFont.ImageFont


@dataclass(frozen=True, eq=False)
class Tile:
    """One picture of a row.

    Attributes:
        picture: h×w×3 uint8, of one size throughout the row.
        caption: up to two short lines.
    """

    picture: UInt8
    caption: tuple[str, ...]


@dataclass(frozen=True, eq=False)
class SheetRow:
    """One photo's row: title, facts beside it, tiles, and the classes that occur with their colours."""

    title: str
    facts: str
    tiles: tuple[Tile, ...]
    classes: tuple[tuple[str, Colour], ...]


def sheet_row(title: str, rgb: UInt8, result: CascadeResult, *, side: int = 260) -> SheetRow:
    """A photo's row, at tile size from here on: a sheet of many large photos needs little memory.

    Args:
        rgb: H×W×3 uint8.
        result: complete.
        side: tiles are at most so high, and at most 4/3 as wide, in pixels.
    """
    size = _tile_size((rgb.shape[0], rgb.shape[1]), side=side)
    photo = resize_photo(rgb, size)
    times = result.milliseconds
    tiles = [Tile(photo, ("photo", f"{rgb.shape[1]} × {rgb.shape[0]}"))]
    for stage, share in enumerate(result.shares, start=1):
        spent = f" · {times[f'stage{stage}']:.0f} ms" if f"stage{stage}" in times else ""
        tiles.append(Tile(stage_tile(photo, result, stage), (f"stage {stage}", f"decided {share:.0%}{spent}")))
    labels = resize_labels(result.label_map, size)
    tiles.append(Tile(overlay(photo, labels, result.palette, opacity=0.65, outlines=True), ("labels", "all stages")))
    deciding = deciding_stage_map(result, size=size, smooth=True)
    tiles.append(
        Tile(stage_overlay(photo, deciding, stage_count=result.stage_count, opacity=0.75), ("deciding stage", ""))
    )
    rho = ", ".join(f"{value:g}" for value in dict.fromkeys(result.rho))
    facts = f"ρ {rho}" + (f"   {times['total']:.0f} ms" if "total" in times else "")
    return SheetRow(title, facts, tuple(tiles), _classes(result))


def contact_sheet(rows: Sequence[SheetRow], *, title: str, stage_count: int = 3) -> UInt8:
    """All rows below each other with a title and a legend of the stage colours, H×W×3 uint8.

    Raises:
        ValueError: there are no rows.
    """
    if not rows:
        raise ValueError("a contact sheet needs at least one row")
    # One column width throughout: what belongs together then stands below each other.
    column = max(_NARROWEST, *(tile.picture.shape[1] for row in rows for tile in row.tiles))
    columns = max(len(row.tiles) for row in rows)
    width = 2 * _MARGIN + columns * column + (columns - 1) * _GAP
    header = _MARGIN + 44
    height = header + sum(_row_height(row) for row in rows) + _MARGIN
    page = Image.new("RGB", (width, height), _PAGE)
    draw = ImageDraw.Draw(page)
    _text(draw, (_MARGIN, _MARGIN - 8), title, size=24)
    _stage_legend(draw, right=width - _MARGIN, top=_MARGIN, stage_count=stage_count)
    top = header
    for row in rows:
        _draw_row(page, draw, row, top=top, column=column)
        top += _row_height(row)
    return np.array(page)


def _draw_row(page: Image.Image, draw: ImageDraw.ImageDraw, row: SheetRow, *, top: int, column: int) -> None:
    width = page.width
    draw.line((_MARGIN, top, width - _MARGIN, top), fill=(224, 226, 230))
    facts_width = _width(row.facts, size=14)
    title = _shortened(row.title, width - 2 * _MARGIN - facts_width - 20, size=17)
    _text(draw, (_MARGIN, top + 10), title, size=17)
    _text(draw, (width - _MARGIN - facts_width, top + 12), row.facts, size=14, colour=_QUIET)
    left, pictures_top = _MARGIN, top + 42
    pictures_height = row.tiles[0].picture.shape[0]
    for tile in row.tiles:
        page.paste(Image.fromarray(tile.picture), (left, pictures_top))
        for line, text in enumerate(tile.caption):
            place = (left, pictures_top + pictures_height + 7 + line * _LINE)
            _text(draw, place, _shortened(text, column, size=14), size=14, colour=_QUIET if line else _INK)
        left += column + _GAP
    _class_legend(draw, row, top=pictures_top + pictures_height + 12 + 2 * _LINE, right=width - _MARGIN)


def _class_legend(draw: ImageDraw.ImageDraw, row: SheetRow, *, top: int, right: int) -> None:
    left = _MARGIN
    for name, colour in row.classes:
        needed = _SWATCH + 6 + _width(name, size=14)
        if left + needed > right:
            return
        draw.rounded_rectangle((left, top + 3, left + _SWATCH, top + 3 + _SWATCH), radius=3, fill=colour)
        _text(draw, (left + _SWATCH + 6, top), name, size=14)
        left += needed + 18


def _stage_legend(draw: ImageDraw.ImageDraw, *, right: int, top: int, stage_count: int) -> None:
    entries = [f"stage {stage}" for stage in range(1, stage_count + 1)]
    left = right - sum(_SWATCH + 24 + _width(text, size=14) for text in entries)
    for text, colour in zip(entries, stage_colours(stage_count).tolist(), strict=True):
        draw.rounded_rectangle((left, top + 3, left + _SWATCH, top + 3 + _SWATCH), radius=3, fill=tuple(colour))
        _text(draw, (left + _SWATCH + 6, top), text, size=14, colour=_QUIET)
        left += _SWATCH + 24 + _width(text, size=14)


def _classes(result: CascadeResult) -> tuple[tuple[str, Colour], ...]:
    """The largest classes with their share and colour."""
    counts = np.bincount(result.label_map.ravel(), minlength=256)[:IGNORE]
    largest = [int(c) for c in np.argsort(-counts, kind="stable") if counts[c] and c < len(result.class_names)]
    named = []
    for c in largest[:_CLASSES_NAMED]:
        red, green, blue = (int(value) for value in result.palette[c])
        named.append((f"{result.class_names[c]} {_percent(counts[c] / result.label_map.size)}", (red, green, blue)))
    return tuple(named)


def _percent(share: float) -> str:
    return f"{share:.0%}" if share >= 0.01 else "<1%"


def _tile_size(size: Size, *, side: int) -> Size:
    """The photo's shape within a box of 4:3, `side` high."""
    height, width = size
    scale = min(side / height, side * 4 / 3 / width)
    return max(1, round(height * scale)), max(1, round(width * scale))


def _row_height(row: SheetRow) -> int:
    return int(42 + row.tiles[0].picture.shape[0] + 12 + 3 * _LINE + 22)


@cache
def _font(size: int) -> Font:
    for name in _FONTS:
        try:
            return ImageFont.truetype(name, size)
        except OSError:
            continue
    return ImageFont.load_default(size)


def _text(draw: ImageDraw.ImageDraw, place: tuple[int, int], text: str, *, size: int, colour: Colour = _INK) -> None:
    draw.text(place, _printable(text), font=_font(size), fill=colour)


def _width(text: str, *, size: int) -> int:
    return round(_font(size).getlength(_printable(text)))


def _printable(text: str) -> str:
    """File names may hold line breaks and bytes that are no characters; neither can be drawn."""
    return re.sub(r"[\x00-\x1f\x7f\ud800-\udfff]", "\N{REPLACEMENT CHARACTER}", text)


def _shortened(text: str, limit: int, *, size: int) -> str:
    """The text with its middle left out where it is wider than `limit`: a name's end holds its number and suffix."""
    if _width(text, size=size) <= limit:
        return text
    kept = len(text)
    while kept > 2:
        kept -= 1
        short = f"{text[: (kept + 1) // 2]}…{text[len(text) - kept // 2 :]}"
        if _width(short, size=size) <= limit:
            return short
    return "…"
