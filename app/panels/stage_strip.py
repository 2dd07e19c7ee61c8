"""The signature of the program: one tile a stage and one for the answer, filling one after another as stages finish."""

from __future__ import annotations

from functools import partial

import numpy as np
from PySide6.QtCore import QEasingCurve, QRectF, QSize, Qt, QVariantAnimation, Signal
from PySide6.QtGui import QFontMetrics, QImage, QPainter, QPainterPath, QPaintEvent, QPalette, QPen, QResizeEvent
from PySide6.QtWidgets import QAbstractButton, QHBoxLayout, QSizePolicy, QWidget

from app.canvas.maps import grid_labels
from app.explore.model import ExploreModel
from app.explore.views import CrfView, OpenImage, Status, UInt8
from app.panels.stage_rows import shown_milliseconds, shown_share
from app.shell.fonts import figures, sized
from engine.cascade.result import CascadeResult
from engine.rendering import overlay, resize_labels, resize_photo, smooth_regions, tile_from_maps

_RADIUS = 6.0
_TITLE_GAP = 5
_FADE_MILLISECONDS = 220
_PULSE_MILLISECONDS = 1100
_FINAL_OPACITY = 0.72


class StageTile(QAbstractButton):
    """A picture under a title; chosen by click, Space or Enter."""

    def __init__(self, title: str, help_text: str, parent: QWidget) -> None:
        super().__init__(parent)
        self.setText(title)
        self.setToolTip(help_text)
        self.setAccessibleName(title)
        self.setCheckable(True)
        self.setAutoExclusive(True)
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.setAttribute(Qt.WidgetAttribute.WA_Hover)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        self._figure = ""
        self._photo: QImage | None = None
        self._picture: QImage | None = None
        self._running = False
        self._fade = QVariantAnimation(self)
        self._fade.setDuration(_FADE_MILLISECONDS)
        self._fade.setStartValue(0.0)
        self._fade.setEndValue(1.0)
        self._fade.valueChanged.connect(lambda _value: self.update())
        self._pulse = QVariantAnimation(self)
        self._pulse.setDuration(_PULSE_MILLISECONDS)
        self._pulse.setStartValue(0.0)
        self._pulse.setKeyValueAt(0.5, 1.0)
        self._pulse.setEndValue(0.0)
        self._pulse.setEasingCurve(QEasingCurve.Type.InOutSine)
        self._pulse.setLoopCount(-1)
        self._pulse.valueChanged.connect(lambda _value: self.update())

    @property
    def filled(self) -> bool:
        return self._picture is not None

    @property
    def running(self) -> bool:
        return self._running

    def picture_size(self) -> tuple[int, int]:
        """Height and width, in device pixels, of the room that the picture has."""
        frame, ratio = self._frame(), self.devicePixelRatioF()
        return max(1, round(frame.height() * ratio)), max(1, round(frame.width() * ratio))

    def set_photo(self, photo: QImage | None) -> None:
        """The bare photo that shows, dimmed, until the stage has finished."""
        self._photo, self._picture = photo, None
        self._fade.stop()
        self.update()

    def set_picture(self, picture: QImage | None) -> None:
        if picture is not None and self._picture is None:
            self._fade.start()
        self._picture = picture
        self.update()

    def set_running(self, running: bool) -> None:
        if running == self._running:
            return
        self._running = running
        if running:
            self._pulse.start()
        else:
            self._pulse.stop()
        self.update()

    def set_figure(self, figure: str) -> None:
        if figure != self._figure:
            self._figure = figure
            self.setAccessibleDescription(figure)
            self.update()

    def sizeHint(self) -> QSize:
        return QSize(180, 130)

    def minimumSizeHint(self) -> QSize:
        return QSize(72, 70)

    def _frame(self) -> QRectF:
        top = QFontMetrics(self.font()).height() + _TITLE_GAP
        return QRectF(self.rect()).adjusted(2, top + 2, -2, -2)

    def paintEvent(self, _event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHints(QPainter.RenderHint.Antialiasing | QPainter.RenderHint.SmoothPixmapTransform)
        palette, role = self.palette(), QPalette.ColorRole
        frame = self._frame()
        self._paint_title(painter)
        clip = QPainterPath()
        clip.addRoundedRect(frame, _RADIUS, _RADIUS)
        painter.fillPath(clip, palette.color(role.Dark))
        painter.save()
        painter.setClipPath(clip)
        filled = float(self._fade.currentValue()) if self._fade.state() == QVariantAnimation.State.Running else 1.0
        if self._photo is not None and (self._picture is None or filled < 1.0):
            painter.setOpacity(0.3)
            painter.drawImage(_contained(self._photo, frame), self._photo)
        if self._picture is not None:
            painter.setOpacity(filled)
            painter.drawImage(_contained(self._picture, frame), self._picture)
        painter.setOpacity(1.0)
        if self._running:
            accent = palette.color(role.Accent)
            accent.setAlphaF(0.25 + 0.75 * float(self._pulse.currentValue() or 0.0))
            painter.fillRect(QRectF(frame.left(), frame.bottom() - 3, frame.width(), 3), accent)
        painter.restore()
        self._paint_edge(painter, frame)
        painter.end()

    def _paint_title(self, painter: QPainter) -> None:
        palette, role = self.palette(), QPalette.ColorRole
        line = QRectF(3, 0, self.width() - 6, QFontMetrics(self.font()).height() + 2)
        number_font = figures(sized(self.font(), 0.94))
        number_width = QFontMetrics(number_font).horizontalAdvance(self._figure)
        title_font = sized(self.font(), 0.94, bold=self.isChecked())
        title = QFontMetrics(title_font).elidedText(
            self.text(), Qt.TextElideMode.ElideRight, max(0, int(line.width()) - number_width - 6)
        )
        painter.setFont(title_font)
        painter.setPen(palette.color(role.WindowText if self.isChecked() else role.PlaceholderText))
        painter.drawText(line, Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter, title)
        painter.setFont(number_font)
        painter.setPen(palette.color(role.PlaceholderText))
        painter.drawText(line, Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter, self._figure)

    def _paint_edge(self, painter: QPainter, frame: QRectF) -> None:
        palette, role = self.palette(), QPalette.ColorRole
        if self.isChecked() and self._photo is not None:
            pen = QPen(palette.color(role.Accent), 2)
        elif self.hasFocus():
            pen = QPen(palette.color(role.Accent), 1)
        elif self.underMouse() and self._photo is not None:
            pen = QPen(palette.color(role.PlaceholderText), 1)
        else:
            pen = QPen(palette.color(role.Mid), 1)
        painter.setPen(pen)
        painter.setBrush(Qt.BrushStyle.NoBrush)
        inset = pen.widthF() / 2
        painter.drawRoundedRect(frame.adjusted(inset, inset, -inset, -inset), _RADIUS, _RADIUS)


class StageStrip(QWidget):
    """A tile for every stage and one for the final answer, kept in step with the model.

    Signals: stageChosen(object) - 1..n, or None for the final answer.
    """

    stageChosen = Signal(object)

    def __init__(self, model: ExploreModel, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("stageStrip")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self.setAccessibleName(self.tr("Stages of the cascade"))
        self._model = model
        self._layout = QHBoxLayout(self)
        self._layout.setContentsMargins(12, 8, 12, 10)
        self._layout.setSpacing(10)
        self.tiles: list[StageTile] = []
        self._small: UInt8 | None = None
        self._chosen: int | None = None
        self._build(3)
        model.modelChanged.connect(self._take_model)
        model.imageChanged.connect(self._take_image)
        model.resultChanged.connect(self._redraw)
        model.setsChanged.connect(self._redraw)
        model.sharesChanged.connect(self._tell_figures)
        model.crfChanged.connect(self._take_crf)
        model.statusChanged.connect(self._take_status)

    @property
    def stage_count(self) -> int:
        return len(self.tiles) - 1

    def show_chosen(self, stage: int | None) -> None:
        self._chosen = stage if stage is not None and stage <= self.stage_count else None
        index = self.stage_count if self._chosen is None else self._chosen - 1
        self.tiles[index].setChecked(True)

    def _build(self, stage_count: int) -> None:
        for tile in self.tiles:
            self._layout.removeWidget(tile)
            tile.hide()
            tile.deleteLater()
        self.tiles = []
        for number in range(1, stage_count + 1):
            title = self.tr("Stage %1").replace("%1", str(number))
            help_text = self.tr(
                "What stage %1 decided, in class colours. Earlier decisions are dark, what it hands on is veiled.\n"
                "Click to see it on the canvas (Alt+%1)."
            ).replace("%1", str(number))
            self._add(title, help_text, number)
        self._add(
            self.tr("Final"), self.tr("The answer of all stages together. Click to see it on the canvas (Alt+0)."), None
        )
        self.show_chosen(self._chosen)

    def _add(self, title: str, help_text: str, stage: int | None) -> None:
        tile = StageTile(title, help_text, self)
        tile.clicked.connect(partial(self._choose, stage))
        self._layout.addWidget(tile, 1)
        self.tiles.append(tile)

    def _choose(self, stage: int | None, _checked: bool = False) -> None:
        self._chosen = stage
        self.stageChosen.emit(stage)

    # What the model says

    def _take_model(self, summary: object) -> None:
        count = getattr(summary, "stage_count", self.stage_count)
        if count != self.stage_count:
            self._build(count)
            self._take_image(self._model.image)

    def _take_image(self, image: OpenImage | None) -> None:
        self._small = None
        photo = None if image is None else image.levels[-1]
        for tile in self.tiles:
            tile.set_photo(photo)
        # The model still holds the former photo's result; the word that it is gone follows at once.

    def _take_crf(self, _crf: CrfView | None) -> None:
        self._redraw()

    def _take_status(self, _status: Status) -> None:
        self._tell_running()

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._small = None
        self._redraw()

    def _redraw(self, _value: object = None) -> None:
        """Paints the tiles anew. They are small, so this fits in the turn in which the slider moved."""
        result, image = self._model.result, self._model.image
        if result is None or image is None or result.image_size != image.size:
            for tile in self.tiles:
                tile.set_picture(None)
        else:
            self._draw_tiles(result, image)
        self._tell_figures()
        self._tell_running()

    def _draw_tiles(self, result: CascadeResult, image: OpenImage) -> None:
        sets = self._model.sets
        if sets is None or sets.shape != result.deciding_stage.shape:
            sets = result.deciding_stage
        photo = self._small_photo(image)
        size = (photo.shape[0], photo.shape[1])
        deciding = smooth_regions(sets, size)
        known = grid_labels(result, sets)
        labels = resize_labels(known, size)
        for number, tile in enumerate(self.tiles[:-1], start=1):
            if number > len(result.stages):
                tile.set_picture(None)
                continue
            tile.set_picture(_to_qimage(tile_from_maps(photo, labels, deciding, result.palette, stage=number)))
        if not result.complete:
            self.tiles[-1].set_picture(None)
            return
        crf = self._model.crf
        # Cells that are being computed keep their former class here, so that nothing flashes while ρ moves.
        former = np.where(sets == 0, grid_labels(result, result.deciding_stage), known)
        final = resize_labels(former if crf is None else crf.label_map, size)
        self.tiles[-1].set_picture(_to_qimage(overlay(photo, final, result.palette, opacity=_FINAL_OPACITY)))

    def _small_photo(self, image: OpenImage) -> UInt8:
        """The photo at the size in which tiles show it, h×w×3."""
        if self._small is None:
            source = image.levels[-1]
            high, wide = self.tiles[0].picture_size()
            scale = min(high / source.height(), wide / source.width(), 1.0)
            size = (max(1, round(source.height() * scale)), max(1, round(source.width() * scale)))
            self._small = resize_photo(_to_array(source), size)
        return self._small

    def _tell_figures(self, _value: object = None) -> None:
        result, shares = self._model.result, self._model.shares
        for number, tile in enumerate(self.tiles[:-1], start=1):
            known = result is not None and number <= len(result.stages) and shares is not None
            tile.set_figure(shown_share(shares[number - 1]) if known and shares is not None else "")
        total = result.milliseconds.get("total") if result is not None and result.complete else None
        self.tiles[-1].set_figure("" if total is None else shown_milliseconds(total))

    def _tell_running(self) -> None:
        result, image = self._model.result, self._model.image
        running = 0
        if image is not None and self._model.status.busy and (result is None or not result.complete):
            running = (0 if result is None else len(result.stages)) + 1
        for number, tile in enumerate(self.tiles, start=1):
            tile.set_running(number == running and number <= self.stage_count)


def _contained(picture: QImage, frame: QRectF) -> QRectF:
    """The largest rectangle of the picture's shape centred in the frame."""
    scale = min(frame.width() / picture.width(), frame.height() / picture.height())
    width, height = picture.width() * scale, picture.height() * scale
    return QRectF(frame.center().x() - width / 2, frame.center().y() - height / 2, width, height)


def _to_array(image: QImage) -> UInt8:
    """h×w×3 uint8 from any QImage."""
    rgb = image.convertToFormat(QImage.Format.Format_RGB888)
    rows = np.frombuffer(rgb.constBits(), dtype=np.uint8).reshape(rgb.height(), rgb.bytesPerLine())
    # A copy: the memory belongs to the image, which ends with this function.
    return rows[:, : rgb.width() * 3].reshape(rgb.height(), rgb.width(), 3).copy()


def _to_qimage(rgb: UInt8) -> QImage:
    height, width = rgb.shape[:2]
    packed = np.ascontiguousarray(rgb)
    return QImage(packed.data, width, height, width * 3, QImage.Format.Format_RGB888).convertToFormat(
        QImage.Format.Format_RGB32
    )
