"""Two models on one photo: side by side under a handle, where they disagree, and by how much."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from PySide6.QtCore import Signal
from PySide6.QtWidgets import (
    QCheckBox,
    QComboBox,
    QHBoxLayout,
    QLabel,
    QProgressBar,
    QPushButton,
    QSizePolicy,
    QVBoxLayout,
    QWidget,
)

from app.library.comparison import CompareState, ModelComparison
from app.library.library import Library
from app.panels.stage_rows import shown_milliseconds, shown_share
from app.panels.swipe_view import SwipeView
from app.services.model_library import Comparison
from app.shell.icons import icon


class ComparePage(QWidget):
    """Compares on the photo that Explore shows.

    Args:
        photo: that photo's path; None where nothing is open.

    Signals: leaveRequested() - back to the models.
    """

    leaveRequested = Signal()

    def __init__(
        self,
        library: Library,
        comparison: ModelComparison,
        *,
        photo: Callable[[], Path | None],
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self.setObjectName("comparePage")
        self._library = library
        self._comparison = comparison
        self._photo = photo
        self.back = QPushButton(self.tr("Back to the models"), self)
        self.back.setIcon(icon("chevron-left"))
        self.first, self.second = QComboBox(self), QComboBox(self)
        for box, name in ((self.first, self.tr("First model")), (self.second, self.tr("Second model"))):
            box.setAccessibleName(name)
            box.setToolTip(name)
            box.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.go = QPushButton(self.tr("Compare"), self)
        self.go.setProperty("primary", True)
        self.cancel = QPushButton(self.tr("Cancel"), self)
        self.view = SwipeView(self)
        self.difference = QCheckBox(self.tr("Show only where they disagree"), self)
        self.progress = QProgressBar(self)
        self.progress.setRange(0, 0)
        self.progress.setTextVisible(False)
        self.progress.setAccessibleName(self.tr("Comparison under way"))
        self.words = QLabel(self)
        self.words.setWordWrap(True)
        self._lay_out()
        self.back.clicked.connect(self.leaveRequested)
        self.go.clicked.connect(self._start)
        self.cancel.clicked.connect(comparison.cancel)
        self.difference.toggled.connect(lambda _on: self._show(comparison.state))
        library.entriesChanged.connect(self.refresh)
        comparison.changed.connect(self._show)
        self.refresh()
        self._show(comparison.state)

    def refresh(self) -> None:
        """Offers the models that have weights, keeping what was chosen; the second is at first the selected one."""
        usable = [entry for entry in self._library.entries if entry.usable]
        selected = self._library.selected
        for number, box in enumerate((self.first, self.second)):
            before = box.currentData()
            if before is None and number == 1 and selected is not None and selected.usable:
                before = selected.spec
            box.clear()
            for entry in usable:
                box.addItem(entry.label, entry.spec)
            found = box.findData(before)
            box.setCurrentIndex(found if found >= 0 else min(number, box.count() - 1))
        self._tell()

    def _lay_out(self) -> None:
        head = QHBoxLayout()
        head.setSpacing(8)
        head.addWidget(self.back)
        head.addSpacing(8)
        for widget in (self.first, QLabel(self.tr("and"), self), self.second, self.go, self.cancel):
            head.addWidget(widget)
        foot = QHBoxLayout()
        foot.addWidget(self.words, 1)
        foot.addWidget(self.difference)
        column = QVBoxLayout(self)
        column.setContentsMargins(16, 14, 16, 12)
        column.setSpacing(10)
        column.addLayout(head)
        column.addWidget(self.progress)
        column.addWidget(self.view, 1)
        column.addLayout(foot)

    def _start(self) -> None:
        photo = self._photo()
        first, second = self.first.currentData(), self.second.currentData()
        if photo is not None and first is not None and second is not None:
            self._comparison.start(photo, first, second)

    def _show(self, state: CompareState | None) -> None:
        running = state is not None and state.running
        # The bar keeps its place, so that nothing moves when it comes and goes.
        self.progress.setRange(0, 0 if running else 1)
        self.progress.setValue(0)
        self.go.setVisible(not running)
        self.cancel.setVisible(running)
        answer = None if state is None else state.answer
        self.difference.setEnabled(answer is not None)
        if answer is None:
            self.view.set_pictures(None, names=("", ""))
        elif self.difference.isChecked():
            self.view.set_pictures(answer.difference, names=("", ""))
        else:
            self.view.set_pictures(
                answer.first.picture, answer.second.picture, names=(answer.first.label, answer.second.label)
            )
        self._tell()

    def _tell(self) -> None:
        state, photo = self._comparison.state, self._photo()
        usable = self.first.count()
        self.go.setEnabled(usable > 0 and photo is not None)
        if state is not None and state.problem:
            text = state.problem
        elif state is not None and state.answer is not None:
            text = self._answer_words(state.answer)
        elif state is not None:
            text = self.tr("Both models are loaded and run on %1 …").replace("%1", state.photo.name)
        elif photo is None:
            text = self.tr("Open a photo in Explore first: the models are compared on it.")
        else:
            text = self.tr("Compares on %1, each model at its own threshold.").replace("%1", photo.name)
        self.words.setText(text)

    def _answer_words(self, answer: Comparison) -> str:
        text = self.tr("They agree on %1 of the pixels.").replace("%1", shown_share(answer.agreement))
        times = "   ".join(
            f"{side.label}: {shown_milliseconds(side.milliseconds)}" for side in (answer.first, answer.second)
        )
        if not answer.pairs:
            return f"{text}   {times}"
        pairs = ", ".join(f"{first} / {second} {shown_share(share)}" for first, second, share in answer.pairs[:3])
        apart = self.tr("Most often apart:")
        return f"{text} {apart} {pairs}.\n{times}"
