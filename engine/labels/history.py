"""Undo and redo of any number of steps: the bytes in memory are bounded, the rest is read back from a store."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Protocol

from engine.labels.change import Change

MEMORY: Final = 64 * 2**20
"""Bytes of changes that stay in memory where there is a store to read the others from."""


class ChangeStore(Protocol):
    """Where changes survive the process. Every method has done its work, on disk, when it returns.

    Methods raise RhoscopeError; the history then keeps what was not stored and tries again at the next step.
    """

    def append(self, position: int, change: Change, *, revision: int) -> None:
        """Put a change at `position`, drop all from there on, and set the cursor behind it."""

    def read(self, position: int) -> Change:
        """The change at `position`."""

    def move(self, cursor: int, *, revision: int) -> None:
        """Say how many changes are in effect."""


@dataclass(frozen=True)
class HistoryState:
    """Where a history stands: of `length` changes the first `cursor` are in effect."""

    cursor: int = 0
    length: int = 0


class History:
    """The changes of one document, in order, with a cursor between those done and those undone.

    Args:
        store: where changes go as they are made; without one all of them stay in memory.
        state: what the store holds already.
        memory: bytes of changes kept in memory.
    """

    def __init__(
        self, store: ChangeStore | None = None, *, state: HistoryState | None = None, memory: int = MEMORY
    ) -> None:
        state = state or HistoryState()
        self._store = store
        self._memory = memory
        self._kept: dict[int, Change] = {}
        self._bytes = 0
        self._length = state.length
        self._cursor = state.cursor
        self._stored = state.length  # this many changes, from the first, are known to be in the store
        self._in_step = True  # the store's cursor is ours

    @property
    def state(self) -> HistoryState:
        return HistoryState(self._cursor, self._length)

    @property
    def bytes_in_memory(self) -> int:
        return self._bytes

    @property
    def stored(self) -> bool:
        """True where the store holds everything; always True without a store."""
        return self._store is None or (self._stored == self._length and self._in_step)

    def append(self, change: Change, *, revision: int) -> None:
        """Add a change at the cursor; those that were undone are gone.

        Raises:
            RhoscopeError: the store failed. The change is in the history all the same.
        """
        for position in range(self._cursor, self._length):
            self._forget(position)
        self._stored = min(self._stored, self._cursor)
        self._keep(self._cursor, change)
        self._cursor += 1
        self._length = self._cursor
        self._in_step = False
        self.flush(revision=revision)

    def back(self) -> Change | None:
        """The change to undo, None at the beginning. The cursor moves when `move` is called."""
        return self._at(self._cursor - 1) if self._cursor else None

    def forward(self) -> Change | None:
        """The change to redo, None at the end."""
        return self._at(self._cursor) if self._cursor < self._length else None

    def move(self, steps: int, *, revision: int) -> None:
        """Move the cursor; raises RhoscopeError where the store failed, with the cursor moved."""
        self._cursor += steps
        self._in_step = False
        self.flush(revision=revision)

    def flush(self, *, revision: int) -> None:
        """Bring whatever the store lacks to it; raises RhoscopeError."""
        if self._store is None:
            return
        while self._stored < self._length:
            self._store.append(self._stored, self._kept[self._stored], revision=revision)
            self._stored += 1
            self._in_step = self._stored == self._cursor
        if not self._in_step:
            self._store.move(self._cursor, revision=revision)
            self._in_step = True
        self._shrink()

    def _at(self, position: int) -> Change:
        change = self._kept.get(position)
        if change is None:
            assert self._store is not None  # only stored changes leave the memory
            change = self._store.read(position)
            self._keep(position, change)
            self._shrink()
        return change

    def _keep(self, position: int, change: Change) -> None:
        self._kept[position] = change
        self._bytes += change.size

    def _forget(self, position: int) -> None:
        change = self._kept.pop(position, None)
        if change is not None:
            self._bytes -= change.size

    def _shrink(self) -> None:
        """Let go of stored changes, the farthest from the cursor first."""
        if self._bytes <= self._memory:
            return
        for position in sorted(self._kept, key=lambda position: -abs(position - self._cursor)):
            if self._bytes <= self._memory:
                break
            if position < self._stored:
                self._forget(position)
