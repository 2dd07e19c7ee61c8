"""Pictures of labels, stages and confidence: pure functions from numpy arrays to uint8 RGB or RGBA arrays.

Used by the window and by the command line; needs neither torch nor Qt, and loads OpenCV on first use.
"""

from engine.rendering.colours import CHANGED, HARD, PENDING, confidence_colours, stage_colours
from engine.rendering.contact_sheet import SheetRow, Tile, contact_sheet, sheet_row
from engine.rendering.difference import crf_difference
from engine.rendering.geometry import fit_size, resize_labels, resize_photo, smooth_mask, smooth_regions
from engine.rendering.heat import confidence_heat, confidence_overlay
from engine.rendering.overlay import coloured_labels, label_layer, overlay
from engine.rendering.stages import (
    coloured_stages,
    deciding_stage_map,
    hard_overlay,
    mask_layer,
    stage_layer,
    stage_overlay,
    stage_tile,
    tile_from_maps,
)

__all__ = [
    "CHANGED",
    "HARD",
    "PENDING",
    "SheetRow",
    "Tile",
    "coloured_labels",
    "coloured_stages",
    "confidence_colours",
    "confidence_heat",
    "confidence_overlay",
    "contact_sheet",
    "crf_difference",
    "deciding_stage_map",
    "fit_size",
    "hard_overlay",
    "label_layer",
    "mask_layer",
    "overlay",
    "resize_labels",
    "resize_photo",
    "sheet_row",
    "smooth_mask",
    "smooth_regions",
    "stage_colours",
    "stage_layer",
    "stage_overlay",
    "stage_tile",
    "tile_from_maps",
]
