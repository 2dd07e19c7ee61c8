"""The opened images: a virtual list with thumbnails and, once known, how hard each photo was."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QModelIndex, QPersistentModelIndex, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QFontMetrics, QImage, QPainter, QPainterPath, QPaintEvent, QPalette
from PySide6.QtWidgets import QStyle, QStyledItemDelegate, QStyleOptionViewItem, QWidget

from app.explore.images import ImageListModel
from app.explore.model import ExploreModel
from app.panels.current_row import mark_current
from app.panels.long_list import LongList
from app.shell.fonts import figures, sized
from app.shell.icons import paint_glyph
from engine.rendering.colours import HARD

_Index = QModelIndex | QPersistentModelIndex
ROW_HEIGHT = 66
_THUMB_WIDTH, _THUMB_HEIGHT = 68, 52
# From the list's left edge to its text, and from the text to the right edge.
_TEXT_LEFT, _TEXT_RIGHT = _THUMB_WIDTH + 22, 14
# Beside the thumbnail there is always room for a name of this length and for how hard the photo was.
_SHORT_NAME = "portrait 01.jpg"


class ImageDelegate(QStyledItemDelegate):
    """Thumbnail, name and how hard the photo was; subclasses may say more in `_paint_mark`."""

    def sizeHint(self, _option: QStyleOptionViewItem, _index: _Index) -> QSize:
        return QSize(160, ROW_HEIGHT)

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: _Index) -> None:
        palette: QPalette = option.palette
        rect = QRectF(option.rect).adjusted(6, 1, -6, -1)
        state = option.state
        selected = bool(state & QStyle.StateFlag.State_Selected)
        painter.save()
        painter.setRenderHints(QPainter.RenderHint.Antialiasing | QPainter.RenderHint.SmoothPixmapTransform)
        painter.setPen(Qt.PenStyle.NoPen)
        if selected or state & QStyle.StateFlag.State_MouseOver:
            role = QPalette.ColorRole.Highlight if selected else QPalette.ColorRole.Midlight
            painter.setBrush(palette.color(role))
            painter.drawRoundedRect(rect, 6, 6)
        error: str | None = index.data(ImageListModel.ErrorRole)
        frame = QRectF(rect.left() + 6, rect.center().y() - _THUMB_HEIGHT / 2, _THUMB_WIDTH, _THUMB_HEIGHT)
        self._paint_thumbnail(painter, frame, index, palette, failed=error is not None)

        text = QRectF(option.rect).adjusted(_TEXT_LEFT, 1, -_TEXT_RIGHT, -1)
        name_font, small_font = option.font, figures(sized(option.font, 0.9))
        name_metrics, small_metrics = QFontMetrics(name_font), QFontMetrics(small_font)
        share: float | None = index.data(ImageListModel.HardShareRole)
        second_line = error is not None or share is not None
        block = name_metrics.height() + (3 + small_metrics.height() if second_line else 0)
        top = rect.center().y() - block / 2
        painter.setFont(name_font)
        painter.setPen(palette.color(QPalette.ColorRole.Text))
        name = name_metrics.elidedText(str(index.data()), Qt.TextElideMode.ElideMiddle, int(text.width()))
        painter.drawText(
            QRectF(text.left(), top, text.width(), name_metrics.height()), Qt.AlignmentFlag.AlignLeft, name
        )
        painter.setFont(small_font)
        painter.setPen(palette.color(QPalette.ColorRole.PlaceholderText))
        line = QRectF(text.left(), top + name_metrics.height() + 3, text.width(), small_metrics.height())
        if error is not None:
            short = small_metrics.elidedText(error, Qt.TextElideMode.ElideRight, int(text.width()))
            painter.drawText(line, Qt.AlignmentFlag.AlignLeft, short)
        elif share is not None:
            words = self.tr("%1 % hard").replace("%1", f"{share * 100:.0f}")
            painter.drawText(line, Qt.AlignmentFlag.AlignLeft, words)
            self._paint_meter(painter, line, small_metrics.horizontalAdvance("100 % hard") + 8, share, palette)
        self._paint_mark(painter, frame, index, palette)
        painter.restore()

    def _paint_mark(self, painter: QPainter, frame: QRectF, index: _Index, palette: QPalette) -> None:
        """Something over the thumbnail's frame."""

    def _paint_thumbnail(
        self, painter: QPainter, frame: QRectF, index: _Index, palette: QPalette, *, failed: bool
    ) -> None:
        clip = QPainterPath()
        clip.addRoundedRect(frame, 4, 4)
        painter.fillPath(clip, palette.color(QPalette.ColorRole.Dark))
        image: QImage | None = index.data(ImageListModel.ThumbnailRole)
        quiet = palette.color(QPalette.ColorRole.PlaceholderText)
        if image is None or image.isNull():
            glyph = frame.adjusted(frame.width() / 2 - 10, frame.height() / 2 - 10, 10 - frame.width() / 2, 0)
            glyph.setHeight(20)
            paint_glyph(painter, glyph, "image-broken-variant" if failed else "image-outline", quiet)
            painter.setPen(Qt.PenStyle.NoPen)
            return
        # Filled, not letter-boxed: a column of equal pictures reads calmer than one of bars.
        scale = max(frame.width() / image.width(), frame.height() / image.height())
        wide, high = frame.width() / scale, frame.height() / scale
        source = QRectF((image.width() - wide) / 2, (image.height() - high) / 2, wide, high)
        painter.save()
        painter.setClipPath(clip)
        painter.drawImage(frame, image, source)
        painter.restore()

    @staticmethod
    def _paint_meter(painter: QPainter, line: QRectF, start: float, share: float, palette: QPalette) -> None:
        """A small bar of how hard the photo was, so that the hard ones stand out while scrolling."""
        bar = QRectF(line.left() + start, line.center().y() - 1.5, min(44.0, line.width() - start), 3)
        if bar.width() < 16:
            return
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(palette.color(QPalette.ColorRole.Mid))
        painter.drawRoundedRect(bar, 1.5, 1.5)
        if share > 0:
            painter.setBrush(QColor(*HARD))
            painter.drawRoundedRect(QRectF(bar.left(), bar.top(), max(3.0, bar.width() * share), 3), 1.5, 1.5)


class ImageList(LongList):
    """Rows of the model's image list; the current row is the model's, whoever changes it."""

    def __init__(self, model: ExploreModel, parent: QWidget | None = None) -> None:
        super().__init__(row_height=ROW_HEIGHT, parent=parent)
        self.setObjectName("imageList")
        self.setAccessibleName(self.tr("Images"))
        self._model = model
        self.setModel(model.images)
        self.setItemDelegate(ImageDelegate(self))
        self.setMouseTracking(True)
        self._fit_names()
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.selectionModel().currentChanged.connect(self._choose)
        model.currentChanged.connect(self._follow)

    def sizeHint(self) -> QSize:
        return QSize(max(224, self.minimumWidth()), 400)

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() in (QEvent.Type.FontChange, QEvent.Type.StyleChange):
            self._fit_names()

    def paintEvent(self, event: QPaintEvent) -> None:
        super().paintEvent(event)
        if self.model().rowCount() == 0:
            painter = QPainter(self.viewport())
            painter.setPen(self.palette().color(QPalette.ColorRole.PlaceholderText))
            room = self.viewport().rect().adjusted(16, 8, -16, -8)
            painter.drawText(
                room,
                Qt.AlignmentFlag.AlignTop | Qt.AlignmentFlag.AlignLeft | Qt.TextFlag.TextWordWrap,
                self.tr("The photos that you open are listed here."),
            )
            painter.end()

    def _fit_names(self) -> None:
        """Names stay readable in the narrowest list, whatever the font."""
        bar = self.style().pixelMetric(QStyle.PixelMetric.PM_ScrollBarExtent)
        name = self.fontMetrics().horizontalAdvance(_SHORT_NAME)
        self.setMinimumWidth(_TEXT_LEFT + name + _TEXT_RIGHT + bar + 2 * self.frameWidth())

    def _choose(self, current: QModelIndex, _previous: QModelIndex) -> None:
        if current.isValid() and current.row() != self._model.current_row:
            self._model.select(current.row())

    def _follow(self, row: int) -> None:
        mark_current(self, self.model().index(row, 0))
