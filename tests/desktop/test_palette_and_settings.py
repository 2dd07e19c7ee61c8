"""What belongs to the whole window: palette, key choices and settings, on a fake engine."""

from __future__ import annotations

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QKeySequence
from PySide6.QtWidgets import QCheckBox, QComboBox, QLabel
from pytestqt.qtbot import QtBot

from app.services.settings import SCHEMA, Settings
from app.shell.application import add_workspaces
from app.shell.key_choices import give_key
from app.shell.settings_dialog import SettingsDialog
from app.shell.settings_effects import SettingsEffects
from app.shell.shortcut_sheet import ShortcutSheet
from app.shell.theme import ThemeMode
from app.shell.window import MainWindow

pytestmark = pytest.mark.desktop


class TestPalette:
    def test_ctrl_k_finds_and_does(self, qtbot: QtBot, window: MainWindow, settings: Settings) -> None:
        palette = window.window_actions.palette
        qtbot.keyClick(window, Qt.Key.Key_K, Qt.KeyboardModifier.ControlModifier)
        assert palette.isVisible()
        qtbot.waitUntil(palette.query.hasFocus)
        qtbot.keyClicks(palette.query, "keyb short")
        assert palette.shown[0].key == "help.shortcuts"
        assert palette.shown[0].keys == ("F1",)
        qtbot.keyClick(palette.query, Qt.Key.Key_Return)
        assert not palette.isVisible()
        sheet = window.findChild(ShortcutSheet)
        assert sheet is not None
        sheet.close()
        assert settings.get("palette/recent") == ("help.shortcuts",)
        palette.open()
        assert palette.shown[0].key == "help.shortcuts"
        qtbot.keyClick(palette.query, Qt.Key.Key_Escape)
        assert not palette.isVisible()

    def test_every_action_is_listed_and_menu_entries_too(self, window: MainWindow) -> None:
        palette = window.window_actions.palette
        palette.open()
        keys = {entry.key for entry in palette.shown}
        assert {spec.id for spec in window.actions_registry.specs()} - keys == {"window.palette"}
        assert any(entry.text == "Dark" for entry in palette.shown)
        palette.close_quietly()

    def test_what_cannot_be_done_is_shown_last_and_not_done(self, qtbot: QtBot, window: MainWindow) -> None:
        palette = window.window_actions.palette
        palette.open()
        states = [entry.action.isEnabled() for entry in palette.shown]
        assert states == sorted(states, reverse=True)
        assert not all(states)
        qtbot.keyClicks(palette.query, "save label map")
        row = next(number for number, entry in enumerate(palette.shown) if entry.key == "file.save_labels")
        palette._take(palette._lines.index(row, 0))
        assert palette.isVisible()
        palette.close_quietly()

    def test_keys_move_and_single_letters_are_text(self, qtbot: QtBot, window: MainWindow) -> None:
        palette = window.window_actions.palette
        palette.open()
        qtbot.waitUntil(palette.query.hasFocus)
        # O, D and H mean something to the window; here they are letters.
        qtbot.keyClicks(palette.query, "odh")
        assert palette.query.text() == "odh"
        palette.query.clear()
        qtbot.keyClick(palette.query, Qt.Key.Key_Down)
        assert palette.list.currentIndex().row() == 1
        qtbot.keyClick(palette.query, Qt.Key.Key_Up)
        qtbot.keyClick(palette.query, Qt.Key.Key_Up)
        assert palette.list.currentIndex().row() == 0
        palette.close_quietly()


def test_each_workspace_has_its_own_commands(window: MainWindow, settings: Settings) -> None:
    add_workspaces(window, settings)
    palette = window.window_actions.palette

    def listed() -> set[str]:
        palette.open()
        keys = {entry.key for entry in palette.shown}
        palette.close_quietly()
        return keys

    explore = listed()
    assert "image.next" in explore
    assert "label.undo" not in explore
    window.actions_registry["window.label"].trigger()
    assert window.current_workspace is not None
    label = listed()
    assert {"label.undo", "window.train", "window.settings"} <= label
    assert "image.next" not in label
    window.actions_registry["window.explore"].trigger()
    assert listed() == explore


def test_a_changed_key_acts_and_stands_in_the_sheet(qtbot: QtBot, window: MainWindow) -> None:
    give_key(window.actions_registry, "help.shortcuts", ("F7",))
    qtbot.keyClick(window, Qt.Key.Key_F7)
    sheet = window.findChild(ShortcutSheet)
    assert sheet is not None
    assert "F7" in {label.text() for label in sheet.findChildren(QLabel)}
    sheet.close()


def test_ctrl_1_goes_to_explore(window: MainWindow) -> None:
    action = window.actions_registry["window.explore"]
    assert action.shortcut() == QKeySequence("Ctrl+1")
    action.trigger()
    assert window.current_workspace is None


class TestSettings:
    def test_every_setting_with_a_page_has_a_row_with_help(self, window: MainWindow, settings: Settings) -> None:
        dialog = SettingsDialog(settings, window)
        assert set(dialog.rows) == {setting.name for setting in SCHEMA if setting.page}
        for row in dialog.rows.values():
            assert row.setting.title
            assert row.help.text()
            assert row.control.accessibleName()
        dialog.close()

    def test_changes_take_effect_at_once_and_can_be_taken_back(self, window: MainWindow, settings: Settings) -> None:
        theme = window.commands._theme
        effects = SettingsEffects(settings, window.model, theme)
        dialog = SettingsDialog(settings, window)
        dialog.show()
        combo = dialog.rows["view/theme"].control
        assert isinstance(combo, QComboBox)
        combo.setCurrentIndex(combo.findData("dark"))
        assert settings.text("view/theme") == "dark"
        assert theme.mode is ThemeMode.DARK
        assert dialog.rows["view/theme"].back.isVisible()
        dialog.rows["view/theme"].back.click()
        assert theme.mode is ThemeMode.SYSTEM
        assert not dialog.rows["view/theme"].back.isVisible()
        side = dialog.rows["explore/working_side"].control
        assert isinstance(side, QComboBox)
        side.setCurrentIndex(side.findData(1024))
        assert window.model.working_side == 1024
        window.model.set_working_side(None)
        assert side.currentData() == -1
        dialog.close()
        effects.deleteLater()

    def test_a_value_written_by_hand_is_shown(self, window: MainWindow, settings: Settings) -> None:
        settings.set("explore/working_side", 800)
        dialog = SettingsDialog(settings, window)
        side = dialog.rows["explore/working_side"].control
        assert isinstance(side, QComboBox)
        assert side.currentText() == "800"
        dialog.close()

    def test_a_switch_is_a_check_box(self, window: MainWindow, settings: Settings) -> None:
        dialog = SettingsDialog(settings, window)
        check = dialog.rows["view/outlines"].control
        assert isinstance(check, QCheckBox)
        check.click()
        assert settings.get("view/outlines") is True
        dialog.close()
