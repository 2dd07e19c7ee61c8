"""Settings: one row for each setting of the schema that has a page, with its help and a way back to its default."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from PySide6.QtCore import QCoreApplication, QSignalBlocker, QSize, Qt
from PySide6.QtGui import QWheelEvent
from PySide6.QtWidgets import (
    QCheckBox,
    QComboBox,
    QDialog,
    QDoubleSpinBox,
    QFrame,
    QGridLayout,
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QPushButton,
    QScrollArea,
    QSpinBox,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from app.services.settings import SCHEMA, Setting, Settings, SettingValue
from app.shell.fonts import sized
from app.shell.icons import icon

_CONTROL_WIDTH: Final = 220


def translated(text: str) -> str:
    """A text of the schema in the window's language."""
    return QCoreApplication.translate("Settings", text) if text else ""


class SettingRow(QWidget):
    """Title, control, way back and help of one setting; follows the setting whoever changes it."""

    def __init__(self, setting: Setting, settings: Settings, parent: QWidget) -> None:
        super().__init__(parent)
        self.setting = setting
        self._settings = settings
        title = QLabel(translated(setting.title), self)
        help_text = translated(setting.help)
        if setting.from_next_start:
            help_text += " " + self.tr("Takes effect at the next start.")
        self.help = QLabel(help_text, self)
        self.help.setWordWrap(True)
        self.help.setProperty("quiet", True)
        self.help.setFont(sized(self.help.font(), 0.94))
        self.control, self._show = self._made()
        self.control.setAccessibleName(translated(setting.title))
        self.control.setAccessibleDescription(help_text)
        title.setBuddy(self.control)
        self.back = QToolButton(self)
        self.back.setIcon(icon("restore"))
        self.back.setIconSize(QSize(16, 16))
        self.back.setToolTip(self.tr("Back to the default: %1").replace("%1", self._shown_default()))
        self.back.setAccessibleName(self.tr("Reset “%1”").replace("%1", translated(setting.title)))
        self.back.clicked.connect(lambda: settings.set(setting.name, setting.default))
        policy = self.back.sizePolicy()
        policy.setRetainSizeWhenHidden(True)
        self.back.setSizePolicy(policy)
        grid = QGridLayout(self)
        grid.setContentsMargins(0, 0, 0, 0)
        grid.setHorizontalSpacing(8)
        grid.setVerticalSpacing(3)
        grid.setColumnStretch(0, 1)
        grid.addWidget(title, 0, 0)
        grid.addWidget(self.control, 0, 1)
        grid.addWidget(self.back, 0, 2)
        grid.addWidget(self.help, 1, 0, 1, 2)
        settings.changed.connect(self._follow)
        self._follow(setting.name)

    def _follow(self, name: str) -> None:
        if name == self.setting.name:
            value = self._settings.get(name)
            with QSignalBlocker(self.control):
                self._show(value)
            self.back.setVisible(value != self.setting.default)

    def _choose(self, value: SettingValue) -> None:
        self._settings.set(self.setting.name, value)

    def _made(self) -> tuple[QWidget, Callable[[SettingValue], None]]:
        """The control, and what shows a value in it."""
        setting = self.setting
        if setting.choices:
            return self._combo()
        match setting.default:
            case bool():
                check = QCheckBox(self)
                check.toggled.connect(self._choose)
                return check, lambda value: check.setChecked(bool(value))
            case int():
                whole = _Whole(self)
                whole.setRange(int(setting.minimum or 0), int(setting.maximum or 2**31 - 1))
                whole.setSuffix(f" {setting.unit}" if setting.unit else "")
                whole.setFixedWidth(_CONTROL_WIDTH)
                whole.setKeyboardTracking(False)
                whole.valueChanged.connect(self._choose)
                return whole, lambda value: whole.setValue(int(str(value)))
            case float():
                number = QDoubleSpinBox(self)
                number.setRange(setting.minimum or 0.0, 1e9 if setting.maximum is None else setting.maximum)
                number.setFixedWidth(_CONTROL_WIDTH)
                number.setKeyboardTracking(False)
                number.valueChanged.connect(self._choose)
                return number, lambda value: number.setValue(float(str(value)))
            case _:
                text = QLineEdit(self)
                text.setFixedWidth(_CONTROL_WIDTH)
                text.editingFinished.connect(lambda: self._choose(text.text()))
                return text, lambda value: text.setText(str(value))

    def _combo(self) -> tuple[QWidget, Callable[[SettingValue], None]]:
        setting = self.setting
        combo = _Combo(self)
        combo.setFixedWidth(_CONTROL_WIDTH)
        for value, title in zip(setting.choices, setting.choice_titles or map(str, setting.choices), strict=True):
            combo.addItem(translated(title), value)
        combo.currentIndexChanged.connect(lambda: self._choose(combo.currentData()))

        def show(value: SettingValue) -> None:
            if combo.findData(value) < 0:  # written into the file by hand
                combo.addItem(str(value), value)
            combo.setCurrentIndex(combo.findData(value))

        return combo, show

    def _shown_default(self) -> str:
        setting = self.setting
        if setting.choices and setting.choice_titles:
            titles = dict(zip(setting.choices, setting.choice_titles, strict=True))
            return translated(titles[setting.default])  # type: ignore[index]
        if isinstance(setting.default, bytes):
            return ""
        if isinstance(setting.default, bool):
            return self.tr("on") if setting.default else self.tr("off")
        return f"{setting.default!s} {setting.unit}".strip()


class SettingsDialog(QDialog):
    """Changes take effect and are remembered at once; the dialog may stay open beside the work."""

    def __init__(self, settings: Settings, parent: QWidget) -> None:
        super().__init__(parent)
        self.setWindowTitle(self.tr("Settings"))
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.rows: dict[str, SettingRow] = {}
        body = QWidget(self)
        body.setObjectName("panelBody")
        column = QVBoxLayout(body)
        column.setContentsMargins(24, 20, 24, 20)
        column.setSpacing(14)
        page = ""
        # Settings of one page need not stand together in the schema.
        pages = list(dict.fromkeys(setting.page for setting in SCHEMA if setting.page))
        for setting in sorted((one for one in SCHEMA if one.page), key=lambda one: pages.index(one.page)):
            if setting.page != page:
                if page:
                    column.addWidget(_hairline(body))
                page = setting.page
                heading = QLabel(translated(page), body)
                heading.setFont(sized(heading.font(), 1.1, bold=True))
                column.addWidget(heading)
            row = SettingRow(setting, settings, body)
            self.rows[setting.name] = row
            column.addWidget(row)
        column.addStretch(1)
        scroll = QScrollArea(self)
        scroll.setWidget(body)
        scroll.setWidgetResizable(True)
        scroll.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        scroll.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        where = QLabel(str(settings.path), self)
        where.setProperty("quiet", True)
        where.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        where.setToolTip(self.tr("The file in which settings are kept"))
        close = QPushButton(self.tr("Close"), self)
        close.setDefault(True)
        close.clicked.connect(self.accept)
        buttons = QHBoxLayout()
        buttons.setContentsMargins(24, 10, 20, 14)
        buttons.addWidget(where, 1)
        buttons.addWidget(close)
        whole = QVBoxLayout(self)
        whole.setContentsMargins(0, 0, 0, 0)
        whole.setSpacing(0)
        whole.addWidget(scroll, 1)
        whole.addWidget(_hairline(self))
        whole.addLayout(buttons)
        room = parent.window().height() - 60
        self.resize(600, min(body.sizeHint().height() + 80, max(420, room)))


class _Combo(QComboBox):
    """The wheel scrolls the dialog, it does not change settings on the way."""

    def wheelEvent(self, event: QWheelEvent) -> None:
        event.ignore()


class _Whole(QSpinBox):
    def wheelEvent(self, event: QWheelEvent) -> None:
        event.ignore()


def _hairline(parent: QWidget) -> QFrame:
    line = QFrame(parent)
    line.setProperty("hairline", True)
    return line
