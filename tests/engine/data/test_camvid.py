"""CamVid's lists with their authors' prefix, its void value, and folders without lists."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from engine.data.camvid import CamVidData
from engine.errors import DataError


@pytest.fixture
def root(tmp_path: Path) -> Path:
    root = tmp_path / "CamVid"
    labels = np.array([[0, 10, 11], [3, 4, 5]], dtype=np.uint8)
    for split, names in (("train", ["a", "b"]), ("val", ["c"])):
        for name in names:
            for folder in (split, f"{split}annot"):
                (root / folder).mkdir(parents=True, exist_ok=True)
            Image.new("RGB", (3, 2)).save(root / split / f"{name}.png")
            Image.fromarray(labels).save(root / f"{split}annot" / f"{name}.png")
    lines = [f"/SegNet/CamVid/train/{name}.png /SegNet/CamVid/trainannot/{name}.png" for name in "ba"]
    (root / "train.txt").write_text("\n".join(lines), encoding="utf-8")
    return root


def test_the_published_list_is_read_without_its_prefix_and_in_its_order(root: Path) -> None:
    data = CamVidData(root.parent, split="train")
    assert [pair.image for pair in data.pairs] == [root / "train" / "b.png", root / "train" / "a.png"]
    assert data.load(0).labels.tolist() == [[0, 10, 255], [3, 4, 5]]
    assert (data.class_names[0], data.class_names[10]) == ("Sky", "Bicyclist")


def test_without_a_list_the_folder_itself_is_the_list(root: Path) -> None:
    Image.new("RGB", (3, 2)).save(root / "val" / "lone.png")
    data = CamVidData(root, split="val")
    assert [pair.name for pair in data.pairs] == ["c"]
    assert data.unlabelled == (root / "val" / "lone.png",)


def test_a_list_of_ones_own_in_three_shapes(root: Path, tmp_path: Path) -> None:
    mine = tmp_path / "mine.txt"
    mine.write_text(f"c\ntrain/a.png\n{root}/val/c.png {root}/valannot/c.png\n", encoding="utf-8")
    data = CamVidData(root, list_file=mine)
    assert [pair.labels.relative_to(root).as_posix() for pair in data.pairs] == [
        "valannot/c.png", "trainannot/a.png", "valannot/c.png"
    ]  # fmt: skip


def test_what_is_missing_is_named(root: Path) -> None:
    with pytest.raises(DataError, match=r"looked for test\.txt, test/ with testannot/; train, val are here"):
        CamVidData(root, split="test")
    with pytest.raises(DataError, match=r"no CamVid .*did you mean .*CamVid\?"):
        CamVidData(root / "train", split="train")


@pytest.mark.data
def test_the_real_lists_have_the_published_class_shares(data_folder: Path) -> None:
    if not (data_folder / "CamVid").is_dir():
        pytest.skip("no CamVid here")
    data = CamVidData(data_folder / "CamVid", split="train")
    assert len(data) == 367
    counts = sum(np.bincount(data.load(i).labels.ravel(), minlength=256) for i in range(0, 367, 10))
    shares = counts / counts.sum()
    assert shares[3] == pytest.approx(0.317, abs=0.03)  # Road
    assert shares[1] == pytest.approx(0.233, abs=0.03)  # Building
    assert shares[255] == pytest.approx(0.04, abs=0.02)
