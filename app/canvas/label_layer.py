"""A map that changes under the brush: what an edit touched is coloured anew, and nothing else."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

import numpy as np
from PySide6.QtGui import QImage

from app.canvas.layers import Array, Box, Layer, Table, halvings
from app.canvas.patterns import Colours, mark_classes
from engine.labels.area import Area

Render = Callable[[Area], Array]

_COARSER: Final = 1.5


class LabelLayer(Layer):
    """Indices through a table of 256 premultiplied ARGB colours, in levels as IndexLayer, that follow a document.

    Args:
        levels: from `halvings`, of what `render` gives for the whole image; taken over.
        table: 256 uint32, from `colour_table`.
        render: indices of a part of the image, h×w uint8, as they are now.
        marked: this many classes, from index 0 on, are told apart by patterns and outlines, too; 0 for none.
    """

    coarseness = _COARSER

    def __init__(self, levels: tuple[Array, ...], table: Table, render: Render, *, marked: int = 0) -> None:
        super().__init__([(level.shape[1], level.shape[0]) for level in levels])
        self.levels = levels
        self.table = table
        self._render = render
        self._marked = marked

    @classmethod
    def of(cls, shape: tuple[int, int], table: Table, render: Render, *, marked: int = 0) -> LabelLayer:
        """Renders the whole image; takes milliseconds on large photos, call it off the window's thread."""
        levels = tuple(np.array(level) for level in halvings(render(Area.of_image(shape))))
        return cls(levels, table, render, marked=marked)

    def refresh(self, area: Area) -> None:
        """The image has changed within an area: indices, their halvings and the prepared colours follow."""
        height, width = self.levels[0].shape
        area = area.clipped(Area(0, 0, height, width))
        if area.empty:
            return
        self.levels[0][area.slices] = self._render(area)
        for number in range(1, len(self.levels)):
            step = 1 << number
            # Cell (r, c) of a level shows pixel (r·step, c·step).
            rows = slice(-(-area.top // step), -(-area.bottom // step))
            columns = slice(-(-area.left // step), -(-area.right // step))
            target = self.levels[number][rows, columns]
            source = self.levels[0][::step, ::step][rows, columns]
            target[:] = source[: target.shape[0], : target.shape[1]]
        self._recolour(area)

    def _recolour(self, area: Area) -> None:
        part = self._last
        if part is None:
            return
        step = 1 << part.level
        # An outline changes on both sides of a changed pixel.
        around = 1 if self._marked else 0
        top, left = max(part.top, area.top // step - around), max(part.left, area.left // step - around)
        bottom = min(part.bottom, -(-area.bottom // step) + around)
        right = min(part.right, -(-area.right // step) + around)
        if top >= bottom or left >= right:
            return
        colours = part.memory
        assert isinstance(colours, np.ndarray)
        # One more on each side, so that outlines at the edge see their neighbours.
        wide = max(part.top, top - around), max(part.left, left - around)
        ends = min(part.bottom, bottom + around), min(part.right, right + around)
        fresh = self._coloured(part.level, (wide[1], wide[0], ends[1], ends[0]))
        inner = fresh[top - wide[0] : bottom - wide[0], left - wide[1] : right - wide[1]]
        colours[top - part.top : bottom - part.top, left - part.left : right - part.left] = inner

    def _coloured(self, number: int, box: Box) -> Colours:
        left, top, right, bottom = box
        indices = self.levels[number][top:bottom, left:right]
        colours = np.ascontiguousarray(self.table[indices])
        if self._marked:
            mark_classes(colours, indices, classes=self._marked, left=left, top=top)
        return colours

    def _prepare(self, number: int, box: Box) -> tuple[QImage, object]:
        colours = self._coloured(number, box)
        height, width = colours.shape
        # QImage takes the memory as it is: what is written into it later is drawn.
        image = QImage(colours.data, width, height, width * 4, QImage.Format.Format_ARGB32_Premultiplied)
        return image, colours

    def _smooth(self, magnification: float) -> bool:
        return magnification < _COARSER
