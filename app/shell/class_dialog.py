"""The project's classes: names, colours, keys, and further ones."""

from __future__ import annotations

from typing import Final

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QColor
from PySide6.QtWidgets import (
    QColorDialog,
    QDialog,
    QHBoxLayout,
    QHeaderView,
    QLabel,
    QPushButton,
    QTableWidget,
    QTableWidgetItem,
    QVBoxLayout,
    QWidget,
)

from engine.data.palettes import voc_palette
from engine.project.records import ProjectClass

_MOST: Final = 255
_COLOUR, _NAME, _KEY = range(3)


class ClassDialog(QDialog):
    """Classes keep their numbers, for labels hold these; names, colours and keys are free, and further ones come last.

    Signals: chosen(object) - tuple of ProjectClass.
    """

    chosen = Signal(object)

    def __init__(self, classes: tuple[ProjectClass, ...], parent: QWidget) -> None:
        super().__init__(parent)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setWindowTitle(self.tr("Classes"))
        self.resize(420, 520)
        self.table = QTableWidget(0, 3, self)
        self.table.setAccessibleName(self.tr("Classes"))
        self.table.setHorizontalHeaderLabels([self.tr("Colour"), self.tr("Name"), self.tr("Key")])
        self.table.horizontalHeader().setSectionResizeMode(_NAME, QHeaderView.ResizeMode.Stretch)
        self.table.setColumnWidth(_COLOUR, 64)
        self.table.setColumnWidth(_KEY, 56)
        self.table.cellClicked.connect(self._click)
        self.table.cellChanged.connect(lambda _row, _column: self._check())
        self.problem = QLabel(self)
        self.problem.setWordWrap(True)
        add = QPushButton(self.tr("Add a class"), self)
        add.setAutoDefault(False)
        add.clicked.connect(self.add_class)
        self.ok = QPushButton(self.tr("Use these"), self)
        self.ok.setDefault(True)
        self.ok.clicked.connect(self._use)
        cancel = QPushButton(self.tr("Cancel"), self)
        cancel.setAutoDefault(False)
        cancel.clicked.connect(self.reject)
        buttons = QHBoxLayout()
        buttons.addWidget(add)
        buttons.addStretch(1)
        buttons.addWidget(cancel)
        buttons.addWidget(self.ok)
        column = QVBoxLayout(self)
        column.addWidget(self.table, 1)
        column.addWidget(self.problem)
        column.addLayout(buttons)
        for one in classes:
            self._append(one)
        self._check()

    @property
    def classes(self) -> tuple[ProjectClass, ...]:
        """As the table shows them."""
        return tuple(
            ProjectClass(row, self._text(row, _NAME), self._colour(row), self._text(row, _KEY))
            for row in range(self.table.rowCount())
        )

    def add_class(self) -> None:
        """One more, ready to be named."""
        number = self.table.rowCount()
        if number < _MOST:
            red, green, blue = (int(value) for value in voc_palette()[number])
            self._append(ProjectClass(number, self.tr("class %1").replace("%1", str(number)), (red, green, blue)))
            self._check()
            self.table.setCurrentCell(number, _NAME)
            name = self.table.item(number, _NAME)
            if name is not None:
                self.table.editItem(name)

    def _append(self, one: ProjectClass) -> None:
        row = self.table.rowCount()
        self.table.blockSignals(True)
        self.table.insertRow(row)
        colour = QTableWidgetItem()
        colour.setFlags(Qt.ItemFlag.ItemIsEnabled | Qt.ItemFlag.ItemIsSelectable)
        colour.setBackground(QColor(*one.colour))
        colour.setToolTip(self.tr("Choose the colour"))
        self.table.setItem(row, _COLOUR, colour)
        self.table.setItem(row, _NAME, QTableWidgetItem(one.name))
        self.table.setItem(row, _KEY, QTableWidgetItem(one.key))
        self.table.setVerticalHeaderItem(row, QTableWidgetItem(str(row)))
        self.table.blockSignals(False)

    def _text(self, row: int, column: int) -> str:
        item = self.table.item(row, column)
        return "" if item is None else item.text().strip()

    def _colour(self, row: int) -> tuple[int, int, int]:
        item = self.table.item(row, _COLOUR)
        colour = QColor() if item is None else item.background().color()
        return colour.red(), colour.green(), colour.blue()

    def _click(self, row: int, column: int) -> None:
        item = self.table.item(row, _COLOUR)
        if column != _COLOUR or item is None:
            return
        dialog = QColorDialog(QColor(*self._colour(row)), self)
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.colorSelected.connect(lambda colour: item.setBackground(colour))
        dialog.open()

    def _check(self) -> None:
        """Says what stands in the way of these classes."""
        names = [one.name for one in self.classes]
        keys = [one.key for one in self.classes if one.key]
        text = ""
        if not all(names):
            text = self.tr("Every class needs a name.")
        elif len(set(names)) < len(names):
            text = self.tr("Two classes have one name.")
        elif len(set(keys)) < len(keys):
            text = self.tr("Two classes have one key.")
        elif any(len(key) != 1 or not key.isdigit() for key in keys):
            text = self.tr("A key is one digit.")
        self.problem.setText(text)
        self.ok.setEnabled(not text)

    def _use(self) -> None:
        self.chosen.emit(self.classes)
        self.accept()
