"""Folders of one's own in every form the documentation names."""

from __future__ import annotations

from pathlib import Path

import pytest
from PIL import Image

from engine.data.folder import FolderData
from engine.errors import DataError


def _photo(path: Path, size: tuple[int, int] = (6, 4)) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.new("RGB", size, (200, 10, 10)).save(path)
    return path


def _mask(path: Path, value: int = 1, size: tuple[int, int] = (6, 4)) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.new("L", size, value).save(path)
    return path


def _names(data: FolderData) -> list[str]:
    return [data.name(i) for i in range(len(data))]


@pytest.fixture
def root(tmp_path: Path) -> Path:
    root = tmp_path / "mine"
    root.mkdir()
    (root / "classes.txt").write_text("ground\nobject\n", encoding="utf-8")
    return root


@pytest.mark.parametrize("labels", ["masks", "labels"])
@pytest.mark.parametrize("ending", ["", "_mask"])
def test_two_folders_pair_by_stem_with_sub_folders(root: Path, labels: str, ending: str) -> None:
    for stem in ("a", "deep/b"):
        _photo(root / "images" / f"{stem}.jpg")
        _mask(root / labels / f"{stem}{ending}.png")
    data = FolderData(root)
    assert _names(data) == ["a", "deep/b"]
    assert data.class_names == ("ground", "object")
    sample = data.load(1)
    assert sample.rgb.shape == (4, 6, 3)
    assert (sample.labels == 1).all()


def test_files_side_by_side(root: Path) -> None:
    _photo(root / "a.jpg")
    _mask(root / "a.png")
    _photo(root / "b.png")
    _mask(root / "b_label.png")
    lone_photo, lone_mask = _photo(root / "c.jpg"), _mask(root / "d_mask.png")
    data = FolderData(root)
    assert [(p.name, p.image.name, p.labels.name) for p in data.pairs] == [
        ("a", "a.jpg", "a.png"), ("b", "b.png", "b_label.png")
    ]  # fmt: skip
    assert (data.unlabelled, data.unpaired) == ((lone_photo,), (lone_mask,))


def test_what_cannot_be_told_apart_is_refused(root: Path) -> None:
    for name in ("a.jpg", "a.png", "a_mask.png"):
        _photo(root / name)
    with pytest.raises(DataError, match=r"cannot be told apart: a\.jpg, a\.png, a_mask\.png"):
        FolderData(root)


def test_two_photos_of_one_stem_are_refused(root: Path) -> None:
    for name in ("images/a.jpg", "images/a.png", "masks/a.png"):
        _photo(root / name)
    with pytest.raises(DataError, match=r"same stem: a\.jpg and a\.png"):
        FolderData(root)


@pytest.mark.parametrize(
    "place", ["{split}/images/{n}.jpg {split}/masks/{n}.png", "images/{split}/{n}.jpg masks/{split}/{n}.png",
              "{split}/{n}.jpg {split}/{n}.png"]
)  # fmt: skip
def test_splits_as_folders(root: Path, place: str) -> None:
    for split, name in (("train", "a"), ("train", "b"), ("val", "c")):
        photo, mask = place.format(split=split, n=name).split()
        _photo(root / photo)
        _mask(root / mask)
    assert _names(FolderData(root, split="train")) == ["a", "b"]
    assert _names(FolderData(root, split="val")) == ["c"]
    with pytest.raises(DataError, match=r"no split named test: .*train, val are here"):
        FolderData(root, split="test")


@pytest.mark.parametrize("folder", ["", "splits"])
def test_splits_as_lists_of_names_files_or_pairs(root: Path, folder: str) -> None:
    for name in ("a", "b", "with space"):
        _photo(root / "images" / f"{name}.jpg")
        _mask(root / "masks" / f"{name}.png")
    lists = root / folder
    lists.mkdir(exist_ok=True)
    (lists / "train.txt").write_text(
        "with space\nb.jpg\nimages/a.jpg masks/a.png\nimages/b.jpg\tmasks/b.png\n", encoding="utf-8"
    )
    (lists / "val.txt").write_text("a\n", encoding="utf-8")
    assert [p.image.name for p in FolderData(root, split="train").pairs] == [
        "with space.jpg",
        "b.jpg",
        "a.jpg",
        "b.jpg",
    ]
    assert _names(FolderData(root, split="val")) == ["a"]
    with pytest.raises(DataError, match="no split named all"):
        FolderData(root)


def test_a_list_that_names_what_is_not_there_is_refused(root: Path, tmp_path: Path) -> None:
    _photo(root / "images" / "a.jpg")
    _photo(root / "images" / "b.jpg")
    _mask(root / "masks" / "a.png")
    mine = tmp_path / "mine.txt"
    for entry, reason in (("nix", "nix, which is not in the folder"), ("b.jpg", r"b\.jpg, which has an image but no")):
        mine.write_text(f"a\n{entry}\n", encoding="utf-8")
        with pytest.raises(DataError, match=rf"mine\.txt: .*{reason}"):
            FolderData(root, list_file=mine)


def test_colour_masks_need_colours_in_the_table(root: Path) -> None:
    _photo(root / "images" / "a.jpg")
    _photo(root / "masks" / "a.png")
    with pytest.raises(DataError, match=r"a\.png: label map has mode RGB.*colours given in the class table"):
        FolderData(root).load(0)
    (root / "classes.txt").write_text("ground 0 0 0\nobject 200 10 10\n", encoding="utf-8")
    assert (FolderData(root).load(0).labels == 1).all()


def test_photos_are_turned_upright_as_the_window_shows_them(root: Path) -> None:
    exif = Image.Exif()
    exif[0x0112] = 6
    (root / "images").mkdir()
    Image.new("RGB", (6, 4)).save(root / "images" / "a.jpg", exif=exif)
    _mask(root / "masks" / "a.png", size=(4, 6))
    assert FolderData(root).load(0).rgb.shape == (6, 4, 3)


def test_wrong_ids_sizes_and_damaged_photos_are_named(root: Path) -> None:
    photo = _photo(root / "images" / "a.jpg")
    _mask(root / "masks" / "a.png", value=2)
    with pytest.raises(DataError, match=r"a\.png: .*2 \(24 pixels\) \(the table knows 0\.\.1, 255\)"):
        FolderData(root).load(0)
    _mask(root / "masks" / "a.png", size=(5, 4))
    with pytest.raises(DataError, match=r"a\.png: label map is 5×4, its image 6×4"):
        FolderData(root).load(0)
    photo.write_bytes(photo.read_bytes()[:100])
    with pytest.raises(DataError, match=r"a\.jpg: image cannot be read"):
        FolderData(root).load(0)


def test_a_folder_without_pairs_or_without_a_table_says_what_is_there(root: Path) -> None:
    _photo(root / "a.jpg")
    with pytest.raises(DataError, match=r"1 images without labels, 0 labels without images; there are a\.jpg"):
        FolderData(root)
    (root / "classes.txt").unlink()
    with pytest.raises(DataError, match=r"looked for a class table \(classes\.txt, .*\); there is a\.jpg"):
        FolderData(root)
