"""What is taken for what: a matrix to look at, a cell to click, the images behind it."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QEvent, QPoint, QRectF, QSize, Qt, Signal
from PySide6.QtGui import (
    QColor,
    QFontMetrics,
    QHelpEvent,
    QIcon,
    QImage,
    QMouseEvent,
    QPainter,
    QPaintEvent,
    QPalette,
    QPixmap,
    QShowEvent,
)
from PySide6.QtWidgets import (
    QComboBox,
    QHBoxLayout,
    QLabel,
    QListWidget,
    QListWidgetItem,
    QToolTip,
    QVBoxLayout,
    QWidget,
)

from app.services.training_pictures import Mistakes, load_mistakes_of, mistake_steps, thumbnail, validation_photos
from app.services.training_runs import Run
from app.shell.fonts import sized
from app.training.model import TrainingModel
from engine.errors import RhoscopeError

_LISTED = 60
_THUMBNAIL = 96
_IN_SIGHT = 16


class Matrix(QWidget):
    """Rows are the truth and sum to 100 %, columns the prediction.

    Signals: cellChosen(int, int) - truth and prediction.
    """

    cellChosen = Signal(int, int)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._counts: NDArray[np.int64] = np.zeros((0, 0), dtype=np.int64)
        self._names: tuple[str, ...] = ()
        self._chosen: tuple[int, int] | None = None
        self.setMouseTracking(True)
        self.setMinimumSize(320, 320)
        self.setAccessibleName(self.tr("Confusion matrix"))

    def show_counts(self, counts: NDArray[np.int64], names: tuple[str, ...]) -> None:
        self._counts, self._names = counts, names
        self.update()

    def choose(self, truth: int, prediction: int) -> None:
        self._chosen = (truth, prediction)
        self.update()
        self.cellChosen.emit(truth, prediction)

    def worst(self) -> tuple[int, int] | None:
        """The commonest mistake."""
        if not self._counts.size:
            return None
        wrong = self._counts.copy()
        np.fill_diagonal(wrong, 0)
        truth, prediction = divmod(int(wrong.argmax()), len(wrong))
        return (truth, prediction) if wrong.max() else None

    def cell_at(self, x: float, y: float) -> tuple[int, int] | None:
        left, top, side = self._frame()
        count = len(self._counts)
        if not count or side <= 0:
            return None
        column, row = int((x - left) // side), int((y - top) // side)
        return (row, column) if 0 <= row < count and 0 <= column < count and x >= left and y >= top else None

    def mousePressEvent(self, event: QMouseEvent) -> None:
        cell = self.cell_at(event.position().x(), event.position().y())
        if cell is not None:
            self.choose(*cell)

    def event(self, event: QEvent) -> bool:
        if isinstance(event, QHelpEvent) and event.type() == QEvent.Type.ToolTip:
            cell = self.cell_at(event.pos().x(), event.pos().y())
            QToolTip.showText(event.globalPos(), "" if cell is None else self.words(*cell), self)
            return True
        return super().event(event)

    def words(self, truth: int, prediction: int) -> str:
        pixels, whole = int(self._counts[truth, prediction]), int(self._counts[truth].sum())
        share = 100 * pixels / whole if whole else 0.0
        names = (self._name(truth), self._name(prediction))
        told = self.tr("{a}, taken for {b}") if truth != prediction else self.tr("{a}, recognised")
        return told.format(a=names[0], b=names[1]) + self.tr(": {n} pixels, {s} %").format(
            n=f"{pixels:,}".replace(",", "\u202f"), s=f"{share:.1f}"
        )

    def paintEvent(self, _event: QPaintEvent) -> None:
        count = len(self._counts)
        if not count:
            return
        painter = QPainter(self)
        palette, role = self.palette(), QPalette.ColorRole
        left, top, side = self._frame()
        whole = np.maximum(1, self._counts.sum(axis=1, keepdims=True))
        shares = self._counts / whole
        base, accent = palette.color(role.Base), palette.color(role.Accent)
        wrong = QColor("#d9483b")
        small = sized(self.font(), 0.85)
        painter.setFont(small)
        for row in range(count):
            for column in range(count):
                share = float(shares[row, column])
                # The square root shows confusions of a few per cent.
                colour = _mixed(base, accent if row == column else wrong, share**0.5)
                box = QRectF(left + column * side, top + row * side, side - 1, side - 1)
                painter.fillRect(box, colour)
                if side >= 30 and share >= 0.005:
                    painter.setPen(palette.color(role.Text if share < 0.35 else role.BrightText))
                    painter.drawText(box, Qt.AlignmentFlag.AlignCenter, f"{100 * share:.0f}")
        if self._chosen is not None and max(self._chosen) < count:
            painter.setPen(palette.color(role.Text))
            painter.setBrush(Qt.BrushStyle.NoBrush)
            row, column = self._chosen
            painter.drawRect(QRectF(left + column * side - 1, top + row * side - 1, side, side))
        painter.setPen(palette.color(role.PlaceholderText))
        metrics = QFontMetrics(small)
        corner = QRectF(0, 0, left - 6, top - 6)
        painter.drawText(corner, Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignBottom, self.tr("truth ↓"))
        painter.drawText(corner, Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignTop, self.tr("taken for →"))
        for number in range(count):
            if side < 11 and number % 2:
                continue
            told = metrics.elidedText(self._name(number), Qt.TextElideMode.ElideRight, int(left) - 8)
            box = QRectF(0, top + number * side, left - 6, side)
            painter.drawText(box, Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter, told)
            painter.save()
            painter.translate(left + number * side + side / 2, top - 6)
            painter.rotate(-90)
            told = metrics.elidedText(self._name(number), Qt.TextElideMode.ElideRight, int(top) - 10)
            painter.drawText(QRectF(0, -side / 2, top, side), Qt.AlignmentFlag.AlignVCenter, told)
            painter.restore()
        painter.end()

    def _frame(self) -> tuple[float, float, float]:
        """Left, top and side of the cells."""
        metrics = QFontMetrics(sized(self.font(), 0.85))
        room = min(130, max((metrics.horizontalAdvance(name) for name in self._names), default=40) + 14)
        count = max(1, len(self._counts))
        side = min((self.width() - room - 6) / count, (self.height() - room - 6) / count)
        return float(room), float(room), side

    def _name(self, number: int) -> str:
        return self._names[number] if number < len(self._names) else str(number)


class ConfusionView(QWidget):
    """One validation at a time, the newest unless another is chosen."""

    def __init__(self, model: TrainingModel, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._model = model
        self._run: Run | None = None
        self._steps: tuple[int, ...] = ()
        self._loaded: tuple[object, ...] = ()
        self._mistakes: Mistakes | None = None
        self._photos: dict[str, Path] = {}
        self._photos_of: Path | None = None
        self.step = QComboBox(self)
        self.step.setAccessibleName(self.tr("Validation"))
        self.system = QComboBox(self)
        self.system.setAccessibleName(self.tr("Answer"))
        self.matrix = Matrix(self)
        self.hint = QLabel(self.tr("The first confusion matrix comes with the first validation."), self)
        self.hint.setProperty("quiet", True)
        self.cell = QLabel(self)
        self.cell.setWordWrap(True)
        self.images = QListWidget(self)
        self.images.setAccessibleName(self.tr("Images with these pixels"))
        self.images.setIconSize(QSize(_THUMBNAIL, _THUMBNAIL * 3 // 4))
        self.images.setFixedWidth(290)
        self.images.setAcceptDrops(False)
        self.images.viewport().setAcceptDrops(False)
        self.images.setToolTip(self.tr("Double-click opens the photo in Explore"))
        bar = QHBoxLayout()
        bar.addWidget(QLabel(self.tr("Validation at"), self))
        bar.addWidget(self.step)
        bar.addWidget(self.system)
        bar.addWidget(self.hint)
        bar.addStretch(1)
        self.images.verticalScrollBar().valueChanged.connect(self._show_thumbnails)
        self.lost = QLabel(self)
        self.lost.setWordWrap(True)
        self.lost.setFixedWidth(290)
        self.lost.hide()
        side = QVBoxLayout()
        side.addWidget(self.lost)
        side.addWidget(self.cell)
        side.addWidget(self.images, 1)
        across = QHBoxLayout()
        across.setSpacing(14)
        across.addWidget(self.matrix, 1)
        across.addLayout(side)
        column = QVBoxLayout(self)
        column.setContentsMargins(14, 8, 14, 14)
        column.addLayout(bar)
        column.addLayout(across, 1)
        self.step.activated.connect(self._ask_matrix)
        self.system.activated.connect(self._show_matrix)
        self.matrix.cellChosen.connect(self._show_images)
        self.images.itemDoubleClicked.connect(self._open)

    def show_run(self, run: Run | None) -> None:
        if run is None or self._run is None or run.folder != self._run.folder:
            self._steps, self._loaded, self._mistakes, self._photos_of = (), (), None, None
            self._photos = {}
            self.lost.hide()
            self.step.clear()
            self.images.clear()
            self.cell.clear()
            self.matrix.show_counts(np.zeros((0, 0), dtype=np.int64), ())
        self._run = run
        self._ask_steps()

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        self._ask_steps()

    def _ask_steps(self) -> None:
        run = self._run
        if run is not None and self.isVisible():
            self._model.run_in_background("mistake steps", lambda: mistake_steps(run.folder), self._take_steps)

    def _take_steps(self, steps: tuple[int, ...]) -> None:
        for widget in (self.step, self.system):
            widget.setVisible(bool(steps))
        self.hint.setVisible(not steps)
        if steps != self._steps:
            newest = self.step.currentIndex() in (-1, 0)
            chosen = self.step.currentData()
            self._steps = steps
            self.step.clear()
            for step in reversed(steps):
                self.step.addItem(self.tr("step {n}").format(n=step), step)
            self.step.setCurrentIndex(0 if newest else max(0, self.step.findData(chosen)))
        self._ask_matrix()

    def _ask_matrix(self) -> None:
        run, step = self._run, self.step.currentData()
        if run is None or step is None or (run.folder, step) == self._loaded:
            return
        self._loaded = (run.folder, step)
        self._model.run_in_background("mistakes", lambda: load_mistakes_of(run.folder, step), self._take_mistakes)
        if self._photos_of != run.folder:
            self._photos_of = run.folder
            self._model.run_long("validation photos", lambda: _photos(run.folder), self._take_photos)

    def _take_mistakes(self, mistakes: Mistakes) -> None:
        self._mistakes = mistakes
        chosen = max(0, self.system.currentIndex())
        self.system.clear()
        self.system.addItems([self.tr("merged") if name == "final" else name for name in mistakes.systems])
        self.system.setCurrentIndex(min(chosen, len(mistakes.systems) - 1))
        self._show_matrix()

    def _show_matrix(self) -> None:
        if self._mistakes is None or self._run is None:
            return
        self.matrix.show_counts(self._mistakes.matrix(max(0, self.system.currentIndex())), self._run.data.class_names)
        worst = self.matrix.worst()
        if worst is not None:
            self.matrix.choose(*worst)

    def _show_images(self, truth: int, prediction: int) -> None:
        if self._mistakes is None:
            return
        self.cell.setText(self.matrix.words(truth, prediction))
        found = self._mistakes.images_with(max(0, self.system.currentIndex()), truth=truth, prediction=prediction)
        self.images.clear()
        for name, pixels in found[:_LISTED]:
            item = QListWidgetItem(self.tr("{name}\n{n} pixels").format(name=name, n=pixels))
            item.setData(Qt.ItemDataRole.UserRole, name)
            self.images.addItem(item)
        self._show_thumbnails()

    def _take_photos(self, found: tuple[dict[str, Path], str]) -> None:
        self._photos, lost = found
        self.lost.setText(self.tr("The photos cannot be shown. {reason}").format(reason=lost))
        self.lost.setVisible(bool(lost))
        self._show_thumbnails()

    def _show_thumbnails(self) -> None:
        """Of the rows in sight."""
        first = max(0, self.images.indexAt(QPoint(4, 4)).row())
        rows = range(first, min(first + _IN_SIGHT, self.images.count()))
        items = [item for item in map(self.images.item, rows) if item.icon().isNull()]
        names = [str(item.data(Qt.ItemDataRole.UserRole)) for item in items]
        paths = {name: self._photos[name] for name in names if name in self._photos}

        def read() -> dict[str, QImage]:
            pictures = {}
            for name, path in paths.items():
                try:
                    pictures[name] = thumbnail(path, _THUMBNAIL)
                except RhoscopeError:
                    continue
            return pictures

        self._model.run_in_background("thumbnails of mistakes", read, self._take_thumbnails)

    def _take_thumbnails(self, pictures: dict[str, QImage]) -> None:
        for row in range(self.images.count()):
            item = self.images.item(row)
            image = pictures.get(str(item.data(Qt.ItemDataRole.UserRole)))
            if image is not None:
                item.setIcon(QIcon(QPixmap.fromImage(image)))

    def _open(self, item: QListWidgetItem) -> None:
        path = self._photos.get(str(item.data(Qt.ItemDataRole.UserRole)))
        if path is not None:
            self._model.openPhotos.emit([path])


def _photos(folder: Path) -> tuple[dict[str, Path], str]:
    """None, and why, where the data set is gone: the matrix is there without it."""
    try:
        return validation_photos(folder), ""
    except RhoscopeError as error:
        return {}, str(error)


def _mixed(one: QColor, other: QColor, part: float) -> QColor:
    part = min(1.0, max(0.0, part))
    pairs = ((one.red(), other.red()), (one.green(), other.green()), (one.blue(), other.blue()))
    red, green, blue = (round(a * (1 - part) + b * part) for a, b in pairs)
    return QColor(red, green, blue)
