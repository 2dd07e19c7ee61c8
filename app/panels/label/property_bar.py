"""What the chosen tool can be set to, in one line above the canvas."""

from __future__ import annotations

from PySide6.QtCore import QRectF, QSignalBlocker, QSize, Qt
from PySide6.QtGui import QColor, QPainter, QPaintEvent, QPalette, QPen
from PySide6.QtWidgets import QHBoxLayout, QLabel, QSizePolicy, QSlider, QToolButton, QWidget

from app.label.model import LabelModel
from app.label.tool_state import SIZES, ToolSettings
from app.label.views import ProjectView, ToolKind
from app.shell.actions import ActionRegistry, plain_text
from app.shell.fonts import figures
from engine.cascade.result import IGNORE

_BRUSHES = frozenset({ToolKind.BRUSH, ToolKind.ERASER, ToolKind.SUPERPIXELS})
_PAINTS = frozenset(ToolKind) - {ToolKind.ERASER, ToolKind.PICKER, ToolKind.LOOK_AGAIN}


class ClassChip(QWidget):
    """The class in the hand, and behind it the one that X brings back."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._front = self._back = QColor(0, 0, 0)
        self._hatched = (False, False)
        self.setFixedSize(30, 24)

    def show_classes(self, front: QColor | None, back: QColor | None) -> None:
        """None = ignore, drawn as an empty box with a stroke through it."""
        self._hatched = front is None, back is None
        self._front, self._back = front or QColor(0, 0, 0, 0), back or QColor(0, 0, 0, 0)
        self.update()

    def paintEvent(self, _event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        edge = self.palette().color(QPalette.ColorRole.Light)
        for box, colour, hatched in (
            (QRectF(12, 8, 16, 15), self._back, self._hatched[1]),
            (QRectF(1.5, 1.5, 18, 17), self._front, self._hatched[0]),
        ):
            painter.setPen(QPen(edge, 1))
            painter.setBrush(self.palette().color(QPalette.ColorRole.Base) if hatched else colour)
            painter.drawRoundedRect(box, 4, 4)
            if hatched:
                painter.setPen(QPen(self.palette().color(QPalette.ColorRole.PlaceholderText), 1.2))
                painter.drawLine(box.bottomLeft(), box.topRight())
        painter.end()


class ElidedLabel(QWidget):
    """Quiet words that end in an ellipsis where there is no room; the tool tip has them whole."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self._text = ""
        self.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)

    def text(self) -> str:
        return self._text

    def setText(self, text: str) -> None:
        self._text = text
        self.setToolTip(text)
        self.setAccessibleName(text)
        self.update()

    def paintEvent(self, _event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setPen(self.palette().color(QPalette.ColorRole.PlaceholderText))
        text = self.fontMetrics().elidedText(self._text, Qt.TextElideMode.ElideRight, self.width())
        if text != "…":
            painter.drawText(self.rect(), Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft, text)
        painter.end()


class PropertyBar(QWidget):
    """Shows the tool state and changes it."""

    def __init__(self, model: LabelModel, actions: ActionRegistry, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("propertyBar")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self.setAccessibleName(self.tr("Settings of the tool"))
        self._model = model
        self._view: ProjectView | None = None
        self.tool = QLabel(self)
        self.tool.setProperty("heading", True)
        self.chip = ClassChip(self)
        self.name = QLabel(self)
        self.name.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)
        self.name.setMinimumWidth(70)
        self.size_slider = self._slider(*SIZES, self.tr("Brush size"), self.tr("Size of the brush in pixels ([ and ])"))
        self.size_slider.valueChanged.connect(lambda value: model.tools.set(size=value))
        self.tip = QToolButton(self)
        self.tip.setText(self.tr("Square"))
        self.tip.setCheckable(True)
        self.tip.setToolTip(self.tr("A square tip in place of a round one"))
        self.tip.toggled.connect(lambda square: model.tools.set(tip="square" if square else "round"))
        self.tolerance = self._slider(0, 128, self.tr("Tolerance"), self.tr("How far colours may differ"))
        self.tolerance.valueChanged.connect(lambda value: model.tools.set(tolerance=value))
        self.cell = self._slider(6, 64, self.tr("Superpixel size"), self.tr("Side of a superpixel in pixels"))
        self.cell.valueChanged.connect(lambda value: model.tools.set(cell=value))
        self.contiguous = QToolButton(self)
        self.contiguous.setText(self.tr("Connected only"))
        self.contiguous.setCheckable(True)
        self.contiguous.setToolTip(self.tr("Take only what hangs together with the pixel that is clicked"))
        self.contiguous.toggled.connect(lambda on: model.tools.set(contiguous=on))
        self.hint = ElidedLabel(self)
        self._numbers: dict[QSlider, QLabel] = {}
        line = QHBoxLayout(self)
        line.setContentsMargins(12, 4, 8, 4)
        line.setSpacing(8)
        line.addWidget(self.tool)
        line.addWidget(self.chip)
        line.addWidget(self.name, 1)
        self._groups = {
            "size": self._with_number(line, self.size_slider, self.tr("Size")),
            "cell": self._with_number(line, self.cell, self.tr("Cell")),
            "tolerance": self._with_number(line, self.tolerance, self.tr("Tolerance")),
        }
        line.addWidget(self.tip)
        line.addWidget(self.contiguous)
        line.addWidget(self.hint, 3)
        for action_id in ("label.keep_human", "label.undecided_only"):
            button = QToolButton(self)
            button.setDefaultAction(actions[action_id])
            button.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
            button.setIconSize(QSize(16, 16))
            button.setText(plain_text(actions[action_id].iconText()))
            button.setFocusPolicy(Qt.FocusPolicy.TabFocus)
            line.addWidget(button)
        self.setFixedHeight(40)
        model.tools.changed.connect(self._take)
        model.project.changed.connect(self._take_project)
        self._take_project(model.view)

    def _slider(self, low: int, high: int, name: str, help_text: str) -> QSlider:
        slider = QSlider(Qt.Orientation.Horizontal, self)
        slider.setRange(low, high)
        slider.setFixedWidth(76)
        slider.setAccessibleName(name)
        slider.setToolTip(help_text)
        return slider

    def _with_number(self, line: QHBoxLayout, slider: QSlider, text: str) -> tuple[QWidget, ...]:
        label, number = QLabel(text, self), QLabel(self)
        label.setProperty("quiet", True)
        label.setBuddy(slider)
        number.setFont(figures(number.font()))
        number.setFixedWidth(number.fontMetrics().horizontalAdvance("512") + 4)
        slider.valueChanged.connect(lambda value: number.setText(str(value)))
        number.setText(str(slider.value()))
        for widget in (label, slider, number):
            line.addWidget(widget)
        return label, slider, number

    def _take_project(self, view: ProjectView | None) -> None:
        self._view = view
        self._take(self._model.tools.settings)

    def _take(self, settings: ToolSettings) -> None:
        kind = settings.kind
        self.tool.setText(self._tool_name(kind))
        paints = kind in _PAINTS
        self.chip.setVisible(paints)
        self.chip.show_classes(self._colour(settings.label), self._colour(settings.other))
        self.name.setText(self._class_name(settings.label) if paints else "")
        self.name.setToolTip(self.name.text())
        for slider, value in (
            (self.size_slider, settings.size),
            (self.tolerance, settings.tolerance),
            (self.cell, settings.cell),
        ):
            with QSignalBlocker(slider):
                slider.setValue(value)
        for name, number in (("size", settings.size), ("tolerance", settings.tolerance), ("cell", settings.cell)):
            label = self._groups[name][2]
            assert isinstance(label, QLabel)
            label.setText(str(number))
        with QSignalBlocker(self.tip):
            self.tip.setChecked(settings.tip == "square")
        with QSignalBlocker(self.contiguous):
            self.contiguous.setChecked(settings.contiguous)
        self._show("size", kind in _BRUSHES)
        self._show("cell", kind is ToolKind.SUPERPIXELS)
        self._show("tolerance", kind is ToolKind.WAND)
        self.tip.setVisible(kind in (ToolKind.BRUSH, ToolKind.ERASER))
        self.contiguous.setVisible(kind is ToolKind.WAND)
        self.hint.setText(self._hint(kind))

    def _show(self, name: str, visible: bool) -> None:
        for widget in self._groups[name]:
            widget.setVisible(visible)

    def _colour(self, label: int) -> QColor | None:
        classes = () if self._view is None else self._view.classes
        return next((QColor(*one.colour) for one in classes if one.id == label), None)

    def _class_name(self, label: int) -> str:
        if label == IGNORE:
            return self.tr("ignore")
        classes = () if self._view is None else self._view.classes
        return next((one.name for one in classes if one.id == label), "")

    def _tool_name(self, kind: ToolKind) -> str:
        return {
            ToolKind.BRUSH: self.tr("Brush"),
            ToolKind.ERASER: self.tr("Eraser"),
            ToolKind.POLYGON: self.tr("Polygon"),
            ToolKind.LASSO: self.tr("Lasso"),
            ToolKind.RECTANGLE: self.tr("Rectangle"),
            ToolKind.FILL: self.tr("Fill"),
            ToolKind.WAND: self.tr("Magic wand"),
            ToolKind.SCISSORS: self.tr("Scissors"),
            ToolKind.GRABCUT: self.tr("Cut out"),
            ToolKind.SUPERPIXELS: self.tr("Superpixels"),
            ToolKind.PICKER: self.tr("Picker"),
            ToolKind.LOOK_AGAIN: self.tr("Look again"),
        }[kind]

    def _hint(self, kind: ToolKind) -> str:
        return {
            ToolKind.BRUSH: self.tr("Shift: straight line"),
            ToolKind.ERASER: self.tr("makes pixels undecided"),
            ToolKind.POLYGON: self.tr("click corners; Enter closes, Backspace takes one back"),
            ToolKind.LASSO: self.tr("draw around it"),
            ToolKind.RECTANGLE: self.tr("drag a box"),
            ToolKind.FILL: self.tr("click pixels of one label"),
            ToolKind.SCISSORS: self.tr("click along an edge; Enter closes"),
            ToolKind.GRABCUT: self.tr("drag a box around a thing"),
            ToolKind.PICKER: self.tr("click to take a class in the hand"),
            ToolKind.LOOK_AGAIN: self.tr("drag a box; the model looks at it alone, larger"),
        }.get(kind, "")
