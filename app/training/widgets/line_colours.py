"""Colours of lines that tell stages, or runs, apart: they differ in lightness too, for those who see few hues."""

from __future__ import annotations

from typing import Final

from PySide6.QtGui import QColor

# After Okabe and Ito; the first is for the whole.
_LIGHT: Final = ("#2b68d9", "#d55e00", "#009e73", "#b0479a", "#8a6d00", "#4b4b52", "#0f8fb3", "#9a3b26")
_DARK: Final = ("#6ea3ff", "#ff9a4d", "#3ccf9f", "#e48fd0", "#e0c04a", "#b9b9c2", "#62cfee", "#f0846a")


def line_colour(number: int, *, dark: bool) -> QColor:
    """The colour of a line's number, from 0; they begin again after eight."""
    colours = _DARK if dark else _LIGHT
    return QColor(colours[number % len(colours)])
