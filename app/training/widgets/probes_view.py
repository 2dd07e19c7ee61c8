"""The probe images at each validation: one time slider for all of them, every stage, and where the answer is wrong."""

from __future__ import annotations

from PySide6.QtCore import QPoint, QRectF, QSize, Qt, QTimer
from PySide6.QtGui import QFontMetrics, QImage, QPainter, QPaintEvent, QPalette, QResizeEvent, QShowEvent
from PySide6.QtWidgets import QHBoxLayout, QLabel, QScrollArea, QSlider, QToolButton, QVBoxLayout, QWidget

from app.services.training_pictures import ProbeSheet, probe_sheet, probe_steps
from app.services.training_runs import Run
from app.shell.fonts import sized
from app.shell.icons import icon
from app.training.model import TrainingModel

_HEAD = 24
_GAP = 6
_LEAST = 96
_MOST = 300
_FRAME_MILLISECONDS = 350


class _Sheet(QWidget):
    """The pictures in rows of images and columns of stages."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self._sheet: ProbeSheet | None = None
        self._side = _LEAST
        self._width = 0

    def show_sheet(self, sheet: ProbeSheet | None) -> None:
        self._sheet = sheet
        self.fit(self._width)
        self.update()

    def fit(self, width: int) -> None:
        """Makes the pictures as large as that many pixels allow."""
        self._width = width
        sheet = self._sheet
        columns = len(sheet.columns) if sheet is not None else 1
        self._side = max(_LEAST, min(_MOST, (width - 26) // max(1, columns) - _GAP))
        rows = len(sheet.probes) if sheet is not None else 0
        self.setMinimumSize(columns * (self._side + _GAP) + 12, _HEAD + rows * (self._high + 26) + 8)

    def paintEvent(self, _event: QPaintEvent) -> None:
        sheet = self._sheet
        if sheet is None:
            return
        painter = QPainter(self)
        palette, role = self.palette(), QPalette.ColorRole
        quiet, small = palette.color(role.PlaceholderText), sized(self.font(), 0.9)
        painter.setFont(small)
        heads = {"photo": self.tr("photo"), "truth": self.tr("truth"), "final": self.tr("merged"),
                 "errors": self.tr("errors"), "deciding": self.tr("deciding stage")}  # fmt: skip
        for column, key in enumerate(sheet.columns):
            painter.setPen(quiet)
            text = heads.get(key, self.tr("stage {n}").format(n=key.removeprefix("stage")))
            painter.drawText(QRectF(self._left(column), 0, self._side, _HEAD), Qt.AlignmentFlag.AlignVCenter, text)
        for row, probe in enumerate(sheet.probes):
            top = _HEAD + row * (self._high + 26)
            pictures = dict(probe.pictures)
            for column, key in enumerate(sheet.columns):
                box = QRectF(self._left(column), top, self._side, self._high)
                painter.fillRect(box, palette.color(role.Dark))
                if key in pictures:
                    _draw(painter, box, pictures[key], smooth=key in ("photo", "errors"))
            painter.setPen(quiet)
            right = "" if probe.right is None else self.tr(" · {n} % right").format(n=f"{100 * probe.right:.1f}")
            told = QFontMetrics(small).elidedText(probe.name + right, Qt.TextElideMode.ElideMiddle, self.width() - 20)
            painter.drawText(QPoint(self._left(0), top + self._high + 16), told)
        painter.end()

    @property
    def _high(self) -> int:
        return round(self._side * 0.75)

    def _left(self, column: int) -> int:
        return 12 + column * (self._side + _GAP)


def _draw(painter: QPainter, box: QRectF, image: QImage, *, smooth: bool) -> None:
    size = image.size().scaled(box.size().toSize(), Qt.AspectRatioMode.KeepAspectRatio)
    place = QRectF(0, 0, size.width(), size.height())
    place.moveCenter(box.center())
    # Classes have no colours between them.
    painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform, smooth)
    painter.drawImage(place, image)


class ProbesView(QWidget):
    """Reads pictures when they are looked at; the newest validation is followed until the slider is moved back."""

    def __init__(self, model: TrainingModel, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._model = model
        self._run: Run | None = None
        self._steps: tuple[int, ...] = ()
        self._shown: tuple[object, ...] = ()
        self.slider = QSlider(Qt.Orientation.Horizontal, self)
        self.slider.setAccessibleName(self.tr("Validation"))
        self.slider.setRange(0, 0)
        self.slider.setPageStep(1)
        self.play = QToolButton(self)
        self.play.setIcon(icon("play"))
        self.play.setCheckable(True)
        self.play.setToolTip(self.tr("Play from the first validation to the last"))
        self.play.setAccessibleName(self.tr("Play"))
        self.step = QLabel(self)
        self.step.setMinimumWidth(170)
        bar = QHBoxLayout()
        bar.setContentsMargins(14, 8, 14, 4)
        bar.addWidget(self.play)
        bar.addWidget(self.slider, 1)
        bar.addSpacing(8)
        bar.addWidget(self.step)
        self._sheet = _Sheet(self)
        self._scroll = QScrollArea(self)
        self._scroll.setWidgetResizable(True)
        self._scroll.setWidget(self._sheet)
        self.hint = QLabel(self.tr("The first pictures come with the first validation."), self)
        self.hint.setProperty("quiet", True)
        self.hint.setAlignment(Qt.AlignmentFlag.AlignCenter)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addLayout(bar)
        column.addWidget(self.hint, 1)
        column.addWidget(self._scroll, 1)
        self._film = QTimer(self)
        self._film.setInterval(_FRAME_MILLISECONDS)
        self._film.timeout.connect(self._next_frame)
        self.slider.valueChanged.connect(self._ask_sheet)
        self.play.toggled.connect(self._take_play)

    def show_run(self, run: Run | None) -> None:
        if run is None or self._run is None or run.folder != self._run.folder:
            self._steps, self._shown = (), ()
            self.play.setChecked(False)
        self._run = run
        self._ask_steps()

    def sizeHint(self) -> QSize:
        return QSize(900, 600)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._sheet.fit(self.width() - self._scroll.verticalScrollBar().sizeHint().width())

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        self._ask_steps()

    def _ask_steps(self) -> None:
        run = self._run
        if run is not None and self.isVisible():
            self._model.run_in_background("probe steps", lambda: probe_steps(run.folder), self._take_steps)

    def _take_steps(self, steps: tuple[int, ...]) -> None:
        followed = self.slider.value() >= len(self._steps) - 1
        self._steps = steps
        self._scroll.setVisible(bool(steps))
        self.hint.setVisible(not steps)
        self.slider.blockSignals(True)
        self.slider.setRange(0, max(0, len(steps) - 1))
        if followed:
            self.slider.setValue(len(steps) - 1)
        self.slider.blockSignals(False)
        self.slider.setEnabled(len(steps) > 1)
        self.play.setEnabled(len(steps) > 1)
        self._ask_sheet()

    def _ask_sheet(self) -> None:
        run, place = self._run, self.slider.value()
        if run is None or not self._steps or place >= len(self._steps):
            self.step.setText("")
            return
        step = self._steps[place]
        score = run.data.curves["mIoU"].at(step) if "mIoU" in run.data.curves else None
        told = self.tr("step {n}").format(n=step)
        self.step.setText(told if score is None else f"{told} · mIoU {score:.1f} %")
        wanted = (run.folder, step)
        if wanted != self._shown:
            self._shown = wanted
            palette = run.data.palette
            self._model.run_in_background(
                "probes", lambda: probe_sheet(run.folder, step, palette), self._sheet.show_sheet
            )

    def _take_play(self, on: bool) -> None:
        self.play.setIcon(icon("pause" if on else "play"))
        if on:
            self.slider.setValue(0)
            self._film.start()
        else:
            self._film.stop()

    def _next_frame(self) -> None:
        if self.slider.value() >= self.slider.maximum():
            self.play.setChecked(False)
        else:
            self.slider.setValue(self.slider.value() + 1)
