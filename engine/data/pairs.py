"""A data set as pairs of image and label files, whatever its layout: what the layouts build and the rest reads."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
from PIL import Image

from engine.cascade.result import UInt8
from engine.data.images import read_image, read_image_size
from engine.data.labelling import LabelConvention, ReadLabels, decoded, foreign_text
from engine.data.samples import LabelledImage
from engine.errors import DataError, ImageError


@dataclass(frozen=True)
class Pair:
    """An image and its label map.

    Attributes:
        name: what messages call it, usually the image's stem.
    """

    name: str
    image: Path
    labels: Path


class PairedData:
    """Labelled images read from pairs of files; a SegmentationData.

    Args:
        layout: name of the layout, as `--dataset` takes it.
        root: the folder that the layout starts at.
        split: name of the list, or the list file's name where one was given.
        pairs: what belongs to it, in the order of the list.
        convention: what the label files' values mean.
        unlabelled, unpaired: images without labels and labels without images that were met while pairing by name;
            no part of the data, kept so that they can be reported.
        upright: turn images by their EXIF orientation; public data sets label the pixels as stored.

    Raises:
        DataError: there is no pair.
    """

    def __init__(
        self,
        *,
        layout: str,
        root: Path,
        split: str,
        pairs: tuple[Pair, ...],
        convention: LabelConvention,
        unlabelled: tuple[Path, ...] = (),
        unpaired: tuple[Path, ...] = (),
        upright: bool = False,
    ) -> None:
        if not pairs:
            raise DataError(f"the split {split} has no labelled image", path=root)
        self.layout = layout
        self.root = root
        self.split = split
        self.pairs = pairs
        self.convention = convention
        self.unlabelled = unlabelled
        self.unpaired = unpaired
        self._upright = upright

    @property
    def class_names(self) -> tuple[str, ...]:
        return self.convention.class_names

    @property
    def palette(self) -> UInt8:
        return self.convention.palette

    def __len__(self) -> int:
        return len(self.pairs)

    def name(self, index: int) -> str:
        return self.pairs[index].name

    def load(self, index: int) -> LabelledImage:
        pair = self.pairs[index]
        rgb = self.read_rgb(pair)
        understood = self.read_labels(pair)
        if understood.foreign:
            cure = f"the table knows {self.convention.known}"
            raise DataError(foreign_text(understood.foreign), path=pair.labels, cure=cure)
        labels = understood.labels
        if labels.shape != rgb.shape[:2]:
            raise DataError(mismatch_text(labels.shape, rgb.shape), path=pair.labels)
        return LabelledImage(name=pair.name, rgb=rgb, labels=labels)

    def read_rgb(self, pair: Pair) -> UInt8:
        """H×W×3 uint8 of a pair's image; raises DataError."""
        if not self._upright:
            return read_rgb(pair.image)
        try:
            return read_image(pair.image).rgb
        except ImageError as error:
            raise _as_data_error(error) from error

    def read_labels(self, pair: Pair) -> ReadLabels:
        """A pair's label map as class ids, with what the convention does not know; raises DataError."""
        return self.convention.read(pair.labels)

    def stored_labels(self, pair: Pair) -> UInt8:
        """H×W uint8 values, or H×W×3 colours, as they are stored; raises DataError."""
        return decoded(pair.labels, colours=True)

    def image_size(self, pair: Pair) -> tuple[int, int]:
        """Height and width that read_rgb would give, from the header alone; raises DataError."""
        try:
            if self._upright:
                return read_image_size(pair.image)
            with Image.open(pair.image) as image:
                return image.height, image.width
        except ImageError as error:
            raise _as_data_error(error) from error
        except Exception as error:  # a parser given damaged bytes may raise anything
            raise DataError(f"image cannot be read: {error}", path=pair.image) from error


def read_rgb(path: Path) -> UInt8:
    """H×W×3 uint8 of a photo as stored; orientation tags are not applied, for label maps follow the stored pixels.

    Raises:
        DataError: missing, unreadable or truncated.
    """
    try:
        with Image.open(path) as image:
            return np.array(image.convert("RGB"), dtype=np.uint8)
    except Exception as error:  # a decoder given damaged bytes may raise anything
        raise DataError(f"image cannot be read: {error}", path=path) from error


def mismatch_text(labels: tuple[int, ...], image: tuple[int, ...]) -> str:
    """A clause on a label map and an image whose (height, width, …) differ."""
    return f"label map is {labels[1]}×{labels[0]}, its image {image[1]}×{image[0]}"


def _as_data_error(error: ImageError) -> DataError:
    return DataError(f"image cannot be read: {error.reason}", path=error.path, cure=error.cure)
