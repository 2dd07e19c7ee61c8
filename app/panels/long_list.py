"""A list of any length. QListView lays all rows out anew whenever one of them changes; a table knows where they are."""

from __future__ import annotations

from PySide6.QtCore import QModelIndex, QPersistentModelIndex
from PySide6.QtWidgets import QAbstractItemView, QHeaderView, QTableView, QWidget

_Index = QModelIndex | QPersistentModelIndex


class LongList(QTableView):
    """One column without headers and lines; rows of one height, one of them chosen.

    Args:
        row_height: of every row, in logical pixels.
    """

    def __init__(self, *, row_height: int, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setProperty("longList", True)  # for the style sheet
        self.setShowGrid(False)
        self.setCornerButtonEnabled(False)
        self.setTabKeyNavigation(False)
        self.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        self.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        self.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.setHorizontalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        down, across = self.verticalHeader(), self.horizontalHeader()
        down.setMinimumSectionSize(row_height)
        down.setDefaultSectionSize(row_height)
        down.setSectionResizeMode(QHeaderView.ResizeMode.Fixed)
        across.setSectionResizeMode(QHeaderView.ResizeMode.Stretch)
        down.hide()
        across.hide()
        self.verticalScrollBar().setSingleStep(row_height // 3)

    def setAccessibleName(self, name: str) -> None:
        """Its hidden headers are found by screen readers, too, and bear its name."""
        super().setAccessibleName(name)
        for header in (self.verticalHeader(), self.horizontalHeader()):
            header.setAccessibleName(name)
