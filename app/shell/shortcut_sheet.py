"""F1: every key there is, read from the actions registry."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QDialog, QGridLayout, QHBoxLayout, QLabel, QScrollArea, QSizePolicy, QVBoxLayout, QWidget

from app.shell.actions import ActionRegistry
from app.shell.fonts import sized

_COLUMNS = 2


class ShortcutSheet(QDialog):
    """Groups of keys in two columns; stays open beside the work until it is closed."""

    def __init__(self, actions: ActionRegistry, parent: QWidget) -> None:
        super().__init__(parent)
        self.setWindowTitle(self.tr("Keyboard shortcuts"))
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        body = QWidget(self)
        body.setObjectName("panelBody")
        row = QHBoxLayout(body)
        row.setContentsMargins(28, 24, 28, 24)
        row.setSpacing(48)
        columns = [QVBoxLayout() for _ in range(_COLUMNS)]
        for column in columns:
            column.setSpacing(0)
        lengths = [0] * _COLUMNS
        for group, rows in actions.sheet().items():
            # The next group goes where there is most room.
            place = lengths.index(min(lengths))
            columns[place].addWidget(self._group(group, rows))
            columns[place].addSpacing(22)
            lengths[place] += len(rows) + 2
        for column in columns:
            column.addStretch(1)
            row.addLayout(column, 1)
        scroll = QScrollArea(self)
        scroll.setWidget(body)
        scroll.setWidgetResizable(True)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(scroll)
        hint = body.sizeHint()
        room = parent.window().size()
        self.resize(min(hint.width() + 24, room.width() - 80), min(hint.height() + 8, room.height() - 80))

    def _group(self, group: str, rows: list[tuple[str, tuple[str, ...]]]) -> QWidget:
        box = QWidget(self)
        box.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Maximum)
        grid = QGridLayout(box)
        grid.setContentsMargins(0, 0, 0, 0)
        grid.setHorizontalSpacing(28)
        grid.setVerticalSpacing(6)
        grid.setColumnStretch(0, 1)
        heading = QLabel(group, box)
        heading.setFont(sized(heading.font(), 1.05, bold=True))
        grid.addWidget(heading, 0, 0, 1, 2)
        for number, (text, keys) in enumerate(rows, start=1):
            grid.addWidget(QLabel(text, box), number, 0)
            grid.addLayout(_caps(keys, box), number, 1)
        return box


def _caps(keys: tuple[str, ...], parent: QWidget) -> QHBoxLayout:
    """One key cap for each way to press it."""
    row = QHBoxLayout()
    row.setSpacing(5)
    row.addStretch(1)
    for key in keys:
        cap = QLabel(key, parent)
        cap.setProperty("key", True)
        cap.setAlignment(Qt.AlignmentFlag.AlignCenter)
        row.addWidget(cap)
    return row
