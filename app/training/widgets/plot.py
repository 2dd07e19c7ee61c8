"""One plot of curves: raw lines, smoothed lines over them, and the values under the crosshair."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np
import pyqtgraph as pg
from PySide6.QtCore import QBuffer, QEvent, QPointF, Qt, Signal
from PySide6.QtGui import QColor, QImage, QPainter, QPalette
from PySide6.QtSvg import QSvgGenerator
from PySide6.QtWidgets import QLabel, QSizePolicy, QVBoxLayout, QWidget

from app.services.training_runs import Run
from app.training.lines import Line, Look, PlotKind
from app.training.widgets.line_colours import line_colour
from app.training.words import plot_title

_HEIGHT = 188
_MOST_NAMED = 12


class _Box(pg.ViewBox):
    """Zooms with the wheel only while Ctrl is held: otherwise the wheel scrolls the page."""

    def wheelEvent(self, event: Any, axis: int | None = None) -> None:
        if event.modifiers() & Qt.KeyboardModifier.ControlModifier:
            super().wheelEvent(event, axis)
        else:
            event.ignore()


class _LogAxis(pg.AxisItem):
    """Names 1, 2 and 5 of each decade as plain numbers: pyqtgraph's own names of all ten lie over one another."""

    def logTickStrings(self, values: Any, scale: Any, spacing: Any) -> list[str]:
        numbers = [10.0**value * scale for value in values]
        chosen = [f"{number:g}" if f"{number:e}"[0] in "125" else "" for number in numbers]
        # Within less than a decade there may be too few of them.
        return chosen if sum(map(bool, chosen)) > 1 else [f"{number:.3g}" for number in numbers]


class _View(pg.PlotWidget):
    painted = Signal()

    def paintEvent(self, event: Any) -> None:
        super().paintEvent(event)
        self.painted.emit()

    def wheelEvent(self, event: Any) -> None:
        if event.modifiers() & Qt.KeyboardModifier.ControlModifier:
            super().wheelEvent(event)
        else:
            event.ignore()


class Plot(QWidget):
    """Signals:
    hovered(object) - x under the pointer, or None.
    spanTaken(float, float) - a person moved or zoomed x.
    painted() - it is in sight.
    """

    hovered = Signal(object)
    spanTaken = Signal(float, float)
    painted = Signal()

    def __init__(self, kind: PlotKind, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.kind = kind
        self._lines: list[Line] = []
        self._items: list[tuple[Any, Any]] = []
        self._look = Look()
        self._runs: tuple[Run, ...] = ()
        self._log = False
        self._log_drawn = False
        # Where the crosshair is.
        self._at: float | None = None
        self.title = QLabel(plot_title(kind.key), self)
        self.title.setProperty("heading", True)
        self.values = QLabel(self)
        self.values.setTextFormat(Qt.TextFormat.RichText)
        self.values.setWordWrap(True)
        self.values.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Minimum)
        self._box = _Box(enableMenu=False)
        self.view = _View(self, viewBox=self._box, axisItems={"left": _LogAxis("left")})
        self.view.painted.connect(self.painted)
        self.view.setAcceptDrops(False)
        self.view.viewport().setAcceptDrops(False)
        self.view.setFixedHeight(_HEIGHT)
        self.view.setAccessibleName(plot_title(kind.key))
        self.view.hideButtons()
        self.view.setMouseEnabled(x=True, y=False)
        axis = self.view.getPlotItem().getAxis("left")
        axis.setWidth(58)
        axis.enableAutoSIPrefix(False)
        for side in ("left", "bottom"):
            # Grid lines of the finer levels take four fifths of the time in which a plot is painted, and the crosshair
            # paints all plots at once.
            self.view.getPlotItem().getAxis(side).setStyle(maxTickLevel=0)
        self._box.setAutoVisible(y=True)
        self._cross = pg.InfiniteLine(angle=90, movable=False)
        self._cross.setVisible(False)
        self.view.addItem(self._cross, ignoreBounds=True)
        self._proxy = pg.SignalProxy(self.view.scene().sigMouseMoved, rateLimit=60, slot=self._moved)
        # x is the same for all plots, so it is set from outside.
        self._box.enableAutoRange(x=False, y=True)
        self._box.sigRangeChangedManually.connect(lambda *_: self.spanTaken.emit(*self._box.viewRange()[0]))
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(2)
        column.addWidget(self.title)
        column.addWidget(self.view)
        column.addWidget(self.values)
        self._take_colours()

    @property
    def lines(self) -> Sequence[Line]:
        """As they are drawn."""
        return self._lines

    def set_span(self, low: float, high: float) -> None:
        """Shows x from low to high."""
        if high <= low:
            low, high = low - 1.0, high + 1.0
        self._box.setXRange(low, high, padding=0)
        self._box.enableAutoRange(y=True)

    def set_log(self, log: bool) -> None:
        self._log = log and self.kind.log
        self.view.setLogMode(x=False, y=self._log)
        self._box.enableAutoRange(x=False, y=True)

    def shows(self, runs: Sequence[Run], look: Look) -> bool:
        """Its lines are of these runs, as they were before, and made with this look."""
        return look == self._look and [run.folder for run in runs] == [run.folder for run in self._runs]

    def show_lines(self, lines: list[Line], look: Look, runs: Sequence[Run]) -> None:
        """Args:
        lines: of these runs, made with this look.
        """
        before = {} if self._log_drawn != self._log else dict(enumerate(self._lines))
        self._lines, self._look, self._runs, self._log_drawn = lines, look, tuple(runs), self._log
        # Items are kept for later lines: taking one out of a scene that is about to be painted has ended the program.
        while len(self._items) < len(lines):
            pair = (self._item(), self._item())
            self.view.addItem(pair[0])
            self.view.addItem(pair[1], ignoreBounds=True)
            self._items.append(pair)
        for rough, smooth in self._items[len(lines) :]:
            rough.setData([], [])
            smooth.setData([], [])
        for number, (line, (rough, smooth)) in enumerate(zip(lines, self._items, strict=False)):
            if before.get(number) is line:
                continue
            rough.setData(*self._points(line.x, line.y))
            smooth.setData(*(([], []) if line.smooth is None else self._points(*line.smooth)))
        self._pen_lines()
        self._tell(self._at)

    def point_at(self, x: float | None) -> None:
        """Shows the crosshair at x, with the values there; the last values for None."""
        self._at = x
        self._cross.setVisible(x is not None)
        if x is not None:
            self._cross.setValue(x)
        self._tell(x)

    def picture(self, scale: int = 3) -> bytes:
        """As a PNG of so many pixels for one of the screen."""
        image = QImage(self.view.size() * scale, QImage.Format.Format_RGB32)
        painter = QPainter(image)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        self.view.render(painter)
        painter.end()
        buffer = QBuffer()
        buffer.open(QBuffer.OpenModeFlag.WriteOnly)
        image.save(buffer, "PNG")  # type: ignore[call-overload]
        return bytes(buffer.data().data())

    def drawing(self) -> bytes:
        """As SVG."""
        buffer = QBuffer()
        buffer.open(QBuffer.OpenModeFlag.WriteOnly)
        generator = QSvgGenerator()
        generator.setOutputDevice(buffer)
        generator.setTitle(plot_title(self.kind.key))
        generator.setSize(self.view.size())
        generator.setViewBox(self.view.rect())
        painter = QPainter(generator)
        self.view.render(painter)
        painter.end()
        return bytes(buffer.data().data())

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() == QEvent.Type.PaletteChange and hasattr(self, "_cross"):
            self._take_colours()

    def _item(self) -> Any:
        item = pg.PlotCurveItem(connect="finite", antialias=False)
        # Its faster way of drawing hands Qt memory of numpy's.
        item.setSegmentedLineMode("off")
        return item

    def _points(self, x: Any, y: Any) -> tuple[Any, Any]:
        """What is drawn of a line: a single point as a dash, and on a logarithmic axis the logarithms."""
        if len(x) == 1:
            low, high = self._box.viewRange()[0]
            reach = 0.008 * (high - low)
            x, y = np.array([x[0] - reach, x[0] + reach]), np.array([y[0], y[0]])
        if self._log:
            y = np.log10(np.where(y > 0, y, np.nan))
        return x, y

    def _colour(self, line: Line) -> QColor:
        several = len(self._runs) > 1
        palette = self._runs[line.run].data.palette if line.run < len(self._runs) else ()
        dark = self.palette().color(QPalette.ColorRole.Base).lightness() < 128
        if line.name.startswith("IoU/") and not several and line.number < len(palette):
            red, green, blue = palette[line.number]
            colour = QColor(red, green, blue)
            # Black and white classes must be seen on either ground.
            light = colour.lightness()
            return (
                colour.lighter(150 + 100 * (light < 20))
                if dark and light < 90
                else (colour.darker(160) if not dark and light > 190 else colour)
            )
        return line_colour(line.run if several else line.number, dark=dark)

    def _pen_lines(self) -> None:
        several = len(self._runs) > 1
        for line, (rough, smooth) in zip(self._lines, self._items, strict=False):
            colour = self._colour(line)
            style = Qt.PenStyle.DashLine if several and line.number > 1 else Qt.PenStyle.SolidLine
            faint = QColor(colour)
            faint.setAlpha(80 if line.smooth is not None else 255)
            rough.setPen(pg.mkPen(faint, width=1, style=style))
            smooth.setPen(pg.mkPen(colour, width=1, style=style))

    def _take_colours(self) -> None:
        palette, role = self.palette(), QPalette.ColorRole
        self.view.setBackground(palette.color(role.Base))
        quiet = palette.color(role.PlaceholderText)
        for side in ("left", "bottom"):
            axis = self.view.getPlotItem().getAxis(side)
            axis.setPen(pg.mkPen(palette.color(role.Mid)))
            axis.setTextPen(quiet)
        grid = 40
        self.view.showGrid(x=True, y=True, alpha=grid / 255)
        self._cross.setPen(pg.mkPen(quiet, width=1, style=Qt.PenStyle.DotLine))
        self._pen_lines()
        self._tell(self._at)

    def _moved(self, arguments: tuple[QPointF]) -> None:
        position = arguments[0]
        inside = self.view.getPlotItem().sceneBoundingRect().contains(position)
        self.hovered.emit(float(self._box.mapSceneToView(position).x()) if inside else None)

    def leaveEvent(self, event: QEvent) -> None:
        super().leaveEvent(event)
        self.hovered.emit(None)

    def _tell(self, x: float | None) -> None:
        words = []
        for line in self._lines[:_MOST_NAMED]:
            value = self._value(line, x)
            name = line.label
            if len(self._runs) > 1 and line.run < len(self._runs):
                name = f"{self._runs[line.run].name} {name}".strip()
            text = "–" if value is None else f"{value:.{self.kind.digits}g}"
            words.append(
                f'<span style="color:{self._colour(line).name()}">■</span>&nbsp;{_escaped(name)} <b>{text}</b>'
            )
        if len(self._lines) > _MOST_NAMED:
            words.append(self.tr("and {n} more").format(n=len(self._lines) - _MOST_NAMED))
        self.values.setText("&ensp; ".join(words))

    def _value(self, line: Line, x: float | None) -> float | None:
        if not len(line.curve):
            return None
        step = math.inf if x is None else x
        if x is not None and self._look.hours:
            place = (
                int(np.searchsorted(line.curve.times, self._runs[line.run].data.first_time + x * 3600.0, side="right"))
                - 1
            )
            if place < 0:
                return None
            step = float(line.curve.steps[place])
        value = line.curve.at(step)
        return None if value is None else value * self.kind.factor


def _escaped(text: str) -> str:
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(" ", "&nbsp;")
