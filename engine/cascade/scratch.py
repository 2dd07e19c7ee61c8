"""Working memory that is kept from call to call, one set a thread.

Fresh memory costs a page fault for every 4 KiB; on small regions that was half of what gathering took.
"""

from __future__ import annotations

import threading

import torch
from torch import Tensor


class _Buffers(threading.local):
    def __init__(self) -> None:
        self.by_use: dict[tuple[str, torch.dtype], Tensor] = {}


_buffers = _Buffers()


def scratch(use: str, rows: int, columns: int, *, like: Tensor) -> Tensor:
    """An uninitialised rows×columns CPU tensor of `like`'s type, valid until the next call for this use on this thread.

    Never to be returned to a caller, kept, or used where gradients are wanted.
    """
    size = rows * columns
    return _buffer(use, size, like.dtype)[:size].view(rows, columns)


def scratch_address(use: str, size: int) -> int:
    """Where `size` uninitialised bytes stand, on a multiple of 64; they are valid as those of scratch() are."""
    return _buffer(use, size, torch.uint8).data_ptr()


def with_zero_row(values: Tensor) -> Tensor:
    """(n+1)×C: the rows n×C and a last one of zeros, which stands for every cell outside M; as valid as scratch."""
    count, channels = values.shape
    padded = scratch("padded", count + 1, channels, like=values)
    padded[:count] = values
    padded[count] = 0.0
    return padded


def _buffer(use: str, size: int, dtype: torch.dtype) -> Tensor:
    key = (use, dtype)
    buffer = _buffers.by_use.get(key)
    if buffer is None or buffer.numel() < size:
        # Made outside inference mode, so that it may be written to within it and without.
        with torch.inference_mode(mode=False):
            buffer = torch.empty(size, dtype=dtype)
        _buffers.by_use[key] = buffer
    return buffer
