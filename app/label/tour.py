"""The tour through the hard pixels: where it goes next, what it offers, how much a person has been through."""

from __future__ import annotations

from dataclasses import replace

from PySide6.QtCore import QObject, Signal

from app.label.context import Context
from app.label.editing import Editing
from app.label.proposal import Proposal
from app.label.views import TourView
from app.services.background import Background
from engine.cascade.result import CascadeResult
from engine.labels.area import Area
from engine.labels.document import LabelDocument
from engine.labels.hard_pixels import HardGroup, HardPixels, hard_groups
from engine.labels.review import groups_in, reviewed_groups
from engine.labels.selection import painted

# Smaller groups are specks of a cell or two along borders: a person would spend the day on them.
SMALLEST_CELLS = 3


class Tour(QObject):
    """Groups come from the complete answer; which are reviewed is read from the document, so undo and restart count.

    Signals:
        changed(object): TourView.
        visited(object): HardGroup that has just been gone to.
    """

    changed = Signal(object)
    visited = Signal(object)

    def __init__(
        self,
        context: Context,
        *,
        editing: Editing,
        proposal: Proposal,
        background: Background,
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self._context = context
        self._editing = editing
        self._background = background
        self._hard: HardPixels | None = None
        self._result: CascadeResult | None = None
        self._reviewed: frozenset[int] = frozenset()
        self._group: HardGroup | None = None
        self._go_on_after = False
        self._wanted = 0
        proposal.changed.connect(self._take_result)
        editing.stepped.connect(self._take_step)
        editing.stateChanged.connect(self._go_on)

    @property
    def view(self) -> TourView:
        hard, group = self._hard, self._group
        if hard is None:
            return TourView()
        return TourView(
            total=len(hard.tour),
            reviewed=len(self._reviewed),
            group=group,
            selection=None if group is None else hard.selection(group),
            place=0 if group is None else hard.tour.index(group) + 1,
        )

    @property
    def under_way(self) -> bool:
        return self._group is not None

    def is_reviewed(self, group: HardGroup) -> bool:
        return group.number in self._reviewed

    def step(self, direction: int) -> None:
        """The next (1) group that nobody has decided, or the one before (-1) whatever its state.

        Before the answer is there the wish is kept, and met when it comes.
        """
        if self._hard is None:
            self._wanted = direction
            return
        tour = self._hard.tour
        if not tour:
            return
        at = -1 if self._group is None else tour.index(self._group)
        if direction < 0:
            self._go(tour[(at - 1) % len(tour)] if at >= 0 else tour[-1])
            return
        # Round once: what was left out before comes after the last one.
        order = [tour[(at + offset) % len(tour)] for offset in range(1, len(tour) + 1)]
        following = next((group for group in order if group.number not in self._reviewed), None)
        if following is None:
            self.end()
        else:
            self._go(following)

    def end(self) -> None:
        """Back to free labelling."""
        self._wanted = 0
        if self._group is not None:
            self._group = None
            self.changed.emit(self.view)

    def accept(self, candidate: int = 0) -> None:
        """Give the group its likeliest class (0), or the second or third, and go on."""
        group = self._group
        if group is not None and 0 <= candidate < len(group.candidates):
            self.decide(group.candidates[candidate].label)

    def decide(self, label: int) -> None:
        """Give the group a class and go on."""
        hard, group = self._hard, self._group
        if hard is None or group is None or not self._editing.editable:
            return
        selection, result = hard.selection(group), self._result
        # Cells are coarse. Where the group is what the model says, its finer line within them is taken with it.
        edit = painted(selection, label)
        if result is not None and label == group.label:
            edit = replace(edit, labels=result.label_map[selection.area.slices])
        self._go_on_after = True
        self._editing.apply(lambda _document: edit)

    # --- what follows

    def _go(self, group: HardGroup) -> None:
        self._group = group
        self.changed.emit(self.view)
        self.visited.emit(group)

    def _take_result(self, result: CascadeResult | None) -> None:
        if result is None or not result.complete:
            if result is None:
                self._hard, self._result, self._reviewed, self._group = None, None, frozenset(), None
                self._background.forget("tour")
                self.changed.emit(self.view)
            return
        document = self._editing.document
        self._result = result

        def find() -> tuple[HardPixels, frozenset[int]]:
            hard = hard_groups(result, at_least=SMALLEST_CELLS)
            return hard, (frozenset() if document is None else reviewed_groups(hard, document.provenance))

        def take(found: tuple[HardPixels, frozenset[int]]) -> None:
            self._hard, self._reviewed = found
            self._group = None
            self.changed.emit(self.view)
            wanted, self._wanted = self._wanted, 0
            if wanted:
                self.step(wanted)

        self._background.run("tour", find, take)

    def _take_step(self, area: Area) -> None:
        hard, document = self._hard, self._editing.document
        if hard is None or document is None:
            return
        self._review(hard, document, area)

    def _review(self, hard: HardPixels, document: LabelDocument, area: Area) -> None:
        looked = groups_in(hard, area)
        if not looked:
            return
        now = reviewed_groups(hard, document.provenance, looked)
        self._reviewed = (self._reviewed - {group.number for group in looked}) | now
        self.changed.emit(self.view)

    def _go_on(self) -> None:
        """Once the answer is stored, also where it changed nothing."""
        if not self._go_on_after or self._editing.busy:
            return
        self._go_on_after = False
        group = self._group
        if group is None:
            return
        if group.number in self._reviewed:
            self.step(1)
        else:
            self.changed.emit(self.view)
