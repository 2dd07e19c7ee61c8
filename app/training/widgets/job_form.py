"""What most people set of a job: name, length, batch, crop, and how it uses the machine."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from PySide6.QtWidgets import QCheckBox, QFormLayout, QLineEdit, QWidget

from app.services.training_setup import cores
from app.training.setup import SetupModel
from app.training.widgets.parts import NumberField
from engine.jobs.job import NICE


class JobForm(QWidget):
    """Follows the set-up model. Processes are for those who ask for more, and only where a job can be shared out."""

    def __init__(self, setup: SetupModel, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._setup = setup
        self._more = False
        self._form = QFormLayout(self)
        self._form.setContentsMargins(0, 0, 0, 0)
        self._form.setHorizontalSpacing(14)
        self._form.setVerticalSpacing(8)
        self._form.setFieldGrowthPolicy(QFormLayout.FieldGrowthPolicy.FieldsStayAtSizeHint)
        self.name = QLineEdit(self)
        self.name.setAcceptDrops(False)
        self.name.setMinimumWidth(240)
        self.name.textEdited.connect(self._take_name)
        self.steps = self._number(1, 1_000_000, setup.set_steps)
        self.batch = self._number(1, 1024, lambda value: setup.set_in_phases("batch", value))
        self.crop = self._number(32, 2048, lambda value: setup.set_in_phases("crop", value), step=32)
        self.threads = self._number(1, cores(), lambda value: self._take_machine(threads=value))
        self.processes = self._number(1, 64, lambda value: self._take_machine(processes=value))
        self.gentle = QCheckBox(self.tr("Give way to what I do in the window"), self)
        self.gentle.toggled.connect(lambda on: self._take_machine(nice=NICE if on else 0))
        self._form.addRow(self.tr("Name"), self.name)
        self._form.addRow(self.tr("Steps in all"), self.steps)
        self._form.addRow(self.tr("Images a step"), self.batch)
        self._form.addRow(self.tr("Crop, pixels"), self.crop)
        self._form.addRow(self.tr("Processor threads"), self.threads)
        self._form.addRow(self.tr("Processes"), self.processes)
        self._form.addRow("", self.gentle)
        setup.recipeChanged.connect(self._show)
        self._show()

    def show_more(self, more: bool) -> None:
        """Whether all keys are open."""
        self._more = more
        self._show()

    def _number(self, low: int, high: int, taken: Callable[[int], None], *, step: int = 1) -> NumberField:
        field = NumberField(low, high, step=step, parent=self)
        field.valueTaken.connect(taken)
        return field

    def _take_name(self, text: str) -> None:
        self._setup.name = text

    def _take_machine(self, **changes: Any) -> None:
        self._setup.set_settings(replace(self._setup.settings, **changes))

    def _show(self) -> None:
        setup = self._setup
        settings, drafted = setup.settings, setup.draft
        if not self.name.hasFocus():
            self.name.setText(setup.name)
        self.threads.set_value(settings.threads or cores())
        self.threads.setToolTip(self.tr("Of each process") if settings.processes > 1 else "")
        self.gentle.blockSignals(True)
        self.gentle.setChecked(settings.nice > 0)
        self.gentle.blockSignals(False)
        self.processes.set_most(setup.most_processes)
        self.processes.set_value(settings.processes)
        self.processes.setToolTip(
            self.tr("Up to {n} here. Each takes its share of every step's images; worth it with several GPUs.").format(
                n=setup.most_processes
            )
        )
        wanted = settings.processes > 1 or (self._more and setup.most_processes > 1)
        self._form.setRowVisible(self.processes, wanted)
        if drafted is None:
            return
        values = {key.key: key.value for key in drafted.keys}
        self.steps.set_value(drafted.iterations)
        self.batch.set_value(int(values["phase.0.batch"]))
        self.crop.set_value(int(values["phase.0.crop"]))
        self.steps.setToolTip(self.tr("Phases: {names}").format(names=", ".join(drafted.phases)))
