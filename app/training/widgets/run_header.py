"""Name, state and progress of the selected run, with what can be ordered of it."""

from __future__ import annotations

import time

from PySide6.QtCore import QSize, Qt, QTimer, Signal
from PySide6.QtWidgets import QHBoxLayout, QLabel, QProgressBar, QPushButton, QSizePolicy, QVBoxLayout, QWidget

from app.services.training_runs import Run
from app.shell.fonts import sized
from app.shell.icons import icon
from app.training.widgets.parts import set_primary
from app.training.words import advice, duration, percent, state_text
from engine.jobs.run_state import RunState


class RunHeader(QWidget):
    """Signals: started(), paused(), stopped(), duplicated(), publishAsked()."""

    started = Signal()
    paused = Signal()
    stopped = Signal()
    duplicated = Signal()
    publishAsked = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._run: Run | None = None
        self.name = QLabel(self)
        self.name.setFont(sized(self.name.font(), 1.2, bold=True))
        self.name.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)
        self.name.setTextFormat(Qt.TextFormat.PlainText)
        self.facts = QLabel(self)
        self.facts.setProperty("quiet", True)
        self.facts.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)
        self.bar = QProgressBar(self)
        self.bar.setTextVisible(False)
        self.bar.setRange(0, 1000)
        # The likeliest button has the accent's colour, on which an icon would not be seen.
        self.start = self._button("", self.tr("Start"), self.started)
        self.pause = self._button("pause", self.tr("Pause"), self.paused)
        self.stop = self._button("stop", self.tr("Stop"), self.stopped)
        self.duplicate = self._button("content-duplicate", self.tr("Duplicate"), self.duplicated)
        self.publish = self._button("package-up", self.tr("Publish"), self.publishAsked)
        self.pause.setToolTip(self.tr("Waits after the step under way, with a checkpoint; memory stays in use"))
        self.stop.setToolTip(self.tr("Ends after the step under way, with a checkpoint; can be resumed"))
        self.duplicate.setToolTip(self.tr("Set up a job with this recipe, to change"))
        self.publish.setToolTip(self.tr("Make a model of the best checkpoint"))
        self.trouble = QLabel(self)
        self.trouble.setWordWrap(True)
        self.trouble.setTextFormat(Qt.TextFormat.PlainText)
        self.trouble.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        top = QHBoxLayout()
        top.setSpacing(8)
        top.addWidget(self.name, 1)
        for button in (self.start, self.pause, self.stop, self.duplicate, self.publish):
            top.addWidget(button)
        column = QVBoxLayout(self)
        column.setContentsMargins(16, 12, 14, 8)
        column.setSpacing(6)
        column.addLayout(top)
        column.addWidget(self.facts)
        column.addWidget(self.bar)
        column.addWidget(self.trouble)
        self._clock = QTimer(self)
        self._clock.setInterval(1000)
        self._clock.timeout.connect(self._tell)
        self._clock.start()

    def show_runs(self, runs: tuple[Run, ...]) -> None:
        self._run = runs[0] if len(runs) == 1 else None
        self.setVisible(bool(runs))
        run = self._run
        for button in (self.start, self.pause, self.stop, self.duplicate, self.publish):
            button.setVisible(run is not None)
        self.bar.setVisible(run is not None and run.data.iterations > 0)
        self.trouble.setVisible(False)
        if run is None:
            self.name.setText(self.tr("{n} runs compared").format(n=len(runs)))
            self.facts.setText(" · ".join(f"{r.name} {percent(r.data.best)}" for r in runs))
            return
        state = run.state
        self.name.setText(run.name)
        self.name.setToolTip(str(run.folder))
        self.start.setVisible(state.can_start or state in (RunState.PAUSED, RunState.PAUSING))
        begun = bool(run.data.last) or state is RunState.DIED
        self.start.setText(self.tr("Resume") if begun else self.tr("Start"))
        self.pause.setVisible(state in (RunState.RUNNING, RunState.STARTING))
        self.stop.setVisible(state.at_work or state is RunState.WAITING)
        self.stop.setEnabled(state is not RunState.STOPPING)
        self.publish.setEnabled(run.data.best == run.data.best)
        set_primary(self.start, True)
        if run.data.iterations:
            self.bar.setValue(round(1000 * run.data.step / run.data.iterations))
        lines = [line for line in (run.data.reason, advice(run)) if line]
        if state in (RunState.FAILED, RunState.DIED):
            said = [line for line in run.standing.output if not line.startswith(("█", "░"))][-6:]
            lines += ["", *said] if said else []
        self.trouble.setText("\n".join(lines))
        self.trouble.setVisible(bool(lines))
        self._tell()

    def _tell(self) -> None:
        run = self._run
        if run is None:
            return
        data = run.data
        parts = [state_text(run)]
        if data.iterations:
            parts.append(self.tr("step {a} of {b}").format(a=data.step, b=data.iterations))
        if data.phase and run.state is not RunState.FINISHED:
            parts.append(self.tr("phase {name}").format(name=data.phase))
        if run.state is RunState.RUNNING and data.step >= data.iterations > 0:
            parts.append(self.tr("the last validation"))
        elif run.state is RunState.RUNNING:
            # Counts down between two events.
            left = data.eta_seconds - max(0.0, time.time() - data.last_time)
            parts.append(self.tr("{time} left").format(time=duration(max(0.0, left))) if left == left else "")
        if data.best == data.best:
            parts.append(
                self.tr("best mIoU {score} at step {step}").format(score=percent(data.best), step=data.best_step)
            )
        if data.whole is not None:
            parts.append(
                self.tr("{score} on all {n} images").format(score=percent(data.whole.mean_iou), n=data.whole.images)
            )
        if data.device:
            parts.append(data.device)
        if (count := max(run.settings.processes, data.processes)) > 1:
            parts.append(self.tr("{n} processes").format(n=count))
        if data.skipped:
            parts.append(self.tr("{n} lines not understood").format(n=data.skipped))
        text = " · ".join(part for part in parts if part)
        if text != self.facts.text():
            self.facts.setText(text)
            self.facts.setToolTip(text)

    def _button(self, glyph: str, text: str, signal: object) -> QPushButton:
        button = QPushButton(text, self)
        if glyph:
            button.setIcon(icon(glyph))
            button.setIconSize(QSize(16, 16))
        button.clicked.connect(signal)
        return button
