"""Actions that belong to the whole window, whatever workspace is shown: palette, settings, keys, workspaces, help."""

from __future__ import annotations

from functools import partial
from typing import Final

from PySide6.QtCore import QObject, Signal
from PySide6.QtWidgets import QMainWindow

from app.services.settings import Settings
from app.shell.actions import ActionRegistry, ActionSpec
from app.shell.command_palette import CommandPalette
from app.shell.settings_dialog import SettingsDialog
from app.shell.shortcut_editor import ShortcutEditor
from app.shell.workspace import WorkspaceFace

_WORKSPACE_KEYS: Final = 9


class WindowActions(QObject):
    """Registers them; the menus take them from the registry.

    Signals: tourAsked() - the tour is to be shown again.
    """

    tourAsked = Signal()

    def __init__(self, actions: ActionRegistry, settings: Settings, window: QMainWindow) -> None:
        super().__init__(window)
        self._actions = actions
        self._settings = settings
        self._window = window
        self._workspaces = 0
        recent = settings.get("palette/recent")
        self.palette = CommandPalette(actions, window, recent=recent if isinstance(recent, tuple) else ())
        self.palette.recentChanged.connect(partial(settings.set, "palette/recent"))
        for spec in self._specs():
            window.addAction(actions.add(spec))

    def add_workspace(self, face: WorkspaceFace, show: partial[None]) -> None:
        """An action, and a key while there are any, that brings a workspace to the front."""
        self._workspaces += 1
        number = self._workspaces
        spec = ActionSpec(
            f"window.{face.name}",
            self.tr("Workspace: %1").replace("%1", face.text),
            self.tr("Window"),
            show,
            face.glyph,
            (f"Ctrl+{number}",) if number <= _WORKSPACE_KEYS else (),
            help=face.help,
        )
        self._window.addAction(self._actions.add(spec))

    def _specs(self) -> list[ActionSpec]:
        group, helping = self.tr("Window"), self.tr("Help")
        return [
            ActionSpec(
                "window.palette",
                self.tr("Command &palette…"),
                group,
                self.palette.open,
                "magnify",
                ("Ctrl+K", "Ctrl+Shift+P"),
                help=self.tr("Find and do anything by a few of its letters"),
            ),
            ActionSpec(
                "window.settings", self.tr("S&ettings…"), group, self._show_settings, "cog-outline", ("Ctrl+,",)
            ),
            ActionSpec(
                "help.change_shortcuts",
                self.tr("&Change shortcuts…"),
                helping,
                self._show_editor,
                "keyboard-settings-outline",
            ),
            ActionSpec("help.tour", self.tr("&Tour"), helping, self.tourAsked.emit, "map-marker-path"),
        ]

    def _show_settings(self) -> None:
        SettingsDialog(self._settings, self._window).show()

    def _show_editor(self) -> None:
        ShortcutEditor(self._actions, self._settings, self._window).show()
