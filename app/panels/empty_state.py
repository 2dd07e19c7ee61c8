"""What stands where the photo will be: how to begin, the sample photos one click away, and the idea in three steps."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from pathlib import Path

from PySide6.QtCore import QRectF, QSize, Qt, Signal
from PySide6.QtGui import QImage, QImageReader, QPainter, QPainterPath, QPaintEvent, QPalette, QPen
from PySide6.QtWidgets import QAbstractButton, QGridLayout, QHBoxLayout, QLabel, QPushButton, QVBoxLayout, QWidget

from app.explore.model import ExploreModel
from app.shell.actions import ActionRegistry, without_mnemonic
from app.shell.fonts import sized
from app.shell.icons import paint_glyph

_SAMPLE = QSize(112, 84)


class _SampleButton(QAbstractButton):
    def __init__(self, path: Path, parent: QWidget) -> None:
        super().__init__(parent)
        self.setAccessibleName(self.tr("Open the sample photo %1").replace("%1", path.stem))
        self.setToolTip(self.tr("Open the sample photo %1").replace("%1", path.name))
        self.setAttribute(Qt.WidgetAttribute.WA_Hover)
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        self.setFixedSize(_SAMPLE)
        self._image: QImage | None = None

    def set_image(self, image: QImage) -> None:
        self._image = image
        self.update()

    def paintEvent(self, _event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHints(QPainter.RenderHint.Antialiasing | QPainter.RenderHint.SmoothPixmapTransform)
        palette, role = self.palette(), QPalette.ColorRole
        frame = QRectF(self.rect()).adjusted(1, 1, -1, -1)
        clip = QPainterPath()
        clip.addRoundedRect(frame, 7, 7)
        painter.fillPath(clip, palette.color(role.Midlight))
        if self._image is not None and not self._image.isNull():
            scale = max(frame.width() / self._image.width(), frame.height() / self._image.height())
            wide, high = frame.width() / scale, frame.height() / scale
            source = QRectF((self._image.width() - wide) / 2, (self._image.height() - high) / 2, wide, high)
            painter.save()
            painter.setClipPath(clip)
            painter.drawImage(frame, self._image, source)
            painter.restore()
        lit = self.underMouse() or self.hasFocus()
        painter.setPen(QPen(palette.color(role.Accent if lit else role.Light), 2 if lit else 1))
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.drawRoundedRect(frame, 7, 7)
        painter.end()


class _Step(QWidget):
    """A numbered sentence of the lesson."""

    def __init__(self, glyph: str, title: str, text: str, parent: QWidget) -> None:
        super().__init__(parent)
        self._glyph = glyph
        self.setFixedWidth(220)
        heading = QLabel(title, self)
        heading.setFont(sized(heading.font(), 1.0, bold=True))
        words = QLabel(text, self)
        words.setWordWrap(True)
        words.setProperty("quiet", True)
        column = QVBoxLayout(self)
        column.setContentsMargins(34, 0, 0, 0)
        column.setSpacing(3)
        column.addWidget(heading)
        column.addWidget(words)
        column.addStretch(1)

    def paintEvent(self, _event: QPaintEvent) -> None:
        painter = QPainter(self)
        paint_glyph(painter, QRectF(0, 0, 22, 22), self._glyph, self.palette().color(QPalette.ColorRole.Accent))
        painter.end()


class EmptyState(QWidget):
    """Signals: sampleChosen(object) - the Path of a sample photo."""

    sampleChosen = Signal(object)

    def __init__(
        self, model: ExploreModel, actions: ActionRegistry, *, samples: Sequence[Path], parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self.setObjectName("emptyState")
        self.setAccessibleName(self.tr("Nothing is open"))
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self._samples = list(samples)
        self._buttons: list[_SampleButton] = []
        title = QLabel(self.tr("Drop a photo or a folder here"), self)
        title.setFont(sized(title.font(), 1.7, bold=True))
        title.setAlignment(Qt.AlignmentFlag.AlignCenter)
        text = QLabel(self.tr("Easy pixels are decided by a shallow network; only the hard ones go deeper."), self)
        text.setProperty("quiet", True)
        text.setAlignment(Qt.AlignmentFlag.AlignCenter)
        text.setWordWrap(True)
        column = QVBoxLayout(self)
        column.setContentsMargins(24, 24, 24, 24)
        column.setSpacing(0)
        column.addStretch(3)
        column.addWidget(title)
        column.addSpacing(8)
        column.addWidget(text)
        column.addSpacing(20)
        column.addLayout(self._open_buttons(actions))
        if self._samples:
            column.addSpacing(36)
            caption = QLabel(self.tr("or begin with a sample"), self)
            caption.setProperty("quiet", True)
            caption.setAlignment(Qt.AlignmentFlag.AlignCenter)
            column.addWidget(caption)
            column.addSpacing(10)
            column.addLayout(self._sample_grid())
        column.addSpacing(40)
        column.addLayout(self._lesson())
        column.addStretch(4)
        if self._samples:
            model.run_in_background("empty.samples", self._read_samples, self._take_samples)

    def _open_buttons(self, actions: ActionRegistry) -> QHBoxLayout:
        row = QHBoxLayout()
        row.setSpacing(10)
        row.addStretch(1)
        for action_id, primary in (("file.open_images", True), ("file.open_folder", False)):
            action = actions[action_id]
            button = QPushButton(without_mnemonic(action.text()), self)
            button.setProperty("primary", primary)
            button.setToolTip(action.toolTip())
            button.setAccessibleName(button.text())
            button.clicked.connect(lambda _checked=False, chosen=action: chosen.trigger())
            row.addWidget(button)
        row.addStretch(1)
        return row

    def _sample_grid(self) -> QGridLayout:
        grid = QGridLayout()
        grid.setSpacing(10)
        columns = 6 if len(self._samples) > 4 else len(self._samples)
        grid.setColumnStretch(0, 1)
        grid.setColumnStretch(columns + 1, 1)
        for number, path in enumerate(self._samples):
            button = _SampleButton(path, self)
            button.clicked.connect(partial(self._choose, path))
            grid.addWidget(button, number // columns, 1 + number % columns)
            self._buttons.append(button)
        return grid

    def _lesson(self) -> QHBoxLayout:
        row = QHBoxLayout()
        row.setSpacing(28)
        row.addStretch(1)
        for glyph, title, text in (
            ("image-plus-outline", self.tr("1  Drop"), self.tr("A photo is segmented as soon as it is open.")),
            (
                "tune-variant",
                self.tr("2  Move ρ"),
                self.tr("It sets how sure a stage must be to decide a pixel itself."),
            ),
            (
                "layers-triple-outline",
                self.tr("3  Look"),
                self.tr("See what each stage decided, and which pixels were hard."),
            ),
        ):
            row.addWidget(_Step(glyph, title, text, self))
        row.addStretch(1)
        return row

    def _choose(self, path: Path, _checked: bool = False) -> None:
        self.sampleChosen.emit(path)

    def _read_samples(self) -> list[QImage]:
        images = []
        for path in self._samples:
            reader = QImageReader(str(path))
            reader.setAutoTransform(True)
            size = reader.size()
            if size.isValid():
                # Twice the button's size, for screens of high density.
                reader.setScaledSize(size.scaled(_SAMPLE * 2, Qt.AspectRatioMode.KeepAspectRatioByExpanding))
            images.append(reader.read())
        return images

    def _take_samples(self, images: list[QImage]) -> None:
        for button, image in zip(self._buttons, images, strict=True):
            button.set_image(image)
