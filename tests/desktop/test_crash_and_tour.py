"""An unexpected error shows one quiet dialog and the window goes on; the tour goes through and is skipped."""

from __future__ import annotations

from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from app.services.crash_watch import Crash, CrashWatch
from app.services.log_file import LogFile
from app.services.settings import Settings
from app.shell.crash_dialog import CrashReporter
from app.shell.window import MainWindow

pytestmark = pytest.mark.desktop


def test_one_dialog_for_all_errors_with_diagnostics_to_copy(
    qtbot: QtBot, window: MainWindow, tmp_path: Path, settings: Settings
) -> None:
    watch = CrashWatch()
    reporter = CrashReporter(watch, window, LogFile(tmp_path), model=lambda: window.model.model_summary)
    watch.crashed.emit(Crash("ValueError: first", f"Traceback\n  {Path.home()}/app/x.py", "a"))
    dialog = reporter.dialog
    assert dialog is not None
    assert dialog.isVisible()
    assert not dialog.isModal()
    watch.crashed.emit(Crash("KeyError: second", "Traceback two", "b"))
    assert reporter.dialog is dialog
    assert "first" in dialog.summary.text()
    assert "1" in dialog.summary.text()
    dialog.copy.click()
    text = QApplication.clipboard().text()
    for part in ("Rhoscope", "PySide6", "processors", "ValueError: first", "KeyError: second"):
        assert part in text
    assert str(Path.home()) not in text
    dialog.show_details.click()
    assert "Traceback two" in dialog.details.toPlainText()
    dialog.close_button.click()
    assert reporter.dialog is None
    assert window.isVisible()


class TestTour:
    def test_it_goes_through_on_the_samples_and_is_remembered(
        self, qtbot: QtBot, window: MainWindow, settings: Settings
    ) -> None:
        window.actions_registry["help.tour"].trigger()
        tour = window.tour
        assert tour.isVisible()
        assert tour.geometry() == window.rect()
        assert window.model.images.rowCount() == 0
        seen = [tour.title.text()]
        while True:
            qtbot.keyClick(tour, Qt.Key.Key_Right)
            if not tour.isVisible():
                break
            seen.append(tour.title.text())
            qtbot.waitUntil(lambda: window.model.images.rowCount() > 0, timeout=15_000)
            assert tour.rect().contains(tour.card.geometry())
        assert len(set(seen)) == len(seen) == 6
        assert settings.get("help/tour_seen") is True
        assert settings.recent == []

    def test_esc_skips_it(self, qtbot: QtBot, window: MainWindow, settings: Settings) -> None:
        window.tour.start()
        qtbot.keyClick(window.tour, Qt.Key.Key_Left)
        assert window.tour.position == 0
        qtbot.keyClick(window.tour, Qt.Key.Key_Escape)
        assert not window.tour.isVisible()
        assert settings.get("help/tour_seen") is True

    def test_keys_of_the_window_do_nothing_under_it(self, qtbot: QtBot, window: MainWindow) -> None:
        window.tour.start()
        qtbot.keyClick(window.tour, Qt.Key.Key_K, Qt.KeyboardModifier.ControlModifier)
        assert not window.window_actions.palette.isVisible()
        window.tour.end()
