"""What the cascade does for a person who labels, as actions: accepting, the tour, checks, running, learning."""

from __future__ import annotations

from functools import partial

from PySide6.QtCore import QObject, Qt

from app.canvas.canvas import Canvas
from app.label.model import LabelModel
from app.shell.actions import ActionSpec
from app.shell.label_spec import label_spec


class LabelCascadeActions(QObject):
    """Their table, and what Enter, Esc and Backspace mean just now."""

    def __init__(self, model: LabelModel, canvas: Canvas, parent: QObject) -> None:
        super().__init__(parent)
        self._model = model
        self._canvas = canvas

    def specs(self) -> list[ActionSpec]:
        """To be registered."""
        group, spec, model = self.tr("Help from the cascade"), label_spec, self._model
        places = model.places
        return [
            spec(
                "accept_easy",
                self.tr("Accept &easy pixels"),
                group,
                partial(model.accept_easy, 1),
                "check",
                ("Ctrl+E",),
                help=self.tr("What stage 1 decided becomes label, in one step; your own pixels stay"),
            ),
            spec("accept_two", self.tr("Accept stages 1 and &2"), group, partial(model.accept_easy, 2), "", ()),
            spec(
                "accept_all",
                self.tr("Accept &all"),
                group,
                partial(model.accept_easy, 99),
                "check-all",
                (),
                help=self.tr("Everything that the model proposes becomes label, in one step; your own pixels stay"),
            ),
            spec(
                "next_group",
                self.tr("Next &hard group"),
                group,
                partial(model.tour.step, 1),
                "arrow-right-circle-outline",
                ("N",),
                help=self.tr("Go to the next group of hard pixels that nobody has decided"),
            ),
            spec(
                "previous_group", self.tr("Previous hard group"), group, partial(model.tour.step, -1), "", ("Shift+N",)
            ),
            spec("accept", self.tr("Accept the &first answer"), group, self._accept, "", ("Return", "Enter")),
            spec(
                "tour_chosen",
                self.tr("It is the class in my hand"),
                group,
                self._decide_chosen,
                "",
                ("Shift+Return",),
                help=self.tr("Give the group the class that is chosen in the list"),
            ),
            spec(
                "tour_end",
                self.tr("Stop here"),
                group,
                self._escape,
                "",
                ("Esc",),
                help=self.tr("End the tour, drop an unfinished line"),
            ),
            spec(
                "back", self.tr("Take back a corner, leave a place"), group, self._backspace, "", ("Backspace", "Del")
            ),
            spec(
                "audit",
                self.tr("A&udit labels"),
                group,
                places.audit,
                "",
                (),
                help=self.tr("Find saved labels that stage 1, sure of itself, contradicts"),
            ),
            spec(
                "flips",
                self.tr("F&lips"),
                group,
                places.flips,
                "",
                (),
                help=self.tr("Find where a later stage overturned an earlier one that had been confident"),
            ),
            spec(
                "crf_hard",
                self.tr("&CRF, hard pixels"),
                group,
                partial(places.propose_crf, "hard"),
                "",
                (),
                help=self.tr("See what the CRF would change in hard pixels, part by part"),
            ),
            spec(
                "crf_full",
                self.tr("CRF, e&verywhere"),
                group,
                partial(places.propose_crf, "full"),
                "",
                (),
                help=self.tr("See what the CRF would change in the whole photo, part by part"),
            ),
            spec("batch", self.tr("&Run over the folder"), group, self._batch, "play-box-multiple-outline", ()),
            spec(
                "learn",
                self.tr("&Learn from my corrections"),
                group,
                model.learning.start,
                "school-outline",
                ("Ctrl+Shift+L",),
                help=self.tr("The model learns from the pixels that you decided yourself; you then keep it or go back"),
            ),
            spec(
                "learn_keep",
                self.tr("&Keep the new model"),
                group,
                model.learning.keep,
                "",
                ("Ctrl+Shift+K",),
                help=self.tr("What was learnt serves from now on; one can go back to every former model"),
            ),
            spec("learn_forget", self.tr("&Forget the new model"), group, model.learning.roll_back, "", ()),
        ]

    def _tool_takes(self, key: Qt.Key) -> bool:
        tool = self._canvas.tool
        return tool is not None and tool.key(key)

    def _accept(self) -> None:
        if self._tool_takes(Qt.Key.Key_Return):
            return
        if self._model.tour.under_way:
            self._model.tour.accept(0)
        elif self._model.places.current is not None:
            self._model.places.accept()

    def _decide_chosen(self) -> None:
        self._model.tour.decide(self._model.tools.settings.label)

    def _escape(self) -> None:
        if self._tool_takes(Qt.Key.Key_Escape):
            return
        if self._model.tour.under_way:
            self._model.tour.end()
        elif self._model.places.kind is not None:
            self._model.places.clear()
        elif self._model.project.busy:
            self._model.project.cancel()

    def _backspace(self) -> None:
        if not self._tool_takes(Qt.Key.Key_Backspace) and self._model.places.current is not None:
            self._model.places.reject()

    def _batch(self) -> None:
        if self._model.batch.view.state == "running":
            self._model.batch.pause()
        else:
            self._model.batch.start()
