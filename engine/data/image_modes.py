"""Any pixel layout that Pillow decodes, as H×W×3 uint8."""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray
from PIL import Image

UInt8 = NDArray[np.uint8]

# The copy from Pillow's four bytes a pixel to our three goes band by band. A band of this size stays in the processor's
# cache: on 40 megapixels it took a third of the time that one copy of the whole takes, and needs no third buffer.
_BAND_PIXELS: Final = 1 << 18


def to_rgb(image: Image.Image) -> tuple[UInt8, tuple[str, ...]]:
    """The image as C-contiguous H×W×3 uint8, and notes on what the conversion did to it."""
    mode = image.mode
    if mode.startswith("I") or mode == "F":
        grey, note = _stretched(np.asarray(image))
        return np.repeat(grey[..., None], 3, axis=2), (note,)
    notes: list[str] = []
    if image.has_transparency_data:
        image, note = _without_alpha(image)
        notes.append(note)
    elif mode == "CMYK":
        notes.append("CMYK converted to RGB without its colour profile")
    elif mode in ("LAB", "HSV", "YCbCr"):
        notes.append(f"{mode} converted to RGB")
    elif mode in ("L", "1"):
        notes.append("grey" if mode == "L" else "black and white")
    if image.mode != "RGB":
        image = image.convert("RGB")
    return _array(image), tuple(notes)


def _array(image: Image.Image) -> UInt8:
    width, height = image.size
    rgb = np.empty((height, width, 3), dtype=np.uint8)
    rows = max(1, _BAND_PIXELS // width)
    for top in range(0, height, rows):
        bottom = min(top + rows, height)
        band = image.crop((0, top, width, bottom)).tobytes("raw", "RGB")
        rgb[top:bottom] = np.frombuffer(band, dtype=np.uint8).reshape(bottom - top, width, 3)
    return rgb


def _without_alpha(image: Image.Image) -> tuple[Image.Image, str]:
    """Transparent areas on white, as viewers show them: what lies below them is often black or noise."""
    layered = image.convert("RGBA")
    alpha = layered.getchannel("A")
    if alpha.getextrema() == (255, 255):
        return layered.convert("RGB"), "alpha dropped"
    page = Image.new("RGB", layered.size, (255, 255, 255))
    page.paste(layered, mask=alpha)
    return page, "transparent areas shown on white"


def _stretched(values: NDArray[np.generic]) -> tuple[UInt8, str]:
    """Values of more than 8 bits, spread linearly over 0..255 from the smallest to the largest finite one."""
    kind = "floating point" if values.dtype.kind == "f" else f"{8 * values.dtype.itemsize}-bit"
    numbers = values.astype(np.float32)
    finite = np.isfinite(numbers)
    if not finite.any():
        return np.zeros(values.shape, dtype=np.uint8), f"{kind} grey without a finite value, shown black"
    low, high = float(numbers[finite].min()), float(numbers[finite].max())
    if not finite.all():
        numbers = np.where(finite, numbers, np.float32(low))
    if high > low:
        numbers -= low
        numbers *= 255.0 / (high - low)
    else:
        numbers = np.full_like(numbers, 127.0)
    return np.rint(numbers).clip(0, 255).astype(np.uint8), f"{kind} grey, stretched from {low:g}..{high:g}"
