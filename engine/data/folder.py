"""Any folder of images and label maps with a class table beside them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from engine.data.class_table import CLASS_TABLES, find_class_table, read_class_table
from engine.data.finding import find_images
from engine.data.layout import Layout, contents
from engine.data.lists import below, names_a_file, read_lines
from engine.data.pairs import Pair, PairedData
from engine.errors import DataError

ALL: Final = "all"
"""The split that is the whole of a folder without splits."""

_IMAGES: Final = ("images", "image", "imgs")
_LABELS: Final = ("masks", "labels", "annotations", "mask", "label")
_ENDINGS: Final = ("_mask", "_masks", "_label", "_labels", "_gt")
_LIST_FOLDERS: Final = ("", "splits")
_USUAL_SPLITS: Final = ("train", "val", "test")


@dataclass(frozen=True)
class _Found:
    """Pairs by key: the image's path below its folder, without suffix and without a mask's ending."""

    pairs: dict[str, Pair]
    unlabelled: tuple[Path, ...]
    unpaired: tuple[Path, ...]


def _splits(root: Path) -> tuple[str, ...]:
    lists = [path.stem for folder in _LIST_FOLDERS for path in (root / folder).glob("*.txt")]
    listed = {name for name in lists if f"{name}.txt" not in CLASS_TABLES}
    folders = {name for name in _USUAL_SPLITS if _split_folders(root, name) is not None}
    return tuple(sorted(listed | folders)) or (ALL,)


FOLDER: Final = Layout(
    name="folder",
    title="image folder",
    marks=f"a class table ({', '.join(CLASS_TABLES)})",
    is_root=lambda folder: find_class_table(folder) is not None,
    splits=_splits,
)


class FolderData(PairedData):
    """One split of a folder of one's own.

    Images lie in images/ and label maps of the same stem in masks/ or labels/, with the same sub-folders, or both lie
    side by side (photo.jpg with photo.png, or photo.png with photo_mask.png). A split is a list (<split>.txt, also in
    splits/), a folder of its own (<split>/…, or images/<split>/ with masks/<split>/), or "all" where there is neither.

    Args:
        root: the folder with the class table, or a folder above it.
        list_file: a list of its own in place of the split: names without suffix, or image and label file, a line.

    Raises:
        DataError: class table or split is missing, a list names what is not there, or files cannot be told apart.
    """

    def __init__(self, root: Path, *, split: str = ALL, list_file: Path | None = None) -> None:
        root = FOLDER.root(root)
        table = find_class_table(root)
        assert table is not None  # what makes it a root
        convention = read_class_table(table)
        found = _whole(root, split) if list_file is None else _listed(root, list_file)
        super().__init__(
            layout=FOLDER.name,
            root=root,
            split=split if list_file is None else list_file.name,
            pairs=tuple(found.pairs.values()),
            convention=convention,
            unlabelled=found.unlabelled,
            unpaired=found.unpaired,
            upright=True,
        )


def _whole(root: Path, split: str) -> _Found:
    folders = _split_folders(root, split)
    if folders is not None:
        return _checked(_pairs_in(*folders), root, split)
    lists = [root / folder / f"{split}.txt" for folder in _LIST_FOLDERS]
    list_file = next((path for path in lists if path.is_file() and path.name not in CLASS_TABLES), None)
    if list_file is not None:
        return _listed(root, list_file)
    if split == ALL and _splits(root) == (ALL,):
        return _checked(_pairs_in(*_image_and_label_folders(root)), root, split)
    looked_for = [*(str(path.relative_to(root)) for path in lists), f"{split}/", f"{_IMAGES[0]}/{split}/"]
    raise FOLDER.no_split(root, split, looked_for)


def _checked(found: _Found, root: Path, split: str) -> _Found:
    if found.pairs:
        return found
    raise DataError(
        f"the split {split} has no image with a label map of the same stem: {len(found.unlabelled)} images without "
        f"labels, {len(found.unpaired)} labels without images; {contents(root)}",
        path=root,
        cure="put images into images/ and label maps into masks/, or photo.png beside photo.jpg",
    )


def _split_folders(root: Path, split: str) -> tuple[Path, Path | None] | None:
    """Where a split has folders of its own: of its images and of its label maps (None = side by side)."""
    if not split or split in (*_IMAGES, *_LABELS) or Path(split).name != split:
        return None
    if (root / split).is_dir():
        return _image_and_label_folders(root / split)
    images, labels = _image_and_label_folders(root)
    if labels is not None and (images / split).is_dir() and (labels / split).is_dir():
        return images / split, labels / split
    return None


def _image_and_label_folders(folder: Path) -> tuple[Path, Path | None]:
    images = _first_folder(folder, _IMAGES)
    labels = _first_folder(folder, _LABELS)
    return (images, labels) if images is not None and labels is not None else (folder, None)


def _first_folder(folder: Path, names: Sequence[str]) -> Path | None:
    return next((folder / name for name in names if (folder / name).is_dir()), None)


def _listed(root: Path, list_file: Path) -> _Found:
    whole: _Found | None = None
    pairs: dict[str, Pair] = {}
    for line in read_lines(list_file):
        image, separator, labels = line.partition("\t")
        if not separator and len(fields := line.split()) == 2 and all(map(names_a_file, fields)):
            image, labels = fields
        if labels:
            path = below(root, image.strip())
            pair = Pair(_key(path, root, ending=False), path, below(root, labels.strip()))
        else:
            if whole is None:
                whole = _pairs_in(*_image_and_label_folders(root))
            pair = _named(whole, line, list_file)
        pairs[pair.name] = pair
    return _Found(pairs, (), ())


def _named(whole: _Found, entry: str, list_file: Path) -> Pair:
    """The pair of a bare name in a list: with or without suffix, with or without the images' folder in front."""
    name = entry.replace("\\", "/").lstrip("/")
    first, _, rest = name.partition("/")
    name = rest if first in _IMAGES else name
    without_suffix = name.rpartition(".")[0] if names_a_file(name) and "." in Path(name).name else name
    for key in (name, without_suffix):
        if key in whole.pairs:
            return whole.pairs[key]
    lone = {path.stem for path in whole.unlabelled}
    reason = "has an image but no label map" if Path(name).stem in lone or name in lone else "is not in the folder"
    raise DataError(f"the list names {entry}, which {reason}", path=list_file)


def _pairs_in(images: Path, labels: Path | None) -> _Found:
    return _side_by_side(images) if labels is None else _in_two_folders(images, labels)


def _in_two_folders(image_folder: Path, label_folder: Path) -> _Found:
    images = _by_key(image_folder, ending=False)
    labels = _by_key(label_folder, ending=True)
    # A mask's ending counts only where the stem as it is has no image: photo_label.jpg may be a photo's own name.
    plain = _by_key(label_folder, ending=False)
    chosen = {key: plain.get(key) or labels.get(key) for key in images}
    used = {path for path in chosen.values() if path is not None}
    return _Found(
        pairs={key: Pair(key, images[key], path) for key, path in chosen.items() if path is not None},
        unlabelled=tuple(images[key] for key, path in chosen.items() if path is None),
        unpaired=tuple(path for path in plain.values() if path not in used),
    )


def _side_by_side(folder: Path) -> _Found:
    groups: dict[str, list[Path]] = {}
    for path in find_images([folder]):
        groups.setdefault(_key(path, folder, ending=True), []).append(path)
    pairs: dict[str, Pair] = {}
    unlabelled: list[Path] = []
    unpaired: list[Path] = []
    for key, files in groups.items():
        masks = [path for path in files if _key(path, folder, ending=False) != key]
        photos = [path for path in files if path not in masks]
        if not masks and len(photos) == 2:  # photo.jpg with photo.png
            masks = [path for path in photos if path.suffix.lower() == ".png"]
            photos = [path for path in photos if path not in masks]
        if len(photos) == 1 and len(masks) == 1:
            pairs[key] = Pair(key, photos[0], masks[0])
        elif len(files) == 1:
            (unpaired if masks else unlabelled).append(files[0])
        else:
            raise DataError(f"these cannot be told apart: {', '.join(path.name for path in files)}", path=folder)
    return _Found(pairs, tuple(unlabelled), tuple(unpaired))


def _by_key(folder: Path, *, ending: bool) -> dict[str, Path]:
    files: dict[str, Path] = {}
    for path in find_images([folder]):
        key = _key(path, folder, ending=ending)
        if key in files and not ending:
            raise DataError(f"two files have the same stem: {files[key].name} and {path.name}", path=folder)
        files[key] = path
    return files


def _key(path: Path, folder: Path, *, ending: bool) -> str:
    """The path below the folder without suffix; with `ending`, also without a mask's ending."""
    relative = path.relative_to(folder) if path.is_relative_to(folder) else Path(path.name)
    key = relative.with_suffix("").as_posix()
    if ending:
        key = next((key.removesuffix(text) for text in _ENDINGS if key.endswith(text) and key != text), key)
    return key
