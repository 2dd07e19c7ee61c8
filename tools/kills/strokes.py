"""Kills in the middle of strokes and of saves."""

from __future__ import annotations

import itertools
import random
from pathlib import Path
from typing import Final

import numpy as np

from engine.labels.area import Area
from engine.labels.document import LabelDocument
from engine.labels.selection import Selection, painted
from engine.project.project import Project
from tools.kills.killing import Killed, Report, killed

SHAPE: Final = (600, 500)


def step(document: LabelDocument, seed: int, number: int) -> None:
    """The step with this number: a rectangle, an undo or a redo. Each leaves its mark on the revision."""
    dice = random.Random(f"{seed} {number}")
    kind = dice.random()
    if kind < 0.2 and document.can_undo:
        document.undo()
    elif kind < 0.3 and document.can_redo:
        document.redo()
    else:
        top, left = dice.randrange(SHAPE[0] - 60), dice.randrange(SHAPE[1] - 60)
        height, width = dice.randrange(1, 60), dice.randrange(1, 60)
        mask = np.ones((height, width), dtype=bool)
        # A corner pixel takes a class that it does not have, so that the step changes something.
        corner = document.labels[top, left]
        label = dice.choice([value for value in range(20) if value != corner])
        document.apply(painted(Selection(Area(top, left, top + height, left + width), mask), label))


def kill_strokes(folder: Path, seed: int, *, save_every: int = 7) -> Killed:
    """Steps decided by the seed alone, snapshots in between.

    Raises:
        AssertionError: the project does not open, or is in a state that the steps do not lead to.
    """
    file = folder / "strokes.rhoscope"
    with Project.open(file, create=True) as project:
        project.add_images([folder / "a.png"], root=folder)
        project.open_document(1, shape=SHAPE)

    def paint(report: Report) -> None:
        with Project.open(file) as project:
            document = project.open_document(1)
            for number in itertools.count():
                step(document, seed, number)
                report(number + 1)
                if number % save_every == save_every - 1:
                    project.save_document(1, document)

    reported = killed(paint, seed, longest=0.4)
    with Project.open(file) as project:
        assert project.writable, "the lock of a dead process is still held"
        document = project.open_document(1)
        expected = LabelDocument.empty(SHAPE)
        found = document.revision
        for number in range(found):
            step(expected, seed, number)
        assert found in (reported, reported + 1), f"{reported} steps were reported, {found} are there"
        assert np.array_equal(document.labels, expected.labels)
        assert np.array_equal(document.provenance, expected.provenance)
        assert document.history.state == expected.history.state
        while document.undo():
            pass
        assert (document.labels == 255).all(), "undo does not lead back to the beginning"
    return Killed("strokes", reported, found)


def kill_saves(folder: Path, seed: int) -> Killed:
    """As strokes, with a snapshot after every one: most moments lie inside a save."""
    killed = kill_strokes(folder, seed, save_every=1)
    return Killed("saves", killed.reported, killed.found)
