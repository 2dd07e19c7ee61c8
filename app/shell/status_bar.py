"""What is running, where, and how long the last answer took; progress and cancel of long work."""

from __future__ import annotations

from PySide6.QtCore import QSize, Qt
from PySide6.QtWidgets import QHBoxLayout, QLabel, QProgressBar, QSizePolicy, QToolButton, QWidget

from app.explore.model import ExploreModel
from app.explore.rho_scale import format_rho
from app.explore.views import Status
from app.panels.stage_rows import shown_milliseconds
from app.shell.fonts import figures
from app.shell.icons import icon


class StatusBar(QWidget):
    """Shows the model's Status."""

    def __init__(self, model: ExploreModel, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("statusBar")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self._model = model
        self.text = QLabel(self)
        self.text.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)
        self.text.setTextFormat(Qt.TextFormat.PlainText)
        self.progress = QProgressBar(self)
        self.progress.setTextVisible(False)
        self.progress.setFixedWidth(120)
        self.progress.setAccessibleName(self.tr("Progress"))
        self.cancel = QToolButton(self)
        self.cancel.setText(self.tr("Cancel"))
        self.cancel.setIcon(icon("close"))
        self.cancel.setIconSize(QSize(14, 14))
        self.cancel.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
        self.cancel.setToolTip(self.tr("Stop what is running (Esc)"))
        self.cancel.setAccessibleName(self.tr("Cancel what is running"))
        self.cancel.clicked.connect(self._cancel)
        self.facts = QLabel(self)
        self.facts.setProperty("quiet", True)
        self.facts.setFont(figures(self.facts.font()))
        self.facts.setAccessibleName(self.tr("Device, time and threshold"))
        self.note = QLabel(self)
        self.note.setProperty("quiet", True)
        self.note.setFont(figures(self.note.font()))
        self.note.setAccessibleName(self.tr("State of the work"))
        # The button would make the bar jump when it comes and goes.
        self.setFixedHeight(max(30, self.cancel.sizeHint().height() + 4))
        line = QHBoxLayout(self)
        line.setContentsMargins(14, 0, 14, 0)
        line.setSpacing(10)
        line.addWidget(self.text, 1)
        line.addWidget(self.progress)
        line.addWidget(self.cancel)
        line.addWidget(self.facts)
        line.addWidget(self.note)
        self.set_note("")
        model.statusChanged.connect(self._take)
        model.rhoChanged.connect(lambda _rho: self._take(model.status))
        self._take(model.status)

    def set_note(self, text: str) -> None:
        """What the workspace that is shown has to say, such as "undo 14 · saved"."""
        self.note.setText(f"·  {text}" if text else "")
        self.note.setVisible(bool(text))

    def _take(self, status: Status) -> None:
        self.text.setText(status.text)
        self.text.setToolTip(status.text)
        self.progress.setVisible(status.busy)
        if status.progress is None:
            self.progress.setRange(0, 0)
        else:
            self.progress.setRange(0, 1000)
            self.progress.setValue(round(status.progress * 1000))
        self.cancel.setVisible(status.cancellable)
        self.cancel.setEnabled(status.cancellable)
        facts = [status.device] if status.device else []
        if status.milliseconds is not None:
            facts.append(shown_milliseconds(status.milliseconds))
        summary = self._model.model_summary
        if summary is None or summary.stage_count > 1:
            facts.append(f"ρ {format_rho(self._model.rho)}")
        self.facts.setText("  ·  ".join(facts))

    def _cancel(self) -> None:
        # Said at once: the work itself stops at its next step.
        self.cancel.setEnabled(False)
        self.text.setText(self.tr("Cancelling…"))
        self._model.cancel()
