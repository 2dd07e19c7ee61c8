"""Other classes for a project, as they are put together before anything is changed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final, Literal

from engine.cascade.result import IGNORE
from engine.project.records import ProjectClass

MOST_CLASSES: Final = 255

Problem = Literal["", "none", "nameless", "same name", "same key", "no digit"]


@dataclass(frozen=True)
class ClassPlan:
    """The classes that a project will have, and what becomes of its labels.

    Attributes:
        classes: with ids 0, 1, 2, …
        moves: for each former class its id from now on; 255 = its pixels become undecided.
    """

    classes: tuple[ProjectClass, ...]
    moves: tuple[int, ...]

    @property
    def keeps_labels(self) -> bool:
        """Every label means what it meant: names, colours and keys may change, and further classes come last."""
        return self.moves == tuple(range(len(self.moves)))

    @property
    def removed(self) -> tuple[int, ...]:
        """Former ids whose pixels become undecided."""
        return tuple(former for former, label in enumerate(self.moves) if label == IGNORE)

    def joined(self, former: Sequence[ProjectClass]) -> tuple[int, ...]:
        """Former ids whose pixels come to another class that was there before: those that were merged into it."""
        return tuple(
            number for number, label in enumerate(self.moves) if label != IGNORE and self._head(label, former) != number
        )

    def _head(self, label: int, former: Sequence[ProjectClass]) -> int:
        """The former class that a class goes on from."""
        inside = [number for number, target in enumerate(self.moves) if target == label]
        named = [number for number in inside if former[number].name == self.classes[label].name]
        return (named or inside)[0]


@dataclass(frozen=True)
class DraftClass:
    """A class in the making; `former` are the ids whose pixels it will have, its own first."""

    name: str
    colour: tuple[int, int, int]
    key: str = ""
    former: tuple[int, ...] = ()


@dataclass(frozen=True)
class ClassDraft:
    """Classes in the making. Every change gives another draft.

    Attributes:
        rows: the classes in their order.
        count: how many classes the project has now.
    """

    rows: tuple[DraftClass, ...]
    count: int

    @classmethod
    def of(cls, classes: Sequence[ProjectClass]) -> ClassDraft:
        return cls(tuple(DraftClass(one.name, one.colour, one.key, (one.id,)) for one in classes), len(classes))

    def edited(self, row: int, one: DraftClass) -> ClassDraft:
        """Another name, colour or key."""
        return replace(self, rows=(*self.rows[:row], replace(one, former=self.rows[row].former), *self.rows[row + 1 :]))

    def added(self, name: str, colour: tuple[int, int, int]) -> ClassDraft:
        """A further class, the last one; no more than a label map can hold."""
        return self if len(self.rows) == MOST_CLASSES else replace(self, rows=(*self.rows, DraftClass(name, colour)))

    def removed(self, row: int) -> ClassDraft:
        """Without a class: what has it becomes undecided."""
        return replace(self, rows=self.rows[:row] + self.rows[row + 1 :])

    def merged(self, row: int, into: int) -> ClassDraft:
        """One class becomes part of another one."""
        if row == into:
            return self
        whole = replace(self.rows[into], former=self.rows[into].former + self.rows[row].former)
        rows = [*self.rows]
        rows[into] = whole
        del rows[row]
        return replace(self, rows=tuple(rows))

    def replaced(self, names: Sequence[str], colours: Sequence[tuple[int, int, int]]) -> ClassDraft:
        """A whole set of classes; those that are here under the same name keep their pixels, the others go."""
        here = {one.name.casefold(): one for one in self.rows}
        rows = []
        for number, (name, colour) in enumerate(zip(names[:MOST_CLASSES], colours, strict=False)):
            former = here[name.casefold()].former if name.casefold() in here else ()
            rows.append(DraftClass(name, colour, str(number) if number < 10 else "", former))
        return replace(self, rows=tuple(rows))

    @property
    def problem(self) -> Problem:
        """What stands in the way of these classes; "" for nothing."""
        names = [one.name for one in self.rows]
        keys = [one.key for one in self.rows if one.key]
        if not names:
            return "none"
        if not all(names):
            return "nameless"
        if len(set(names)) < len(names):
            return "same name"
        if len(set(keys)) < len(keys):
            return "same key"
        return "no digit" if any(len(key) != 1 or key not in "0123456789" for key in keys) else ""

    @property
    def plan(self) -> ClassPlan:
        moves = [IGNORE] * self.count
        for label, one in enumerate(self.rows):
            for number in one.former:
                moves[number] = label
        return ClassPlan(
            tuple(ProjectClass(label, one.name, one.colour, one.key) for label, one in enumerate(self.rows)),
            tuple(moves),
        )
