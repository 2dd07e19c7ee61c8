"""A project's labels as a data set: read where they are, while the project is open elsewhere."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from engine.data.opening import found_text, open_dataset, recognise
from engine.data.preflight import preflight
from engine.data.project_labels import VAL_SHARE, validation_images
from engine.errors import DataError
from engine.labels.area import Area
from engine.labels.provenance import HUMAN
from engine.labels.selection import Edit
from engine.project.project import Project
from engine.project.records import ProjectClass
from tests.engine.data.project_folder import write_project
from tests.engine.data.test_opening import _camvid


def test_a_project_is_recognised_by_its_file_its_folder_and_a_folder_above(tmp_path: Path) -> None:
    file = write_project(tmp_path / "mine")
    assert recognise(file) == ("project", file)
    assert recognise(tmp_path / "mine") == ("project", tmp_path / "mine")
    assert recognise(tmp_path) == ("project", tmp_path / "mine")
    for root in (file, tmp_path / "mine", tmp_path):
        data = open_dataset(root, split="all")
        assert (data.layout, data.root, len(data)) == ("project", file, 10)
    assert found_text(data).startswith(f"Rhoscope project data in {file}: all, 10 images, 3 classes")


def test_a_public_data_set_comes_before_a_project_beside_it(tmp_path: Path) -> None:
    _camvid(tmp_path / "M")
    with Project.open(tmp_path / "M" / "M.rhoscope", create=True):
        pass
    assert recognise(tmp_path / "M") == ("camvid", tmp_path / "M")


def test_undecided_is_void_and_photos_without_labels_are_left_out(tmp_path: Path) -> None:
    data = open_dataset(write_project(tmp_path), split="all")
    sample = data.load(0)
    assert sample.rgb.shape == (64, 96, 3)
    assert set(np.unique(sample.labels)) == {0, 1, 2, 255}
    assert (sample.labels[-6:] == 255).all()
    assert data.class_names == ("sky", "road", "car")
    assert data.palette.tolist() == [[120, 160, 220], [90, 90, 90], [200, 0, 0]]
    report = preflight(data)
    assert (report.pairs, report.problem_count, report.distinct_sizes) == (10, 0, 1)
    assert report.void_share == pytest.approx(6 / 64)


def test_lists_are_disjoint_whole_and_stay_when_more_is_labelled(tmp_path: Path) -> None:
    file = write_project(tmp_path, labelled=10, bare=3)

    def names(split: str) -> set[str]:
        data = open_dataset(file, split=split)
        return {data.name(index) for index in range(len(data))}

    train, val = names("train"), names("val")
    assert train
    assert val
    assert not train & val
    assert train | val == names("all")
    with Project.open(file) as project:
        image = project.image_ids()[11]
        labels = np.zeros((64, 96), dtype=np.uint8)
        project.open_document(image).apply(Edit(Area(0, 0, 64, 96), labels == 0, labels, HUMAN))
    assert train <= names("train")
    assert val <= names("val")
    assert len(names("all")) == 11


def test_about_a_fifth_is_for_validation_and_never_none_or_all() -> None:
    many = [f"a/{number}.jpg" for number in range(4000)]
    assert len(validation_images(many)) / 4000 == pytest.approx(VAL_SHARE, abs=0.02)
    for count in range(2, 12):
        assert 1 <= len(validation_images(many[:count])) < count
        assert 1 <= len(validation_images(sorted(validation_images(many))[:count])) < count


def test_it_is_read_while_a_window_edits_it(tmp_path: Path) -> None:
    file = write_project(tmp_path)
    with Project.open(file) as project:
        assert project.writable
        data = open_dataset(file, split="all")
        before = data.load(0).labels
        labels = np.full((64, 96), 2, dtype=np.uint8)
        project.open_document(project.image_ids()[0]).apply(Edit(Area(0, 0, 64, 96), labels == 2, labels, HUMAN))
        assert (data.load(0).labels == 2).all()
        assert not (before == 2).all()
    with Project.open(file) as again:
        assert again.writable, "reading took no lock"


def test_what_cannot_be_trained_on_is_said(tmp_path: Path) -> None:
    empty = write_project(tmp_path / "empty", labelled=0)
    with pytest.raises(DataError, match="no image of this project has labels yet"):
        open_dataset(empty, split="all")
    file = write_project(tmp_path / "mine")
    with pytest.raises(DataError, match="no split named test"):
        open_dataset(file, split="test")
    (file.parent / "photos" / "photo0.png").unlink()
    report = preflight(open_dataset(file, split="all"))
    assert dict(report.problem_counts) == {"unreadable image": 1}
    with Project.open(file) as project:
        project.set_classes([ProjectClass(0, "sky", (1, 2, 3)), ProjectClass(1, "road", (2, 3, 4))])
    report = preflight(open_dataset(file, split="all"))
    assert dict(report.problem_counts)["ids outside the table"] == 10
    assert report.foreign[0].value == "2"
    (tmp_path / "broken.rhoscope").write_bytes(b"x" * 5000)
    with pytest.raises(DataError, match="damaged"):
        open_dataset(tmp_path / "broken.rhoscope", split="all")
    write_project(tmp_path / "two")
    (tmp_path / "two" / "street.rhoscope").rename(tmp_path / "two" / "b.rhoscope")
    write_project(tmp_path / "three")
    (tmp_path / "three" / "street.rhoscope").rename(tmp_path / "two" / "a.rhoscope")
    with pytest.raises(DataError, match=r"several projects here: a.rhoscope, b.rhoscope"):
        open_dataset(tmp_path / "two", layout="project", split="all")


def test_a_list_of_ones_own_chooses_photos(tmp_path: Path) -> None:
    file = write_project(tmp_path)
    listed = tmp_path / "some.txt"
    listed.write_text("photo1\nphoto3.png\n", encoding="utf-8")
    data = open_dataset(file, split="all", list_file=listed)
    assert [data.name(index) for index in range(len(data))] == ["photo1", "photo3"]
    listed.write_text("photo11\n", encoding="utf-8")
    with pytest.raises(DataError, match="photo11, which has no labels"):
        open_dataset(file, split="all", list_file=listed)
