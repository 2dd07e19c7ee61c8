"""Small pieces that the panels of the Label workspace share."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QLabel, QPushButton, QSizePolicy, QWidget

from app.label.views import ProjectClass
from app.shell.actions import ActionRegistry, plain_text
from engine.cascade.result import IGNORE


def words(text: str, parent: QWidget, *, quiet: bool = True) -> QLabel:
    """A label that wraps."""
    label = QLabel(text, parent)
    label.setWordWrap(True)
    label.setProperty("quiet", quiet)
    label.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Minimum)
    return label


def push(text: str, parent: QWidget, call: Callable[[], object], *, help_text: str = "") -> QPushButton:
    """A button with a name for screen readers and a tool tip."""
    button = QPushButton(text, parent)
    button.setAccessibleName(text)
    button.setToolTip(help_text or text)
    button.clicked.connect(lambda _checked=False: call())
    return button


def bound(actions: ActionRegistry, action_id: str, parent: QWidget) -> QPushButton:
    """A button for an action, with its words, icon, key and state."""
    action = actions[action_id]
    button = QPushButton(plain_text(action.text()), parent)
    button.setFocusPolicy(Qt.FocusPolicy.TabFocus)
    actions.bind(button, action_id)
    button.setIcon(action.icon())
    action.changed.connect(lambda: button.setText(plain_text(action.text())))
    return button


def class_name(classes: tuple[ProjectClass, ...], label: int, *, undecided: str) -> str:
    """The name of a label; `undecided` for 255."""
    if label == IGNORE:
        return undecided
    return next((one.name for one in classes if one.id == label), str(label))
