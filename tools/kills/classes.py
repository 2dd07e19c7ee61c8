"""Kills in the middle of removing and merging classes."""

from __future__ import annotations

import itertools
import random
from pathlib import Path

import numpy as np

from engine.cascade.result import IGNORE, UInt8
from engine.project.class_plan import ClassDraft, ClassPlan
from engine.project.project import Project
from engine.project.records import ProjectClass
from tools.kills.killing import Killed, Report, killed
from tools.kills.labelled import labelled_project


def plan(classes: tuple[ProjectClass, ...], seed: int, number: int) -> ClassPlan:
    """The change with this number: one class removed or merged into another, a new one instead, named by the number."""
    dice = random.Random(f"{seed} {number}")
    row, into = dice.sample(range(len(classes)), 2)
    draft = ClassDraft.of(classes)
    draft = draft.removed(row) if dice.random() < 0.3 else draft.merged(row, into)
    return draft.added(f"class {number}", (number % 256, 0, 0)).plan


def kill_classes(folder: Path, seed: int) -> Killed:
    """Changes decided by the seed alone, one after another.

    Raises:
        AssertionError: label maps, steps and classes do not belong to one another, or something finished is gone.
    """
    file = folder / "classes.rhoscope"
    labelled_project(file, images=3, seed=seed)
    before = _states(file)

    def change(report: Report) -> None:
        with Project.open(file) as project:
            for number in itertools.count():
                project.change_classes(plan(project.classes(), seed, number))
                report(number + 1)

    reported = killed(change, seed, longest=0.3)
    with Project.open(file) as project:
        assert project.writable, "the lock of a dead process is still held"
        classes = project.classes()
    found = max([int(one.name.split()[1]) + 1 for one in classes if one.name.startswith("class ")], default=0)
    assert found in (reported, reported + 1), f"{reported} changes were reported, {found} are there"
    table = _table(file, seed, found, folder)
    for former, now in zip(before, _states(file), strict=True):
        assert len(former) == len(now), "a step is gone"
        for one, other in zip(former, now, strict=True):
            assert np.array_equal(table[one], other), "labels and classes do not belong to one another"
    return Killed("classes", reported, found)


def _states(file: Path) -> list[list[UInt8]]:
    """For each image its label maps as undo goes through them, back to the beginning, and as redo comes back."""
    states = []
    with Project.open(file) as project:
        for image_id in project.labelled_ids():
            document = project.open_document(image_id)
            seen = [document.labels.copy()]
            while document.undo():
                seen.append(document.labels.copy())
            while document.redo():
                seen.append(document.labels.copy())
            states.append(seen)
    return states


def _table(file: Path, seed: int, count: int, folder: Path) -> UInt8:
    """What the first changes make of each label."""
    table = np.arange(256, dtype=np.uint8)
    fresh = folder / "fresh.rhoscope"
    labelled_project(fresh, images=0, seed=seed)
    with Project.open(fresh) as project:
        for number in range(count):
            one = plan(project.classes(), seed, number)
            step = np.full(256, IGNORE, np.uint8)
            step[: len(one.moves)] = one.moves
            table = step[table]
            project.change_classes(one)
    return table
