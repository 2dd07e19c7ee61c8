"""The laws of the label document: undo undoes, redo redoes, locks hold, the revision only grows."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.errors import DataError, OutputError
from engine.labels.area import Area
from engine.labels.change import Change, decode_change, encode_change
from engine.labels.document import LabelDocument
from engine.labels.history import History
from engine.labels.locks import Locks
from engine.labels.provenance import HUMAN
from engine.labels.selection import Edit, Selection, erased, painted

SHAPE = (300, 270)  # two tiles each way


class MemoryStore:
    """A store that behaves like the project file and fails when told to."""

    def __init__(self) -> None:
        self.changes: list[Change] = []
        self.cursor = 0
        self.revision = 0
        self.broken = False

    def append(self, position: int, change: Change, *, revision: int) -> None:
        self._check()
        assert position <= len(self.changes)
        self.changes[position:] = [change]
        self.cursor, self.revision = position + 1, revision

    def read(self, position: int) -> Change:
        return self.changes[position]

    def move(self, cursor: int, *, revision: int) -> None:
        self._check()
        self.cursor, self.revision = cursor, revision

    def _check(self) -> None:
        if self.broken:
            raise OutputError("the disk is full")


@st.composite
def edits(draw: st.DrawFn) -> Edit:
    top, left = draw(st.integers(-20, SHAPE[0] + 5)), draw(st.integers(-20, SHAPE[1] + 5))
    height, width = draw(st.integers(0, 90)), draw(st.integers(0, 90))
    random = np.random.default_rng(draw(st.integers(0, 2**16)))
    mask = random.random((height, width)) < draw(st.sampled_from([0.0, 0.2, 1.0]))
    area = Area(top, left, top + height, left + width)
    if draw(st.booleans()):
        return Edit(area, mask, draw(st.integers(0, 255)), draw(st.sampled_from([0, 1, 2, HUMAN])))
    return Edit(
        area, mask, random.integers(0, 5, (height, width), np.uint8), random.integers(0, 4, (height, width), np.uint8)
    )


LOCKS = st.builds(
    lambda classes, human, seed: Locks(
        classes=classes, human=human, only=None if seed is None else np.random.default_rng(seed).random(SHAPE) < 0.5
    ),
    st.frozensets(st.integers(0, 4), max_size=2),
    st.booleans(),
    st.none() | st.integers(0, 99),
)
STEPS = st.lists(st.one_of(st.tuples(edits(), LOCKS), st.just("undo"), st.just("redo")), max_size=14)


def state(document: LabelDocument) -> tuple[bytes, bytes]:
    return document.labels.tobytes(), document.provenance.tobytes()


@given(STEPS, st.sampled_from([0, 400, 10**9]))
@settings(max_examples=40, deadline=None)
def test_a_document_agrees_with_one_that_keeps_every_state(steps: list[object], memory: int) -> None:
    document = LabelDocument(
        np.full(SHAPE, 255, np.uint8), np.zeros(SHAPE, np.uint8), history=History(MemoryStore(), memory=memory)
    )
    states, at, revision = [state(document)], 0, 0
    for step in steps:
        if step == "undo":
            assert document.can_undo == (at > 0)
            assert (document.undo() is None) == (at == 0)
            at = max(0, at - 1)
        elif step == "redo":
            assert document.can_redo == (at < len(states) - 1)
            document.redo()
            at = min(len(states) - 1, at + 1)
        else:
            edit, locks = step  # type: ignore[misc]
            if document.apply(edit, locks=locks) is not None:
                states[at + 1 :] = [state(document)]
                at += 1
                assert document.revision == revision + 1
        assert state(document) == states[at]
        assert document.revision >= revision
        revision = document.revision
        assert document.history.bytes_in_memory <= memory
    while document.undo():
        at -= 1
        assert state(document) == states[at]
    assert at == 0
    while document.redo():
        at += 1
        assert state(document) == states[at]
    assert at == len(states) - 1


@given(edits(), edits(), LOCKS)
@settings(max_examples=40, deadline=None)
def test_an_edit_writes_its_mask_but_for_what_is_locked(first: Edit, second: Edit, locks: Locks) -> None:
    document = LabelDocument.empty(SHAPE)
    document.apply(first)
    labels, provenance = document.labels.copy(), document.provenance.copy()
    change = document.apply(second, locks=locks)
    image = Area(0, 0, *SHAPE)
    area = second.area.clipped(image)
    expected, who = labels.copy(), provenance.copy()
    for row in range(area.top, area.bottom):
        for column in range(area.left, area.right):
            inside = row - second.area.top, column - second.area.left
            locked = (
                int(labels[row, column]) in locks.classes
                or (locks.human and provenance[row, column] == HUMAN)
                or (locks.only is not None and not locks.only[row, column])
            )
            if second.mask[inside] and not locked:
                expected[row, column] = second.labels if isinstance(second.labels, int) else second.labels[inside]
                who[row, column] = (
                    second.provenance if isinstance(second.provenance, int) else second.provenance[inside]
                )
    np.testing.assert_array_equal(document.labels, expected)
    np.testing.assert_array_equal(document.provenance, who)
    changed = (expected != labels) | (who != provenance)
    rows, columns = np.nonzero(changed)
    if change is None:
        assert not rows.size
    else:
        assert change.area == Area(rows.min(), columns.min(), rows.max() + 1, columns.max() + 1)
        again = decode_change(encode_change(change), shape=SHAPE)
        assert again == change


def test_a_stroke_of_many_edits_is_one_step_and_can_be_left() -> None:
    document = LabelDocument.empty(SHAPE)
    dot = np.ones((9, 9), dtype=bool)
    stroke = document.begin_stroke()
    for place in range(0, 280, 4):
        stroke.paint(painted(Selection(Area(place, 250, place + 9, 259), dot), 3))
    assert document.labels[100, 252] == 3  # seen while it is drawn
    with pytest.raises(RuntimeError, match="under way"):
        document.undo()
    assert stroke.finish() is not None
    assert document.history.state.length == 1
    document.undo()
    assert (document.labels == 255).all()

    stroke = document.begin_stroke()
    stroke.paint(painted(Selection(Area(0, 0, 9, 9), dot), 1))
    stroke.cancel()
    assert (document.labels == 255).all()
    assert document.can_redo  # a stroke that was left ends no future


def test_what_a_step_costs_follows_its_rectangle() -> None:
    document = LabelDocument(np.full((4096, 4096), 255, np.uint8), np.zeros((4096, 4096), np.uint8))
    change = document.apply(painted(Selection(Area(2000, 2000, 2040, 2040), np.ones((40, 40), dtype=bool)), 7))
    assert change is not None
    assert change.area == Area(2000, 2000, 2040, 2040)
    assert change.size < 200
    assert document.history.bytes_in_memory == change.size


def test_memory_stays_bounded_where_there_is_a_store() -> None:
    random = np.random.default_rng(0)
    document = LabelDocument(
        np.zeros((64, 64), np.uint8), np.zeros((64, 64), np.uint8), history=History(MemoryStore(), memory=20_000)
    )
    mask = np.ones((64, 64), dtype=bool)
    for _ in range(40):
        document.apply(Edit(Area(0, 0, 64, 64), mask, random.integers(0, 255, (64, 64), np.uint8), 1))
        assert document.history.bytes_in_memory <= 20_000
    while document.undo():
        assert document.history.bytes_in_memory <= 20_000
    assert not document.labels.any()


def test_a_step_that_cannot_be_stored_is_kept_and_stored_later() -> None:
    store = MemoryStore()
    document = LabelDocument(np.full(SHAPE, 255, np.uint8), np.zeros(SHAPE, np.uint8), history=History(store, memory=0))
    selection = Selection(Area(0, 0, 5, 5), np.ones((5, 5), dtype=bool))
    document.apply(painted(selection, 1))
    document.mark_saved(document.revision)
    assert not document.dirty
    store.broken = True
    for label in (2, 3):
        with pytest.raises(OutputError, match="full"):
            document.apply(painted(selection, label))
    with pytest.raises(OutputError, match="full"):
        document.undo()
    assert document.labels[0, 0] == 2
    assert document.dirty
    store.broken = False
    document.apply(erased(selection))
    assert [len(store.changes), store.cursor, store.revision] == [3, 3, document.revision]
    for expected in (2, 1, 255):
        document.undo()
        assert document.labels[0, 0] == expected


def test_damaged_steps_are_told() -> None:
    document = LabelDocument.empty((20, 20))
    change = document.apply(painted(Selection(Area(2, 2, 9, 9), np.ones((7, 7), dtype=bool)), 4))
    assert change is not None
    data = encode_change(change)
    for bad in (b"", data[:8], data[:-3], data[:-5] + bytes(5), b"\x09" + data[1:]):
        with pytest.raises(DataError):
            decode_change(bad, shape=(20, 20))
    with pytest.raises(DataError, match="outside"):
        decode_change(data, shape=(8, 20))


def test_arrays_that_do_not_fit_are_refused() -> None:
    with pytest.raises(DataError, match="H×W uint8"):
        LabelDocument(np.zeros((2, 2), np.int64), np.zeros((2, 2), np.uint8))  # type: ignore[arg-type]
    with pytest.raises(DataError, match="does not fit"):
        LabelDocument(np.zeros((2, 2), np.uint8), np.zeros((2, 3), np.uint8))
    document = LabelDocument.empty((4, 4))
    with pytest.raises(DataError, match="mask"):
        document.apply(Edit(Area(0, 0, 2, 2), np.ones((3, 2), dtype=bool), 1, 1))
    with pytest.raises(DataError, match="lock"):
        document.apply(
            Edit(Area(0, 0, 2, 2), np.ones((2, 2), dtype=bool), 1, 1), locks=Locks(only=np.ones((2, 2), dtype=bool))
        )
    assert document.history.state.length == 0
    with pytest.raises(ValueError, match="read-only"):
        document.labels[0, 0] = 1
