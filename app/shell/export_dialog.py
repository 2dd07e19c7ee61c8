"""Export: what the format will hold and lose is said before anything is written."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtWidgets import QComboBox, QWidget

from app.label.model import LabelModel
from app.label.transfer import ExportView
from app.shell.transfer_form import TransferForm
from engine.cascade.result import IGNORE
from engine.labels.formats.export import ExportSummary


def _beside(project: Path) -> Path:
    """A folder of its own: where the photos' folder lies, not within it."""
    return project.parent.parent / f"{project.stem}-labels"


class ExportDialog(TransferForm):
    """Looks through the project for the chosen format, then writes and reads everything back."""

    def __init__(self, model: LabelModel, parent: QWidget) -> None:
        self._model = model
        super().__init__(parent)
        self.name(self.tr("Export labels"), self.tr("Export"))
        view = model.view
        self.without = QComboBox(self)
        self.without.setAccessibleName(self.tr("Leave out"))
        self.without.setToolTip(self.tr("A class that is written as undecided, for programs that want objects alone"))
        self.without.addItem(self.tr("nothing"), -1)
        for one in () if view is None else view.classes:
            self.without.addItem(one.name, one.id)
        self.without.currentIndexChanged.connect(self.look)
        self.form.addRow(self.tr("Leave out"), self.without)
        if view is not None:
            self.folder.setText(str(_beside(view.path)))
        model.transfer.exportChanged.connect(self._take)
        self.begin()

    def _look(self, folder: Path) -> None:
        self._model.transfer.look(format=self.chosen_format, folder=folder, without=self._left_out())

    def _start(self, folder: Path) -> None:
        self._model.transfer.write(format=self.chosen_format, folder=folder, without=self._left_out())

    def _cancel(self) -> None:
        self._model.transfer.cancel()

    def _left_out(self) -> tuple[int, ...]:
        number = int(self.without.currentData())
        return () if number < 0 else (number,)

    def _take(self, view: ExportView) -> None:
        match view.step:
            case "looking":
                self.show_running(0, 0)
                self.report.setText(self.tr("Looking through the labels…"))
            case "looked" if view.summary is not None:
                self.show_ended(self._sentences(view.summary), ready=view.summary.images > 0)
            case "writing":
                self.show_running(view.done, view.total)
                self.report.setText(self.tr("Writing, then reading everything back…"))
            case "done" if view.summary is not None:
                text = self.tr("Done. Images: %1, in %2, read back and compared.").replace(
                    "%1", str(view.summary.images)
                )
                self.show_finished(text.replace("%2", str(view.folder)), view.summary.failed)
            case _:
                self.show_ended(view.problem, ready=False)

    def _sentences(self, summary: ExportSummary) -> str:
        """What will be there, and what will not."""
        if not summary.images:
            return self.tr("No image has labels yet.") + self.left_out(summary.failed)
        total = sum(summary.pixels.values())
        undecided = summary.pixels.get(IGNORE, 0)
        lines = [self.tr("Images: %1.").replace("%1", str(summary.images))]
        if undecided:
            share = f"{undecided / total:.1%}"
            lines.append(self.tr("%1 of the pixels are undecided and are written as ignore.").replace("%1", share))
        loss = summary.loss
        if loss.changed:
            text = self.tr("The format cannot hold %1 pixels (%2).").replace("%1", str(loss.changed))
            lines.append(text.replace("%2", f"{loss.changed / total:.3%}"))
        else:
            lines.append(self.tr("The format holds every pixel."))
        if loss.holes:
            lines.append(self.tr("%1 holes are filled by it.").replace("%1", str(loss.holes)))
        if loss.one_pixel_parts:
            text = self.tr("%1 parts of one pixel are written; some programs drop them.")
            lines.append(text.replace("%1", str(loss.one_pixel_parts)))
        return " ".join(lines) + self.left_out(summary.failed)
