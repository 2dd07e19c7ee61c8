"""Data sets of every kind, dropped on the Train workspace: recognised, trained on for a few steps, published, used."""

from __future__ import annotations

from pathlib import Path

import pytest
from pytestqt.qtbot import QtBot

from app.label.model import LabelModel
from app.services.settings import Settings
from app.shell.application import add_label_workspace
from app.shell.train_on_labels import join_label_and_train
from engine.data.palettes import CITYSCAPES_CLASSES, VOC_CLASSES
from engine.project.project import Project
from tests.app.fakes import FakeBackend, FakeCrf
from tests.desktop.train_window import (
    DEADLINE,
    OpenWindow,
    drop,
    open_window,
    points_drawn,
    publish_and_use,
    runs,
    start_short_job,
)
from tests.engine.data.project_folder import write_project

__all__ = ["open_window", "runs"]
pytestmark = pytest.mark.desktop


@pytest.mark.data
@pytest.mark.slow
@pytest.mark.timeout(900)
@pytest.mark.parametrize(
    ("folder", "layout", "train_split", "classes"),
    [
        ("VOCdevkit", "voc", "train_aug", VOC_CLASSES),
        ("cityscapes", "cityscapes", "train", CITYSCAPES_CLASSES),
    ],
)
def test_public_layouts_from_a_drop_to_a_segmented_photo(
    qtbot: QtBot, open_window: OpenWindow, runs: Path, data_folder: Path,
    samples: Path, tmp_path: Path, folder: str, layout: str, train_split: str, classes: tuple[str, ...],
) -> None:  # fmt: skip
    window, train = open_window()
    start_short_job(qtbot, window, train, data_folder / folder, tmp_path / "small.toml", name=layout, steps=6)
    setup = train.model.setup
    assert setup.found is not None
    assert setup.found.layout == layout
    assert (setup.train_split, setup.val_split) == (train_split, "val")
    qtbot.waitUntil(lambda: setup.example is not None, timeout=DEADLINE)
    assert setup.example is not None
    assert setup.example.mapped
    assert setup.report is not None
    assert setup.report.problem_count == 0
    qtbot.waitUntil(lambda: points_drawn(train) >= 2, timeout=2 * DEADLINE)
    publish_and_use(qtbot, window, train, samples / "cat.jpg", tmp_path / "models" / f"{layout}.safetensors")
    assert window.model.result is not None
    assert window.model.result.class_names == tuple(classes)


@pytest.mark.slow
@pytest.mark.timeout(600)
def test_a_project_from_its_labels_to_a_segmented_photo(
    qtbot: QtBot, open_window: OpenWindow, runs: Path, samples: Path,
    tmp_path: Path,
) -> None:  # fmt: skip
    file = write_project(tmp_path / "mine", labelled=10, bare=3)
    window, train = open_window()
    # A window that labels has it open meanwhile.
    with Project.open(file) as labelling:
        assert labelling.writable
        start_short_job(qtbot, window, train, file, tmp_path / "small.toml", name="own", steps=6)
        setup = train.model.setup
        assert setup.found is not None
        assert (setup.found.layout, setup.found.root) == ("project", file)
        assert (setup.train_split, setup.val_split) == ("train", "val")
        assert setup.found.images["train"] + setup.found.images["val"] == 10
        assert setup.report is not None
        assert setup.report.void_share > 0
        publish_and_use(qtbot, window, train, samples / "cat.jpg", tmp_path / "models" / "own.safetensors")
    assert window.model.result is not None
    assert window.model.result.class_names == ("sky", "road", "car")


def test_the_project_open_in_label_is_offered_and_one_action_leads_there(
    qtbot: QtBot, open_window: OpenWindow, runs: Path, backend: FakeBackend, crf: FakeCrf, tmp_path: Path,
    settings: Settings,
) -> None:  # fmt: skip
    file = write_project(tmp_path / "mine")
    window, train = open_window(backend=backend, crf=crf)
    label = add_label_workspace(window, settings, label=LabelModel(settings, window.model.engine, crf=crf))
    join_label_and_train(window.actions_registry, label, train, show_train=lambda: window.show_workspace("train"))
    action = window.actions_registry["label.train"]
    assert not train.setup.project.isVisibleTo(train.setup)
    window.show_workspace("label")
    assert not action.isEnabled()
    label.take_paths([file])
    qtbot.waitUntil(action.isEnabled, timeout=DEADLINE)
    assert train.setup.project.isVisibleTo(train.setup)
    action.trigger()
    setup = train.model.setup
    qtbot.waitUntil(lambda: setup.report is not None and setup.example is not None, timeout=DEADLINE)
    assert train.stack.currentWidget() is train.setup
    assert "Rhoscope project" in train.setup.found.text()
    # By the button as well.
    drop(window, tmp_path / "mine" / "photos")
    qtbot.waitUntil(lambda: bool(setup.data_problem), timeout=DEADLINE)
    train.setup.project.click()
    qtbot.waitUntil(lambda: setup.found is not None and setup.found.root == file, timeout=DEADLINE)
