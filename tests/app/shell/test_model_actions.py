"""The list of models in the menus."""

from __future__ import annotations

from pathlib import Path

import pytest
from PySide6.QtWidgets import QMenu
from pytestqt.qtbot import QtBot

from app.explore.model import ExploreModel
from app.services.models import AvailableModel, available_models
from app.shell.model_actions import ModelActions
from engine.errors import CheckpointError
from engine.models import registry
from tests.app.fakes import FakeBackend

OFFERED = (AvailableModel("default", "small", "A small one"), AvailableModel("large:x", "large:x", "A large one"))


def test_the_loaded_model_is_checked_and_a_click_loads_another(
    qtbot: QtBot, explore: ExploreModel, backend: FakeBackend
) -> None:
    menu = QMenu()
    qtbot.addWidget(menu)
    models = ModelActions(explore, OFFERED, explore)
    models.add_to(menu)
    small, large = menu.actions()
    assert [(action.text(), action.toolTip()) for action in menu.actions()] == [
        ("small", "A small one"),
        ("large:x", "A large one"),
    ]
    assert not small.isChecked()
    explore.start()
    qtbot.waitUntil(small.isChecked)
    backend.load_gate.hold()
    large.trigger()
    assert (small.isChecked(), large.isChecked()) == (True, False)
    backend.load_gate.release()
    qtbot.waitUntil(large.isChecked)
    assert not small.isChecked()
    large.trigger()
    assert large.isChecked()
    assert backend.loads == ["default", "large:x"]


def test_a_model_that_fails_is_not_checked(qtbot: QtBot, explore: ExploreModel, backend: FakeBackend) -> None:
    backend.load_failures["large:x"] = CheckpointError("damaged")
    models = ModelActions(explore, OFFERED, explore)
    small, large = models.actions
    explore.start()
    qtbot.waitUntil(small.isChecked)
    large.trigger()
    qtbot.waitUntil(lambda: bool(explore.problems))
    assert (small.isChecked(), large.isChecked()) == (True, False)


def test_only_models_with_weights_are_offered(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr("engine.models.catalogue.weights_path", lambda name, variant: tmp_path / f"{name}-{variant}")
    monkeypatch.setenv("RHOSCOPE_MODELS", str(tmp_path / "own"))
    assert available_models() == ()
    (tmp_path / "irnet-lc-paper").touch()
    (tmp_path / f"{registry.DEFAULT_MODEL}-").touch()
    assert [(entry.spec, entry.label) for entry in available_models()] == [
        ("default", registry.DEFAULT_MODEL),
        ("irnet-lc:paper", "irnet-lc:paper"),
    ]


def test_models_that_came_since_are_offered_and_those_that_went_are_not(explore: ExploreModel, qtbot: QtBot) -> None:
    menu = QMenu()
    qtbot.addWidget(menu)
    actions = ModelActions(explore, [AvailableModel("default", "bundled", ""), AvailableModel("old", "old", "")], menu)
    actions.add_to(menu)
    menu.addAction("Open…")
    actions.offer([AvailableModel("default", "bundled", ""), AvailableModel("pspnet:resnet50", "pspnet:resnet50", "")])
    assert [action.text() for action in menu.actions()] == ["bundled", "pspnet:resnet50", "Open…"]
    actions.offer([AvailableModel("default", "bundled", "")])
    assert [action.text() for action in menu.actions()] == ["bundled", "Open…"]
