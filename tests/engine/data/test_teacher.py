"""A teacher's label maps travel with the images they belong to."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from engine.data.opening import open_dataset
from engine.data.pairs import PairedData
from engine.data.teacher import TaughtData
from engine.errors import DataError
from tests.engine.data.voc_folder import write_voc


@pytest.fixture
def data(tmp_path: Path) -> PairedData:
    return open_dataset(write_voc(tmp_path / "voc", train=("a", "b", "c"), val=("d",)), layout="voc", split="train_aug")


def _teach(folder: Path, data: PairedData, value: int, *, indices: tuple[int, ...]) -> Path:
    folder.mkdir()
    for index in indices:
        labels = np.full_like(data.load(index).labels, value)
        Image.fromarray(labels).save(folder / f"{data.pairs[index].image.stem}.png")
    return folder


def test_maps_come_in_the_order_of_their_folders_and_may_be_missing(data: PairedData, tmp_path: Path) -> None:
    one = _teach(tmp_path / "one", data, 3, indices=(0, 1))
    two = _teach(tmp_path / "two", data, 5, indices=(0,))
    taught = TaughtData(data, [one, two])
    assert [set(np.unique(labels)) for labels in taught.load(0).taught] == [{3}, {5}]
    assert [set(np.unique(labels)) for labels in taught.load(1).taught] == [{3}]
    assert np.array_equal(taught.load(0).labels, data.load(0).labels)
    assert (len(taught), taught.name(1), taught.class_names) == (len(data), data.name(1), data.class_names)


def test_a_folder_that_teaches_nothing_is_named(data: PairedData, tmp_path: Path) -> None:
    with pytest.raises(DataError, match="no such folder"):
        TaughtData(data, [tmp_path / "nowhere"])
    empty = tmp_path / "empty"
    empty.mkdir()
    with pytest.raises(DataError, match="no label map here") as caught:
        TaughtData(data, [empty])
    assert caught.value.path == empty


def test_a_map_of_another_size_is_named(data: PairedData, tmp_path: Path) -> None:
    folder = tmp_path / "teacher"
    folder.mkdir()
    file = folder / f"{data.pairs[0].image.stem}.png"
    Image.fromarray(np.zeros((3, 5), dtype=np.uint8)).save(file)
    with pytest.raises(DataError, match="5×3") as caught:
        TaughtData(data, [folder]).load(0)
    assert caught.value.path == file


def test_a_teacher_that_only_adds_takes_no_object_away(data: PairedData, tmp_path: Path) -> None:
    """Where it sees background the truth stands, void stays open to it, and what it calls otherwise counts."""
    folder = tmp_path / "teacher"
    folder.mkdir()
    truth = data.load(0).labels
    votes = np.zeros_like(truth)
    votes[0, 0] = 7
    Image.fromarray(votes).save(folder / f"{data.pairs[0].image.stem}.png")
    (plain,) = TaughtData(data, [folder]).load(0).taught
    (adding,) = TaughtData(data, [folder], adds_only=True).load(0).taught
    assert np.array_equal(plain, votes)
    assert adding[0, 0] == 7
    rest = np.ones_like(truth, dtype=bool)
    rest[0, 0] = False
    assert np.array_equal(adding[rest], np.where(truth == 255, 0, truth)[rest])
    assert (truth > 0).any()
