"""Label maps and other maps as PNG files."""

from __future__ import annotations

import io
from pathlib import Path
from typing import Final, Literal

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from engine.cascade.result import IGNORE
from engine.data.atomic_file import write_bytes
from engine.data.palettes import CITYSCAPES_IDS, cityscapes_train_ids_to_ids, full_palette, voc_palette
from engine.errors import DataError, OutputError

UInt8 = NDArray[np.uint8]
LabelFormat = Literal["voc", "cityscapes", "index"]
LABEL_FORMATS: Final[tuple[LabelFormat, ...]] = ("voc", "cityscapes", "index")

JPEG_LIMIT: Final = 65_500
"""Pixels on each side that a JPEG can hold."""

# Label maps are long runs of few values: level 1 is several times faster than the default and hardly larger.
_COMPRESSION: Final = 1


def write_label_map(path: Path, labels: UInt8, *, format: LabelFormat = "voc", palette: UInt8 | None = None) -> None:
    """Write a label map atomically.

    Args:
        labels: H×W uint8 class ids, 255 = ignore.
        format: "voc" a palette PNG with the class ids as indices; "cityscapes" a grey PNG with Cityscapes' own ids,
            ignored pixels as 0; "index" a grey PNG with the class ids as they are.
        palette: K×3 uint8 RGB colours for "voc"; the VOC palette where missing.

    Raises:
        OutputError: the file cannot be written; an older one is left as it was.
        DataError: "cityscapes" is asked for and a label is no Cityscapes trainId.
    """
    write_bytes(path, encode_label_map(labels, format=format, palette=palette))


def encode_label_map(labels: UInt8, *, format: LabelFormat = "voc", palette: UInt8 | None = None) -> bytes:
    """The bytes of the PNG that write_label_map writes."""
    _check_map(labels)
    if format == "voc":
        image = Image.fromarray(np.ascontiguousarray(labels))
        image.putpalette((voc_palette() if palette is None else full_palette(palette)).tobytes())
        return _png(image)
    if format == "cityscapes":
        strange = np.setdiff1d(np.unique(labels), [*range(len(CITYSCAPES_IDS)), IGNORE])
        if strange.size:
            raise DataError(f"label {strange[0]} is no Cityscapes trainId", cure="write it as voc or index")
        labels = cityscapes_train_ids_to_ids()[labels]
    return _png(Image.fromarray(np.ascontiguousarray(labels)))


def write_png(path: Path, array: UInt8) -> None:
    """Write an H×W (grey), H×W×3 (RGB) or H×W×4 (RGBA) uint8 array as a PNG, atomically; raises OutputError."""
    write_bytes(path, _png(Image.fromarray(np.ascontiguousarray(array))))


def write_jpeg(path: Path, rgb: UInt8, *, quality: int = 92) -> None:
    """Write an H×W×3 uint8 array as a JPEG, atomically; raises OutputError.

    A picture with a side above JPEG_LIMIT does not fit the format and is an OutputError too.
    """
    if max(rgb.shape) > JPEG_LIMIT:
        raise OutputError(f"is too large for JPEG: {rgb.shape[1]}×{rgb.shape[0]}", path=path, cure="write a PNG")
    buffer = io.BytesIO()
    Image.fromarray(np.ascontiguousarray(rgb)).save(buffer, format="JPEG", quality=quality, subsampling=0)
    write_bytes(path, buffer.getvalue())


def read_label_map(path: Path) -> UInt8:
    """The H×W uint8 values stored in a palette or grey PNG, as they are.

    Raises:
        DataError: the file cannot be read or holds colours in place of indices.
    """
    try:
        with Image.open(path, formats=("PNG",)) as image:
            image.load()
            if image.mode not in ("P", "L"):
                raise DataError(
                    f"holds {image.mode} colours, not class indices", path=path, cure="use a palette or grey PNG"
                )
            return np.array(image, dtype=np.uint8)
    except (OSError, SyntaxError, ValueError) as error:
        raise DataError(f"is no readable PNG: {error}", path=path) from error


def _png(image: Image.Image) -> bytes:
    buffer = io.BytesIO()
    image.save(buffer, format="PNG", compress_level=_COMPRESSION)
    return buffer.getvalue()


def _check_map(labels: UInt8) -> None:
    if labels.ndim != 2 or labels.dtype != np.uint8 or not labels.size:
        raise DataError(f"a label map is H×W uint8, got {labels.dtype} of shape {labels.shape}")
