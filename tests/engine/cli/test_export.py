"""rhoscope export, from a project file to files that other programs read."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from engine.cli.export import FORMAT_NAMES
from engine.cli.main import main
from engine.data.label_files import read_label_map
from engine.labels.area import Area
from engine.labels.formats.png_formats import IndexFormat
from engine.labels.formats.registry import FORMATS
from engine.labels.provenance import HUMAN
from engine.labels.selection import Edit, Selection, painted
from engine.project.export_names import export_names, images_by_name
from engine.project.export_source import project_classes
from engine.project.label_import import import_labels
from engine.project.project import Project
from engine.project.records import ImageRow, ProjectClass, Review


@pytest.fixture
def project_file(tmp_path: Path) -> Path:
    path = tmp_path / "work.rhoscope"
    with Project.open(path, create=True) as project:
        project.add_images([tmp_path / "a" / "x.jpg", tmp_path / "b" / "X.jpg", tmp_path / "c.jpg"], root=tmp_path)
        project.set_classes([ProjectClass(0, "road", (9, 8, 7)), ProjectClass(1, "car", (1, 2, 3))])
        for image in project.image_ids()[:2]:
            document = project.open_document(image, shape=(20, 30))
            document.apply(painted(Selection(Area(2, 2, 9, 9), np.ones((7, 7), dtype=bool)), 1))
    return path


def test_the_names_in_the_help_are_the_formats() -> None:
    assert sorted(FORMAT_NAMES) == sorted(FORMATS)


def test_labelled_images_are_exported_with_names_of_their_own(
    project_file: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "out"
    assert main(["export", str(project_file), "--format", "voc", "--out", str(out), "--json", "-"]) == 0
    said = json.loads(capsys.readouterr().out)
    assert (said["images"], said["pixels"], said["changed_pixels"]) == (2, {"car": 98, "undecided": 1102}, 0)
    assert (out / "ImageSets/Segmentation/trainval.txt").read_text().split() == ["a_x", "b_X"]
    assert (read_label_map(out / "SegmentationClass" / "a_x.png") == 1).sum() == 49
    assert (read_label_map(out / "provenance" / "b_X.png") == HUMAN).sum() == 49


def test_a_format_without_the_classes_fails(
    project_file: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["export", str(project_file), "--format", "cityscapes", "--out", str(tmp_path / "out")]) == 0
    with Project.open(project_file) as project:
        project.set_classes([ProjectClass(0, "road", (9, 8, 7)), ProjectClass(1, "zebra", (1, 2, 3))])
    lossy = ["export", str(project_file), "--format", "cityscapes", "--out", str(tmp_path / "out2"), "--json", "-"]
    capsys.readouterr()
    assert main(lossy) == 0
    assert json.loads(capsys.readouterr().out)["changed_pixels"] == 98
    with Project.open(project_file) as project:
        project.set_classes([ProjectClass(0, "horse", (9, 8, 7)), ProjectClass(1, "zebra", (1, 2, 3))])
    assert main(["export", str(project_file), "--format", "cityscapes", "--out", str(tmp_path / "out3")]) == 1
    assert "zebra" in capsys.readouterr().err
    assert main(["export", str(tmp_path / "absent"), "--format", "voc", "--out", str(tmp_path)]) == 1
    assert main(["export", str(project_file), "--format", "nonsense", "--out", str(tmp_path)]) == 2


def test_imported_labels_are_one_step_and_spare_people(project_file: Path) -> None:
    with Project.open(project_file) as project:
        document = project.open_document(project.labelled_ids()[0])
        labels = np.zeros((20, 30), np.uint8)
        labels[15:] = 255
        assert import_labels(document, labels)
        assert document.history.state.length == 2
        assert (document.labels[2:9, 2:9] == 1).all()
        assert (document.labels[15:] == 255).all()
        assert import_labels(document, labels, over_human=True)
        assert (document.labels[:15] == 0).all()
        assert document.apply(Edit(Area(0, 0, 20, 30), np.zeros((20, 30), dtype=bool), 1, 1)) is None


def test_labels_come_back_by_command_to_their_photos(project_file: Path, tmp_path: Path) -> None:
    out, report = tmp_path / "out", tmp_path / "report.json"
    assert main(["export", str(project_file), "--format", "index", "--out", str(out)]) == 0
    with Project.open(project_file) as project:
        ids = project.labelled_ids()
        before = {image_id: project.open_document(image_id).labels.copy() for image_id in ids}
        for image_id in ids:
            document = project.open_document(image_id)
            while document.undo():
                pass
    (out / "labels" if (out / "labels").is_dir() else out).joinpath("stranger.png").write_bytes(
        next(iter(sorted(out.rglob("*.png")))).read_bytes()
    )
    arguments = ["import", str(project_file), "--format", "index", "--from", str(out), "--json", str(report)]
    assert main(arguments) == 1  # a label map without a photo is named
    found = json.loads(report.read_text(encoding="utf-8"))
    assert found["unmatched"] == ["stranger"]
    assert found["matched"] == len(ids) == len(found["changed"])
    with Project.open(project_file) as project:
        for image_id, labels in before.items():
            document = project.open_document(image_id)
            assert np.array_equal(document.labels, labels)
            document.undo()
            assert (document.labels == 255).all()


def test_a_class_is_left_out_by_name(project_file: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with Project.open(project_file) as project:
        name = project.classes()[0].name
        image_id = project.labelled_ids()[0]
        labels = project.open_document(image_id).labels.copy()
    out = tmp_path / "out"
    assert main(["export", str(project_file), "--format", "index", "--out", str(out), "--without", name]) == 0
    with Project.open(project_file) as project:
        classes = project_classes(project)
        called = export_names(project.image_rows())[image_id]
    read = IndexFormat(out, classes).read(called, shape=labels.shape)
    assert np.array_equal(read, np.where(labels == 0, 255, labels))
    assert main(["export", str(project_file), "--format", "index", "--out", str(out), "--without", "nobody"]) != 0
    assert "nobody" in capsys.readouterr().err


def test_names_in_an_export_come_from_folders_where_files_are_called_alike() -> None:
    rows = [
        ImageRow(number, 1, below, None, Review.NEW)
        for number, below in enumerate(["a/x.jpg", "b/X.jpg", "b/x.png", "y.jpg", "b_x.jpg"], start=1)
    ]
    names = export_names(rows)
    assert names == {1: "a_x", 2: "b_X-2", 3: "b_x-3", 4: "y", 5: "b_x"}
    assert images_by_name(rows)["x"] == 1
    assert all(images_by_name(rows)[name.casefold()] == number for number, name in names.items())
