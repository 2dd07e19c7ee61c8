"""The tools beside the canvas, one button each."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QSize, Qt
from PySide6.QtWidgets import QFrame, QToolButton, QVBoxLayout, QWidget

from app.shell.actions import ActionRegistry, plain_text


class ToolStrip(QWidget):
    """Args:

    groups: ids of actions, a hairline between groups.
    """

    def __init__(self, actions: ActionRegistry, groups: Sequence[Sequence[str]], parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("toolStrip")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self.setAccessibleName(self.tr("Tools"))
        column = QVBoxLayout(self)
        column.setContentsMargins(5, 6, 5, 6)
        column.setSpacing(2)
        for number, group in enumerate(groups):
            if number:
                line = QFrame(self)
                line.setProperty("hairline", True)
                column.addSpacing(3)
                column.addWidget(line)
                column.addSpacing(3)
            for action_id in group:
                button = QToolButton(self)
                button.setDefaultAction(actions[action_id])
                button.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonIconOnly)
                button.setIconSize(QSize(20, 20))
                button.setFixedSize(32, 30)
                button.setFocusPolicy(Qt.FocusPolicy.TabFocus)
                button.setAccessibleName(plain_text(actions[action_id].text()))
                column.addWidget(button)
        column.addStretch(1)
        self.setFixedWidth(43)
