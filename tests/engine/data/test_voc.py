"""The VOC layout: both list shapes, both label modes, and refusal of what does not belong."""

from __future__ import annotations

import logging
import shutil
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from engine.data.voc import VOC_LABELS, VocData
from engine.errors import DataError
from tests.engine.data.voc_folder import write_list, write_voc


@pytest.fixture
def root(tmp_path: Path) -> Path:
    return write_voc(tmp_path / "VOC2012", train=["2007_a", "2007_b"], val=["2008_ü"])


@pytest.mark.parametrize(
    ("split", "names"), [("train_aug", ["2007_a", "2007_b"]), ("train", ["2007_a", "2007_b"]), ("val", ["2008_ü"])]
)
def test_lists_name_images_and_labels_keep_their_indices(root: Path, split: str, names: list[str]) -> None:
    data = VocData(root, split=split)
    assert [data.name(i) for i in range(len(data))] == names
    sample = data.load(0)
    assert sample.rgb.shape == (64, 80, 3)
    assert set(np.unique(sample.labels)) == {0, 12, 255}
    assert sample.labels[17, 17] == 255
    assert sample.labels[30, 30] == 12
    assert sample.rgb[30, 30, 1] > 180


def test_lists_of_paths_are_understood(root: Path) -> None:
    lines = [f"/JPEGImages/{n}.jpg /SegmentationClassAug/{n}.png" for n in ("2007_a", "2007_b")]
    write_list(root / "ImageSets" / "SegmentationAug" / "trainval_aug.txt", [*lines, ""])
    data = VocData(root, split="trainval_aug")
    assert len(data) == 2
    assert data.name(1) == "2007_b"
    assert data.load(1).labels[30, 30] == 8


def test_without_the_augmented_list_the_plain_one_serves_with_a_warning(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    root = write_voc(tmp_path, train=["a"], augmented=False)
    with caplog.at_level(logging.WARNING):
        assert len(VocData(root, split="train_aug")) == 1
    assert "plain train list" in caplog.text


def test_an_augmented_list_without_its_labels_means_the_plain_list(
    root: Path, caplog: pytest.LogCaptureFixture
) -> None:
    shutil.rmtree(root / "SegmentationClassAug")
    with caplog.at_level(logging.WARNING):
        data = VocData(root, split="train_aug")
    assert "SegmentationClassAug" in caplog.text
    assert data.pairs[0].labels.parent.name == "SegmentationClass"


def test_the_other_name_and_place_of_the_augmented_list_serve_too(root: Path) -> None:
    write_list(root / "ImageSets" / "Segmentation" / "trainaug.txt", ["2007_b"])
    (root / "ImageSets" / "SegmentationAug" / "train_aug.txt").unlink()
    data = VocData(root, split="train_aug")
    assert [pair.labels for pair in data.pairs] == [root / "SegmentationClassAug" / "2007_b.png"]


@pytest.mark.parametrize("up", [0, 1, 2])
def test_the_root_may_be_a_folder_above(tmp_path: Path, up: int) -> None:
    root = write_voc(tmp_path / "VOCdevkit" / "VOC2012", val=["a"])
    write_voc(tmp_path / "VOCdevkit" / "VOC2007", val=["b"])
    data = VocData([root, *root.parents][up], split="val")
    assert (data.root, data.name(0)) == (root, "a")


def test_a_list_of_ones_own_takes_original_masks_first(root: Path, tmp_path: Path) -> None:
    (root / "SegmentationClass" / "2007_b.png").unlink()
    mine = tmp_path / "mine.txt"
    write_list(mine, ["2007_a", "2007_b", "JPEGImages/2008_ü.jpg SegmentationClass/2008_ü.png"])
    data = VocData(root, list_file=mine)
    assert [pair.labels.parent.name for pair in data.pairs] == [
        "SegmentationClass", "SegmentationClassAug", "SegmentationClass"
    ]  # fmt: skip
    assert data.split == "mine.txt"
    assert all(data.load(i).labels.shape == (64, 80) for i in range(3))


def test_foreign_label_values_are_refused_with_file_and_value(tmp_path: Path) -> None:
    labels = np.zeros((4, 4), dtype=np.uint8)
    labels[0, :3] = 21
    labels[1, 0] = 254
    path = tmp_path / "bad.png"
    Image.fromarray(labels).save(path)
    with pytest.raises(DataError, match=r"bad\.png: .*21 \(3 pixels\), 254 \(1 pixels\)"):
        VOC_LABELS.load(path)
    labels[labels == 254] = 255
    labels[labels == 21] = 20
    Image.fromarray(labels).save(path)
    assert np.array_equal(VOC_LABELS.load(path), labels)


def test_colour_label_maps_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "colour.png"
    Image.new("RGB", (4, 4)).save(path)
    with pytest.raises(DataError, match="mode RGB"):
        VOC_LABELS.load(path)


def test_damaged_missing_and_mismatched_files_are_named(root: Path) -> None:
    data = VocData(root, split="train_aug")
    image = root / "JPEGImages" / "2007_a.jpg"
    image.write_bytes(image.read_bytes()[:300])
    with pytest.raises(DataError, match=r"2007_a\.jpg"):
        data.load(0)
    label = root / "SegmentationClassAug" / "2007_b.png"
    Image.new("L", (10, 10)).save(label)
    with pytest.raises(DataError, match=r"2007_b\.png: label map is 10×10, its image 80×64"):
        data.load(1)
    label.unlink()
    with pytest.raises(DataError, match=r"2007_b\.png"):
        data.load(1)


def test_a_folder_or_list_that_is_not_there_is_named(root: Path) -> None:
    with pytest.raises(DataError, match=r"looked for JPEGImages/ and ImageSets/; there .*did you mean .*VOC2012"):
        VocData(root / "ImageSets", split="val")
    with pytest.raises(
        DataError, match=r"no split named minival: .*ImageSets/Segmentation/minival\.txt; train, train_aug"
    ):
        VocData(root, split="minival")
    write_list(root / "ImageSets" / "Segmentation" / "empty.txt", [])
    with pytest.raises(DataError, match="empty"):
        VocData(root, split="empty")


def test_the_real_lists_load_and_do_not_overlap(data_folder: Path) -> None:
    root = data_folder / "VOCdevkit" / "VOC2012"
    if not root.is_dir():
        pytest.skip("no VOC here")
    train, val = VocData(root, split="train_aug"), VocData(root, split="val")
    names = {train.name(i) for i in range(len(train))}
    assert len(names) == len(train)
    assert names.isdisjoint(val.name(i) for i in range(len(val)))
    for data in (train, val):
        for index in range(0, len(data), len(data) // 8):
            sample = data.load(index)
            assert sample.labels.shape == sample.rgb.shape[:2]
            assert np.any((sample.labels > 0) & (sample.labels < 21))
