"""PASCAL VOC 2012 segmentation in its own layout, with the SBD-augmented lists of common use."""

from __future__ import annotations

import logging
from pathlib import Path
from typing import Final

from engine.data.labelling import LabelConvention
from engine.data.layout import Layout
from engine.data.lists import below, names_a_file, read_lines
from engine.data.pairs import Pair, PairedData
from engine.data.palettes import VOC_CLASSES, voc_palette

_log = logging.getLogger(__name__)

_PLAIN: Final = "SegmentationClass"
_AUGMENTED: Final = "SegmentationClassAug"
_LISTS: Final = {"ImageSets/SegmentationAug": _AUGMENTED, "ImageSets/Segmentation": _PLAIN}
_AUGMENTED_TRAIN: Final = ("train_aug", "trainaug")  # both names are in use

VOC_LABELS: Final = LabelConvention(VOC_CLASSES, voc_palette()[: len(VOC_CLASSES)], tuple(range(len(VOC_CLASSES))))


def _is_root(folder: Path) -> bool:
    return (folder / "JPEGImages").is_dir() and (folder / "ImageSets").is_dir()


def _splits(root: Path) -> tuple[str, ...]:
    return tuple(sorted({path.stem for lists in _LISTS for path in (root / lists).glob("*.txt")}))


VOC: Final = Layout(
    name="voc",
    title="PASCAL VOC",
    marks="JPEGImages/ and ImageSets/",
    is_root=_is_root,
    splits=_splits,
    preferred="VOC2012",
)


class VocData(PairedData):
    """One list of a VOC-style folder.

    Args:
        root: …/VOCdevkit/VOC2012 or a folder above it.
        split: "train", "val", "trainval" with the original masks, or a name from ImageSets/SegmentationAug such as
            "train_aug" with SegmentationClassAug. Where there are no augmented labels, "train_aug" means "train".
        list_file: a list of its own in place of the split, in either shape: an id a line, whose mask is the original
            where there is one and otherwise the augmented one; or an image's and a label map's path below the root.

    Raises:
        DataError: the folder or the list is missing, or the list is empty.
    """

    def __init__(self, root: Path, *, split: str = "val", list_file: Path | None = None) -> None:
        root = VOC.root(root)
        chosen, label_folder = (list_file, None) if list_file is not None else _find_list(root, split)
        super().__init__(
            layout=VOC.name,
            root=root,
            split=split if list_file is None else list_file.name,
            pairs=tuple(_pair(root, line, label_folder) for line in read_lines(chosen)),
            convention=VOC_LABELS,
        )


def _find_list(root: Path, split: str) -> tuple[Path, str]:
    names = _AUGMENTED_TRAIN if split in _AUGMENTED_TRAIN else (split,)
    augmented = (root / _AUGMENTED).is_dir()
    for folder, labels in _LISTS.items():
        for name in names:
            path = root / folder / f"{name}.txt"
            wanted = _AUGMENTED if split in _AUGMENTED_TRAIN else labels
            if path.is_file() and (augmented or wanted == _PLAIN):
                return path, wanted
    plain = root / "ImageSets" / "Segmentation" / "train.txt"
    if split in _AUGMENTED_TRAIN and plain.is_file():
        _log.warning("%s: no augmented list with its %s folder, training on the plain train list", root, _AUGMENTED)
        return plain, _PLAIN
    raise VOC.no_split(root, split, (f"{folder}/{name}.txt" for folder in _LISTS for name in names))


def _pair(root: Path, line: str, label_folder: str | None) -> Pair:
    first, *rest = line.split()
    image = below(root, first) if names_a_file(first) else root / "JPEGImages" / f"{first}.jpg"
    if rest and names_a_file(rest[0]):
        return Pair(image.stem, image, below(root, rest[0]))
    if label_folder is None:
        label_folder = _PLAIN if (root / _PLAIN / f"{image.stem}.png").is_file() else _AUGMENTED
    return Pair(image.stem, image, root / label_folder / f"{image.stem}.png")
