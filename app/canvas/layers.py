"""What the canvas stacks: a photo, and maps of indices shown through a table of colours.

A layer covers the whole image whatever its own resolution, and holds its halvings so that drawing costs what the view
shows and not what the photo holds. It keeps the part that it prepared last, so that panning inside it prepares nothing.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QRect, QRectF
from PySide6.QtGui import QImage, QPainter

from app.canvas.patterns import mark_classes
from app.canvas.viewport import Viewport

Array = NDArray[np.uint8]
Table = NDArray[np.uint32]
Box = tuple[int, int, int, int]

# Prepared around the visible part, as a share of it, so that small pans need no new preparation.
_MARGIN: Final = 0.2
# Halving stops here: smaller levels would save nothing that a person could notice.
_SMALLEST_SIDE: Final = 384
_COARSER: Final = 1.5


@dataclass(frozen=True)
class _Part:
    """The piece left..right × top..bottom of a level, ready to be drawn; `memory` is what the image's pixels lie in."""

    level: int
    left: int
    top: int
    right: int
    bottom: int
    image: QImage
    memory: object

    def covers(self, level: int, box: Box) -> bool:
        left, top, right, bottom = box
        inside = self.left <= left and self.top <= top and self.right >= right and self.bottom >= bottom
        return self.level == level and inside


class Layer:
    """Draws the visible part of the fitting level.

    Args:
        sizes: width and height of every level; the first is the layer's own size, each next one about half of it.
    """

    # Device pixels that a pixel of the drawn level may cover before a finer level is taken.
    coarseness = 1.0

    def __init__(self, sizes: Sequence[tuple[int, int]]) -> None:
        self._sizes = tuple(sizes)
        self._last: _Part | None = None

    @property
    def size(self) -> tuple[int, int]:
        """Width and height of level 0."""
        return self._sizes[0]

    @property
    def prepared(self) -> QImage | None:
        """The piece that was drawn last."""
        return None if self._last is None else self._last.image

    @property
    def prepared_pixels(self) -> int:
        """Its number of pixels: what drawing had to hold."""
        return 0 if self.prepared is None else self.prepared.width() * self.prepared.height()

    def level_for(self, device_scale: float) -> int:
        """The coarsest level whose pixels cover at most `coarseness` device pixels; given those of a level-0 pixel."""
        level = 0
        while level + 1 < len(self._sizes) and device_scale * (2 << level) <= self.coarseness:
            level += 1
        return level

    def draw(self, painter: QPainter, view: Viewport) -> None:
        """Paints into view coordinates; the painter's opacity applies."""
        # The layer may be coarser than the photo (a grid), so its own scale decides the level.
        cell = min(view.image_width / self.size[0], view.image_height / self.size[1])
        number = self.level_for(view.device_scale * cell)
        width, height = self._sizes[number]
        across, down = width / view.image_width, height / view.image_height
        left, top, right, bottom = view.visible()
        if right <= left or bottom <= top:
            return
        part = self._part(
            number,
            (
                max(0, math.floor(left * across) - 1),
                max(0, math.floor(top * down) - 1),
                min(width, math.ceil(right * across) + 1),
                min(height, math.ceil(bottom * down) + 1),
            ),
        )
        target_left, target_top = view.to_view(part.left / across, part.top / down)
        target_width = (part.right - part.left) / across * view.scale
        target_height = (part.bottom - part.top) / down * view.scale
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform, self._smooth(view.device_scale / across))
        painter.drawImage(QRectF(target_left, target_top, target_width, target_height), part.image)

    def _part(self, number: int, box: Box) -> _Part:
        if self._last is None or not self._last.covers(number, box):
            left, top, right, bottom = box
            wide, high = math.ceil((right - left) * _MARGIN), math.ceil((bottom - top) * _MARGIN)
            width, height = self._sizes[number]
            left, top = max(0, left - wide), max(0, top - high)
            right, bottom = min(width, right + wide), min(height, bottom + high)
            image, memory = self._prepare(number, (left, top, right, bottom))
            self._last = _Part(number, left, top, right, bottom, image, memory)
        return self._last

    def _prepare(self, number: int, box: Box) -> tuple[QImage, object]:
        """The piece as an image, with whatever must live as long as it."""
        raise NotImplementedError

    def _smooth(self, magnification: float) -> bool:
        """Whether to interpolate, given device pixels per pixel of the drawn level."""
        raise NotImplementedError


class PhotoLayer(Layer):
    """A photo in levels of RGB32, averaged when shrunk; its own pixels show once they are large enough to be seen."""

    def __init__(self, levels: Sequence[QImage]) -> None:
        super().__init__([(level.width(), level.height()) for level in levels])
        self._levels = tuple(levels)

    def _prepare(self, number: int, box: Box) -> tuple[QImage, object]:
        left, top, right, bottom = box
        level = self._levels[number]
        if right - left == level.width() and bottom - top == level.height():
            return level, None
        # A copy of the visible piece keeps coordinates small: the raster engine clips beyond 32767.
        return level.copy(QRect(left, top, right - left, bottom - top)), None

    def _smooth(self, magnification: float) -> bool:
        return magnification < 3.0


def halvings(indices: Array) -> tuple[Array, ...]:
    """The map with its halvings, every second cell each time, as indices cannot be averaged. H×W uint8."""
    levels = [np.ascontiguousarray(indices)]
    while max(levels[-1].shape) > _SMALLEST_SIDE:
        levels.append(np.ascontiguousarray(levels[-1][::2, ::2]))
    return tuple(levels)


class IndexLayer(Layer):
    """Indices through a table of 256 premultiplied ARGB colours.

    Args:
        levels: from `halvings`; H×W uint8.
        table: 256 uint32, from `colour_table`.
        soft: interpolate between cells, for grids that stand in for a full map; hard cells otherwise.
        marked: this many classes, from index 0 on, are told apart by patterns and outlines, too; 0 for none.
    """

    # Colouring costs a pass over the piece, and a map's edges bear a little softness that a photo's do not.
    coarseness = _COARSER

    def __init__(self, levels: Sequence[Array], table: Table, *, soft: bool = False, marked: int = 0) -> None:
        super().__init__([(level.shape[1], level.shape[0]) for level in levels])
        self.levels = tuple(levels)
        self.table = table
        self.soft = soft
        self.marked = marked

    def recoloured(self, table: Table) -> IndexLayer:
        """The same map in other colours."""
        return IndexLayer(self.levels, table, soft=self.soft, marked=self.marked)

    def _prepare(self, number: int, box: Box) -> tuple[QImage, object]:
        left, top, right, bottom = box
        indices = self.levels[number][top:bottom, left:right]
        colours = np.ascontiguousarray(self.table[indices])
        if self.marked:
            mark_classes(colours, indices, classes=self.marked, left=left, top=top)
        height, width = colours.shape
        image = QImage(colours.data, width, height, width * 4, QImage.Format.Format_ARGB32_Premultiplied)
        return image, colours

    def _smooth(self, magnification: float) -> bool:
        return self.soft or magnification < _COARSER


def colour_table(rgb: Array, *, alpha: Array) -> Table:
    """256 premultiplied ARGB words from K×3 uint8 colours and K uint8 opacities; entries beyond K are transparent."""
    table = np.zeros(256, dtype=np.uint32)
    count = min(len(rgb), 256)
    weight = alpha[:count].astype(np.uint32)
    red, green, blue = ((rgb[:count, channel].astype(np.uint32) * weight + 127) // 255 for channel in range(3))
    table[:count] = (weight << 24) | (red << 16) | (green << 8) | blue
    return table
