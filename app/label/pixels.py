"""How the folder run and learning come by a photo's pixels."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from engine.cascade.result import UInt8

ReadPixels = Callable[[Path], UInt8]


def read_pixels(path: Path) -> UInt8:
    """H×W×3 uint8; raises ImageError."""
    from engine.data.images import read_image

    return read_image(path).rgb
