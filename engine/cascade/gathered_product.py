"""Convolution on rows as a product with laid-out weights, by PyTorch's operators: for inference where there are no
compiled kernels.
"""

from __future__ import annotations

from typing import Final

import torch
from torch import Tensor
from torch.nn import functional as F

from engine.cascade.fields import Rows
from engine.cascade.packed import Activation, Product, activate_
from engine.cascade.region import Window
from engine.cascade.row_counts import rounded_within
from engine.cascade.scratch import scratch, with_zero_row

# Rows whose neighbours are laid side by side at a time: bounds the copy without splitting the product too finely.
_GATHER_BYTES: Final = 8 << 20
# Gathered rows whose number is brought to one of a few; of more, the further ones would cost too much.
_ROUNDED_BYTES: Final = 3 << 18


class GatheredProduct:
    """activation(convolution + bias) on rows.

    Neighbours are gathered and multiplied; where there are few outputs, rows are multiplied and their neighbours'
    products summed, which moves less.

    Args:
        weight: C_out×C_in×kh×kw; kept only in the laid-out form.
        bias: C_out.
        window: keeps the map's size.
    """

    def __init__(self, weight: Tensor, bias: Tensor, window: Window, *, activation: Activation) -> None:
        self._outputs, inputs = int(weight.shape[0]), int(weight.shape[1])
        self._bias = bias
        self._window = window
        self._activation: Activation = activation
        self._projects_first = window.taps > 1 and 2 * self._outputs <= inputs
        if self._projects_first:
            self._product = Product(weight.permute(2, 3, 0, 1).reshape(-1, inputs), None)
        else:
            tap_major = weight.permute(0, 2, 3, 1).reshape(self._outputs, -1)
            self._product = Product(tap_major, bias, activation=activation)

    def __call__(self, rows: Rows) -> Rows:
        return Rows(self._values(rows), rows.index)

    def _values(self, rows: Rows) -> Tensor:
        values = rows.values
        if self._window.taps == 1:
            return self._product(values)
        if len(rows.index) == 0:
            return values.new_zeros(0, self._outputs)
        table = rows.index.neighbours(self._window)
        if self._projects_first:
            return self._summed(self._product(values), table)
        count, channels = values.shape
        padded = with_zero_row(values)
        step = max(1, _GATHER_BYTES // (self._window.taps * channels * values.element_size()))
        parts = [table[at : at + step] for at in range(0, count, step)]
        found = [self._product(_side_by_side(padded, part))[: len(part)] for part in parts]
        return found[0] if len(found) == 1 else torch.cat(found)

    def _summed(self, products: Tensor, table: Tensor) -> Tensor:
        """Sums each row's taps from its neighbours' products (n×(taps·C_out))."""
        count, taps = table.shape
        inside = table < count
        # Neighbours outside M point anywhere and count nothing; a row of zeros would cost a copy of all products.
        sources = torch.where(inside, table * taps + torch.arange(taps, device=table.device), 0)
        flat = products.reshape(count * taps, self._outputs)
        sums = F.embedding_bag(sources, flat, mode="sum", per_sample_weights=inside.to(flat.dtype))
        return activate_(sums.add_(self._bias), self._activation)


def _side_by_side(padded: Tensor, table: Tensor) -> Tensor:
    """m×(taps·C): the neighbours of each row in one row; few rows have some of zeros behind them, see row_counts."""
    count, taps = table.shape
    channels = padded.shape[1]
    rows = rounded_within(count, row_bytes=taps * channels * padded.element_size(), limit=_ROUNDED_BYTES)
    neighbours = scratch("neighbours", rows * taps, channels, like=padded)
    torch.index_select(padded, 0, table.reshape(-1), out=neighbours[: count * taps])
    neighbours[count * taps :] = 0.0
    return neighbours.view(rows, taps * channels)
