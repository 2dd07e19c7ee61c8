"""The tour through the hard pixels: where it goes next, what it offers, how much a person has been through."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

import numpy as np
from PySide6.QtCore import QObject, Signal

from app.label.context import Context
from app.label.editing import Editing
from app.label.proposal import Proposal
from app.label.views import TourView
from app.services.background import Background
from engine.cascade.result import IGNORE, CascadeResult, Float32
from engine.labels.answers import ranked
from engine.labels.area import Area
from engine.labels.document import LabelDocument
from engine.labels.hard_pixels import HardGroup, HardPixels, hard_groups
from engine.labels.review import answer_of, groups_in, reviewed_groups
from engine.labels.selection import painted

# Smaller groups are specks of a cell or two along borders: a person would spend the day on them.
SMALLEST_CELLS = 3


@dataclass
class _Way:
    """Where a person has been: groups by number.

    Attributes:
        trail: in the order in which they were gone to, `at` being the last one.
        left_out: gone past without an answer; they come again when all others are through.
    """

    trail: list[int] = field(default_factory=list)
    at: int = -1
    left_out: set[int] = field(default_factory=set)


class Tour(QObject):
    """Groups come from the complete answer; which are reviewed is read from the document, so undo and restart count.

    The most worthwhile group is next: by the probabilities, by how rare its classes are in the folder where the model
    has been through it, and by what was answered in this photo so far.

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
        self._answers: dict[int, int] = {}  # of the groups that are reviewed, by number
        self._group: HardGroup | None = None
        self._way = _Way()
        self._weights: Float32 | None = None
        self._weights_used: Float32 | None = None
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
            reviewed=len(self._answers),
            group=group,
            selection=None if group is None else hard.selection(group),
            place=0 if group is None else hard.tour.index(group) + 1,
        )

    @property
    def under_way(self) -> bool:
        return self._group is not None

    def is_reviewed(self, group: HardGroup) -> bool:
        return group.number in self._answers

    def step(self, direction: int) -> None:
        """The next (1) group that nobody has decided, or the one before (-1) whatever its state.

        Before the answer is there the wish is kept, and met when it comes.
        """
        if self._hard is None:
            self._wanted = direction
            return
        if self._hard.tour:
            following = self._next(self._hard) if direction > 0 else self._previous(self._hard)
            if following is None:
                self.end()
            else:
                self._go(following)

    def set_weights(self, weights: Float32 | None) -> None:
        """K float32, what a pixel of each class counts, see rarity_weights; None where that is not known.

        The photo that is open keeps its order: it must not change under a person's hand.
        """
        self._weights = weights

    def _next(self, hard: HardPixels) -> HardGroup | None:
        way, open_ = self._way, [group for group in hard.tour if group.number not in self._answers]
        if self._group is not None and self._group.number not in self._answers:
            way.left_out.add(self._group.number)
        fresh = [group for group in open_ if group.number not in way.left_out]
        if open_ and not fresh:  # once round
            way.left_out.clear()
            fresh = [group for group in open_ if group is not self._group] or open_
        labels = {group.number: group.label for group in hard.tour}
        said = [(labels[number], given) for number, given in self._answers.items() if given != IGNORE]
        following = next(iter(ranked(fresh, said, weights=self._weights_used)), None)
        if following is not None:
            del way.trail[way.at + 1 :]
            way.trail.append(following.number)
            way.at = len(way.trail) - 1
        return following

    def _previous(self, hard: HardPixels) -> HardGroup:
        way = self._way
        if self._group is None:
            way.at = len(way.trail)
        way.at -= 1
        if 0 <= way.at < len(way.trail):
            return next(group for group in hard.tour if group.number == way.trail[way.at])
        way.trail.insert(0, hard.tour[(hard.tour.index(self._group) - 1 if self._group is not None else -1)].number)
        way.at = 0
        return next(group for group in hard.tour if group.number == way.trail[0])

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
            line = result.label_map[selection.area.slices]
            edit = replace(edit, labels=np.where(line == IGNORE, np.uint8(label), line))
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
                self._hard, self._result, self._answers, self._group = None, None, {}, None
                self._way = _Way()
                self._background.forget("tour")
                self.changed.emit(self.view)
            return
        document = self._editing.document
        self._result = result
        weights = self._weights
        if weights is not None and len(weights) != len(result.class_names):
            weights = None

        def find() -> tuple[HardPixels, dict[int, int]]:
            hard = hard_groups(result, at_least=SMALLEST_CELLS, weights=weights)
            return hard, ({} if document is None else _answers(hard, document, hard.tour))

        def take(found: tuple[HardPixels, dict[int, int]]) -> None:
            self._hard, self._answers = found
            self._group, self._way, self._weights_used = None, _Way(), weights
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
        for group in looked:
            self._answers.pop(group.number, None)
        self._answers |= _answers(hard, document, looked)
        self.changed.emit(self.view)

    def _go_on(self) -> None:
        """Once the answer is stored, also where it changed nothing."""
        if not self._go_on_after or self._editing.busy:
            return
        self._go_on_after = False
        group = self._group
        if group is None:
            return
        if group.number in self._answers:
            self.step(1)
        else:
            self.changed.emit(self.view)


def _answers(hard: HardPixels, document: LabelDocument, groups: tuple[HardGroup, ...]) -> dict[int, int]:
    """What a person has said of the groups that are reviewed, by number."""
    reviewed = reviewed_groups(hard, document.provenance, groups)
    return {group.number: answer_of(hard, group, document.labels) for group in groups if group.number in reviewed}
