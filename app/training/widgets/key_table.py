"""Every key of the recipe: value to edit, kind, help."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import (
    QAbstractItemView,
    QHeaderView,
    QLabel,
    QLineEdit,
    QTableWidget,
    QTableWidgetItem,
    QVBoxLayout,
    QWidget,
)

from app.services.training_setup import DraftRecipe
from app.training.setup import SetupModel


class KeyTable(QWidget):
    """Values are TOML, as in a recipe file; an empty one is the recipe's own again."""

    def __init__(self, setup: SetupModel, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._setup = setup
        self._shown: DraftRecipe | None = None
        self._filling = False
        self.search = QLineEdit(self)
        self.search.setPlaceholderText(self.tr("Find a key, or a word of its help"))
        self.search.setAccessibleName(self.search.placeholderText())
        self.search.setClearButtonEnabled(True)
        self.search.setAcceptDrops(False)
        self.search.textChanged.connect(self._filter)
        self.table = QTableWidget(0, 3, self)
        self.table.setAccessibleName(self.tr("All keys of the recipe"))
        self.table.setHorizontalHeaderLabels([self.tr("Key"), self.tr("Value"), self.tr("What it does")])
        self.table.verticalHeader().setVisible(False)
        self.table.setAcceptDrops(False)
        self.table.viewport().setAcceptDrops(False)
        self.table.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        self.table.setWordWrap(False)
        self.table.setShowGrid(False)
        self.table.setAlternatingRowColors(True)
        header = self.table.horizontalHeader()
        header.setSectionResizeMode(0, QHeaderView.ResizeMode.Interactive)
        header.setSectionResizeMode(1, QHeaderView.ResizeMode.Interactive)
        header.setSectionResizeMode(2, QHeaderView.ResizeMode.Stretch)
        header.resizeSection(0, 165)
        header.resizeSection(1, 115)
        self.table.verticalHeader().setDefaultSectionSize(24)
        self.table.itemChanged.connect(self._edited)
        self.table.currentItemChanged.connect(self._explain)
        self.help = QLabel(self)
        self.help.setWordWrap(True)
        self.help.setProperty("quiet", True)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(6)
        column.addWidget(self.search)
        column.addWidget(self.table, 1)
        column.addWidget(self.help)
        setup.recipeChanged.connect(self._show)
        self._show()

    def _show(self) -> None:
        drafted = self._setup.draft
        if drafted is None or drafted is self._shown or self.isHidden():
            return
        self._shown = drafted
        self._filling = True
        keys, changes = drafted.keys, self._setup.changes
        if self.table.rowCount() != len(keys):
            self.table.setRowCount(len(keys))
        for row, key in enumerate(keys):
            texts = (key.key, key.value, key.help)
            for column, text in enumerate(texts):
                item = self.table.item(row, column)
                if item is None:
                    item = QTableWidgetItem()
                    flags = Qt.ItemFlag.ItemIsEnabled | Qt.ItemFlag.ItemIsSelectable
                    item.setFlags(flags | Qt.ItemFlag.ItemIsEditable if column == 1 else flags)
                    self.table.setItem(row, column, item)
                if item.text() != text:
                    item.setText(text)
                item.setToolTip(f"{key.key}: {key.kind}\n{key.help}")
                font = item.font()
                font.setBold(key.key in changes and column < 2)
                item.setFont(font)
        self._filling = False
        self._filter(self.search.text())

    def showEvent(self, event: object) -> None:
        super().showEvent(event)  # type: ignore[arg-type]
        self._show()

    def _edited(self, item: QTableWidgetItem) -> None:
        if self._filling or item.column() != 1:
            return
        self._setup.change(self._text(item.row(), 0), item.text())

    def _explain(self, item: QTableWidgetItem | None) -> None:
        self.help.setText("" if item is None else item.toolTip())

    def _filter(self, text: str) -> None:
        words = text.lower().split()
        for row in range(self.table.rowCount()):
            all_text = f"{self._text(row, 0)} {self._text(row, 2)}".lower()
            self.table.setRowHidden(row, not all(word in all_text for word in words))

    def _text(self, row: int, column: int) -> str:
        item = self.table.item(row, column)
        return "" if item is None else item.text()
