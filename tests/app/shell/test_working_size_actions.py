"""The working size in the menus: it segments anew, is remembered, and names the model's own."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from PySide6.QtWidgets import QMenu
from pytestqt.qtbot import QtBot

from app.explore.model import ExploreModel
from app.services.settings import Settings
from app.shell.working_size_actions import WorkingSizeActions
from tests.app.explore.test_model_segmenting import finished, segmented
from tests.app.fakes import FakeBackend


@pytest.fixture
def menu(qtbot: QtBot, explore: ExploreModel) -> Iterator[QMenu]:
    bar = QMenu()
    qtbot.addWidget(bar)
    yield WorkingSizeActions(explore, explore).menu(bar)
    # It lives as long as its parent.
    bar.deleteLater()


def _checked(menu: QMenu) -> list[str]:
    return [action.text() for action in menu.actions() if action.isChecked()]


def test_a_click_segments_at_that_size_and_it_is_remembered(
    qtbot: QtBot, explore: ExploreModel, backend: FakeBackend, photos: list[Path], settings: Settings, menu: QMenu
) -> None:
    assert _checked(menu) == ["The model's own"]
    before = segmented(qtbot, explore, photos)
    assert _checked(menu) == ["The model's own (640)"]
    assert backend.working_sides == [None]
    own, _, large, photo = menu.actions()
    large.trigger()
    # The old answer stays until the new one is there.
    assert explore.result is before
    qtbot.waitUntil(lambda: explore.result is not before)
    finished(qtbot, explore)
    assert _checked(menu) == ["1024 pixels"]
    photo.trigger()
    qtbot.waitUntil(lambda: backend.working_sides == [None, 1024, 0])
    assert settings.whole("explore/working_side") == 0
    own.trigger()
    assert settings.whole("explore/working_side") == -1
    # The session of that size is still there.
    finished(qtbot, explore)
    assert backend.working_sides == [None, 1024, 0]


def test_a_size_that_is_not_offered_checks_nothing(explore: ExploreModel, menu: QMenu) -> None:
    explore.set_working_side(640)
    assert _checked(menu) == ["640 pixels"]
    explore.set_working_side(500)
    assert _checked(menu) == []
