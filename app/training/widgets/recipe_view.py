"""The recipe of a run, or where the recipes of several differ."""

from __future__ import annotations

from PySide6.QtGui import QFontDatabase, QShowEvent
from PySide6.QtWidgets import (
    QAbstractItemView,
    QHeaderView,
    QLabel,
    QPlainTextEdit,
    QStackedWidget,
    QTableWidget,
    QTableWidgetItem,
    QVBoxLayout,
    QWidget,
)

from app.services.training_recipes import Comparison, compared
from app.services.training_runs import Run
from app.training.model import TrainingModel


class RecipeView(QWidget):
    """Reads the recipes when it is looked at."""

    def __init__(self, model: TrainingModel, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._model = model
        self._runs: tuple[Run, ...] = ()
        self._read: tuple[str, ...] = ()
        self.head = QLabel(self)
        self.head.setWordWrap(True)
        self.text = QPlainTextEdit(self)
        self.text.setReadOnly(True)
        self.text.setAcceptDrops(False)
        self.text.viewport().setAcceptDrops(False)
        self.text.setFont(QFontDatabase.systemFont(QFontDatabase.SystemFont.FixedFont))
        self.text.setAccessibleName(self.tr("Recipe"))
        self.table = QTableWidget(self)
        self.table.setAccessibleName(self.tr("Differences of the recipes"))
        self.table.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.table.setAcceptDrops(False)
        self.table.viewport().setAcceptDrops(False)
        self.table.verticalHeader().setVisible(False)
        self.table.setAlternatingRowColors(True)
        self.table.setShowGrid(False)
        self.stack = QStackedWidget(self)
        self.stack.addWidget(self.text)
        self.stack.addWidget(self.table)
        column = QVBoxLayout(self)
        column.setContentsMargins(14, 10, 14, 14)
        column.setSpacing(8)
        column.addWidget(self.head)
        column.addWidget(self.stack, 1)

    def show_runs(self, runs: tuple[Run, ...]) -> None:
        self._runs = runs
        self._ask()

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        self._ask()

    def _ask(self) -> None:
        runs = self._runs
        wanted = tuple(f"{run.folder}{run.name}{bool(run.data.last)}" for run in runs)
        if self.isVisible() and wanted != self._read:
            self._read = wanted
            self._model.run_in_background("recipes of runs", lambda: compared(runs), self._show)

    def _show(self, comparison: Comparison) -> None:
        several = len(comparison.names) > 1
        heads = list(comparison.problems)
        if several:
            heads.append(
                self.tr("{n} keys differ").format(n=len(comparison.rows))
                if comparison.rows
                else self.tr("the recipes are the same")
            )
        self.head.setText("\n".join(heads))
        self.head.setVisible(bool(heads))
        self.stack.setCurrentWidget(self.table if several else self.text)
        self.text.setPlainText(comparison.text)
        self.table.setColumnCount(1 + len(comparison.names))
        self.table.setHorizontalHeaderLabels([self.tr("Key"), *comparison.names])
        self.table.setRowCount(len(comparison.rows))
        for row, (key, values) in enumerate(comparison.rows):
            for column, text in enumerate((key, *values)):
                item = QTableWidgetItem(text)
                item.setToolTip(text)
                self.table.setItem(row, column, item)
        self.table.horizontalHeader().setSectionResizeMode(QHeaderView.ResizeMode.Stretch)
