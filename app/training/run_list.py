"""The runs as a list model, and the filter over it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from PySide6.QtCore import QAbstractListModel, QModelIndex, QObject, QPersistentModelIndex, QSortFilterProxyModel, Qt

from app.services.training_runs import Run
from app.training.words import state_text

Index = QModelIndex | QPersistentModelIndex
RUN_ROLE = Qt.ItemDataRole.UserRole + 1


class RunList(QAbstractListModel):
    """Takes new lists so that rows that stay keep their selection."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._runs: list[Run] = []

    def rowCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008 - Qt's own signature
        return 0 if parent.isValid() else len(self._runs)

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        if not index.isValid() or index.row() >= len(self._runs):
            return None
        run = self._runs[index.row()]
        if role == RUN_ROLE:
            return run
        if role in (Qt.ItemDataRole.DisplayRole, Qt.ItemDataRole.AccessibleTextRole):
            return f"{run.name}, {state_text(run)}" if role != Qt.ItemDataRole.DisplayRole else run.name
        if role == Qt.ItemDataRole.ToolTipRole:
            note = f"\n{run.remarks.note}" if run.remarks.note else ""
            return f"{run.folder}\n{state_text(run)}{note}"
        return None

    def row_of(self, folder: Path) -> int:
        """-1 where it is not there."""
        return next((row for row, run in enumerate(self._runs) if run.folder == folder), -1)

    def take(self, runs: tuple[Run, ...]) -> None:
        wanted = {run.folder for run in runs}
        for row in range(len(self._runs) - 1, -1, -1):
            if self._runs[row].folder not in wanted:
                self.beginRemoveRows(QModelIndex(), row, row)
                del self._runs[row]
                self.endRemoveRows()
        for row, run in enumerate(runs):
            if row < len(self._runs) and self._runs[row].folder == run.folder:
                if self._runs[row] is not run:
                    self._runs[row] = run
                    index = self.index(row)
                    self.dataChanged.emit(index, index)
                continue
            at = self.row_of(run.folder)
            if at >= 0:
                self.beginMoveRows(QModelIndex(), at, at, QModelIndex(), row)
                self._runs.insert(row, self._runs.pop(at))
                self.endMoveRows()
                self._runs[row] = run
            else:
                self.beginInsertRows(QModelIndex(), row, row)
                self._runs.insert(row, run)
                self.endInsertRows()


class RunFilter(QSortFilterProxyModel):
    """Rows whose name, state, recipe, note or tags hold every word of the filter; "#word" looks at tags alone."""

    def __init__(self, runs: RunList, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._words: list[str] = []
        self.setSourceModel(runs)

    def set_text(self, text: str) -> None:
        self.beginFilterChange()
        self._words = text.lower().split()
        self.endFilterChange(QSortFilterProxyModel.Direction.Rows)

    def filterAcceptsRow(self, row: int, parent: Index) -> bool:
        if not self._words:
            return True
        run: Run = self.sourceModel().index(row, 0, parent).data(RUN_ROLE)
        tags = [tag.lower() for tag in run.remarks.tags]
        text = " ".join([run.name, state_text(run), run.data.recipe, run.remarks.note, *tags]).lower()
        return all(word[1:] in tags if word.startswith("#") else word in text for word in self._words)
