"""Image files of every kind that the decoder has to handle, made on the spot."""

from __future__ import annotations

import struct
import zlib
from pathlib import Path

import numpy as np
from PIL import Image


def gradient(height: int, width: int) -> np.ndarray:
    """H×W×3 uint8 with a different colour in each corner, so that every turn and flip shows."""
    rows, columns = np.mgrid[0:height, 0:width].astype(np.float64)
    red = 255 * rows / max(1, height - 1)
    green = 255 * columns / max(1, width - 1)
    return np.stack([red, green, np.full_like(red, 90)], axis=2).round().astype(np.uint8)


def save(path: Path, array: np.ndarray, **options: object) -> Path:
    Image.fromarray(array).save(path, **options)
    return path


def jpeg_with_orientation(path: Path, array: np.ndarray, orientation: int) -> Path:
    exif = Image.Exif()
    exif[0x0112] = orientation
    Image.fromarray(array).save(path, quality=95, subsampling=0, exif=exif)
    return path


def png_claiming(path: Path, width: int, height: int) -> Path:
    """A valid PNG header for an image of any size, and next to no data: a decompression bomb's shape."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    data = zlib.compress(bytes(1000))
    path.write_bytes(b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", data) + chunk(b"IEND", b""))
    return path


def animation(path: Path, frames: int) -> Path:
    pictures = [Image.fromarray(np.full((12, 16, 3), 60 * i, dtype=np.uint8)) for i in range(frames)]
    pictures[0].save(path, save_all=True, append_images=pictures[1:], duration=50)
    return path
