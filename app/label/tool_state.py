"""Which tool is in the hand, with which class, how large, and what it must leave alone."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Final

from PySide6.QtCore import QObject, Signal

from app.label.views import ToolKind
from engine.labels.locks import Locks
from engine.labels.tools.brush import Tip

SIZES: Final = (1, 512)
"""Smallest and largest diameter of the brush, pixels of the photo."""


@dataclass(frozen=True)
class ToolSettings:
    """What the property bar shows.

    Attributes:
        kind: the tool.
        label: class that is painted, 255 = ignore.
        other: the class before it, which X brings back.
        size: the brush's diameter in pixels of the photo.
        tip: of brush and eraser.
        tolerance: of the magic wand, 0..255.
        contiguous: the wand takes only what hangs together.
        cell: side of a superpixel.
        locked: classes that keep their pixels.
        keep_human: what a person has decided is not painted over.
        undecided_only: only hard pixels of the proposal are painted.
    """

    kind: ToolKind = ToolKind.BRUSH
    label: int = 1
    other: int = 0
    size: int = 24
    tip: Tip = "round"
    tolerance: int = 24
    contiguous: bool = True
    cell: int = 16
    locked: frozenset[int] = frozenset()
    keep_human: bool = False
    undecided_only: bool = False


class ToolState(QObject):
    """Signals: changed(object) - ToolSettings."""

    changed = Signal(object)

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._settings = ToolSettings()

    @property
    def settings(self) -> ToolSettings:
        return self._settings

    def set(self, **changes: object) -> None:
        """Change fields of the settings by name; numbers are brought within their limits."""
        changed = replace(self._settings, **changes)  # type: ignore[arg-type]
        low, high = SIZES
        changed = replace(changed, size=min(max(changed.size, low), high))
        if changed != self._settings:
            self._settings = changed
            self.changed.emit(changed)

    def choose_label(self, label: int) -> None:
        """Paint this class from now on; the one before it stays at hand."""
        if label != self._settings.label:
            self.set(label=label, other=self._settings.label)

    def swap_labels(self) -> None:
        self.choose_label(self._settings.other)

    def resize(self, direction: int) -> None:
        """A step up (1) or down (-1), about a fifth of the size."""
        size = self._settings.size
        self.set(size=size + direction * max(1, round(size * 0.2)))

    def toggle_lock(self, label: int) -> None:
        self.set(locked=self._settings.locked ^ {label})

    @property
    def locks(self) -> Locks:
        """Without the mask of undecided pixels, which the proposal knows."""
        return Locks(classes=self._settings.locked, human=self._settings.keep_human)
