"""What a data set holds, before anything is trained on it: an image, stored and mapped ids, classes, problems."""

from __future__ import annotations

from PySide6.QtCore import QRectF, QSize, Qt
from PySide6.QtGui import QColor, QFontMetrics, QImage, QPainter, QPaintEvent, QPalette
from PySide6.QtWidgets import QHBoxLayout, QLabel, QListWidget, QSizePolicy, QToolButton, QVBoxLayout, QWidget

from app.services.qt_images import to_qimage
from app.services.training_setup import Example
from app.shell.fonts import sized
from app.shell.icons import icon
from app.training.setup import SetupModel

_PICTURE = 190
_ROW = 17


class _Picture(QWidget):
    def __init__(self, name: str, parent: QWidget) -> None:
        super().__init__(parent)
        self._image = QImage()
        self.setFixedHeight(_PICTURE)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setAccessibleName(name)

    def show_image(self, image: QImage) -> None:
        self._image = image
        self.update()

    def paintEvent(self, _event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
        painter.fillRect(self.rect(), self.palette().color(QPalette.ColorRole.Dark))
        if not self._image.isNull():
            size = self._image.size().scaled(self.size(), Qt.AspectRatioMode.KeepAspectRatio)
            place = QRectF((self.width() - size.width()) / 2, (self.height() - size.height()) / 2, *size.toTuple())
            painter.drawImage(place, self._image)
        painter.end()


class _Histogram(QWidget):
    """A bar for each class, by its share of the labelled pixels; the number of images with it beside."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self._rows: list[tuple[str, float, str, QColor]] = []
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)

    def show_rows(self, rows: list[tuple[str, float, str, QColor]]) -> None:
        self._rows = rows
        self.setFixedHeight(max(1, len(rows)) * _ROW + 2)
        self.setAccessibleDescription("; ".join(f"{name} {text}" for name, _, text, _ in rows))
        self.update()

    def sizeHint(self) -> QSize:
        return QSize(320, len(self._rows) * _ROW + 2)

    def paintEvent(self, _event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        font = sized(self.font(), 0.9)
        metrics = QFontMetrics(font)
        painter.setFont(font)
        names = max((metrics.horizontalAdvance(name) for name, *_ in self._rows), default=0) + 10
        texts = max((metrics.horizontalAdvance(text) for _, _, text, _ in self._rows), default=0) + 10
        most = max((share for _, share, *_ in self._rows), default=1.0) or 1.0
        names = min(names, self.width() // 3)
        room = self.width() - names - texts - 8
        palette, role = self.palette(), QPalette.ColorRole
        for number, (name, share, text, colour) in enumerate(self._rows):
            top = number * _ROW
            painter.setPen(palette.color(role.Text))
            told = metrics.elidedText(name, Qt.TextElideMode.ElideRight, names - 6)
            painter.drawText(QRectF(0, top, names, _ROW), Qt.AlignmentFlag.AlignVCenter, told)
            painter.setPen(palette.color(role.Light))
            painter.setBrush(colour)
            painter.drawRoundedRect(QRectF(names, top + 3, max(2.0, room * share / most), _ROW - 6), 2, 2)
            painter.setPen(palette.color(role.PlaceholderText))
            place = QRectF(self.width() - texts, top, texts, _ROW)
            painter.drawText(place, Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter, text)
        painter.end()


class DataCheck(QWidget):
    """Follows the set-up model."""

    def __init__(self, setup: SetupModel, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._setup = setup
        self._shown: Example | None = None
        self.photo = _Picture(self.tr("An image of the data set"), self)
        self.labels = _Picture(self.tr("Its labels as training sees them"), self)
        self.name = QLabel(self)
        self.name.setProperty("quiet", True)
        self.name.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)
        back, on = QToolButton(self), QToolButton(self)
        for button, glyph, text, delta in (
            (back, "chevron-left", self.tr("Image before"), -1),
            (on, "chevron-right", self.tr("Next image"), 1),
        ):
            button.setIcon(icon(glyph))
            button.setToolTip(text)
            button.setAccessibleName(text)
            button.clicked.connect(lambda _=False, delta=delta: setup.next_example(delta))
        line = QHBoxLayout()
        line.setSpacing(4)
        line.addWidget(back)
        line.addWidget(on)
        line.addWidget(self.name, 1)
        pictures = QHBoxLayout()
        pictures.setSpacing(8)
        pictures.addWidget(self.photo)
        pictures.addWidget(self.labels)
        self.ids = QLabel(self)
        self.ids.setWordWrap(True)
        self.ids.setTextFormat(Qt.TextFormat.PlainText)
        self.summary = QLabel(self)
        self.summary.setWordWrap(True)
        self.histogram = _Histogram(self)
        self.problems = QListWidget(self)
        self.problems.setAccessibleName(self.tr("Problems of the data set"))
        self.problems.setWordWrap(True)
        self.problems.setMaximumHeight(110)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(8)
        column.addLayout(pictures)
        column.addLayout(line)
        column.addWidget(self.ids)
        column.addWidget(self.summary)
        column.addWidget(self.histogram)
        column.addWidget(self.problems)
        setup.dataChanged.connect(self._show)
        setup.checked.connect(self._show_progress)
        self._show()

    def _show(self) -> None:
        setup = self._setup
        self.setVisible(setup.found is not None)
        if setup.found is None:
            self._shown = None
            return
        if setup.example is not None and setup.example is not self._shown:
            self._show_example(setup.example)
        report = setup.report
        self.problems.clear()
        self.problems.setVisible(report is not None and report.problem_count > 0)
        self.histogram.setVisible(report is not None)
        if report is None:
            self.summary.setText(self.tr("reading the label maps"))
            return
        sizes = ", ".join(f"{size.width} × {size.height}" for size in report.sizes[:3])
        more = self.tr(" and more") if report.distinct_sizes > 3 else ""
        parts = [
            self.tr("{n} images of {sizes}").format(n=report.pairs, sizes=sizes + more),
            self.tr("void {share} %").format(share=f"{100 * report.void_share:.1f}"),
            self.tr("no problem found")
            if not report.problem_count
            else self.tr("{n} problems, {u} files cannot be used").format(n=report.problem_count, u=report.unusable),
        ]
        absent = [count.name for count in report.classes if not count.images]
        if absent:
            parts.append(self.tr("never seen: {names}").format(names=", ".join(absent)))
        if report.foreign:
            parts.append(
                self.tr("not in the class table: {values}").format(values=", ".join(f.value for f in report.foreign))
            )
        self.summary.setText(" · ".join(parts))
        labelled = max(1, sum(count.pixels for count in report.classes))
        palette = setup.found.palette
        self.histogram.show_rows(
            [
                (
                    f"{count.id} {count.name}",
                    count.pixels / labelled,
                    self.tr("{share} % · {n} images").format(share=_share(count.pixels / labelled), n=count.images),
                    QColor(*palette[number]) if number < len(palette) else QColor("grey"),
                )
                for number, count in enumerate(report.classes)
            ]
        )
        for problem in report.problems:
            self.problems.addItem(str(problem))

    def _show_progress(self, done: int, total: int) -> None:
        if self._setup.report is None:
            self.summary.setText(self.tr("reading the label maps, {d} of {n}").format(d=done, n=total))

    def _show_example(self, example: Example) -> None:
        self._shown = example
        self.photo.show_image(to_qimage(example.photo))
        self.labels.show_image(to_qimage(example.coloured))
        self.name.setText(example.name)
        found = self._setup.found
        names = found.class_names if found is not None else ()
        stored = ", ".join(f"{value} ({_share(share)} %)" for value, share in example.stored[:14])
        mapped = ", ".join(f"{i} {names[i]} ({_share(share)} %)" for i, share in example.mapped[:14] if i < len(names))
        self.ids.setText(
            self.tr("In the file: {stored}\nAs classes: {mapped}, void ({void} %)").format(
                stored=stored, mapped=mapped, void=_share(example.void_share)
            )
        )


def _share(fraction: float) -> str:
    percent = 100.0 * fraction
    return f"{percent:.1f}" if percent >= 0.095 or percent == 0 else f"{percent:.2f}"
