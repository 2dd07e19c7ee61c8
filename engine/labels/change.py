"""One undoable step: the pixels that changed, what they were and what they became."""

from __future__ import annotations

import struct
import zlib
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

import numpy as np

from engine.cascade.result import Bool, UInt8
from engine.errors import DataError
from engine.labels.area import Area, filled_part

_LEVEL: Final = 1  # runs of equal bytes: the fastest level finds them as well as the slowest
_VERSION: Final = 1
_HEADER: Final = struct.Struct("<BI")
_PATCH: Final = struct.Struct("<IIIII")
_LARGEST: Final = 2**16  # pixels on a side, far above what is decoded; guards against damaged headers


@dataclass(frozen=True)
class Patch:
    """The changed pixels of one rectangle.

    Attributes:
        area: the rectangle in the image.
        data: zlib: a packed bit for each pixel of the area, then of the set ones old label, old provenance, new label
            and new provenance, a byte each.
    """

    area: Area
    data: bytes


@dataclass(frozen=True)
class Change:
    """A step that can be taken back and taken again.

    Old *and* new values are kept: then a change can be replayed on whatever is there, which matters when a damaged
    file has lost the one before it.
    """

    patches: tuple[Patch, ...]

    @property
    def area(self) -> Area:
        """The dirty rectangle: holds every pixel that changed."""
        area = Area(0, 0, 0, 0)
        for patch in self.patches:
            area = area.joined(patch.area)
        return area

    @property
    def size(self) -> int:
        """Bytes held."""
        return sum(len(patch.data) for patch in self.patches)

    def undo(self, labels: UInt8, provenance: UInt8) -> None:
        """Write the old values into the H×W arrays."""
        for patch in self.patches:
            mask, values = _unpacked(patch)
            labels[patch.area.slices][mask] = values[0]
            provenance[patch.area.slices][mask] = values[1]

    def redo(self, labels: UInt8, provenance: UInt8) -> None:
        """Write the new values into the H×W arrays."""
        for patch in self.patches:
            mask, values = _unpacked(patch)
            labels[patch.area.slices][mask] = values[2]
            provenance[patch.area.slices][mask] = values[3]


def patch_between(
    area: Area, *, old_labels: UInt8, old_provenance: UInt8, labels: UInt8, provenance: UInt8
) -> Patch | None:
    """What differs between two states of an area, all h×w uint8; None where nothing does."""
    mask = (old_labels != labels) | (old_provenance != provenance)
    inner = filled_part(mask, area)
    if inner.empty:
        return None
    part = inner.within(area)
    changed = mask[part]
    planes = (old_labels, old_provenance, labels, provenance)
    raw = b"".join([np.packbits(changed).tobytes(), *(plane[part][changed].tobytes() for plane in planes)])
    return Patch(inner, zlib.compress(raw, _LEVEL))


def remapped(change: Change, rename: Callable[[UInt8, UInt8], None]) -> Change:
    """The step with other values of the same pixels.

    Args:
        rename: changes labels and provenance, n uint8 each, in place; called with the old values and with the new.
    """
    patches = []
    for patch in change.patches:
        mask, stored = _unpacked(patch)
        values = stored.copy()
        rename(values[0], values[1])
        rename(values[2], values[3])
        raw = np.packbits(mask).tobytes() + values.tobytes()
        patches.append(Patch(patch.area, zlib.compress(raw, _LEVEL)))
    return Change(tuple(patches))


def encode_change(change: Change) -> bytes:
    """A change as bytes for a file."""
    parts = [_HEADER.pack(_VERSION, len(change.patches))]
    for patch in change.patches:
        area = patch.area
        parts.append(_PATCH.pack(area.top, area.left, area.bottom, area.right, len(patch.data)))
        parts.append(patch.data)
    return b"".join(parts)


def decode_change(data: bytes, *, shape: tuple[int, int]) -> Change:
    """The change that encode_change wrote for an H×W label map.

    Raises:
        DataError: the bytes are damaged, of a newer version, or belong to an image of another size.
    """
    try:
        version, count = _HEADER.unpack_from(data)
        if version != _VERSION:
            raise DataError(f"a step of version {version} is unknown", cure="open it with a newer Rhoscope")
        patches, offset = [], _HEADER.size
        for _ in range(count):
            top, left, bottom, right, length = _PATCH.unpack_from(data, offset)
            offset += _PATCH.size
            patches.append(Patch(Area(top, left, bottom, right), data[offset : offset + length]))
            offset += length
    except struct.error as error:
        raise DataError("a step in the history is cut short") from error
    image = Area(0, 0, *shape)
    for patch in patches:
        if patch.area.empty or patch.area.clipped(image) != patch.area or max(patch.area.shape) > _LARGEST:
            raise DataError("a step in the history lies outside its image")
        _unpacked(patch)
    return Change(tuple(patches))


def _unpacked(patch: Patch) -> tuple[Bool, UInt8]:
    """The mask, h×w bool, and the four planes of values, 4×n uint8."""
    height, width = patch.area.shape
    try:
        raw = np.frombuffer(zlib.decompress(patch.data), dtype=np.uint8)
    except zlib.error as error:
        raise DataError("a step in the history is damaged") from error
    packed = (height * width + 7) // 8
    mask = np.unpackbits(raw[:packed], count=height * width).view(bool) if raw.size >= packed else np.zeros(0, bool)
    count = int(np.count_nonzero(mask))
    if mask.size != height * width or raw.size != packed + 4 * count:
        raise DataError("a step in the history is damaged")
    return mask.reshape(height, width), raw[packed:].reshape(4, count)
