"""Type sizes relative to the system's font, and figures that keep their columns while numbers change."""

from __future__ import annotations

from PySide6.QtGui import QFont, QFontMetrics


def figures(font: QFont) -> QFont:
    """The font with tabular figures, where it has them."""
    tabular = QFont(font)
    tabular.setFeature(QFont.Tag("tnum"), 1)
    return tabular


def sized(font: QFont, factor: float, *, bold: bool = False) -> QFont:
    """The font at a multiple of its size."""
    changed = QFont(font)
    if font.pointSizeF() > 0:
        changed.setPointSizeF(font.pointSizeF() * factor)
    else:
        changed.setPixelSize(max(1, round(font.pixelSize() * factor)))
    if bold:
        changed.setWeight(QFont.Weight.DemiBold)
    return changed


def line_height(font: QFont) -> int:
    return QFontMetrics(font).height()
