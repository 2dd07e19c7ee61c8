"""Places to check: contradicted labels, flips, and what CRF or a second look would change, part by part."""

from __future__ import annotations

from typing import Any

from PySide6.QtCore import QAbstractListModel, QModelIndex, QPersistentModelIndex, QRectF, QSize, Qt
from PySide6.QtGui import QBrush, QColor, QFontMetrics, QPainter, QPalette, QPen
from PySide6.QtWidgets import (
    QGridLayout,
    QHBoxLayout,
    QListView,
    QPushButton,
    QStyle,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QVBoxLayout,
    QWidget,
)

from app.label.model import LabelModel
from app.label.views import Place, PlaceKind, ProjectClass
from app.panels.label.widgets import class_name, push, words
from app.shell.actions import ActionRegistry, plain_text
from app.shell.fonts import figures, sized
from engine.cascade.result import IGNORE

_Index = QModelIndex | QPersistentModelIndex
_ROOT = QModelIndex()


class _PlaceModel(QAbstractListModel):
    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.places: tuple[Place, ...] = ()
        self.classes: tuple[ProjectClass, ...] = ()

    def take(self, places: tuple[Place, ...], classes: tuple[ProjectClass, ...]) -> None:
        self.beginResetModel()
        self.places, self.classes = places, classes
        self.endResetModel()

    def rowCount(self, parent: _Index = _ROOT) -> int:
        return 0 if parent.isValid() else len(self.places)

    def data(self, index: _Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        if not index.isValid() or not 0 <= index.row() < len(self.places):
            return None
        place = self.places[index.row()]
        if role == Qt.ItemDataRole.UserRole:
            return place
        if role in (Qt.ItemDataRole.DisplayRole, Qt.ItemDataRole.ToolTipRole, Qt.ItemDataRole.AccessibleTextRole):
            undecided = self.tr("undecided")
            before = class_name(self.classes, place.before, undecided=undecided)
            after = class_name(self.classes, place.after, undecided=undecided)
            return f"{before} → {after}, {place.pixels} px"
        return None


class _PlaceDelegate(QStyledItemDelegate):
    def __init__(self, rows: _PlaceModel) -> None:
        super().__init__(rows)
        self._rows = rows

    def sizeHint(self, option: QStyleOptionViewItem, _index: _Index) -> QSize:
        return QSize(160, QFontMetrics(option.font).height() + 10)

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: _Index) -> None:
        place: Place = index.data(Qt.ItemDataRole.UserRole)
        palette: QPalette = option.palette
        role = QPalette.ColorRole
        rect = QRectF(option.rect)
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(Qt.PenStyle.NoPen)
        selected = bool(option.state & QStyle.StateFlag.State_Selected)
        if selected or option.state & QStyle.StateFlag.State_MouseOver:
            painter.setBrush(palette.color(role.Highlight if selected else role.Midlight))
            painter.drawRoundedRect(rect.adjusted(0, 1, 0, -1), 5, 5)
        left = rect.left() + 8
        small = figures(sized(option.font, 0.9))
        pixels = f"{place.pixels:,} px".replace(",", "\u202f")
        width = QFontMetrics(small).horizontalAdvance(pixels)
        metrics = QFontMetrics(option.font)
        undecided = self.tr("undecided")
        names = [class_name(self._rows.classes, label, undecided=undecided) for label in (place.before, place.after)]
        room = (rect.right() - width - 16 - left - 2 * 18 - 20) / 2
        for number, (label, name) in enumerate(zip((place.before, place.after), names, strict=True)):
            colour = next((one.colour for one in self._rows.classes if one.id == label), None)
            chip = QRectF(left, rect.center().y() - 5.5, 11, 11)
            painter.setPen(QPen(palette.color(role.Light), 1))
            painter.setBrush(Qt.BrushStyle.NoBrush if colour is None or label == IGNORE else QBrush(QColor(*colour)))
            painter.drawRoundedRect(chip, 3, 3)
            if colour is None:
                painter.drawLine(chip.bottomLeft(), chip.topRight())
            left += 17
            painter.setFont(option.font)
            painter.setPen(palette.color(role.Text))
            text = metrics.elidedText(name, Qt.TextElideMode.ElideRight, max(20, int(room)))
            advance = metrics.horizontalAdvance(text)
            painter.drawText(QRectF(left, rect.top(), advance + 2, rect.height()), Qt.AlignmentFlag.AlignVCenter, text)
            left += advance + 6
            if number == 0:
                painter.setPen(palette.color(role.PlaceholderText))
                painter.drawText(QRectF(left, rect.top(), 14, rect.height()), Qt.AlignmentFlag.AlignVCenter, "→")
                left += 18
        painter.setFont(small)
        painter.setPen(palette.color(role.PlaceholderText))
        flags = Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignRight
        painter.drawText(rect.adjusted(0, 0, -6, 0), flags, pixels)
        painter.restore()


class CheckPanel(QWidget):
    """One list at a time; a click goes to the place."""

    def __init__(self, model: LabelModel, actions: ActionRegistry, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._model = model
        self.text = words("", self)
        self.list = QListView(self)
        self.list.setAccessibleName(self.tr("Places to check"))
        self.list.setUniformItemSizes(True)
        self.list.setMouseTracking(True)
        self._rows = _PlaceModel(self)
        self.list.setModel(self._rows)
        self.list.setItemDelegate(_PlaceDelegate(self._rows))
        self.list.clicked.connect(lambda index: model.places.go(index.row()))
        self.list.activated.connect(lambda index: model.places.go(index.row()))
        self.accept = push(
            self.tr("Accept"), self, model.places.accept, help_text=self.tr("Take the class on the right")
        )
        self.reject = push(self.tr("Keep"), self, model.places.reject, help_text=self.tr("Leave it as it is"))
        self.accept_all = push(
            self.tr("Accept all"), self, model.places.accept_all, help_text=self.tr("One step; your own pixels stay")
        )
        kinds = QGridLayout()
        kinds.setSpacing(6)
        for number, action_id in enumerate(("label.audit", "label.flips", "label.crf_hard", "label.crf_full")):
            button = QPushButton(plain_text(actions[action_id].text()), self)
            actions.bind(button, action_id)
            button.setFocusPolicy(Qt.FocusPolicy.TabFocus)
            kinds.addWidget(button, number // 2, number % 2)
        decide = QHBoxLayout()
        decide.setSpacing(6)
        for button in (self.accept, self.reject, self.accept_all):
            decide.addWidget(button, 1)
        column = QVBoxLayout(self)
        column.setContentsMargins(14, 8, 14, 8)
        column.setSpacing(7)
        column.addLayout(kinds)
        column.addWidget(self.text)
        column.addWidget(self.list, 1)
        column.addLayout(decide)
        model.places.changed.connect(self._take)
        model.places.busyChanged.connect(lambda _text: self._take())
        self._take()

    def _take(self) -> None:
        places = self._model.places
        classes = () if self._model.view is None else self._model.view.classes
        if self._rows.places is not places.places or self._rows.classes != classes:
            self._rows.take(places.places, classes)
        index = self._rows.index(places.row)
        if index.isValid():
            self.list.setCurrentIndex(index)
            self.list.scrollTo(index)
        else:
            self.list.clearSelection()
        self.text.setText(places.busy + "…" if places.busy else self._sentence(places.kind, len(places.places)))
        proposal = places.kind is PlaceKind.PROPOSAL
        self.accept.setEnabled(places.current is not None and self._model.editing.editable)
        self.reject.setEnabled(places.current is not None)
        self.accept_all.setVisible(proposal)
        self.accept_all.setEnabled(proposal and bool(places.places))

    def _sentence(self, kind: PlaceKind | None, count: int) -> str:
        if kind is None:
            return self.tr("Choose what to look for; click a place to go there.")
        text = {
            PlaceKind.AUDIT: self.tr("%1 places where stage 1, sure of itself, contradicts the labels."),
            PlaceKind.FLIPS: self.tr("%1 places where a later stage overturned a confident one."),
            PlaceKind.PROPOSAL: self.tr("%1 parts would change. Your own pixels stay."),
        }[kind]
        return text.replace("%1", str(count))
