"""Every control of the window and of its dialogs has a name for screen readers and is reached by keyboard."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QAccessible
from PySide6.QtWidgets import (
    QAbstractButton,
    QAbstractItemView,
    QAbstractSlider,
    QAbstractSpinBox,
    QComboBox,
    QDialog,
    QGraphicsView,
    QHeaderView,
    QKeySequenceEdit,
    QLineEdit,
    QScrollArea,
    QScrollBar,
    QWidget,
)
from pytestqt.qtbot import QtBot

from app.services.crash_watch import Crash
from app.services.log_file import LogFile
from app.services.settings import Settings
from app.shell.about import AboutDialog
from app.shell.application import add_workspaces
from app.shell.crash_dialog import CrashDialog
from app.shell.settings_dialog import SettingsDialog
from app.shell.shortcut_editor import ShortcutEditor
from app.shell.shortcut_sheet import ShortcutSheet
from app.shell.window import MainWindow

pytestmark = pytest.mark.desktop

_CONTROLS = (
    QAbstractButton,
    QAbstractItemView,
    QAbstractSlider,
    QAbstractSpinBox,
    QComboBox,
    QKeySequenceEdit,
    QLineEdit,
)
# Parts that Qt builds into its own controls, which are named and reached themselves.
_PARTS_OF_QT = (QScrollBar, QHeaderView)


def controls(top: QWidget) -> Iterator[QWidget]:
    """What a person can press, move or type into."""
    for widget in top.findChildren(QWidget):
        parent = widget.parentWidget()
        above = None if parent is None else parent.parentWidget()
        inside = isinstance(parent, QComboBox | QAbstractSpinBox | QLineEdit | QKeySequenceEdit)
        inside = inside or isinstance(above, QComboBox)
        # What a plot or a picture draws on is reached as the plot.
        inside = inside or (isinstance(parent, QGraphicsView) and widget is parent.viewport())
        if inside or isinstance(widget, _PARTS_OF_QT) or widget.objectName().startswith("qt_"):
            continue
        own_focus = widget.focusPolicy() & Qt.FocusPolicy.TabFocus and not isinstance(widget, QScrollArea)
        if isinstance(widget, _CONTROLS) or own_focus:
            yield widget


def spoken_name(widget: QWidget) -> str:
    """What a screen reader says."""
    interface = QAccessible.queryAccessibleInterface(widget)
    return "" if interface is None else interface.text(QAccessible.Text.Name).strip()


def _shown(widget: QWidget) -> str:
    chain, at = [], widget
    while at is not None:
        chain.append(at.objectName() or type(at).__name__)
        at = at.parentWidget()
    return " in ".join(chain[:4])


def nameless(top: QWidget) -> list[str]:
    """Controls without a name; those that are hidden until they have something to say count when they are shown."""
    return [_shown(widget) for widget in controls(top) if not spoken_name(widget) and not widget.isHidden()]


def unreachable(top: QWidget) -> list[str]:
    """Controls that neither Tab nor an action's key or menu entry reaches."""
    return [
        _shown(widget)
        for widget in controls(top)
        if not widget.focusPolicy() & Qt.FocusPolicy.TabFocus and not _by_arrows(widget)
    ]


def _by_arrows(widget: QWidget) -> bool:
    """Of a group of choices Tab reaches the chosen one, arrows the others; the palette's list follows its field."""
    group = widget.group() if isinstance(widget, QAbstractButton) else None
    return (group is not None and group.exclusive()) or widget.objectName() == "paletteList"


def test_every_control_of_the_window_has_a_name_and_is_reached_by_keyboard(
    window: MainWindow, settings: Settings
) -> None:
    add_workspaces(window, settings)
    for name in ("label", "train", "models"):
        window.show_workspace(name)
    assert nameless(window) == []
    assert unreachable(window) == []


@pytest.mark.parametrize("kind", ["settings", "shortcuts", "sheet", "about", "crash"])
def test_dialogs_too(qtbot: QtBot, window: MainWindow, settings: Settings, kind: str) -> None:
    made = {
        "settings": lambda: SettingsDialog(settings, window),
        "shortcuts": lambda: ShortcutEditor(window.actions_registry, settings, window),
        "sheet": lambda: ShortcutSheet(window.actions_registry, window),
        "about": lambda: AboutDialog(None, window),
        "crash": lambda: CrashDialog(Crash("a", "b", "c"), lambda _: "", LogFile(), window),
    }
    dialog: QDialog = made[kind]()
    dialog.show()
    assert nameless(dialog) == []
    assert unreachable(dialog) == []
    assert dialog.windowTitle()
    dialog.close()


def test_the_walk_finds_what_has_no_name(qtbot: QtBot) -> None:
    top = QWidget()
    qtbot.addWidget(top)
    QLineEdit(top).show()
    assert nameless(top) == ["QLineEdit in QWidget"]
