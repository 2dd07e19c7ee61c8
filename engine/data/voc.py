"""PASCAL VOC 2012 segmentation in its own layout, with the SBD-augmented lists of common use.

Labels are read with Pillow alone: it keeps palette indices, where OpenCV would turn a palette PNG into colours.
"""

from __future__ import annotations

import logging
from pathlib import Path

import numpy as np
from PIL import Image

from engine.cascade.result import IGNORE, UInt8
from engine.data.palettes import VOC_CLASSES, voc_palette
from engine.data.samples import LabelledImage
from engine.errors import DataError

_log = logging.getLogger(__name__)


def read_rgb(path: Path) -> UInt8:
    """H×W×3 uint8 of a photo as stored; orientation tags are not applied, for label maps follow the stored pixels.

    Raises:
        DataError: missing, unreadable or truncated.
    """
    try:
        with Image.open(path) as image:
            return np.array(image.convert("RGB"), dtype=np.uint8)
    except (OSError, ValueError, SyntaxError, Image.DecompressionBombError) as error:
        raise DataError(f"image cannot be read: {error}", path=path) from error


def read_label_map(path: Path, *, class_count: int) -> UInt8:
    """H×W uint8 class ids of a palette (P) or single-channel (L) file, 255 = void.

    Raises:
        DataError: unreadable, another mode, or a value outside 0..class_count-1 and 255; names file and value.
    """
    try:
        with Image.open(path) as image:
            if image.mode not in ("P", "L"):
                raise DataError(
                    f"label map has mode {image.mode}, not P or L", path=path, cure="store class ids, not colours"
                )
            labels = np.array(image, dtype=np.uint8)
    except (OSError, ValueError, SyntaxError, Image.DecompressionBombError) as error:
        raise DataError(f"label map cannot be read: {error}", path=path) from error
    counts = np.bincount(labels.ravel(), minlength=256)
    foreign = [value for value in np.flatnonzero(counts).tolist() if value >= class_count and value != IGNORE]
    if foreign:
        named = ", ".join(f"{value} ({counts[value]} pixels)" for value in foreign[:5])
        raise DataError(f"label values outside 0..{class_count - 1} and {IGNORE}: {named}", path=path)
    return labels


class VocData:
    """One list of a VOC-style folder.

    Args:
        root: the folder that holds JPEGImages, i.e. …/VOCdevkit/VOC2012.
        split: "train", "val", "trainval" with the original masks, or a name from ImageSets/SegmentationAug such as
            "train_aug" with SegmentationClassAug. Where the augmented list is absent, "train_aug" means "train".

    Raises:
        DataError: the folder or the list is missing, or the list is empty.
    """

    class_names = VOC_CLASSES
    palette = voc_palette()[: len(VOC_CLASSES)]

    def __init__(self, root: Path, *, split: str) -> None:
        if not (root / "JPEGImages").is_dir():
            raise DataError("no JPEGImages folder here", path=root, cure="name the VOC2012 folder")
        self.root = root
        self.split = split
        list_file, label_folder = self._find_list(root, split)
        self._pairs = [self._pair(line, label_folder) for line in _lines(list_file)]
        if not self._pairs:
            raise DataError("the list is empty", path=list_file)

    def __len__(self) -> int:
        return len(self._pairs)

    def name(self, index: int) -> str:
        return self._pairs[index][0].stem

    def load(self, index: int) -> LabelledImage:
        image_path, label_path = self._pairs[index]
        rgb = read_rgb(image_path)
        labels = read_label_map(label_path, class_count=len(self.class_names))
        if labels.shape != rgb.shape[:2]:
            raise DataError(
                f"label map is {labels.shape[1]}×{labels.shape[0]}, its image {rgb.shape[1]}×{rgb.shape[0]}",
                path=label_path,
            )
        return LabelledImage(name=image_path.stem, rgb=rgb, labels=labels)

    @staticmethod
    def _find_list(root: Path, split: str) -> tuple[Path, str]:
        augmented = root / "ImageSets" / "SegmentationAug" / f"{split}.txt"
        if augmented.is_file():
            return augmented, "SegmentationClassAug"
        plain = root / "ImageSets" / "Segmentation" / f"{split}.txt"
        if not plain.is_file() and split == "train_aug":
            plain = plain.with_name("train.txt")
            _log.warning("%s: no augmented list, training on the plain train list", root)
        if not plain.is_file():
            raise DataError(f"there is no list named {split}", path=root / "ImageSets")
        return plain, "SegmentationClass"

    def _pair(self, line: str, label_folder: str) -> tuple[Path, Path]:
        """Both list shapes: a bare id, or an image and a label path below the root."""
        first, *rest = line.split()
        if rest:
            return self.root / first.lstrip("/"), self.root / rest[0].lstrip("/")
        return self.root / "JPEGImages" / f"{first}.jpg", self.root / label_folder / f"{first}.png"


def _lines(path: Path) -> list[str]:
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise DataError(f"the list cannot be read: {error}", path=path) from error
    return [line.strip() for line in text.splitlines() if line.strip()]
