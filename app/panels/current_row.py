"""Which row of a list stands for what is shown."""

from __future__ import annotations

from PySide6.QtCore import QItemSelectionModel, QModelIndex
from PySide6.QtWidgets import QAbstractItemView


def mark_current(view: QAbstractItemView, index: QModelIndex) -> None:
    """Makes a row the current and the selected one and brings it into sight; an invalid index marks none."""
    selection = view.selectionModel()
    # A list that gets the focus makes its first row the current one, but does not select it.
    if index.row() == view.currentIndex().row() and selection.isSelected(index):
        return
    selection.setCurrentIndex(index, QItemSelectionModel.SelectionFlag.ClearAndSelect)
    if index.isValid():
        view.scrollTo(index)
