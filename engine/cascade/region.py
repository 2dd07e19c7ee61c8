"""The region M: which cells of a feature map are computed, and where their neighbours stand.

A RegionIndex is built once for each mask and shared by every block of a stage: features live as compressed rows
(n×C), and a
k×k convolution looks up its neighbours in a table of row numbers built once for each kernel shape and dilation.
"""

from __future__ import annotations

import functools
from dataclasses import dataclass

import torch
from torch import Tensor
from torch.nn import functional as F

from engine.cascade.row_counts import rounded_up


@dataclass(frozen=True)
class Window:
    """Geometry of a convolution: kernel, dilation, stride and padding, each (rows, columns)."""

    kernel: tuple[int, int]
    dilation: tuple[int, int] = (1, 1)
    stride: tuple[int, int] = (1, 1)
    padding: tuple[int, int] = (0, 0)

    @property
    def taps(self) -> int:
        return self.kernel[0] * self.kernel[1]

    @property
    def keeps_size(self) -> bool:
        """True when output and input grids coincide, which convolution on rows needs."""
        same = all(2 * p == d * (k - 1) for p, d, k in zip(self.padding, self.dilation, self.kernel, strict=True))
        return same and self.stride == (1, 1)

    def output_size(self, size: tuple[int, int]) -> tuple[int, int]:
        """Height and width of what it makes of a map of `size`."""
        height, width = (
            (s + 2 * p - d * (k - 1) - 1) // t + 1
            for s, p, d, k, t in zip(size, self.padding, self.dilation, self.kernel, self.stride, strict=True)
        )
        return height, width


@dataclass(frozen=True)
class Strip:
    """A region's cells side by side in one line, with the neighbours that a window reads: for few cells on a large map.

    Seen as an image of kh lines, an undilated kernel that moves along it meets at each cell's place what the window
    meets at the cell itself.

    Attributes:
        sources: int64 [kh·length], line by line the row that stands at each place; n where it is no cell of M.
        places: int64 [n], where along the line each row of the region stands.
        length: places of the line, the last of them empty so that lengths are few; at least n.
    """

    sources: Tensor
    places: Tensor
    length: int


class RegionIndex:
    """The n kept cells of N masks of h×w cells, in row-major order of (image, row, column).

    Attributes:
        shape: (N, h, w).
        sites: int64 [n], flat position image·h·w + row·w + column of each kept cell, ascending.
    """

    def __init__(self, sites: Tensor, shape: tuple[int, int, int]) -> None:
        self.sites = sites
        self.shape = shape
        self._lookup: Tensor | None = None
        self._neighbours: dict[Window, Tensor] = {}
        self._phases: dict[tuple[int, int], RegionIndex] = {}
        self._sources: dict[tuple[Window, tuple[int, int]], Tensor] = {}
        self._strips: dict[Window, Strip] = {}

    @classmethod
    def from_mask(cls, mask: Tensor) -> RegionIndex:
        """Index of the true cells of an N×h×w bool mask."""
        images, height, width = mask.shape
        return cls(torch.nonzero(mask.reshape(-1)).squeeze(1), (images, height, width))

    @classmethod
    def of_all(cls, images: int, height: int, width: int) -> RegionIndex:
        """Index of all cells, on the CPU; those of the sizes met last are kept, with their tables."""
        return _index_of_all(images, height, width)

    def __len__(self) -> int:
        return int(self.sites.shape[0])

    @property
    def density(self) -> float:
        """Kept fraction of all cells, 0..1."""
        images, height, width = self.shape
        return len(self) / max(1, images * height * width)

    @property
    def full(self) -> bool:
        images, height, width = self.shape
        return len(self) == images * height * width

    def mask(self) -> Tensor:
        """The N×h×w bool mask that this index was built from."""
        flat = torch.zeros(self.cells, dtype=torch.bool, device=self.sites.device)
        flat[self.sites] = True
        return flat.reshape(self.shape)

    def images(self) -> Tensor:
        """int64 [n]: the image that each row belongs to."""
        return self.sites // (self.shape[1] * self.shape[2])

    def neighbours(self, window: Window) -> Tensor:
        """int64 [n, taps]: the row of each tap's cell; n, one past the last row, where that cell is outside M or the
        map.

        Raises:
            ValueError: the window changes the map's size.
        """
        if not window.keeps_size:
            raise ValueError(f"a convolution on rows must keep the map's size: {window}")
        table = self._neighbours.get(window)
        if table is None:
            inside, flat = self._tap_positions(window, self.shape[1:])
            table = torch.where(inside, self._row_lookup()[flat], len(self))
            self._neighbours[window] = table
        return table

    def sources(self, window: Window, size: tuple[int, int]) -> Tensor:
        """int64 [n, taps]: flat positions of each tap in a dense N×H×W input; N·H·W where the tap falls in the padding.

        Serves the boundary into a region stage, where the input is dense and the window may be strided.

        Raises:
            ValueError: the window does not lead from `size` to this index's grid.
        """
        outputs = window.output_size(size)
        if outputs != self.shape[1:]:
            raise ValueError(f"{window} leads from {size} to {outputs}, the region is on {self.shape[1:]}")
        table = self._sources.get((window, size))
        if table is None:
            inside, flat = self._tap_positions(window, size)
            table = torch.where(inside, flat, self.shape[0] * size[0] * size[1])
            self._sources[(window, size)] = table
        return table

    def phases(self, dilation: tuple[int, int]) -> RegionIndex:
        """The same cells where each phase of a dilation is an image of its own, N·d_y·d_x images of ⌈h/d_y⌉×⌈w/d_x⌉.

        Rows keep their order, so `sites` is not ascending there.
        """
        if dilation == (1, 1):
            return self
        known = self._phases.get(dilation)
        if known is None:
            (down, across), (images, height, width) = dilation, self.shape
            image, cell = self.sites // (height * width), self.sites % (height * width)
            y, x = cell // width, cell % width
            small = (-(-height // down), -(-width // across))
            plane = (image * down + y % down) * across + x % across
            sites = (plane * small[0] + y // down) * small[1] + x // across
            known = RegionIndex(sites, (images * down * across, *small))
            self._phases[dilation] = known
        return known

    def strip(self, window: Window) -> Strip:
        """The region as a strip for a window that keeps the map's size."""
        known = self._strips.get(window)
        if known is None:
            known = self._strips[window] = self._laid_in_line(window)
        return known

    def _laid_in_line(self, window: Window) -> Strip:
        (lines, taps), (down, across) = window.kernel, window.dilation
        margin_y, margin_x = window.padding
        _, height, width = self.shape
        device = self.sites.device
        # Columns count from the margin's edge. Those that a kernel steps through follow one another: first the lines
        # of the map, in each the phases of the dilation, in each its columns.
        columns = -(-(width + 2 * margin_x) // across)
        entered = (self.sites % width)[:, None] + torch.arange(taps, device=device) * across
        order = ((self.sites // width)[:, None] * across + entered % across) * columns + entered // across
        line = torch.unique(order)
        places = torch.searchsorted(line, order[:, taps // 2].contiguous())
        phase, column = line // columns, line % columns
        x = column * across + phase % across - margin_x
        image, y = phase // across // height, phase // across % height
        y = y + (torch.arange(lines, device=device) * down - margin_y)[:, None]
        inside = (x >= 0) & (x < width) & (y >= 0) & (y < height)
        flat = torch.where(inside, (image * height + y) * width + x, 0)
        sources = torch.where(inside, self._row_lookup()[flat], len(self))
        length = rounded_up(len(line))
        sources = F.pad(sources, (0, length - len(line)), value=len(self))
        return Strip(sources.reshape(-1), places, length)

    def narrowed(self, keep: Tensor) -> RegionIndex:
        """Index of the rows where `keep` (bool [n]) holds: the nested region of the next stage."""
        return RegionIndex(self.sites[keep], self.shape)

    @property
    def cells(self) -> int:
        """N·h·w: the cells of the maps, kept or not."""
        images, height, width = self.shape
        return images * height * width

    def _row_lookup(self) -> Tensor:
        """int64 [cells]: the row of each cell, n outside M."""
        if self._lookup is None:
            lookup = torch.full((self.cells,), len(self), dtype=torch.int64, device=self.sites.device)
            lookup[self.sites] = torch.arange(len(self), device=self.sites.device)
            self._lookup = lookup
        return self._lookup

    def _tap_positions(self, window: Window, size: tuple[int, int]) -> tuple[Tensor, Tensor]:
        """For each kept cell and tap: whether the tap lies in a map of `size`, and its flat position (0 where it
        does not).
        """
        device = self.sites.device
        _, height, width = self.shape
        image, cell = self.sites // (height * width), self.sites % (height * width)
        taps_y = torch.arange(window.kernel[0], device=device) * window.dilation[0] - window.padding[0]
        taps_x = torch.arange(window.kernel[1], device=device) * window.dilation[1] - window.padding[1]
        y = (cell // width * window.stride[0])[:, None] + taps_y
        x = (cell % width * window.stride[1])[:, None] + taps_x
        inside = ((y >= 0) & (y < size[0]))[:, :, None] & ((x >= 0) & (x < size[1]))[:, None, :]
        flat = (image * (size[0] * size[1]))[:, None, None] + y[:, :, None] * size[1] + x[:, None, :]
        inside, flat = inside.reshape(-1, window.taps), flat.reshape(-1, window.taps)
        return inside, torch.where(inside, flat, 0)


@functools.lru_cache(maxsize=32)
def _index_of_all(images: int, height: int, width: int) -> RegionIndex:
    return RegionIndex(torch.arange(images * height * width), (images, height, width))
