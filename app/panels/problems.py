"""What went wrong, without a dialog in the way: a banner that opens into a list."""

from __future__ import annotations

from typing import Protocol

from PySide6.QtCore import QSize, Qt, SignalInstance
from PySide6.QtWidgets import (
    QHBoxLayout,
    QLabel,
    QListWidget,
    QListWidgetItem,
    QSizePolicy,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from app.explore.views import Problem
from app.shell.icons import icon

_LIST_HEIGHT = 132


def sentence(problem: Problem) -> str:
    """One line: the file's name and the reason."""
    return problem.text if problem.path is None else f"{problem.path.name}: {problem.text}"


class TellsProblems(Protocol):
    """What the banner watches: signals problem(Problem) and problemsCleared()."""

    @property
    def problem(self) -> SignalInstance: ...

    @property
    def problemsCleared(self) -> SignalInstance: ...

    @property
    def problems(self) -> list[Problem]: ...

    def clear_problems(self) -> None: ...


class ProblemBanner(QWidget):
    """The newest problem and how many there are; opens into the whole list, goes away when dismissed."""

    def __init__(self, model: TellsProblems, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("problemBanner")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self.setAccessibleName(self.tr("Problems"))
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Maximum)
        self._model = model
        mark = QLabel(self)
        mark.setPixmap(icon("alert-circle-outline").pixmap(QSize(18, 18), self.devicePixelRatioF()))
        self.newest = QLabel(self)
        self.newest.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)
        self.newest.setTextFormat(Qt.TextFormat.PlainText)
        self.more = QToolButton(self)
        self.more.setCheckable(True)
        self.more.setAccessibleName(self.tr("List all problems"))
        self.more.toggled.connect(self._open)
        self.dismiss = QToolButton(self)
        self.dismiss.setIcon(icon("close"))
        self.dismiss.setToolTip(self.tr("Dismiss"))
        self.dismiss.setAccessibleName(self.tr("Dismiss the problems"))
        self.dismiss.clicked.connect(model.clear_problems)
        self.list = QListWidget(self)
        self.list.setAccessibleName(self.tr("List of problems"))
        self.list.setWordWrap(True)
        self.list.setFixedHeight(_LIST_HEIGHT)
        self.list.setVisible(False)
        line = QHBoxLayout()
        line.setContentsMargins(14, 5, 8, 5)
        line.setSpacing(8)
        line.addWidget(mark)
        line.addWidget(self.newest, 1)
        line.addWidget(self.more)
        line.addWidget(self.dismiss)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addLayout(line)
        column.addWidget(self.list)
        model.problem.connect(self._take)
        model.problemsCleared.connect(self._clear)
        self.setVisible(False)
        for problem in model.problems:
            self._take(problem)

    def _take(self, problem: Problem) -> None:
        item = QListWidgetItem(sentence(problem))
        item.setToolTip(str(problem.path) if problem.path is not None else problem.text)
        self.list.addItem(item)
        self.newest.setText(sentence(problem))
        self.newest.setToolTip(item.toolTip() + "\n" + problem.text if problem.path is not None else problem.text)
        count = self.list.count()
        self.more.setVisible(count > 1)
        self.more.setText(self.tr("All %1").replace("%1", str(count)))
        self.more.setToolTip(self.tr("Show or hide the list"))
        self.setVisible(True)

    def _clear(self) -> None:
        self.list.clear()
        self.more.setChecked(False)
        self.setVisible(False)

    def _open(self, opened: bool) -> None:
        self.list.setVisible(opened)
