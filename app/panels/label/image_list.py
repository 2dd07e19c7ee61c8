"""The project's images: thumbnail, difficulty, and how far a person is with each."""

from __future__ import annotations

from PySide6.QtCore import QModelIndex, QPersistentModelIndex, QRectF, QSize, Qt
from PySide6.QtGui import QPainter, QPalette, QPen
from PySide6.QtWidgets import QWidget

from app.label.images import LabelImages
from app.label.model import LabelModel
from app.panels.current_row import mark_current
from app.panels.image_list import ROW_HEIGHT, ImageDelegate
from app.panels.long_list import LongList
from app.shell.icons import paint_glyph
from engine.project.records import Review

_Index = QModelIndex | QPersistentModelIndex
_MARK = 18.0


class LabelDelegate(ImageDelegate):
    """A row with a mark of how far a person is."""

    def _paint_mark(self, painter: QPainter, frame: QRectF, index: _Index, palette: QPalette) -> None:
        review: Review = index.data(LabelImages.ReviewRole)
        if review is Review.NEW:
            return
        mark = QRectF(frame.right() - _MARK + 4, frame.bottom() - _MARK + 4, _MARK, _MARK)
        done = review is Review.DONE
        role = QPalette.ColorRole
        painter.setPen(QPen(palette.color(role.Window), 1.5))
        painter.setBrush(palette.color(role.Accent if done else role.AlternateBase))
        painter.drawEllipse(mark)
        colour = palette.color(role.BrightText if done else role.Text)
        paint_glyph(painter, mark.adjusted(3, 3, -3, -3), "check-bold" if done else "pencil", colour)


class LabelImageList(LongList):
    """The current row is the model's, whoever changes it."""

    def __init__(self, model: LabelModel, parent: QWidget | None = None) -> None:
        super().__init__(row_height=ROW_HEIGHT, parent=parent)
        self.setObjectName("labelImageList")
        self.setAccessibleName(self.tr("Images of the project"))
        self._model = model
        self.setModel(model.images)
        self.setItemDelegate(LabelDelegate(self))
        self.setMouseTracking(True)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setMinimumWidth(200)
        self.clicked.connect(lambda index: model.select_row(index.row()))
        self.activated.connect(lambda index: model.select_row(index.row()))
        model.currentChanged.connect(lambda _id: self._follow())
        model.images.modelReset.connect(self._follow)
        model.images.rowsMoved.connect(self._follow)

    def sizeHint(self) -> QSize:
        return QSize(228, 400)

    def currentChanged(self, current: _Index, previous: _Index) -> None:
        super().currentChanged(current, previous)
        if current.isValid() and self.hasFocus() and current.row() != self._model.current_row:
            self._model.select_row(current.row())

    def _follow(self) -> None:
        mark_current(self, self.model().index(self._model.current_row, 0))
