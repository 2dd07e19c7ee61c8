"""CamVid as the SegNet tutorial lays it out: 11 classes, value 11 is void."""

from __future__ import annotations

from pathlib import Path, PurePosixPath
from typing import Final

from engine.cascade.result import IGNORE
from engine.data.image_formats import IMAGE_SUFFIXES
from engine.data.labelling import LabelConvention
from engine.data.layout import Layout, subfolders
from engine.data.lists import below, names_a_file, read_lines
from engine.data.pairs import Pair, PairedData
from engine.data.palettes import CAMVID_CLASSES, camvid_palette

_ANNOTATIONS: Final = "annot"
_VOID: Final = 11
# The published lists name files where their authors had them.
_PREFIX: Final = ("segnet", "camvid")

CAMVID_LABELS: Final = LabelConvention(
    CAMVID_CLASSES, camvid_palette(), tuple(range(len(CAMVID_CLASSES))), void=frozenset({_VOID, IGNORE})
)


def _splits(root: Path) -> tuple[str, ...]:
    folders = {folder.name for folder in subfolders(root)}
    return tuple(sorted(name for name in folders if f"{name}{_ANNOTATIONS}" in folders))


CAMVID: Final = Layout(
    name="camvid",
    title="CamVid (SegNet)",
    marks="train/ beside trainannot/, or another split so",
    is_root=lambda folder: bool(_splits(folder)),
    splits=_splits,
)


class CamVidData(PairedData):
    """One split of CamVid.

    Args:
        root: the folder that holds train, trainannot and so on, or a folder above it.
        split: "train", "val" or "test". Its list is <split>.txt where there is one, otherwise what lies in the folder.
        list_file: a list of its own in place of the split: image and label file a line, or the image's path or name
            alone. The lists' prefix /SegNet/CamVid/ is dropped.

    Raises:
        DataError: a folder or list is missing or empty.
    """

    def __init__(self, root: Path, *, split: str = "val", list_file: Path | None = None) -> None:
        root = CAMVID.root(root)
        published = root / f"{split}.txt"
        unlabelled: tuple[Path, ...] = ()
        unpaired: tuple[Path, ...] = ()
        if list_file is not None or published.is_file():
            pairs = tuple(_listed(root, line) for line in read_lines(list_file or published))
        else:
            pairs, unlabelled, unpaired = _folder_pairs(root, split)
        super().__init__(
            layout=CAMVID.name,
            root=root,
            split=split if list_file is None else list_file.name,
            pairs=pairs,
            convention=CAMVID_LABELS,
            unlabelled=unlabelled,
            unpaired=unpaired,
        )


def _folder_pairs(root: Path, split: str) -> tuple[tuple[Pair, ...], tuple[Path, ...], tuple[Path, ...]]:
    if split not in _splits(root):
        raise CAMVID.no_split(root, split, [f"{split}.txt", f"{split}/ with {split}{_ANNOTATIONS}/"])
    images = {path.stem: path for path in sorted((root / split).iterdir()) if path.suffix.lower() in IMAGE_SUFFIXES}
    labels = {path.stem: path for path in sorted((root / f"{split}{_ANNOTATIONS}").glob("*.png"))}
    return (
        tuple(Pair(stem, image, labels[stem]) for stem, image in images.items() if stem in labels),
        tuple(image for stem, image in images.items() if stem not in labels),
        tuple(path for stem, path in labels.items() if stem not in images),
    )


def _listed(root: Path, line: str) -> Pair:
    first, *rest = (_without_prefix(entry) for entry in line.split())
    image = below(root, first) if names_a_file(first) else _image_named(root, first)
    if rest:
        return Pair(image.stem, image, below(root, rest[0]))
    folder = image.parent
    return Pair(image.stem, image, folder.with_name(f"{folder.name}{_ANNOTATIONS}") / f"{image.stem}.png")


def _image_named(root: Path, stem: str) -> Path:
    found = (path for split in _splits(root) for path in sorted((root / split).glob(f"{stem}.*")))
    return next(found, root / f"{stem}.png")


def _without_prefix(entry: str) -> str:
    if Path(entry).is_file():  # a whole path in a list of one's own
        return entry
    parts = [part for part in PurePosixPath(entry).parts if part != "/"]
    for prefix in _PREFIX:
        if len(parts) > 1 and parts[0].lower() == prefix:
            parts = parts[1:]
    return "/".join(parts)
