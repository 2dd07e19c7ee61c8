"""What each stage of the cascade did, as pictures."""

from __future__ import annotations

from typing import Final, Literal

import numpy as np

from engine.cascade.result import Bool, CascadeResult, UInt8
from engine.rendering.blending import borders, faded, look_up, mix, replace_where, tint
from engine.rendering.colours import HARD, PENDING, Colour, class_table, painted_classes, stage_colours
from engine.rendering.geometry import Size, fit_size, resize_labels, resize_photo, smooth_mask, smooth_regions
from engine.rendering.overlay import rgba

Forwarded = Literal["veiled", "bare"]

_VEIL: Final[Colour] = (236, 238, 242)
_VEIL_OPACITY: Final = 0.78
_CLASS_OPACITY: Final = 0.72
_EARLIER_BRIGHTNESS: Final = 0.38


def deciding_stage_map(result: CascadeResult, *, size: Size | None = None, smooth: bool = False) -> UInt8:
    """The deciding stage of every pixel, H×W uint8 of 1..n, at the image's size or at `size` (height, width).

    Each pixel takes its cell's value; `smooth` rounds the stairs off, for looking at.
    """
    target = result.image_size if size is None else size
    return (smooth_regions if smooth else resize_labels)(result.deciding_stage, target)


def coloured_stages(deciding: UInt8, *, stage_count: int) -> UInt8:
    """A map of deciding stages (1..n, 0 = not known yet) in the stage colours, H×W×3."""
    return look_up(deciding, _stage_table(stage_count))


def stage_overlay(rgb: UInt8, deciding: UInt8, *, stage_count: int, opacity: float = 0.6) -> UInt8:
    """The photo with the deciding stages' colours laid over it; `deciding` at the photo's size."""
    return mix(rgb, coloured_stages(deciding, stage_count=stage_count), opacity=opacity)


def stage_layer(deciding: UInt8, *, stage_count: int) -> UInt8:
    """Deciding stages as an H×W×4 RGBA layer; pixels that are not decided yet are transparent."""
    alpha = np.where(deciding > 0, np.uint8(255), np.uint8(0))
    return rgba(coloured_stages(deciding, stage_count=stage_count), alpha)


def stage_tile(
    rgb: UInt8, result: CascadeResult, stage: int, *, max_side: int | None = None, forwarded: Forwarded = "veiled"
) -> UInt8:
    """What one stage decided, like Fig. 4 of the layer cascade paper.

    Pixels that this stage decided show in class colours, those of earlier stages dark and grey, and those that it
    forwarded lie under a veil, or bare.

    Args:
        rgb: the photo, H×W×3 uint8, at any size.
        result: the cascade's answer, complete or not.
        stage: 1..n, a stage that has finished.
        max_side: longer side of the tile in pixels; the photo's own where missing.

    Returns:
        h×w×3 uint8.
    """
    size = fit_size(_size(rgb), max_side=max_side)
    photo = resize_photo(rgb, size)
    deciding = smooth_regions(_known(result, stage), size)
    labels = resize_labels(result.label_map, size)
    return tile_from_maps(photo, labels, deciding, result.palette, stage=stage, forwarded=forwarded)


def tile_from_maps(
    photo: UInt8,
    labels: UInt8,
    deciding: UInt8,
    palette: UInt8,
    *,
    stage: int,
    forwarded: Forwarded = "veiled",
) -> UInt8:
    """stage_tile from maps of one size: photo H×W×3, labels H×W, deciding stage H×W (0 or above `stage`: forwarded)."""
    here: Bool = deciding == stage
    earlier: Bool = (deciding > 0) & (deciding < stage)
    tile = photo.copy() if forwarded == "bare" else tint(photo, _VEIL, opacity=_VEIL_OPACITY)
    if earlier.any():
        replace_where(tile, faded(photo, brightness=_EARLIER_BRIGHTNESS), earlier)
    table = class_table(palette)
    colours = look_up(labels, table)
    painted = look_up(labels, painted_classes(palette)) > 0
    if forwarded == "veiled":
        replace_where(tile, photo, here)
        replace_where(tile, mix(photo, colours, opacity=_CLASS_OPACITY), here & painted)
    else:  # a decided background has to differ from a forwarded pixel, which is as bare
        replace_where(tile, mix(photo, colours, opacity=_CLASS_OPACITY), here)
    return tile


def hard_overlay(
    rgb: UInt8, hard: Bool, *, opacity: float = 0.65, colour: Colour = HARD, max_side: int | None = None
) -> UInt8:
    """The photo, a little dimmed, with the hard pixels in one strong colour.

    Args:
        hard: the result's h×w mask on the grid, or an H×W mask at the photo's size.
    """
    size = fit_size(_size(rgb), max_side=max_side)
    photo = resize_photo(rgb, size)
    mask = smooth_mask(hard, size)
    result = tint(photo, (0, 0, 0), opacity=0.25)
    replace_where(result, tint(photo, colour, opacity=opacity), mask)
    replace_where(result, np.full_like(photo, colour), borders(mask.view(np.uint8)) & mask)
    return result


def mask_layer(mask: Bool, *, colour: Colour = HARD) -> UInt8:
    """A mask as an H×W×4 RGBA layer in one colour."""
    layer = np.zeros((*mask.shape, 4), dtype=np.uint8)
    layer[mask] = (*colour, 255)
    return layer


def _known(result: CascadeResult, stage: int) -> UInt8:
    """The deciding stage up to `stage`, 0 for what it forwarded."""
    if not 1 <= stage <= result.stage_count:
        raise ValueError(f"stage {stage} of a cascade of {result.stage_count}")
    if stage > len(result.stages):
        raise ValueError(f"stage {stage} has not finished")
    return np.where(result.deciding_stage > stage, np.uint8(0), result.deciding_stage)


def _stage_table(stage_count: int) -> UInt8:
    table = np.zeros((256, 3), dtype=np.uint8)
    table[0] = PENDING
    table[1 : stage_count + 1] = stage_colours(stage_count)
    return table


def _size(rgb: UInt8) -> Size:
    height, width = rgb.shape[:2]
    return height, width
