"""The model and the folder: a run over all images, and learning from corrections."""

from __future__ import annotations

import math

import numpy as np
from PySide6.QtCore import QDateTime, QLocale, QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QIcon, QImage, QPainter, QPaintEvent, QPalette, QPen, QPolygonF
from PySide6.QtWidgets import (
    QFrame,
    QHBoxLayout,
    QLabel,
    QListWidget,
    QListWidgetItem,
    QProgressBar,
    QVBoxLayout,
    QWidget,
)

from app.label.model import LabelModel
from app.label.views import BatchView, LearningView, ModelVersion, Probe
from app.panels.label.widgets import bound, push, words
from app.services.qt_images import to_qimage
from app.shell.actions import ActionRegistry
from app.shell.fonts import figures, sized
from app.shell.icons import icon
from engine.rendering.colours import CHANGED
from engine.rendering.geometry import fit_size, resize_labels, resize_photo
from engine.rendering.overlay import overlay

_PROBE_SIDE = 128


class LossLine(QWidget):
    """The losses of the steps taken, raw and smoothed."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self._losses: tuple[float, ...] = ()
        self._total = 1
        self.setFixedHeight(54)
        self.setAccessibleName(self.tr("Loss of each step"))

    def show_losses(self, losses: tuple[float, ...], total: int) -> None:
        self._losses, self._total = losses, max(total, 2)
        self.setAccessibleDescription("" if not losses else f"{losses[-1]:.3f}")
        self.update()

    def paintEvent(self, _event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        role = QPalette.ColorRole
        box = QRectF(self.rect()).adjusted(0.5, 0.5, -0.5, -0.5)
        painter.setPen(self.palette().color(role.Mid))
        painter.setBrush(self.palette().color(role.AlternateBase))
        painter.drawRoundedRect(box, 5, 5)
        if len(self._losses) > 1:
            top = max(self._losses)
            inner = box.adjusted(6, 6, -6, -6)
            smooth, kept = [], self._losses[0]
            for loss in self._losses:
                kept = 0.7 * kept + 0.3 * loss
                smooth.append(kept)
            for values, colour, width in (
                (self._losses, self.palette().color(role.Light), 1.0),
                (tuple(smooth), self.palette().color(role.Accent), 1.8),
            ):
                painter.setPen(QPen(colour, width))
                painter.drawPolyline(
                    QPolygonF(
                        [
                            QPointF(
                                inner.left() + inner.width() * at / (self._total - 1),
                                inner.bottom() - inner.height() * (value / top if top else 0.0),
                            )
                            for at, value in enumerate(values)
                        ]
                    )
                )
        painter.end()


class ProbeStrip(QWidget):
    """Photos that learning left alone, with what is answered differently since."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self._pictures: list[tuple[QImage, str]] = []
        self.setAccessibleName(self.tr("What changed in other photos"))

    def show_probes(self, probes: tuple[Probe, ...]) -> None:
        self._pictures = [(_probe_picture(probe), f"{probe.flipped:.1%}") for probe in probes]
        self.setToolTip("\n".join(f"{probe.name}: {probe.flipped:.1%}" for probe in probes))
        self.updateGeometry()
        self.update()

    def sizeHint(self) -> QSize:
        return QSize(200, 84 if self._pictures else 0)

    def minimumSizeHint(self) -> QSize:
        return self.sizeHint()

    def paintEvent(self, _event: QPaintEvent) -> None:
        if not self._pictures:
            return
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
        wide = (self.width() - 6 * (len(self._pictures) - 1)) / len(self._pictures)
        for number, (image, text) in enumerate(self._pictures):
            box = QRectF(number * (wide + 6), 0, wide, 62)
            scale = max(box.width() / image.width(), box.height() / image.height())
            source = QRectF(0, 0, box.width() / scale, box.height() / scale)
            source.moveCenter(QPointF(image.width() / 2, image.height() / 2))
            painter.drawImage(box, image, source)
            painter.setPen(self.palette().color(QPalette.ColorRole.PlaceholderText))
            painter.setFont(figures(self.font()))
            painter.drawText(QRectF(box.left(), 62, wide, 20), Qt.AlignmentFlag.AlignCenter, text)
        painter.end()


class LearnPanel(QWidget):
    """The folder on top, learning below."""

    def __init__(self, model: LabelModel, actions: ActionRegistry, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._model = model
        self.batch_text = words("", self)
        self.batch_bar = self._bar(self.tr("Images that the model has been through"))
        self.run = push(
            self.tr("Run over the folder"),
            self,
            model.batch.start,
            help_text=self.tr("Find out how hard each image is, in the background; the list can then be sorted by it"),
        )
        self.pause = push(self.tr("Pause"), self, model.batch.pause)
        self.learn_text = words("", self)
        self.learn_bar = self._bar(self.tr("Steps of learning"))
        self.losses = LossLine(self)
        self.probes = ProbeStrip(self)
        self.learn = bound(actions, "label.learn", self)
        self.cancel = push(self.tr("Cancel"), self, model.learning.cancel)
        self.keep = bound(actions, "label.learn_keep", self)
        self.keep.setProperty("primary", True)
        self.roll_back = bound(actions, "label.learn_forget", self)
        self.versions = QListWidget(self)
        self.versions.setAccessibleName(self.tr("Models of this project"))
        self.versions.setMaximumHeight(110)
        self.versions.itemActivated.connect(self._use)
        self.versions.itemDoubleClicked.connect(self._use)
        heading = [QLabel(text, self) for text in (self.tr("The folder"), self.tr("Learning"), self.tr("Models"))]
        for label in heading:
            label.setProperty("heading", True)
        column = QVBoxLayout(self)
        column.setContentsMargins(14, 8, 14, 8)
        column.setSpacing(7)
        column.addWidget(heading[0])
        column.addWidget(self.batch_text)
        column.addWidget(self.batch_bar)
        column.addLayout(self._row(self.run, self.pause))
        column.addWidget(self._line())
        column.addWidget(heading[1])
        column.addWidget(self.learn_text)
        column.addWidget(self.learn_bar)
        column.addWidget(self.losses)
        column.addWidget(self.probes)
        column.addLayout(self._row(self.learn, self.cancel))
        column.addLayout(self._row(self.keep, self.roll_back))
        self._heading_versions = heading[2]
        column.addWidget(heading[2])
        column.addWidget(self.versions)
        column.addStretch(1)
        model.batch.changed.connect(self._take_batch)
        model.learning.changed.connect(self._take_learning)
        model.learning.versionsChanged.connect(self._take_versions)
        model.proposal.changed.connect(lambda _result: self._mark_serving())
        model.project.changed.connect(lambda _view: self._take_batch(model.batch.view))
        self._take_batch(model.batch.view)
        self._take_learning(model.learning.view)
        self._take_versions(model.learning.versions)

    def _bar(self, name: str) -> QProgressBar:
        bar = QProgressBar(self)
        bar.setTextVisible(False)
        bar.setRange(0, 1000)
        bar.setAccessibleName(name)
        return bar

    def _row(self, *widgets: QWidget) -> QHBoxLayout:
        row = QHBoxLayout()
        row.setSpacing(6)
        for widget in widgets:
            row.addWidget(widget, 1)
        return row

    def _line(self) -> QFrame:
        line = QFrame(self)
        line.setProperty("hairline", True)
        return line

    def _take_batch(self, view: BatchView) -> None:
        total = self._model.images.rowCount()
        self.batch_bar.setVisible(view.state != "idle")
        self.batch_bar.setValue(round(1000 * view.done / view.total) if view.total else 0)
        self.run.setEnabled(total > 0 and view.state != "running")
        self.run.setText(self.tr("Resume") if view.state == "paused" else self.tr("Run over the folder"))
        self.pause.setVisible(view.state == "running")
        text = {
            "idle": self.tr("Find out how hard each image is, and sort by it."),
            "running": self.tr("%1 of %2 images"),
            "paused": self.tr("Paused at %1 of %2 images."),
            "done": self.tr("Done: %1 of %2 images."),
        }[view.state]
        text = text.replace("%1", str(view.done)).replace("%2", str(view.total))
        if view.failed:
            text += self.tr(" %1 could not be read.").replace("%1", str(view.failed))
        if view.seconds_left is not None:
            text += self.tr(" · about %1 left").replace("%1", _duration(view.seconds_left))
        self.batch_text.setText(text)

    def _take_learning(self, view: LearningView) -> None:
        running, asking = view.state in ("preparing", "running", "cancelling"), view.state == "asking"
        self.learn.setVisible(not running and not asking)
        self.cancel.setVisible(running)
        self.keep.setVisible(asking)
        self.roll_back.setVisible(asking)
        self.learn_bar.setVisible(running)
        self.learn_bar.setRange(0, 0 if view.state == "preparing" or not view.step else 1000)
        self.learn_bar.setValue(round(1000 * view.step / view.total) if view.total else 0)
        self.losses.setVisible(running or asking)
        self.losses.show_losses(view.losses, view.total)
        self.probes.setVisible(asking and bool(view.probes))
        self.probes.show_probes(view.probes if asking else ())
        if view.state == "preparing":
            text = self.tr("Reading the corrected photos…")
        elif running:
            text = self.tr("Step %1 of %2").replace("%1", str(view.step)).replace("%2", str(view.total))
            if view.losses:
                text += self.tr(" · loss %1").replace("%1", f"{view.losses[-1]:.3f}")
        elif asking:
            text = self.tr("Of your pixels %1 were right before, %2 are now.")
            text = text.replace("%1", _percent(view.corrected_before)).replace("%2", _percent(view.corrected_after))
            if view.probes:
                text += " " + self.tr("Below, in yellow: what is answered differently in other photos.")
        else:
            text = self.tr("The model learns from the pixels that you decided yourself.")
        self.learn_text.setText(text)

    def _take_versions(self, versions: tuple[ModelVersion, ...]) -> None:
        self.versions.clear()
        self.versions.setVisible(bool(versions))
        self._heading_versions.setVisible(bool(versions))
        if versions:
            bundled = QListWidgetItem(self.tr("The bundled model"))
            bundled.setToolTip(self.tr("Double-click to go back to it"))
            self.versions.addItem(bundled)
        for version in versions:
            item = QListWidgetItem(_when(version))
            item.setData(Qt.ItemDataRole.UserRole, version)
            item.setToolTip(f"{version.path}\n{version.note}\n" + self.tr("Double-click to use it"))
            self.versions.addItem(item)
        self._mark_serving()

    def _mark_serving(self) -> None:
        """The model that proposes just now is in bold."""
        summary = self._model.proposal.summary
        spec = "" if summary is None else summary.spec
        for row in range(self.versions.count()):
            item = self.versions.item(row)
            version = item.data(Qt.ItemDataRole.UserRole)
            own = "default" if version is None else str(version.path)
            item.setFont(sized(self.font(), 1.0, bold=own == spec))
            item.setIcon(icon("check") if own == spec else QIcon())

    def _use(self, item: QListWidgetItem) -> None:
        version = item.data(Qt.ItemDataRole.UserRole)
        self._model.learning.use(version if isinstance(version, ModelVersion) else None)


def _when(version: ModelVersion) -> str:
    """When it was made, in this place's time; its name where that is not known."""
    made = QDateTime.fromString(version.made, Qt.DateFormat.ISODate)
    if not made.isValid():
        return version.name
    return QLocale().toString(made.toLocalTime(), QLocale.FormatType.ShortFormat)


def _percent(share: float) -> str:
    return "–" if math.isnan(share) else f"{share * 100:.1f} %"


def _duration(seconds: float) -> str:
    return f"{max(1, round(seconds))} s" if seconds < 90 else f"{round(seconds / 60)} min"


def _probe_picture(probe: Probe) -> QImage:
    """The photo, small, with flipped pixels in the colour of changes."""
    height, width = probe.rgb.shape[:2]
    size = fit_size((height, width), max_side=_PROBE_SIDE)
    flipped = resize_labels(probe.before != probe.after, size)
    palette = np.array([(0, 0, 0), CHANGED], dtype=np.uint8)
    return to_qimage(overlay(resize_photo(probe.rgb, size), flipped.astype(np.uint8), palette, opacity=0.85))
