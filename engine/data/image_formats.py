"""Which files count as images, and opening them as far as the header."""

from __future__ import annotations

import stat
from pathlib import Path
from typing import BinaryIO, Final

from PIL import (
    AvifImagePlugin,
    BmpImagePlugin,
    GifImagePlugin,
    Image,
    ImageFile,
    Jpeg2KImagePlugin,
    JpegImagePlugin,
    PngImagePlugin,
    PpmImagePlugin,
    TiffImagePlugin,
    UnidentifiedImageError,
    WebPImagePlugin,
)

from engine.errors import ImageError

# Named one by one: Pillow would otherwise load all its plug-ins to find these, seldom used and seldom tested ones too.
_PLUGINS: Final = (
    JpegImagePlugin.JpegImageFile,  # takes MPO, the multi-picture JPEG of cameras, too
    PngImagePlugin.PngImageFile,
    TiffImagePlugin.TiffImageFile,
    WebPImagePlugin.WebPImageFile,
    BmpImagePlugin.BmpImageFile,
    BmpImagePlugin.DibImageFile,
    GifImagePlugin.GifImageFile,
    PpmImagePlugin.PpmImageFile,
    Jpeg2KImagePlugin.Jpeg2KImageFile,
    AvifImagePlugin.AvifImageFile,
)
ALLOWED_FORMATS: Final[tuple[str, ...]] = tuple(plugin.format for plugin in _PLUGINS if plugin.format)

IMAGE_SUFFIXES: Final[frozenset[str]] = frozenset(
    f".{name}"
    for names in (
        "jpg jpeg jpe jfif mpo",
        "png apng",
        "tif tiff",
        "webp avif gif",
        "bmp dib",
        "ppm pgm pbm pnm",
        "jp2 j2k jpx",
    )
    for name in names.split()
)
"""Suffixes, in lower case, of the files that are taken from a folder."""

MAX_PIXELS: Final = 2**28
"""Largest image that is decoded, 268 megapixels: 1.9 GB while Pillow's copy and ours exist together."""

# Pillow's own guard stays on, at our limit: it warns above it and refuses, before decoding, above twice as much.
Image.MAX_IMAGE_PIXELS = MAX_PIXELS

_READABLE = "JPEG, PNG, TIFF, WebP, AVIF, JPEG 2000, BMP, GIF and PNM files can be read"


def open_stream(path: Path) -> BinaryIO:
    """The file, open for reading. Raises ImageError where it is missing, unreadable, empty or no regular file."""
    try:
        status = path.stat()
        if stat.S_ISDIR(status.st_mode):
            raise ImageError("is a folder, not an image", path=path, cure="name an image in it")
        if not stat.S_ISREG(status.st_mode):  # opening a pipe or a device would wait for data for ever
            raise ImageError("is no regular file", path=path, cure="save the image to a file first")
        if status.st_size == 0:
            raise ImageError("the file is empty", path=path, cure="copy or download it again")
        return path.open("rb")
    except (OSError, ValueError) as error:
        raise unreadable(path, error) from error


def open_header(path: Path, stream: BinaryIO) -> ImageFile.ImageFile:
    """Read the header alone and check that the image can be decoded within the limit.

    Raises:
        ImageError: not an image, not an allowed format, damaged header, or too many pixels.
    """
    try:
        image = Image.open(stream, formats=ALLOWED_FORMATS)
    except Image.DecompressionBombError as error:
        limit = f"{2 * MAX_PIXELS / 1e6:.0f}"
        raise ImageError(f"claims more than {limit} megapixels", path=path, cure=_bomb_cure()) from error
    except UnidentifiedImageError as error:
        raise ImageError(_what_it_is(stream), path=path, cure=_READABLE) from error
    except Exception as error:  # a parser given damaged bytes may raise anything
        raise ImageError(
            f"the header is damaged: {plain(error)}", path=path, cure="copy or download it again"
        ) from error
    width, height = image.size
    if width < 1 or height < 1:
        raise ImageError(f"has no pixels ({width}×{height})", path=path, cure="copy or download it again")
    if width * height > MAX_PIXELS:
        megapixels = f"{width}×{height} pixels, {width * height / 1e6:.0f} megapixels"
        raise ImageError(f"is too large: {megapixels}", path=path, cure=_bomb_cure())
    return image


def unreadable(path: Path, error: Exception) -> ImageError:
    """The ImageError for a file or folder that the system does not let us look at."""
    match error:
        case FileNotFoundError():
            return ImageError("no such file or folder", path=path, cure="check the name")
        case PermissionError():
            return ImageError("not readable: permission denied", path=path, cure="check its permissions")
        case _:
            return ImageError(f"not readable: {plain(error)}", path=path, cure="check its name and its drive")


def plain(error: Exception) -> str:
    """An exception's own words as a clause for a message."""
    text = error.strerror if isinstance(error, OSError) and error.strerror else str(error)
    text = " ".join(text.split())
    return (text[:1].lower() + text[1:200]) if text else type(error).__name__


def _bomb_cure() -> str:
    return f"at most {MAX_PIXELS / 1e6:.0f} megapixels are read; scale it down or cut it into parts"


def _what_it_is(stream: BinaryIO) -> str:
    """A guess at what a file is that Pillow does not know, from its first bytes."""
    stream.seek(0)
    start = stream.read(512)
    if start[:4] in (b"II*\0", b"MM\0*"):
        return "a TIFF whose layout is not supported"
    for magic, name in ((b"%PDF", "a PDF"), (b"PK\3\4", "a ZIP archive"), (b"8BPS", "a Photoshop file")):
        if start.startswith(magic):
            return f"not an image but {name}"
    if start[4:12] in (b"ftypheic", b"ftypheix", b"ftypmif1", b"ftyphevc"):
        return "a HEIC photo, which is not supported"
    if start.startswith((b"\xff\xd8", b"\x89PNG", b"GIF8", b"RIFF", b"BM")):
        return "an image whose header is damaged"
    if not start.strip(b"\0"):
        return "not an image: the file begins with zeros"
    if _is_text(start):
        return "not an image but a text file"
    return "not an image"


def _is_text(start: bytes) -> bool:
    try:
        text = start[:-3].decode("utf-8") if len(start) == 512 else start.decode("utf-8")
    except UnicodeDecodeError:
        return False
    return all(character.isprintable() or character in "\r\n\t\f\ufeff" for character in text)
