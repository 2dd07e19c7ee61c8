"""What a person notes of a run, and what its process said."""

from __future__ import annotations

from PySide6.QtCore import QTimer
from PySide6.QtGui import QFontDatabase, QShowEvent
from PySide6.QtWidgets import QFormLayout, QLabel, QLineEdit, QPlainTextEdit, QVBoxLayout, QWidget

from app.services.training_runs import Run
from app.training.model import TrainingModel
from engine.jobs.job import last_lines
from engine.jobs.remarks import Remarks, parsed_tags

_SAVE_MILLISECONDS = 600
_LINES = 200


class NotesView(QWidget):
    """Name, tags and note are kept in the run's folder soon after they were typed."""

    def __init__(self, model: TrainingModel, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._model = model
        self._run: Run | None = None
        self._unsaved = False
        self.title = QLineEdit(self)
        self.tags = QLineEdit(self)
        self.tags.setPlaceholderText(self.tr("words, separated by blanks"))
        self.note = QPlainTextEdit(self)
        self.note.setMaximumHeight(110)
        self.output = QPlainTextEdit(self)
        self.output.setReadOnly(True)
        self.output.setFont(QFontDatabase.systemFont(QFontDatabase.SystemFont.FixedFont))
        self.output.setLineWrapMode(QPlainTextEdit.LineWrapMode.NoWrap)
        self.output.setAccessibleName(self.tr("Output of the process"))
        self.folder = QLabel(self)
        self.folder.setProperty("quiet", True)
        self.folder.setWordWrap(True)
        for widget in (self.title, self.tags, self.note, self.note.viewport(), self.output, self.output.viewport()):
            widget.setAcceptDrops(False)
        form = QFormLayout()
        form.addRow(self.tr("Name"), self.title)
        form.addRow(self.tr("Tags"), self.tags)
        form.addRow(self.tr("Note"), self.note)
        form.addRow(self.tr("Folder"), self.folder)
        column = QVBoxLayout(self)
        column.setContentsMargins(14, 12, 14, 14)
        column.setSpacing(10)
        column.addLayout(form)
        column.addWidget(QLabel(self.tr("Output"), self))
        column.addWidget(self.output, 1)
        self._later = QTimer(self)
        self._later.setSingleShot(True)
        self._later.setInterval(_SAVE_MILLISECONDS)
        self._later.timeout.connect(self.save)
        for signal in (self.title.textEdited, self.tags.textEdited):
            signal.connect(self._edited)
        self.note.textChanged.connect(self._edited)

    def show_run(self, run: Run | None) -> None:
        before = self._run
        other = before is None or run is None or before.folder != run.folder
        if other:
            self.save()
        self._run = run
        if run is not None and other:
            self.title.setText(run.name)
            self.tags.setText(" ".join(run.remarks.tags))
            self.note.blockSignals(True)
            self.note.setPlainText(run.remarks.note)
            self.note.blockSignals(False)
            self.folder.setText(str(run.folder))
        self._read_output()

    def save(self) -> None:
        """Writes what was typed and is not written yet."""
        run = self._run
        if run is None or not self._unsaved:
            return
        self._unsaved = False
        self._later.stop()
        title = self.title.text().strip()
        remarks = Remarks(
            "" if title == run.folder.name else title, self.note.toPlainText(), parsed_tags(self.tags.text())
        )
        if remarks != run.remarks:
            self._model.jobs.remark(run, remarks)

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        self._read_output()

    def _edited(self) -> None:
        self._unsaved = True
        self._later.start()

    def _read_output(self) -> None:
        run = self._run
        if run is not None and self.isVisible():
            self._model.run_in_background("output", lambda: last_lines(run.folder, _LINES), self._show_output)

    def _show_output(self, lines: tuple[str, ...]) -> None:
        text = "\n".join(lines)
        if text != self.output.toPlainText():
            self.output.setPlainText(text)
            bar = self.output.verticalScrollBar()
            bar.setValue(bar.maximum())
