"""Reading photos: one decoder for the window, the command line and the data sets.

Every image becomes H×W×3 uint8 RGB, turned upright by its EXIF orientation. What was done to it on the way stands in
notes, and whatever is wrong with a file becomes an ImageError that names it. All functions may be called from several
threads at once.
"""

from __future__ import annotations

import time
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np
import psutil
from numpy.typing import NDArray
from PIL import Image, ImageFile

from engine.data.finding import find_images, natural_key
from engine.data.image_formats import IMAGE_SUFFIXES, MAX_PIXELS, open_header, open_stream, plain
from engine.data.image_modes import to_rgb
from engine.data.image_warnings import collected_warnings
from engine.errors import ImageError

__all__ = [
    "IMAGE_SUFFIXES",
    "MAX_PIXELS",
    "DecodedImage",
    "find_images",
    "natural_key",
    "read_image",
    "read_image_size",
    "read_thumbnail",
]

UInt8 = NDArray[np.uint8]

# Formats whose files hold further pictures of the same moment (previews, depth), not an animation.
_NOT_ANIMATED: Final = frozenset({"MPO"})

_ALWAYS_FITS: Final = 100_000_000  # bytes; smaller images are read without asking the system
_MEMORY_CURE: Final = "close other programs or scale it down"


@dataclass(frozen=True, eq=False)
class DecodedImage:
    """A photo in memory.

    Attributes:
        rgb: H×W×3 uint8, C-contiguous, EXIF orientation applied.
        notes: what a person should know about the conversion, e.g. "16-bit grey, stretched from 12..4095".
        milliseconds: time taken by reading and decoding.
    """

    path: Path
    rgb: UInt8
    notes: tuple[str, ...]
    milliseconds: float


def read_image(path: Path) -> DecodedImage:
    """Decode an image of at most MAX_PIXELS.

    Raises:
        ImageError: the file is missing, unreadable, empty, no image, damaged, cut short or too large.
    """
    start = time.perf_counter()
    with collected_warnings() as warned, open_stream(path) as stream, open_header(path, stream) as image:
        depth_notes = _depth_notes(image)
        _check_memory(path, image)
        _load(path, image)
        orientation, orientation_notes = _orientation(image)
        try:
            rgb, mode_notes = to_rgb(_turned(image, orientation))
        except MemoryError as error:
            raise _too_large_for_memory(path, image) from error
        notes = (*depth_notes, *orientation_notes, *mode_notes, *_frame_notes(image))
        notes += tuple(f"warning while reading: {text}" for text in dict.fromkeys(warned))
    milliseconds = (time.perf_counter() - start) * 1000.0
    return DecodedImage(path=path, rgb=rgb, notes=notes, milliseconds=milliseconds)


def read_thumbnail(path: Path, *, side: int) -> UInt8:
    """The image, upright, scaled down to fit in side×side: h×w×3 uint8, never enlarged.

    A JPEG is decoded at a half, a quarter or an eighth of its size where that suffices, several times faster.

    Raises:
        ImageError: as read_image.
    """
    with collected_warnings(), open_stream(path) as stream, open_header(path, stream) as image:
        image.draft("RGB", _fit(image.size, side))
        _check_memory(path, image)
        _load(path, image)
        try:
            if image.mode not in ("RGB", "L"):  # other layouts have no meaningful mean of neighbouring values
                return np.array(_fitted(Image.fromarray(to_rgb(image)[0]), side, upright=_orientation(image)[0]))
            return to_rgb(_fitted(image, side, upright=_orientation(image)[0]))[0]
        except MemoryError as error:
            raise _too_large_for_memory(path, image) from error


def read_image_size(path: Path) -> tuple[int, int]:
    """Height and width after orientation, from the header alone; raises ImageError as read_image."""
    with collected_warnings(), open_stream(path) as stream, open_header(path, stream) as image:
        width, height = image.size
        return (width, height) if _orientation(image)[0] >= 5 else (height, width)


def _check_memory(path: Path, image: Image.Image) -> None:
    """Refuses an image that would fill the memory: many systems hand out more than they have, then end the program."""
    width, height = image.size
    # Pillow's four bytes a pixel, its converted copy where there is one, and our three (floating point: four more).
    needed = width * height * (7 if image.mode in ("RGB", "L", "P", "1") else 12)
    if needed < _ALWAYS_FITS:
        return
    free = psutil.virtual_memory().available
    if needed > free:
        raise ImageError(
            f"needs {needed / 1e9:.1f} GB of memory for {width}×{height} pixels, {free / 1e9:.1f} GB are free",
            path=path,
            cure=_MEMORY_CURE,
        )


def _load(path: Path, image: ImageFile.ImageFile) -> None:
    try:
        image.load()
    except MemoryError as error:
        raise _too_large_for_memory(path, image) from error
    except Exception as error:  # a decoder given damaged bytes may raise anything
        raise ImageError(_damage(error), path=path, cure="copy or download it again") from error


def _fitted(image: Image.Image, side: int, *, upright: int) -> Image.Image:
    size = _fit(image.size, side)
    if size != image.size:
        image = image.resize(size, Image.Resampling.BILINEAR, reducing_gap=2.0)
    return _turned(image, upright)


def _fit(size: tuple[int, int], side: int) -> tuple[int, int]:
    scale = min(1.0, side / max(size))
    return max(1, round(size[0] * scale)), max(1, round(size[1] * scale))


_TURNS: Final = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}


def _turned(image: Image.Image, orientation: int) -> Image.Image:
    return image if orientation == 1 else image.transpose(_TURNS[orientation])


def _orientation(image: Image.Image) -> tuple[int, tuple[str, ...]]:
    """The EXIF orientation, 1..8, and a note where it cannot be known; 1 where there is none.

    To be asked after loading: Pillow turns a TIFF itself while it loads it, and takes the tag away.
    """
    try:
        orientation = image.getexif().get(0x0112, 1)
    except Exception:  # noqa: BLE001 - damaged in any way, while the photo itself may be fine
        return 1, ("EXIF data damaged, orientation unknown",)
    return (orientation if orientation in _TURNS else 1), ()


def _depth_notes(image: ImageFile.ImageFile) -> tuple[str, ...]:
    """Colour images of 16 bits a channel lose the lower 8 in Pillow's decoder, which says so nowhere."""
    raw_modes = (str(tile.args[0] if isinstance(tile.args, tuple) else tile.args) for tile in image.tile)
    deep = image.mode in ("RGB", "RGBA", "LA", "L") and any(";16" in raw for raw in raw_modes)
    return ("16 bits a channel reduced to 8",) if deep else ()


def _frame_notes(image: ImageFile.ImageFile) -> tuple[str, ...]:
    """Counting frames may read the whole file and moves its position: asked last."""
    if image.format in _NOT_ANIMATED or not getattr(image, "is_animated", False):
        return ()
    try:
        return (f"first of {getattr(image, 'n_frames', 1)} frames",)
    except Exception:  # noqa: BLE001 - a later frame is damaged, the first one is good
        return ("first of several frames, a later one is damaged",)


def _damage(error: Exception) -> str:
    text = plain(error)
    cut_short = isinstance(error, EOFError) or any(word in text for word in ("truncated", "broken", "not enough"))
    return f"cut short or damaged: {text}" if cut_short else f"damaged: {text}"


def _too_large_for_memory(path: Path, image: Image.Image) -> ImageError:
    width, height = image.size
    return ImageError(f"not enough memory for {width}×{height} pixels", path=path, cure=_MEMORY_CURE)
