"""The whole window on a fake engine."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from app.explore.model import ExploreModel
from app.services.settings import Settings
from app.shell.theme import ThemeController
from app.shell.window import MainWindow
from tests.app.conftest import backend, crf, explore, make_model, photos, settings

__all__ = ["backend", "crf", "explore", "make_model", "photos", "settings"]


@pytest.fixture
def window(
    qtbot: QtBot, qapp: QApplication, explore: ExploreModel, settings: Settings, samples: Path
) -> Iterator[MainWindow]:
    """Shown, active, with its model loading; closed at the end as a person would close it."""
    theme = ThemeController(qapp)
    window = MainWindow(explore, settings, theme, samples=sorted(samples.glob("*.jpg")))
    window.resize(1280, 720)
    window.show()
    qtbot.waitExposed(window)
    window.activateWindow()
    qtbot.waitUntil(window.isActiveWindow, timeout=5000)
    yield window
    if not explore.is_shut_down:
        with qtbot.waitSignal(window.left, timeout=15_000):
            window.close()
    window.deleteLater()
    theme.deleteLater()
