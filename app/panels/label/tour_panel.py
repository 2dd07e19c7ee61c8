"""Help from the cascade: take over what was easy, then go through what was hard."""

from __future__ import annotations

from PySide6.QtCore import QRectF, QSize, Qt, Signal
from PySide6.QtGui import QColor, QFontMetrics, QIcon, QPainter, QPaintEvent, QPalette, QPen
from PySide6.QtWidgets import (
    QAbstractButton,
    QHBoxLayout,
    QLabel,
    QProgressBar,
    QSizePolicy,
    QVBoxLayout,
    QWidget,
)

from app.label.model import LabelModel
from app.label.views import TourView
from app.panels.label.widgets import bound, class_name, words
from app.panels.stage_rows import shown_share
from app.shell.actions import ActionRegistry
from app.shell.fonts import figures, sized
from engine.cascade.result import CascadeResult
from engine.labels.hard_pixels import Candidate

_NAMED = 3
_MOST = 3


class CandidateButton(QAbstractButton):
    """A class that the group may be: its key, colour, name and probability."""

    def __init__(self, number: int, parent: QWidget) -> None:
        super().__init__(parent)
        self._number = number
        self._colour = QColor(0, 0, 0)
        self._probability = 0.0
        self.setAttribute(Qt.WidgetAttribute.WA_Hover)
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)

    def show_candidate(self, candidate: Candidate, name: str, colour: tuple[int, int, int]) -> None:
        self._colour = QColor(*colour)
        self._probability = candidate.probability
        self.setText(name)
        self.setAccessibleName(self.tr("Make it %1").replace("%1", name))
        key = f"{self._number}, Enter" if self._number == 1 else str(self._number)
        self.setToolTip(self.tr("Give the group this class and go on (%1)").replace("%1", key))
        self.update()

    def sizeHint(self) -> QSize:
        return QSize(160, QFontMetrics(self.font()).height() + 14)

    def paintEvent(self, _event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        palette, role = self.palette(), QPalette.ColorRole
        box = QRectF(self.rect()).adjusted(1, 1, -1, -1)
        lit = self.underMouse() or self.hasFocus()
        painter.setPen(QPen(palette.color(role.Accent if lit else role.Light), 1.2))
        painter.setBrush(palette.color(role.Midlight if self.underMouse() else role.AlternateBase))
        painter.drawRoundedRect(box, 6, 6)
        # Its probability as the length of a soft bar behind the name.
        bar = QRectF(box.left() + 1, box.bottom() - 3, (box.width() - 2) * self._probability, 2.5)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(palette.color(role.Accent))
        painter.drawRoundedRect(bar, 1.2, 1.2)
        small = figures(sized(self.font(), 0.9))
        cap = QRectF(box.left() + 7, box.center().y() - 9, 18, 18)
        painter.setPen(QPen(palette.color(role.Light), 1))
        painter.setBrush(palette.color(role.Base))
        painter.drawRoundedRect(cap, 4, 4)
        painter.setFont(small)
        painter.setPen(palette.color(role.Text))
        painter.drawText(cap, Qt.AlignmentFlag.AlignCenter, str(self._number))
        painter.setPen(QPen(palette.color(role.Light), 1))
        painter.setBrush(self._colour)
        painter.drawRoundedRect(QRectF(box.left() + 33, box.center().y() - 6.5, 13, 13), 4, 4)
        share = shown_share(self._probability)
        width = QFontMetrics(small).horizontalAdvance(share) + 8
        painter.setPen(palette.color(role.PlaceholderText))
        painter.drawText(box.adjusted(0, 0, -8, 0), Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignRight, share)
        painter.setFont(sized(self.font(), 1.0, bold=self._number == 1))
        painter.setPen(palette.color(role.Text))
        room = box.adjusted(53, 0, -width - 8, 0)
        name = QFontMetrics(painter.font()).elidedText(self.text(), Qt.TextElideMode.ElideRight, int(room.width()))
        painter.drawText(room, Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft, name)
        painter.end()


class TourPanel(QWidget):
    """Signals: acceptStages(int) - labels up to this stage are wanted."""

    acceptStages = Signal(int)

    def __init__(self, model: LabelModel, actions: ActionRegistry, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._model = model
        self.state = words("", self)
        self.easy = bound(actions, "label.accept_easy", self)
        self.all = bound(actions, "label.accept_all", self)
        self.progress = QProgressBar(self)
        self.progress.setTextVisible(False)
        self.progress.setRange(0, 1000)
        self.progress.setAccessibleName(self.tr("Hard pixels reviewed"))
        self.count = QLabel(self)
        self.count.setFont(figures(self.count.font()))
        self.begin = bound(actions, "label.next_group", self)
        self.begin.setProperty("primary", True)
        self.begin.setIcon(QIcon())  # its tint is made for plain buttons
        self.group_text = words("", self, quiet=False)
        self.candidates = [CandidateButton(number + 1, self) for number in range(_MOST)]
        for number, button in enumerate(self.candidates):
            button.clicked.connect(lambda _checked=False, chosen=number: model.tour.accept(chosen))
        self.other = bound(actions, "label.tour_chosen", self)
        self.end = bound(actions, "label.tour_end", self)
        easy = QHBoxLayout()
        easy.setSpacing(6)
        easy.addWidget(self.easy, 1)
        easy.addWidget(self.all, 1)
        last = QHBoxLayout()
        last.setSpacing(6)
        last.addWidget(self.other, 1)
        last.addWidget(self.end)
        column = QVBoxLayout(self)
        column.setContentsMargins(14, 8, 14, 8)
        column.setSpacing(7)
        column.addWidget(self.state)
        column.addLayout(easy)
        column.addSpacing(4)
        column.addWidget(self.count)
        column.addWidget(self.progress)
        column.addWidget(self.begin)
        column.addWidget(self.group_text)
        for button in self.candidates:
            column.addWidget(button)
        column.addLayout(last)
        column.addStretch(1)
        model.proposal.changed.connect(lambda _result: self._tell_state())
        model.proposal.runningChanged.connect(lambda _running: self._tell_state())
        model.project.changed.connect(lambda _view: self._tell_state())
        model.photoChanged.connect(lambda _photo: self._tell_state())
        model.tour.changed.connect(self._take)
        self._tell_state()
        self._take(model.tour.view)

    def _tell_state(self) -> None:
        proposal = self._model.proposal
        result: CascadeResult | None = proposal.result
        if proposal.misfit:
            text = proposal.misfit
        elif self._model.photo is None:
            text = self.tr("No photo is open.")
        elif result is None:
            text = self.tr("The model is looking at the photo…") if proposal.running else self.tr("No model is there.")
        elif not result.complete:
            text = self.tr("Stage %1 has answered, the next one is at work…").replace("%1", str(len(result.stages)))
        else:
            shares = " · ".join(shown_share(share) for share in result.shares)
            text = self.tr("The model proposes the faint labels. Decided by stages 1, 2, 3: %1").replace("%1", shares)
        if proposal.lost and not proposal.misfit and result is not None:
            names = ", ".join(proposal.lost[:_NAMED]) + (", …" if len(proposal.lost) > _NAMED else "")
            text += " " + self.tr("Nothing is proposed where it sees %1.").replace("%1", names)
        self.state.setText(text)

    def _take(self, view: TourView) -> None:
        self.progress.setValue(round(view.share * 1000) if view.total else 0)
        if view.total:
            percent = int(view.share * 100)
            text = self.tr("%1 of %2 hard groups reviewed · %3 %")
            for number, value in enumerate((view.reviewed, view.total, percent), start=1):
                text = text.replace(f"%{number}", str(value))
            self.count.setText(text)
        else:
            ready = self._model.proposal.complete is not None
            self.count.setText(self.tr("No hard pixels in this photo.") if ready else self.tr("Hard pixels"))
        group = view.group
        for widget in (self.group_text, self.other, self.end):
            widget.setVisible(group is not None)
        classes = () if self._model.view is None else self._model.view.classes
        for number, button in enumerate(self.candidates):
            shown = group is not None and number < len(group.candidates)
            button.setVisible(shown)
            if group is not None and shown:
                one = group.candidates[number]
                colour = next((known.colour for known in classes if known.id == one.label), (0, 0, 0))
                button.show_candidate(one, class_name(classes, one.label, undecided=self.tr("undecided")), colour)
        if group is not None:
            text = self.tr("Group %1 of %2: what is the outlined part?")
            self.group_text.setText(text.replace("%1", str(view.place)).replace("%2", str(view.total)))
