"""Light and dark: one palette each, a small style sheet made from it, and the controller that follows the system.

Widgets that paint themselves read palette roles and nothing else, so a theme switch needs no word from us. Beyond
their usual meaning the roles carry: `Dark` = the backdrop behind photographs, `Mid` = hairlines, `Light` = edges of
controls, `Midlight` = hovered and `Shadow` = pressed surface, `AlternateBase` = raised surface, `PlaceholderText` =
quiet text, `Accent` = the one accent colour.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from typing import Final

from PySide6.QtCore import QObject, Qt, Signal
from PySide6.QtGui import QColor, QPalette
from PySide6.QtWidgets import QApplication


@dataclass(frozen=True)
class Theme:
    """Colours of the chrome as #rrggbb. Class colours are data and never come from here."""

    name: str
    chrome: str
    field: str
    raised: str
    hover: str
    pressed: str
    backdrop: str
    line: str
    control_line: str
    text: str
    quiet: str
    disabled: str
    accent: str
    on_accent: str
    selection: str


LIGHT: Final = Theme(
    name="light",
    chrome="#f4f4f5",
    field="#ffffff",
    raised="#fbfbfb",
    hover="#e9e9eb",
    pressed="#dededf",
    backdrop="#e3e3e5",
    line="#dcdcde",
    control_line="#c6c6ca",
    text="#1c1c1f",
    quiet="#5f5f66",
    disabled="#a6a6ac",
    accent="#2b68d9",
    on_accent="#ffffff",
    selection="#dbe6fb",
)

DARK: Final = Theme(
    name="dark",
    chrome="#212123",
    field="#2a2a2d",
    raised="#29292c",
    hover="#333337",
    pressed="#3d3d42",
    backdrop="#151516",
    line="#343438",
    control_line="#4a4a50",
    text="#e9e9ec",
    quiet="#adadb5",
    disabled="#6a6a71",
    accent="#6ea3ff",
    on_accent="#0d1526",
    selection="#2c3f63",
)


class ThemeMode(Enum):
    """What the person chose under View > Theme."""

    SYSTEM = "system"
    LIGHT = "light"
    DARK = "dark"


def palette_of(theme: Theme) -> QPalette:
    """The QPalette that Fusion and our own painting read."""
    role = QPalette.ColorRole
    palette = QPalette()
    for target, colour in (
        (role.Window, theme.chrome),
        (role.WindowText, theme.text),
        (role.Base, theme.field),
        (role.AlternateBase, theme.raised),
        (role.Text, theme.text),
        (role.Button, theme.raised),
        (role.ButtonText, theme.text),
        (role.BrightText, theme.on_accent),
        (role.ToolTipBase, theme.raised),
        (role.ToolTipText, theme.text),
        (role.PlaceholderText, theme.quiet),
        (role.Highlight, theme.selection),
        (role.HighlightedText, theme.text),
        (role.Accent, theme.accent),
        (role.Link, theme.accent),
        (role.LinkVisited, theme.accent),
        (role.Light, theme.control_line),
        (role.Midlight, theme.hover),
        (role.Mid, theme.line),
        (role.Dark, theme.backdrop),
        (role.Shadow, theme.pressed),
    ):
        palette.setColor(target, QColor(colour))
    for target in (role.WindowText, role.Text, role.ButtonText, role.HighlightedText):
        palette.setColor(QPalette.ColorGroup.Disabled, target, QColor(theme.disabled))
    return palette


def style_sheet(theme: Theme) -> str:
    """Flat controls on hairlines; everything not named here is Fusion with our palette."""
    t = theme
    return f"""
    QMainWindow::separator {{ background: {t.line}; width: 1px; height: 1px; }}
    QMainWindow::separator:hover {{ background: {t.accent}; }}
    QMenuBar {{ background: {t.chrome}; border: 0; border-bottom: 1px solid {t.line}; padding: 2px 6px; }}
    QMenuBar::item {{ padding: 5px 10px; border-radius: 5px; background: transparent; color: {t.text}; }}
    QMenuBar::item:selected, QMenuBar::item:pressed {{ background: {t.hover}; }}
    QMenu {{ background: {t.raised}; border: 1px solid {t.control_line}; padding: 5px; }}
    QMenu::item {{ padding: 6px 28px 6px 10px; border-radius: 5px; color: {t.text}; }}
    QMenu::item:selected {{ background: {t.selection}; }}
    QMenu::item:disabled {{ color: {t.disabled}; }}
    QMenu::icon {{ padding-left: 8px; }}
    QMenu::separator {{ height: 1px; background: {t.line}; margin: 5px 8px; }}
    QToolTip {{ background: {t.raised}; color: {t.text}; border: 1px solid {t.control_line}; padding: 5px 7px; }}

    QPushButton {{ background: {t.raised}; border: 1px solid {t.control_line}; border-radius: 6px; padding: 6px 14px;
        color: {t.text}; }}
    QPushButton:hover {{ background: {t.hover}; }}
    QPushButton:pressed {{ background: {t.pressed}; }}
    QPushButton:disabled {{ color: {t.disabled}; border-color: {t.line}; }}
    QPushButton:focus {{ border-color: {t.accent}; }}
    QPushButton[primary="true"], QPushButton:default {{ background: {t.accent}; border-color: {t.accent};
        color: {t.on_accent}; }}
    QPushButton[primary="true"]:disabled {{ background: {t.hover}; border-color: {t.line}; color: {t.quiet}; }}
    QPushButton[primary="true"]:hover, QPushButton:default:hover {{ border-color: {t.text}; }}
    QToolButton {{ background: transparent; border: 1px solid transparent; border-radius: 5px; padding: 4px;
        color: {t.text}; }}
    QToolButton:hover {{ background: {t.hover}; }}
    QToolButton:pressed, QToolButton:checked {{ background: {t.pressed}; }}
    QToolButton:focus {{ border-color: {t.accent}; }}
    QToolButton:disabled {{ color: {t.disabled}; }}
    QToolButton::menu-indicator {{ image: none; width: 0; }}

    QLineEdit, QAbstractSpinBox {{ background: {t.field}; border: 1px solid {t.control_line}; border-radius: 5px;
        padding: 4px 7px; color: {t.text}; selection-background-color: {t.accent}; selection-color: {t.on_accent}; }}
    QLineEdit:focus, QAbstractSpinBox:focus {{ border-color: {t.accent}; }}
    QLineEdit:disabled, QAbstractSpinBox:disabled {{ color: {t.disabled}; border-color: {t.line}; }}

    QSlider::groove:horizontal {{ height: 3px; background: {t.control_line}; border-radius: 1px; }}
    QSlider::sub-page:horizontal {{ background: {t.quiet}; border-radius: 1px; }}
    QSlider::handle:horizontal {{ background: {t.field}; border: 2px solid {t.quiet}; width: 9px; height: 9px;
        margin: -5px 0; border-radius: 6px; }}
    QSlider::handle:horizontal:hover, QSlider::handle:horizontal:focus {{ border-color: {t.accent}; }}

    QListView, QTableView[longList="true"] {{ background: transparent; border: 0; outline: 0; }}
    QListWidget {{ background: {t.field}; border: 1px solid {t.line}; border-radius: 5px; }}
    QScrollArea {{ background: transparent; border: 0; }}
    QScrollArea > QWidget > QWidget#panelBody {{ background: transparent; }}
    QScrollBar:vertical {{ background: transparent; width: 11px; margin: 0; }}
    QScrollBar:horizontal {{ background: transparent; height: 11px; margin: 0; }}
    QScrollBar::handle {{ background: {t.control_line}; border-radius: 3px; margin: 2px 4px 2px 2px; }}
    QScrollBar::handle:vertical {{ min-height: 32px; }}
    QScrollBar::handle:horizontal {{ min-width: 32px; margin: 2px 2px 4px 2px; }}
    QScrollBar::handle:hover {{ background: {t.quiet}; }}
    QScrollBar::add-line, QScrollBar::sub-line {{ width: 0; height: 0; }}
    QScrollBar::add-page, QScrollBar::sub-page {{ background: transparent; }}

    QLabel[key="true"] {{ background: {t.field}; border: 1px solid {t.control_line}; border-radius: 4px;
        padding: 1px 6px; color: {t.text}; }}
    QLabel[quiet="true"] {{ color: {t.quiet}; }}
    QLabel[heading="true"] {{ color: {t.quiet}; font-weight: 600; }}
    QFrame[hairline="true"] {{ background: {t.line}; border: 0; max-height: 1px; min-height: 1px; }}
    QWidget#emptyState {{ background: {t.backdrop}; }}
    QWidget#statusBar {{ background: {t.chrome}; border-top: 1px solid {t.line}; }}
    QWidget#rail {{ background: {t.chrome}; border-right: 1px solid {t.line}; }}
    QWidget#canvasBar {{ background: {t.chrome}; border-top: 1px solid {t.line}; }}
    QWidget#propertyBar {{ background: {t.chrome}; border-bottom: 1px solid {t.line}; }}
    QWidget#toolStrip {{ background: {t.chrome}; border-right: 1px solid {t.line}; }}
    QLabel#notice {{ background: {t.selection}; color: {t.text}; border-bottom: 1px solid {t.line}; }}
    QWidget#problemBanner {{ background: {t.raised}; border-bottom: 1px solid {t.line}; }}
    QFrame#importPanel {{ background: {t.raised}; border: 1px solid {t.control_line}; border-radius: 8px; }}
    QPlainTextEdit {{ background: {t.field}; border: 1px solid {t.line}; border-radius: 5px; color: {t.text}; }}
    QWidget#stageStrip {{ background: {t.chrome}; border-bottom: 1px solid {t.line}; }}
    QProgressBar {{ background: {t.line}; border: 0; border-radius: 2px; max-height: 4px; min-height: 4px; }}
    QProgressBar::chunk {{ background: {t.accent}; border-radius: 2px; }}
    """


class ThemeController(QObject):
    """Applies the chosen theme to the application and keeps following the system while the choice is `system`."""

    changed = Signal(object)

    def __init__(self, application: QApplication, *, mode: ThemeMode = ThemeMode.SYSTEM) -> None:
        super().__init__(application)
        self._application = application
        self._mode = mode
        self._theme: Theme | None = None
        application.styleHints().colorSchemeChanged.connect(self._follow)
        self._apply()

    @property
    def mode(self) -> ThemeMode:
        return self._mode

    @property
    def theme(self) -> Theme:
        return self._theme or LIGHT

    def set_mode(self, mode: ThemeMode) -> None:
        self._mode = mode
        self._apply()

    def _follow(self) -> None:
        if self._mode is ThemeMode.SYSTEM:
            self._apply()

    def _apply(self) -> None:
        if self._mode is ThemeMode.SYSTEM:
            dark = self._application.styleHints().colorScheme() == Qt.ColorScheme.Dark
        else:
            dark = self._mode is ThemeMode.DARK
        theme = DARK if dark else LIGHT
        if theme is self._theme:
            return
        self._theme = theme
        self._application.setPalette(palette_of(theme))
        self._application.setStyleSheet(style_sheet(theme))
        self.changed.emit(theme)
