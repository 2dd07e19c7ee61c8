"""What a person sees of an unexpected error: one quiet dialog with what happened and the facts for a report."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import psutil
from PySide6.QtCore import QCoreApplication, QObject, Qt, QUrl, Slot
from PySide6.QtGui import QDesktopServices, QGuiApplication
from PySide6.QtWidgets import QDialog, QHBoxLayout, QLabel, QPlainTextEdit, QPushButton, QVBoxLayout, QWidget

from app.explore.views import ModelSummary
from app.services.crash_watch import Crash, CrashWatch
from app.services.log_file import LogFile
from app.shell.about import diagnostics
from app.shell.fonts import sized

_LINES = 60


def crash_report(crashes: list[Crash], model: ModelSummary | None, log: LogFile) -> str:
    """Versions, machine, errors and the log's last lines, as text to be copied. No contents of files.

    The person's home folder is written as "~".
    """
    memory = psutil.virtual_memory()
    parts = [
        diagnostics(model),
        f"{os.cpu_count()} processors, {memory.total >> 20} MiB of memory, {memory.available >> 20} MiB free",
        *(f"--- {crash.summary}\n{crash.details.strip()}" for crash in crashes),
        "\n".join(["--- log", *log.last_lines(_LINES)]),
    ]
    return "\n\n".join(parts).replace(str(Path.home()), "~")


def former_end(fault: str) -> Crash:
    """What is told at the start after a run that a library brought down."""
    text = QCoreApplication.translate("CrashDialog", "Rhoscope ended unexpectedly the last time")
    return Crash(text, fault, "former run")


class CrashDialog(QDialog):
    """Shows one error; further ones are added to it while it is open."""

    def __init__(self, crash: Crash, report: Callable[[list[Crash]], str], log: LogFile, parent: QWidget) -> None:
        super().__init__(parent)
        self.setWindowTitle(self.tr("Unexpected error"))
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self._crashes = [crash]
        self._report = report
        title = QLabel(self.tr("Something went wrong"), self)
        title.setFont(sized(title.font(), 1.3, bold=True))
        words = QLabel(
            self.tr(
                "The program goes on where it can. If something behaves oddly from now on, save your work and start "
                "the program again."
            ),
            self,
        )
        words.setWordWrap(True)
        self.summary = QLabel(self)
        self.summary.setWordWrap(True)
        self.summary.setTextFormat(Qt.TextFormat.PlainText)
        self.summary.setProperty("quiet", True)
        self.summary.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self.details = QPlainTextEdit(self)
        self.details.setReadOnly(True)
        self.details.setAccessibleName(self.tr("Diagnostics"))
        self.details.setLineWrapMode(QPlainTextEdit.LineWrapMode.NoWrap)
        self.details.setMinimumHeight(240)
        self.details.hide()
        self.copy = QPushButton(self.tr("Copy diagnostics"), self)
        self.copy.setToolTip(self.tr("Versions, machine, error and the last lines of the log; no contents of files"))
        self.copy.clicked.connect(self._copy)
        self.show_details = QPushButton(self.tr("Details"), self)
        self.show_details.setCheckable(True)
        self.show_details.toggled.connect(self._toggle)
        self.folder = QPushButton(self.tr("Show the log"), self)
        self.folder.setEnabled(log.path is not None)
        self.folder.clicked.connect(
            lambda: QDesktopServices.openUrl(QUrl.fromLocalFile(str(log.path.parent if log.path else "")))
        )
        self.close_button = QPushButton(self.tr("Go on"), self)
        self.close_button.setDefault(True)
        self.close_button.clicked.connect(self.accept)
        buttons = QHBoxLayout()
        buttons.addWidget(self.copy)
        buttons.addWidget(self.show_details)
        buttons.addWidget(self.folder)
        buttons.addStretch(1)
        buttons.addWidget(self.close_button)
        column = QVBoxLayout(self)
        column.setContentsMargins(24, 20, 24, 18)
        column.setSpacing(10)
        for widget in (title, words, self.summary, self.details):
            column.addWidget(widget, 1 if widget is self.details else 0)
        column.addSpacing(6)
        column.addLayout(buttons)
        self.setMinimumWidth(560)
        self._tell()

    def add(self, crash: Crash) -> None:
        self._crashes.append(crash)
        self._tell()

    def _tell(self) -> None:
        first, more = self._crashes[0].summary, len(self._crashes) - 1
        self.summary.setText(f"{first}\n" + self.tr("and %1 more").replace("%1", str(more)) if more else first)
        if self.details.isVisible():
            self.details.setPlainText(self._report(self._crashes))

    def _copy(self) -> None:
        QGuiApplication.clipboard().setText(self._report(self._crashes))
        self.copy.setText(self.tr("Copied"))

    def _toggle(self, shown: bool) -> None:
        if shown:
            self.details.setPlainText(self._report(self._crashes))
        self.details.setVisible(shown)
        self.adjustSize()


class CrashReporter(QObject):
    """Opens the dialog for what the watch tells, over the window, without stopping its event loop."""

    def __init__(
        self, watch: CrashWatch, window: QWidget, log: LogFile, *, model: Callable[[], ModelSummary | None]
    ) -> None:
        super().__init__(window)
        self._window = window
        self._log = log
        self._model = model
        self.dialog: CrashDialog | None = None
        watch.crashed.connect(self.show_crash)

    @Slot(object)
    def show_crash(self, crash: Crash) -> None:
        if self.dialog is not None:
            self.dialog.add(crash)
            return
        self.dialog = CrashDialog(crash, self._text, self._log, self._window)
        self.dialog.finished.connect(self._forget)
        self.dialog.show()

    def _text(self, crashes: list[Crash]) -> str:
        return crash_report(crashes, self._model(), self._log)

    def _forget(self) -> None:
        self.dialog = None
