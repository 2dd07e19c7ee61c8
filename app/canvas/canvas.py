"""The canvas: a photo, a map over it, and the person's hand on both."""

from __future__ import annotations

import math
from collections.abc import Callable

from PySide6.QtCore import (
    QEasingCurve,
    QEvent,
    QPointF,
    QRect,
    QRectF,
    QSize,
    Qt,
    QVariantAnimation,
    Signal,
)
from PySide6.QtGui import (
    QFocusEvent,
    QKeyEvent,
    QMouseEvent,
    QNativeGestureEvent,
    QPainter,
    QPaintEvent,
    QPalette,
    QResizeEvent,
    QTabletEvent,
    QWheelEvent,
)
from PySide6.QtWidgets import QSizePolicy, QWidget

from app.canvas.layers import Layer, PhotoLayer
from app.canvas.tool import CanvasTool, Pointer
from app.canvas.viewport import Viewport

# One notch of a usual wheel turns 120 eighths of a degree; it should feel like a step, not a jump.
_ZOOM_PER_NOTCH = 1.25
_ZOOM_MILLISECONDS = 130
_FADE_MILLISECONDS = 180
_PAN_STEP = 64.0
# Around a place that is shown: its surroundings are what tells a person what it is.
_SURROUNDINGS = 1.8
_LEAST_SHOWN = 160.0


class Canvas(QWidget):
    """Shows one photo with a map over it; zooms about the cursor, pans, fits, and tells where the cursor is.

    Signals:
        hovered(object): (column, row) of the photo under the cursor, None when it leaves the photo.
        zoomChanged(float): device pixels per image pixel, 1.0 = 100 %.
        peekChanged(bool): the photo is shown bare.
    """

    hovered = Signal(object)
    zoomChanged = Signal(float)
    peekChanged = Signal(bool)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("canvas")
        self.setAccessibleName(self.tr("Canvas"))
        self.setAccessibleDescription(self.tr("The photo with a map over it. The wheel zooms, dragging pans."))
        self.setMouseTracking(True)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self.setAttribute(Qt.WidgetAttribute.WA_OpaquePaintEvent)
        self._photo: PhotoLayer | None = None
        self._overlay: Layer | None = None
        self._leaving: Layer | None = None
        self._view: Viewport | None = None
        self._opacity = 0.6
        self._peek = False
        self._space_held = False
        self._tabbed_to = False
        self._drag_from: QPointF | None = None
        self._tool: CanvasTool | None = None
        self._tool_down = False
        self._pressure = 1.0
        self._marks: Callable[[QPainter, Viewport], None] | None = None
        self._zoom_about: tuple[float, float] | None = None
        self._zoom_target = 0.0

        self._fade = QVariantAnimation(self)
        self._fade.setDuration(_FADE_MILLISECONDS)
        self._fade.setStartValue(0.0)
        self._fade.setEndValue(1.0)
        self._fade.setEasingCurve(QEasingCurve.Type.InOutQuad)
        self._fade.valueChanged.connect(lambda _value: self.update())
        self._fade.finished.connect(self._forget_leaving)

        self._zoom = QVariantAnimation(self)
        self._zoom.setDuration(_ZOOM_MILLISECONDS)
        self._zoom.setEasingCurve(QEasingCurve.Type.OutCubic)
        self._zoom.valueChanged.connect(self._zoom_frame)

    # What is shown

    @property
    def view(self) -> Viewport | None:
        return self._view

    @property
    def overlay(self) -> Layer | None:
        return self._overlay

    @property
    def photo(self) -> PhotoLayer | None:
        return self._photo

    @property
    def tool(self) -> CanvasTool | None:
        return self._tool

    @property
    def opacity(self) -> float:
        return self._opacity

    @property
    def peeking(self) -> bool:
        return self._peek

    def set_photo(self, photo: PhotoLayer | None) -> None:
        """Puts another photo on the canvas, fitted, without a map."""
        self._zoom.stop()
        if self._tool is not None:
            self._tool.put_down()
        self._tool_down = False
        self._photo = photo
        self._overlay = None
        self._forget_leaving()
        if photo is None:
            self._view = None
        else:
            width, height = photo.size
            self._view = Viewport(
                width, height, max(1, self.width()), max(1, self.height()), pixel_ratio=self.devicePixelRatioF()
            ).fit()
            self.zoomChanged.emit(self._view.device_scale)
        self.hovered.emit(None)
        self.update()

    def set_overlay(self, overlay: Layer | None, *, fade: bool) -> None:
        """Changes the map: at once while the person drags, in a short cross-fade when an answer arrives."""
        self._fade.stop()
        self._leaving = self._overlay if fade else None
        self._overlay = overlay
        if fade:
            self._fade.start()
        self.update()

    def set_opacity(self, opacity: float) -> None:
        self._opacity = min(max(opacity, 0.0), 1.0)
        self.update()

    def set_peek(self, peek: bool) -> None:
        if peek != self._peek:
            self._peek = peek
            self.peekChanged.emit(peek)
            self.update()

    # Tools

    def set_tool(self, tool: CanvasTool | None) -> None:
        """The left button is the tool's from now on; None gives it back to panning."""
        if tool is self._tool:
            return
        if self._tool is not None:
            self._tool.put_down()
        self._tool, self._tool_down = tool, False
        self._show_cursor()
        self.update()

    def set_marks(self, paint: Callable[[QPainter, Viewport], None] | None) -> None:
        """Something drawn over the map in view coordinates, such as the outline of what is looked at."""
        self._marks = paint
        self.update()

    def update_image(self, left: float, top: float, right: float, bottom: float, *, margin: int = 3) -> None:
        """Paint a part of the photo anew, given in its pixels: what a brush has touched, and nothing else."""
        if self._view is None:
            return
        x0, y0 = self._view.to_view(left, top)
        x1, y1 = self._view.to_view(right, bottom)
        box = QRectF(x0, y0, x1 - x0, y1 - y0).toAlignedRect()
        self.update(box.adjusted(-margin, -margin, margin, margin).intersected(self.rect()))

    def update_view(self, box: QRect) -> None:
        """Paint a part of the view anew."""
        self.update(box.intersected(self.rect()))

    # Zoom and pan

    def show_part(self, left: float, top: float, right: float, bottom: float) -> None:
        """Zooms so that a part of the photo, given in its pixels, stands in the middle with its surroundings."""
        if self._view is None:
            return
        self._zoom.stop()
        wide = max((right - left) * (1 + _SURROUNDINGS), _LEAST_SHOWN)
        high = max((bottom - top) * (1 + _SURROUNDINGS), _LEAST_SHOWN)
        view = self._view
        scale = min(view.view_width / wide, view.view_height / high)
        view = view.zoomed_to(max(scale, view.fit_scale))
        x, y = view.to_view((left + right) / 2, (top + bottom) / 2)
        self._set_view(view.panned(view.view_width / 2 - x, view.view_height / 2 - y))

    def fit(self) -> None:
        if self._view is not None:
            self._zoom.stop()
            self._set_view(self._view.fit())

    def actual_size(self) -> None:
        if self._view is not None:
            self._zoom.stop()
            self._set_view(self._view.actual_size())

    def zoom_in(self) -> None:
        self.zoom_by(_ZOOM_PER_NOTCH**2)

    def zoom_out(self) -> None:
        self.zoom_by(_ZOOM_PER_NOTCH**-2)

    def zoom_by(self, factor: float, *, about: QPointF | None = None) -> None:
        """Glides to the new scale; notches that arrive on the way add up."""
        if self._view is None:
            return
        running = self._zoom.state() == QVariantAnimation.State.Running
        start = self._zoom_target if running else self._view.scale
        self._zoom_about = None if about is None else (about.x(), about.y())
        self._zoom_target = self._view.zoomed_to(start * factor, about=self._zoom_about).scale
        self._zoom.stop()
        self._zoom.setStartValue(math.log(self._view.scale))
        self._zoom.setEndValue(math.log(self._zoom_target))
        self._zoom.start()

    def pan(self, right: float, down: float) -> None:
        """Moves the photo by logical pixels of the view."""
        if self._view is not None:
            self._set_view(self._view.panned(right, down))

    def hold_space(self, held: bool) -> None:
        """While Space is held the left button pans whatever tool is chosen."""
        self._space_held = held
        self._show_cursor()

    def _zoom_frame(self, log_scale: object) -> None:
        if self._view is not None and isinstance(log_scale, float):
            self._set_view(self._view.zoomed_to(math.exp(log_scale), about=self._zoom_about))

    def _set_view(self, view: Viewport) -> None:
        if view != self._view:
            changed = self._view is None or view.device_scale != self._view.device_scale
            self._view = view
            if changed:
                self.zoomChanged.emit(view.device_scale)
            self.update()

    def _forget_leaving(self) -> None:
        self._leaving = None

    def _show_cursor(self) -> None:
        if self._drag_from is not None:
            self.setCursor(Qt.CursorShape.ClosedHandCursor)
        elif self._space_held:
            self.setCursor(Qt.CursorShape.OpenHandCursor)
        elif self._tool is not None and self._photo is not None:
            self.setCursor(self._tool.cursor)
        else:
            self.setCursor(Qt.CursorShape.CrossCursor if self._photo is not None else Qt.CursorShape.ArrowCursor)

    # Qt's side

    def sizeHint(self) -> QSize:
        return QSize(800, 600)

    def minimumSizeHint(self) -> QSize:
        return QSize(240, 180)

    def paintEvent(self, _event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.fillRect(self.rect(), self.palette().color(QPalette.ColorRole.Dark))
        if self._photo is not None and self._view is not None:
            self._photo.draw(painter, self._view)
            if not self._peek:
                self._draw_overlay(painter, self._view)
            if self._marks is not None and not self._peek:
                self._marks(painter, self._view)
            if self._tool is not None:
                self._tool.paint(painter, self._view)
        if self._tabbed_to:
            painter.setPen(self.palette().color(QPalette.ColorRole.Accent))
            painter.drawRect(self.rect().adjusted(0, 0, -1, -1))
        painter.end()

    def _draw_overlay(self, painter: QPainter, view: Viewport) -> None:
        running = self._fade.state() == QVariantAnimation.State.Running
        done = float(self._fade.currentValue()) if running else 1.0
        if self._leaving is not None and done < 1.0:
            painter.setOpacity(self._opacity * (1.0 - done))
            self._leaving.draw(painter, view)
        if self._overlay is not None:
            painter.setOpacity(self._opacity * done)
            self._overlay.draw(painter, view)
        painter.setOpacity(1.0)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._take_size()

    def event(self, event: QEvent) -> bool:
        if event.type() == QEvent.Type.DevicePixelRatioChange:
            self._take_size()
        elif isinstance(event, QNativeGestureEvent):
            return self._pinch(event)
        return super().event(event)

    def _take_size(self) -> None:
        if self._view is not None and self.width() > 0 and self.height() > 0:
            self._zoom.stop()
            self._set_view(self._view.resized(self.width(), self.height(), pixel_ratio=self.devicePixelRatioF()))

    def _pinch(self, event: QNativeGestureEvent) -> bool:
        if event.gestureType() != Qt.NativeGestureType.ZoomNativeGesture or self._view is None:
            return False
        about = event.position()
        self._set_view(self._view.zoomed_to(self._view.scale * (1.0 + event.value()), about=(about.x(), about.y())))
        return True

    def wheelEvent(self, event: QWheelEvent) -> None:
        if self._view is None:
            return
        turn = event.angleDelta()
        if event.modifiers() & Qt.KeyboardModifier.ShiftModifier:
            # Some platforms turn the wheel sideways themselves while Shift is held.
            self._set_view(self._view.panned(turn.y() if turn.x() == 0 else turn.x(), 0.0))
        elif turn.y():
            self.zoom_by(_ZOOM_PER_NOTCH ** (turn.y() / 120.0), about=event.position())
        event.accept()

    def tabletEvent(self, event: QTabletEvent) -> None:
        # Qt sends a mouse event after one that is not accepted; only the pressure is taken from here.
        pressed = event.type() in (QEvent.Type.TabletPress, QEvent.Type.TabletMove)
        self._pressure = event.pressure() if pressed and event.pressure() > 0 else 1.0
        event.ignore()

    def _pointer(self, event: QMouseEvent, view: Viewport) -> Pointer:
        place = event.position()
        x, y = view.to_image(place.x(), place.y())
        return Pointer(x, y, place.x(), place.y(), self._pressure, event.modifiers())

    def mousePressEvent(self, event: QMouseEvent) -> None:
        tool, left = self._tool, event.button() == Qt.MouseButton.LeftButton
        if self._view is not None and tool is not None and left and not self._space_held:
            self._zoom.stop()
            self._tool_down = True
            tool.press(self._pointer(event, self._view))
            return
        if self._view is not None and event.button() in (Qt.MouseButton.MiddleButton, Qt.MouseButton.LeftButton):
            self._zoom.stop()
            self._drag_from = event.position()
            self._show_cursor()

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        if self._view is None:
            return
        place = event.position()
        if self._drag_from is not None:
            moved = place - self._drag_from
            self._drag_from = place
            self._set_view(self._view.panned(moved.x(), moved.y()))
        else:
            if self._tool is not None:
                self._tool.move(self._pointer(event, self._view), down=self._tool_down)
            self.hovered.emit(self._view.pixel_at(place.x(), place.y()))

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        if self._tool_down and event.button() == Qt.MouseButton.LeftButton:
            self._tool_down = False
            if self._tool is not None and self._view is not None:
                self._tool.release(self._pointer(event, self._view))
            self._pressure = 1.0
        self._drag_from = None
        self._show_cursor()

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        if self._view is None or event.button() != Qt.MouseButton.LeftButton:
            return
        if self._tool is not None and not self._space_held:
            self._tool_down = True
            self._tool.double_click(self._pointer(event, self._view))
            return
        if self._view.fitted:
            place = event.position()
            self._zoom.stop()
            self._set_view(self._view.actual_size((place.x(), place.y())))
        else:
            self.fit()

    def focusInEvent(self, event: QFocusEvent) -> None:
        # A frame for those who came by keyboard; after a click it would only disturb the picture.
        self._tabbed_to = event.reason() in (Qt.FocusReason.TabFocusReason, Qt.FocusReason.BacktabFocusReason)
        super().focusInEvent(event)

    def focusOutEvent(self, event: QFocusEvent) -> None:
        self._tabbed_to = False
        super().focusOutEvent(event)

    def leaveEvent(self, _event: QEvent) -> None:
        if self._tool is not None:
            self._tool.leave()
        self.hovered.emit(None)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        steps = {
            Qt.Key.Key_Left: (_PAN_STEP, 0.0),
            Qt.Key.Key_Right: (-_PAN_STEP, 0.0),
            Qt.Key.Key_Up: (0.0, _PAN_STEP),
            Qt.Key.Key_Down: (0.0, -_PAN_STEP),
        }
        step = steps.get(Qt.Key(event.key()))
        if step is None or self._view is None:
            super().keyPressEvent(event)
            return
        self._set_view(self._view.panned(*step))
