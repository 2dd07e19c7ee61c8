"""Import: how many label maps there are, and of how many the photos are here, is said before anything is taken."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtWidgets import QWidget

from app.label.model import LabelModel
from app.label.transfer import ImportView
from app.shell.transfer_form import TransferForm


class ImportDialog(TransferForm):
    """Looks into a folder, then takes its labels, one undoable step an image."""

    def __init__(self, model: LabelModel, parent: QWidget) -> None:
        self._model = model
        super().__init__(parent)
        self.name(self.tr("Import labels"), self.tr("Import"))
        model.transfer.importChanged.connect(self._take)
        self.report.setText(self.tr("Choose the folder that the labels are in."))
        self.begin()

    def _look(self, folder: Path) -> None:
        self._model.transfer.look_into(format=self.chosen_format, folder=folder)

    def _start(self, folder: Path) -> None:
        self._model.take_labels(format=self.chosen_format, folder=folder)

    def _cancel(self) -> None:
        self._model.transfer.cancel()

    def _take(self, view: ImportView) -> None:
        match view.step:
            case "looking":
                self.show_running(0, 0)
                self.report.setText(self.tr("Looking into the folder…"))
            case "looked":
                text = self.tr("Label maps: %1; photos of them in this project: %2. Your own pixels stay.")
                text = text.replace("%1", str(view.found)).replace("%2", str(view.matched))
                self.show_ended(text, ready=view.matched > 0)
            case "writing":
                self.show_running(view.done, view.matched)
            case "done":
                text = self.tr("Done. Images with other labels than before: %1.").replace("%1", str(view.changed))
                self.show_finished(text, view.failed)
            case _:
                self.show_ended(view.problem, ready=False)
