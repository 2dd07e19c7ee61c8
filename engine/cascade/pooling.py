"""Max pooling on fields, for backbones whose reductions pool at stride 1 inside a region stage (reference §10, D2)."""

from __future__ import annotations

from torch import nn
from torch.nn import functional as F

from engine.cascade.fields import Field, Masked, Rows, gather, scatter


class MaxPool2d(nn.Module):
    """3×3 max pooling on fields, padding 1; neighbours outside M read as zero (D6).

    Args:
        stride: 1 where the field may be a region; larger strides take dense features only.
    """

    def __init__(self, *, stride: int = 1) -> None:
        super().__init__()
        self.stride = stride

    def forward(self, field: Field) -> Field:
        if isinstance(field, Rows):
            self._check_stride()
            # Scattering once moves less than gathering nine neighbours of every row.
            return gather(F.max_pool2d(scatter(field), 3, 1, 1), field.index)
        if isinstance(field, Masked):
            self._check_stride()
            return Masked(F.max_pool2d(field.values * field.mask, 3, 1, 1), field.mask)
        return F.max_pool2d(field, 3, self.stride, 1)

    def _check_stride(self) -> None:
        if self.stride != 1:
            raise ValueError(f"pooling on a region must keep the map's size, this one has stride {self.stride}")
