"""What the export and the import dialog share: a format, a folder, a report, progress."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Final

from PySide6.QtCore import Qt
from PySide6.QtWidgets import (
    QComboBox,
    QDialog,
    QFileDialog,
    QFormLayout,
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QProgressBar,
    QPushButton,
    QVBoxLayout,
    QWidget,
)

from app.shell.format_names import format_names

_SHOWN: Final = 3


class TransferForm(QDialog):
    """Subclasses say how to look through, how to start and how to cancel, and show what comes of it."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self._ready = False
        self._finished = False
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setMinimumWidth(520)
        self.format = QComboBox(self)
        self.format.setAccessibleName(self.tr("Format"))
        self._names = format_names()
        for name, (text, _) in self._names.items():
            self.format.addItem(text, name)
        self.about = QLabel(self)
        self.about.setProperty("quiet", True)
        self.about.setWordWrap(True)
        self.folder = QLineEdit(self)
        self.folder.setAccessibleName(self.tr("Folder"))
        browse = QPushButton(self.tr("Choose…"), self)
        browse.setAutoDefault(False)
        browse.clicked.connect(self._browse)
        self.report = QLabel(self)
        self.report.setWordWrap(True)
        self.report.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self.report.setMinimumHeight(self.fontMetrics().height() * 4)
        self.report.setAlignment(Qt.AlignmentFlag.AlignTop)
        self.progress = QProgressBar(self)
        self.progress.setTextVisible(False)
        self.progress.setAccessibleName(self.tr("Progress"))
        self.progress.setVisible(False)
        self.go = QPushButton(self)
        self.go.setDefault(True)
        self.go.setEnabled(False)
        self.close_button = QPushButton(self.tr("Cancel"), self)
        self.close_button.setAutoDefault(False)
        self.close_button.clicked.connect(self.reject)
        self.go.clicked.connect(self.start)
        where = QHBoxLayout()
        where.addWidget(self.folder, 1)
        where.addWidget(browse)
        form = QFormLayout()
        form.setFieldGrowthPolicy(QFormLayout.FieldGrowthPolicy.ExpandingFieldsGrow)
        form.addRow(self.tr("Format"), self.format)
        form.addRow("", self.about)
        form.addRow(self.tr("Folder"), where)
        self.form = form
        buttons = QHBoxLayout()
        buttons.addStretch(1)
        buttons.addWidget(self.close_button)
        buttons.addWidget(self.go)
        column = QVBoxLayout(self)
        column.setContentsMargins(20, 18, 20, 16)
        column.setSpacing(12)
        column.addLayout(form)
        column.addWidget(self.report)
        column.addWidget(self.progress)
        column.addLayout(buttons)
        self.format.currentIndexChanged.connect(self._tell_about)
        self.folder.editingFinished.connect(self.look)
        self._tell_about()

    def name(self, title: str, go: str) -> None:
        """The dialog's title, and what its button says."""
        self.setWindowTitle(title)
        self.go.setText(go)

    @property
    def chosen_format(self) -> str:
        return str(self.format.currentData())

    @property
    def chosen_folder(self) -> Path | None:
        text = self.folder.text().strip()
        return Path(text).expanduser() if text else None

    def choose(self, *, format: str, folder: Path) -> None:
        """As a person would."""
        self.format.setCurrentIndex(self.format.findData(format))
        self.folder.setText(str(folder))
        self.look()

    def look(self) -> None:
        """Look through what would be done; writes nothing."""
        folder = self.chosen_folder
        self.go.setEnabled(False)
        if folder is not None and self._ready:
            self._look(folder)

    def start(self) -> None:
        """Do it; once it is done, close."""
        if self._finished:
            self.accept()
        elif self.chosen_folder is not None:
            self._start(self.chosen_folder)

    def done(self, result: int) -> None:
        self._cancel()
        super().done(result)

    def _look(self, folder: Path) -> None:
        raise NotImplementedError

    def _start(self, folder: Path) -> None:
        raise NotImplementedError

    def _cancel(self) -> None:
        raise NotImplementedError

    def begin(self) -> None:
        """The subclass is made: look through what stands in the form, and from now on whenever it changes."""
        self._ready = True
        self.look()

    def show_running(self, done: int, total: int) -> None:
        self.progress.setVisible(True)
        self.progress.setRange(0, total)
        self.progress.setValue(done)
        self.go.setEnabled(False)

    def show_ended(self, text: str, *, ready: bool) -> None:
        """Ready: it may be started now."""
        self.progress.setVisible(False)
        self.report.setText(text)
        self.go.setEnabled(ready)

    def show_finished(self, text: str, failed: Sequence[object]) -> None:
        """It is done; a few of what was left out are named."""
        self.show_ended(text + self.left_out(failed), ready=True)
        self._finished = True
        self.go.setText(self.tr("Close"))
        self.close_button.setVisible(False)

    def left_out(self, failed: Sequence[object]) -> str:
        """How many, and the first of them; "" for none."""
        if not failed:
            return ""
        shown = "\n".join(str(problem) for problem in failed[:_SHOWN])
        return "\n" + self.tr("Left out: %1").replace("%1", str(len(failed))) + "\n" + shown

    def _tell_about(self) -> None:
        self.about.setText(self._names[self.chosen_format][1])
        self.look()

    def _browse(self) -> None:
        dialog = QFileDialog(self, self.tr("Choose a folder"))
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.setFileMode(QFileDialog.FileMode.Directory)
        if self.chosen_folder is not None and self.chosen_folder.is_dir():
            dialog.setDirectory(str(self.chosen_folder))
        dialog.fileSelected.connect(self._take_folder)
        dialog.open()

    def _take_folder(self, name: str) -> None:
        self.folder.setText(name)
        self.look()
