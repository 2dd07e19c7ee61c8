"""Cityscapes in its own layout; labelIds become trainIds while they are read, so no derived files are needed."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Final, Literal

from engine.data.labelling import LabelConvention
from engine.data.layout import Layout, contents, subfolders
from engine.data.lists import below, names_a_file, read_lines
from engine.data.pairs import Pair, PairedData
from engine.data.palettes import CITYSCAPES_CLASSES, CITYSCAPES_IDS, cityscapes_palette
from engine.errors import DataError

CityscapesLabels = Literal["labelIds", "labelTrainIds"]

_PHOTOS: Final = "leftImg8bit"
_TRUTHS: Final = ("gtFine", "gtCoarse")  # finely drawn labels first; train_extra has coarse ones only
_SUFFIXES: Final = (".png", ".jpg")
_KNOWN_IDS: Final = range(34)  # cityscapesScripts' label table; the licence plate's -1 is 255 in a file of bytes

CONVENTIONS: Final[dict[CityscapesLabels, LabelConvention]] = {
    "labelIds": LabelConvention(
        CITYSCAPES_CLASSES, cityscapes_palette(), CITYSCAPES_IDS, void=frozenset({*_KNOWN_IDS, 255} - {*CITYSCAPES_IDS})
    ),
    "labelTrainIds": LabelConvention(
        CITYSCAPES_CLASSES, cityscapes_palette(), tuple(range(len(CITYSCAPES_CLASSES)))
    ),
}  # fmt: skip


def _is_root(folder: Path) -> bool:
    return (folder / _PHOTOS).is_dir() and any((folder / truth).is_dir() for truth in _TRUTHS)


def _splits(root: Path) -> tuple[str, ...]:
    return tuple(folder.name for folder in subfolders(root / _PHOTOS))


CITYSCAPES: Final = Layout(
    name="cityscapes", title="Cityscapes", marks="leftImg8bit/ and gtFine/", is_root=_is_root, splits=_splits
)


class CityscapesData(PairedData):
    """One split of Cityscapes: 19 classes, everything else void.

    Args:
        root: the folder that holds leftImg8bit and gtFine, or a folder above it.
        split: "train", "val", "test" or "train_extra" (coarse labels).
        list_file: a list of its own in place of the split: ids such as frankfurt_000000_000294, or images with or
            without their label files, as paths below the root.
        labels: which label files are read; "labelTrainIds" are made by csCreateTrainIdLabelImgs and not downloaded.

    Raises:
        DataError: a folder or list is missing, or no image has a label file.
    """

    def __init__(
        self,
        root: Path,
        *,
        split: str = "val",
        list_file: Path | None = None,
        labels: CityscapesLabels = "labelIds",
    ) -> None:
        root = CITYSCAPES.root(root)
        unlabelled: tuple[Path, ...] = ()
        unpaired: tuple[Path, ...] = ()
        if list_file is not None:
            pairs = tuple(_listed(root, line, labels) for line in read_lines(list_file))
        else:
            pairs, unlabelled, unpaired = _split_pairs(root, split, labels)
        super().__init__(
            layout=CITYSCAPES.name,
            root=root,
            split=split if list_file is None else list_file.name,
            pairs=pairs,
            convention=CONVENTIONS[labels],
            unlabelled=unlabelled,
            unpaired=unpaired,
        )


def _split_pairs(
    root: Path, split: str, labels: CityscapesLabels
) -> tuple[tuple[Pair, ...], tuple[Path, ...], tuple[Path, ...]]:
    photos = root / _PHOTOS / split
    if not split or not photos.is_dir():
        raise CITYSCAPES.no_split(root, split, [f"{_PHOTOS}/{split}/"])
    truth = next((name for name in _TRUTHS if (root / name / split).is_dir()), _TRUTHS[0])
    images = {_key(image): image for image in _photos(photos)}
    ending = f"_{truth}_{labels}.png"
    truths = {path.name.removesuffix(ending): path for path in sorted((root / truth / split).glob(f"*/*{ending}"))}
    if not images.keys() & truths.keys():
        cure = "" if labels == "labelIds" else "csCreateTrainIdLabelImgs makes them; labelIds need nothing"
        raise DataError(
            f"no image has a label file: looked for {truth}/{split}/<city>/<id>{ending}; {contents(root / truth)}",
            path=root,
            cure=cure,
        )
    return (
        tuple(Pair(key, image, truths[key]) for key, image in images.items() if key in truths),
        tuple(image for key, image in images.items() if key not in truths),
        tuple(path for key, path in truths.items() if key not in images),
    )


def _photos(folder: Path) -> Iterator[Path]:
    return (path for path in sorted(folder.glob(f"*/*_{_PHOTOS}.*")) if path.suffix in _SUFFIXES)


def _key(image: Path) -> str:
    return image.stem.removesuffix(f"_{_PHOTOS}")


def _listed(root: Path, line: str, labels: CityscapesLabels) -> Pair:
    first, *rest = line.split()
    if names_a_file(first):
        image = below(root, first)
    else:
        city = first.split("_", 1)[0]
        found = sorted((root / _PHOTOS).glob(f"*/{city}/{first}_{_PHOTOS}.*"))
        image = found[0] if found else root / _PHOTOS / city / f"{first}_{_PHOTOS}.png"
    key = _key(image)
    if rest:
        return Pair(key, image, below(root, rest[0]))
    split, city = image.parent.parent.name, image.parent.name
    places = [root / truth / split / city / f"{key}_{truth}_{labels}.png" for truth in _TRUTHS]
    return Pair(key, image, next((place for place in places if place.is_file()), places[0]))
