"""Marks a text that is translated later, where it is shown."""

from __future__ import annotations


def QT_TRANSLATE_NOOP(_context: str, text: str) -> str:
    """The text as it is; lupdate finds it by this name, which is that of Qt's own, untyped function."""
    return text
