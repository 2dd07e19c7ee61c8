"""Layouts are recognised from their folders, and a message says what was found or looked for."""

from __future__ import annotations

from pathlib import Path

import pytest
from PIL import Image

from engine.data.opening import found_text, open_dataset, recognise
from engine.errors import DataError, SettingError
from tests.engine.data.test_cityscapes import write_cityscapes
from tests.engine.data.voc_folder import write_voc


def _camvid(root: Path) -> Path:
    for folder in ("val", "valannot"):
        (root / folder).mkdir(parents=True)
        Image.new("L", (3, 2)).save(root / folder / "a.png")
    return root


def _folder(root: Path) -> Path:
    root.mkdir()
    (root / "classes.txt").write_text("a\nb\n", encoding="utf-8")
    Image.new("L", (3, 2)).save(root / "x.jpg")
    Image.new("L", (3, 2)).save(root / "x.png")
    return root


@pytest.fixture
def every(tmp_path: Path) -> dict[str, Path]:
    return {
        "voc": write_voc(tmp_path / "V" / "VOC2012", train=["a", "b"], val=["c"]),
        "cityscapes": write_cityscapes(tmp_path / "C", {"val": ["ulm_000000_000019"]}),
        "camvid": _camvid(tmp_path / "M"),
        "folder": _folder(tmp_path / "F"),
    }


@pytest.mark.parametrize("layout", ["voc", "cityscapes", "camvid", "folder"])
def test_each_layout_is_recognised_at_its_root_and_opens(every: dict[str, Path], layout: str) -> None:
    root = every[layout]
    assert recognise(root) == (layout, root)
    data = open_dataset(root, split="all" if layout == "folder" else "val")
    assert (data.layout, data.root, len(data)) == (layout, root, 1)
    assert data.load(0).labels.ndim == 2
    assert str(root) in found_text(data)


def test_the_message_names_the_other_splits_and_what_was_left_out(every: dict[str, Path]) -> None:
    assert found_text(open_dataset(every["voc"].parent, split="val")) == (
        f"PASCAL VOC data in {every['voc']}: val, 1 image, 21 classes; other splits: train, train_aug"
    )
    Image.new("L", (3, 2)).save(every["camvid"] / "val" / "lone.png")
    assert found_text(open_dataset(every["camvid"], split="val")).endswith("left out: 1 without labels")


def test_several_below_one_folder_are_named_and_one_can_be_chosen(every: dict[str, Path], tmp_path: Path) -> None:
    with pytest.raises(DataError, match=r"several data sets.*voc in .*VOC2012, cityscapes in .*camvid in .*folder in"):
        open_dataset(tmp_path, split="val")
    assert open_dataset(tmp_path, layout="camvid", split="val").root == every["camvid"]


def test_a_folder_without_data_says_what_was_looked_for_and_what_is_there(tmp_path: Path) -> None:
    (tmp_path / "notes").mkdir()
    with pytest.raises(DataError, match=r"JPEGImages/ and ImageSets/; .*classes\.txt.*there is notes/"):
        open_dataset(tmp_path, split="val")
    with pytest.raises(DataError, match=r"there is no such folder; in .* there is notes/"):
        open_dataset(tmp_path / "nix", split="val")
    with pytest.raises(SettingError, match="no layout coco"):
        open_dataset(tmp_path, layout="coco", split="val")


def test_a_list_file_that_is_missing_or_empty_is_named(every: dict[str, Path], tmp_path: Path) -> None:
    for layout, root in every.items():
        with pytest.raises(DataError, match=r"nix\.txt: the list cannot be read"):
            open_dataset(root, layout=layout, split="val", list_file=tmp_path / "nix.txt")
    (tmp_path / "empty.txt").write_text("\n", encoding="utf-8")
    with pytest.raises(DataError, match=r"empty\.txt: the list is empty"):
        open_dataset(every["voc"], split="val", list_file=tmp_path / "empty.txt")


@pytest.mark.data
def test_the_real_data_sets_are_recognised(data_folder: Path) -> None:
    for folder, layout in (("VOCdevkit", "voc"), ("CamVid", "camvid"), ("cityscapes", "cityscapes")):
        if (data_folder / folder).is_dir():
            assert recognise(data_folder / folder)[0] == layout
