"""The label document: one label map, who decided each pixel, and every step that led there."""

from __future__ import annotations

from typing import Final

import numpy as np

from engine.cascade.result import IGNORE, UInt8
from engine.errors import DataError
from engine.labels.area import Area
from engine.labels.change import Change, Patch, patch_between
from engine.labels.history import History
from engine.labels.locks import NO_LOCKS, Locks, unlocked
from engine.labels.provenance import UNDECIDED
from engine.labels.selection import Edit

_TILE: Final = 256  # pixels; a stroke keeps the old state of the tiles it touches, so its cost is theirs


class LabelDocument:
    """The truth that is edited and exported. One thread at a time.

    Args:
        labels: H×W uint8 class ids, 255 = ignore. Taken over, not copied.
        provenance: H×W uint8, see engine.labels.provenance.
        history: its steps so far; a history without a store where missing.
        revision: where counting goes on.

    Raises:
        DataError: the arrays are no label map and provenance of one size.
    """

    def __init__(self, labels: UInt8, provenance: UInt8, *, history: History | None = None, revision: int = 0) -> None:
        if labels.ndim != 2 or labels.dtype != np.uint8 or not labels.size:
            raise DataError(f"a label map is H×W uint8, got {labels.dtype} of shape {labels.shape}")
        if provenance.shape != labels.shape or provenance.dtype != np.uint8:
            raise DataError(f"provenance {provenance.shape} does not fit the label map {labels.shape}")
        self._labels = labels
        self._provenance = provenance
        self._history = history or History()
        self._revision = revision
        self._saved = revision
        self._stroke: Stroke | None = None

    @classmethod
    def empty(cls, shape: tuple[int, int]) -> LabelDocument:
        """A document in which every pixel is undecided."""
        return cls(np.full(shape, IGNORE, dtype=np.uint8), np.full(shape, UNDECIDED, dtype=np.uint8))

    @property
    def labels(self) -> UInt8:
        """H×W uint8, not to be written: a view that follows the document."""
        return _read_only(self._labels)

    @property
    def provenance(self) -> UInt8:
        """H×W uint8, not to be written: a view that follows the document."""
        return _read_only(self._provenance)

    @property
    def shape(self) -> tuple[int, int]:
        height, width = self._labels.shape
        return height, width

    @property
    def revision(self) -> int:
        """Grows with every change of a pixel, undo and redo among them; never goes back."""
        return self._revision

    @property
    def history(self) -> History:
        return self._history

    @property
    def dirty(self) -> bool:
        """True where the saved label map is older than this one, or a step has not reached the store."""
        return self._saved != self._revision or not self._history.stored

    @property
    def can_undo(self) -> bool:
        return self._stroke is None and self._history.state.cursor > 0

    @property
    def can_redo(self) -> bool:
        state = self._history.state
        return self._stroke is None and state.cursor < state.length

    def mark_saved(self, revision: int) -> None:
        """Say that the state of this revision is on disk."""
        self._saved = revision

    def apply(self, edit: Edit, *, locks: Locks = NO_LOCKS) -> Change | None:
        """Make one step of an edit; None where no pixel changes, and there is no step then.

        Raises:
            DataError: the edit does not fit the label map.
            RhoscopeError: the step could not be stored; it is made all the same, and the document stays dirty.
        """
        stroke = self.begin_stroke()
        try:
            stroke.paint(edit, locks=locks)
        except BaseException:
            stroke.cancel()
            raise
        return stroke.finish()

    def begin_stroke(self) -> Stroke:
        """Several edits that become one step, each seen at once. Nothing else may be done before it ends."""
        self._require_no_stroke()
        self._stroke = Stroke(self)
        return self._stroke

    def undo(self) -> Area | None:
        """Take the last step back; the area that changed, None where there is nothing to undo.

        Raises:
            RhoscopeError: the step could not be read (nothing changed), or the store not told (it is undone).
        """
        self._require_no_stroke()
        change = self._history.back()
        if change is None:
            return None
        change.undo(self._labels, self._provenance)
        self._revision += 1
        self._history.move(-1, revision=self._revision)
        return change.area

    def redo(self) -> Area | None:
        """Take the step again that was undone last; as undo."""
        self._require_no_stroke()
        change = self._history.forward()
        if change is None:
            return None
        change.redo(self._labels, self._provenance)
        self._revision += 1
        self._history.move(1, revision=self._revision)
        return change.area

    def _require_no_stroke(self) -> None:
        if self._stroke is not None:
            raise RuntimeError("a stroke is under way: finish or cancel it first")

    def _ended(self, patches: tuple[Patch, ...]) -> Change | None:
        self._stroke = None
        if not patches:
            return None
        change = Change(patches)
        self._revision += 1
        self._history.append(change, revision=self._revision)
        return change


class Stroke:
    """Edits under way. Made by LabelDocument.begin_stroke."""

    def __init__(self, document: LabelDocument) -> None:
        self._document = document
        self._labels = document._labels
        self._provenance = document._provenance
        self._before: dict[Area, tuple[UInt8, UInt8]] = {}
        self._open = True

    def paint(self, edit: Edit, *, locks: Locks = NO_LOCKS) -> Area:
        """Make an edit; the area that may have changed, cut to the image.

        Raises:
            DataError: arrays of the edit do not have the shape of its area.
        """
        self._require_open()
        _check(edit)
        if locks.only is not None and locks.only.shape != self._labels.shape:
            raise DataError(f"a lock of {locks.only.shape} does not fit the label map {self._labels.shape}")
        area = edit.area.clipped(Area.of_image(self._labels.shape))
        for tile in _tiles(area, self._labels.shape):
            part = area.clipped(tile)
            mask = edit.mask[part.within(edit.area)]
            if not mask.any():
                continue
            self._remember(tile)
            labels, provenance = self._labels[part.slices], self._provenance[part.slices]
            free = unlocked(locks, part, labels, provenance)
            if free is not None:
                mask = mask & free
            for target, value in ((labels, edit.labels), (provenance, edit.provenance)):
                np.copyto(
                    target, np.uint8(value) if isinstance(value, int) else value[part.within(edit.area)], where=mask
                )
        return area

    def finish(self) -> Change | None:
        """End the stroke as one step of the history; None where no pixel differs from before.

        Raises:
            RhoscopeError: the step could not be stored; it is made all the same.
        """
        self._require_open()
        self._open = False
        patches = (
            patch_between(
                tile, old_labels=labels, old_provenance=provenance,
                labels=self._labels[tile.slices], provenance=self._provenance[tile.slices],
            )
            for tile, (labels, provenance) in self._before.items()
        )  # fmt: skip
        return self._document._ended(tuple(patch for patch in patches if patch is not None))

    def cancel(self) -> None:
        """End the stroke and put everything back as it was."""
        self._require_open()
        self._open = False
        for tile, (labels, provenance) in self._before.items():
            self._labels[tile.slices] = labels
            self._provenance[tile.slices] = provenance
        self._document._ended(())

    def _remember(self, tile: Area) -> None:
        if tile not in self._before:
            self._before[tile] = (self._labels[tile.slices].copy(), self._provenance[tile.slices].copy())

    def _require_open(self) -> None:
        if not self._open:
            raise RuntimeError("this stroke has ended")


def _check(edit: Edit) -> None:
    for name, value in (("mask", edit.mask), ("labels", edit.labels), ("provenance", edit.provenance)):
        if isinstance(value, int):
            if not 0 <= value <= 255:
                raise DataError(f"{name} of an edit is a byte, got {value}")
        elif value.shape != edit.area.shape:
            raise DataError(f"{name} of an edit is {value.shape}, its area {edit.area.shape}")


def _tiles(area: Area, shape: tuple[int, ...]) -> list[Area]:
    if area.empty:
        return []
    return [
        Area(top, left, min(top + _TILE, shape[0]), min(left + _TILE, shape[1]))
        for top in range(area.top // _TILE * _TILE, area.bottom, _TILE)
        for left in range(area.left // _TILE * _TILE, area.right, _TILE)
    ]


def _read_only(array: UInt8) -> UInt8:
    view = array.view()
    view.flags.writeable = False
    return view
