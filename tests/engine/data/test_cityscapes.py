"""Cityscapes' folders and file names, and pairing that leaves nothing out in silence."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from engine.data.cityscapes import CityscapesData
from engine.errors import DataError

TRUTH = np.array([[7, 26, 33, 0], [3, 11, 24, 8]], dtype=np.uint8)
TRAIN_IDS = [[0, 13, 18, 255], [255, 2, 11, 1]]


def write_cityscapes(root: Path, ids: dict[str, list[str]], *, truth: str = "gtFine", train_ids: bool = False) -> Path:
    """Photos of 4×2 pixels with every kind of id; `ids` by split."""
    for split, names in ids.items():
        for name in names:
            city = name.split("_")[0]
            photos, labels = root / "leftImg8bit" / split / city, root / truth / split / city
            photos.mkdir(parents=True, exist_ok=True)
            labels.mkdir(parents=True, exist_ok=True)
            Image.new("RGB", (4, 2), (90, 100, 110)).save(photos / f"{name}_leftImg8bit.png")
            Image.fromarray(TRUTH).save(labels / f"{name}_{truth}_labelIds.png")
            if train_ids:
                own = np.array(TRAIN_IDS, dtype=np.uint8)
                Image.fromarray(own).save(labels / f"{name}_{truth}_labelTrainIds.png")
    return root


@pytest.fixture
def root(tmp_path: Path) -> Path:
    ids = {"train": ["aachen_000000_000019", "ulm_000001_000019"], "val": ["frankfurt_000000_000294"]}
    return write_cityscapes(tmp_path / "cityscapes", ids)


def test_ids_become_train_ids_while_reading(root: Path) -> None:
    data = CityscapesData(root.parent, split="train")
    assert [data.name(i) for i in range(2)] == ["aachen_000000_000019", "ulm_000001_000019"]
    assert data.load(1).labels.tolist() == TRAIN_IDS
    assert data.class_names[13] == "car"


def test_ready_made_train_ids_are_read_where_asked_for(tmp_path: Path, root: Path) -> None:
    with pytest.raises(DataError, match=r"gtFine_labelTrainIds\.png.*csCreateTrainIdLabelImgs"):
        CityscapesData(root, split="val", labels="labelTrainIds")
    ready = write_cityscapes(tmp_path / "ready", {"val": ["ulm_000001_000019"]}, train_ids=True)
    data = CityscapesData(ready, split="val", labels="labelTrainIds")
    assert data.pairs[0].labels.name == "ulm_000001_000019_gtFine_labelTrainIds.png"
    assert data.load(0).labels.tolist() == TRAIN_IDS


def test_coarse_labels_serve_the_split_that_has_no_others(root: Path) -> None:
    write_cityscapes(root, {"train_extra": ["ulm_000007_000019"]}, truth="gtCoarse")
    assert CityscapesData(root, split="train_extra").load(0).labels.tolist() == TRAIN_IDS


def test_files_without_their_other_half_are_kept_for_the_report(root: Path) -> None:
    (root / "gtFine/train/ulm/ulm_000001_000019_gtFine_labelIds.png").unlink()
    (root / "leftImg8bit/train/aachen/aachen_000000_000019_leftImg8bit.png").unlink()
    write_cityscapes(root, {"train": ["bonn_000000_000019"]})
    data = CityscapesData(root, split="train")
    assert [pair.name for pair in data.pairs] == ["bonn_000000_000019"]
    assert [path.name for path in data.unlabelled] == ["ulm_000001_000019_leftImg8bit.png"]
    assert [path.name for path in data.unpaired] == ["aachen_000000_000019_gtFine_labelIds.png"]


def test_lists_of_ids_of_images_and_of_pairs(root: Path, tmp_path: Path) -> None:
    photo = "leftImg8bit/val/frankfurt/frankfurt_000000_000294_leftImg8bit.png"
    label = "gtFine/val/frankfurt/frankfurt_000000_000294_gtFine_labelIds.png"
    mine = tmp_path / "mine.txt"
    mine.write_text(f"frankfurt_000000_000294\n{photo}\n/{photo} /{label}\n", encoding="utf-8")
    data = CityscapesData(root, list_file=mine)
    assert {(pair.image, pair.labels) for pair in data.pairs} == {(root / photo, root / label)}
    assert len(data) == 3


def test_a_split_that_is_not_there_is_named(root: Path) -> None:
    with pytest.raises(
        DataError, match=r"no split named minival: looked for leftImg8bit/minival/; train, val are here"
    ):
        CityscapesData(root, split="minival")


@pytest.mark.data
def test_the_real_files_load(data_folder: Path) -> None:
    if not (data_folder / "cityscapes").is_dir():
        pytest.skip("no Cityscapes here")
    data = CityscapesData(data_folder / "cityscapes", split="train")
    sample = data.load(0)
    assert sample.rgb.shape == (1024, 2048, 3)
    assert {0, 13} <= set(np.unique(sample.labels).tolist()) <= {*range(19), 255}
