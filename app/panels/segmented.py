"""A row of choices of which exactly one is taken."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from PySide6.QtCore import QRectF, QSize, Qt, Signal
from PySide6.QtGui import QFontMetrics, QPainter, QPaintEvent, QPalette, QPen
from PySide6.QtWidgets import QAbstractButton, QButtonGroup, QHBoxLayout, QSizePolicy, QWidget

from app.shell.actions import ActionRegistry, shown_keys
from app.shell.fonts import sized

_RADIUS = 6.0


@dataclass(frozen=True)
class Choice:
    """value is what `chosen` emits, text what people read, help the tool tip."""

    value: str
    text: str
    help: str = ""


class _Segment(QAbstractButton):
    def __init__(self, choice: Choice, parent: QWidget) -> None:
        super().__init__(parent)
        self.setText(choice.text)
        self.setToolTip(choice.help or choice.text)
        self.setAccessibleName(choice.text)
        self.setAccessibleDescription(choice.help)
        self.setCheckable(True)
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.setAttribute(Qt.WidgetAttribute.WA_Hover)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)

    def sizeHint(self) -> QSize:
        metrics = QFontMetrics(sized(self.font(), 0.94))
        return QSize(metrics.horizontalAdvance(self.text()) + 14, metrics.height() + 10)

    def minimumSizeHint(self) -> QSize:
        return QSize(24, self.sizeHint().height())

    def paintEvent(self, _event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        palette, role = self.palette(), QPalette.ColorRole
        box = QRectF(self.rect()).adjusted(2, 2, -2, -2)
        group = QPalette.ColorGroup.Active if self.isEnabled() else QPalette.ColorGroup.Disabled
        if self.isChecked():
            painter.setPen(QPen(palette.color(role.Light), 1))
            painter.setBrush(palette.color(role.Base))
            painter.drawRoundedRect(box.adjusted(0.5, 0.5, -0.5, -0.5), _RADIUS - 2, _RADIUS - 2)
        elif self.underMouse() and self.isEnabled():
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(palette.color(role.Shadow))
            painter.drawRoundedRect(box, _RADIUS - 2, _RADIUS - 2)
        if self.hasFocus():
            painter.setPen(QPen(palette.color(role.Accent), 1.5))
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.drawRoundedRect(box.adjusted(0.5, 0.5, -0.5, -0.5), _RADIUS - 2, _RADIUS - 2)
        font = sized(self.font(), 0.94, bold=self.isChecked())
        painter.setFont(font)
        text_role = role.WindowText if self.isChecked() or not self.isEnabled() else role.PlaceholderText
        painter.setPen(palette.color(group, text_role))
        text = QFontMetrics(font).elidedText(self.text(), Qt.TextElideMode.ElideRight, self.width() - 8)
        painter.drawText(self.rect(), Qt.AlignmentFlag.AlignCenter, text)
        painter.end()


class SegmentedControl(QWidget):
    """Signals: chosen(str) - the value of the choice that a person took."""

    chosen = Signal(str)

    def __init__(self, choices: Sequence[Choice], *, name: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setAccessibleName(name)
        self._values = [choice.value for choice in choices]
        self._group = QButtonGroup(self)
        self._group.setExclusive(True)
        layout = QHBoxLayout(self)
        layout.setContentsMargins(1, 1, 1, 1)
        layout.setSpacing(0)
        for number, choice in enumerate(choices):
            segment = _Segment(choice, self)
            self._group.addButton(segment, number)
            # Wider words get wider segments, so that none is cut while another has room to spare.
            layout.addWidget(segment, segment.sizeHint().width())
        self._group.button(0).setChecked(True)
        self._group.idClicked.connect(lambda number: self.chosen.emit(self._values[number]))

    @property
    def value(self) -> str:
        return self._values[self._group.checkedId()]

    def set_value(self, value: str) -> None:
        """Shows a choice without emitting `chosen`."""
        self._group.button(self._values.index(value)).setChecked(True)

    def follow_keys(self, actions: ActionRegistry, action_id: str) -> None:
        """The tool tips name the keys that an action has: the one that goes to the next choice."""

        def tell() -> None:
            keys = ", ".join(shown_keys(actions.keys(action_id)))
            for segment in self._group.buttons():
                text = segment.accessibleDescription() or segment.text()
                segment.setToolTip(f"{text} ({keys})" if keys else text)

        actions.keysChanged.connect(tell)
        tell()

    def segment(self, value: str) -> QAbstractButton:
        return self._group.button(self._values.index(value))

    def paintEvent(self, _event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(self.palette().color(QPalette.ColorRole.Midlight))
        painter.drawRoundedRect(QRectF(self.rect()), _RADIUS, _RADIUS)
        painter.end()
