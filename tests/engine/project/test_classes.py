"""Removing, merging and replacing a project's classes: labels, steps and provenance follow, or nothing changes."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.cancel import Cancelled, CancelToken
from engine.cascade.result import IGNORE
from engine.labels.area import Area
from engine.labels.selection import Selection, painted
from engine.project.class_changes import class_use
from engine.project.class_plan import ClassDraft
from engine.project.project import Project
from engine.project.records import ProjectClass

SHAPE = (40, 30)
CLASSES = tuple(ProjectClass(number, name, (number, 0, 0), str(number)) for number, name in enumerate("abcd"))


def project_with_labels(folder: Path, *, seed: int = 0) -> Project:
    project = Project.open(folder / "work.rhoscope", create=True)
    project.set_classes(CLASSES)
    project.add_images([folder / f"{number}.png" for number in range(2)], root=folder)
    dice = np.random.default_rng(seed)
    for image_id in project.image_ids():
        document = project.open_document(image_id, shape=SHAPE)
        for _ in range(6):
            top, left = int(dice.integers(30)), int(dice.integers(20))
            mask = np.ones((10, 10), dtype=bool)
            document.apply(painted(Selection(Area(top, left, top + 10, left + 10), mask), int(dice.integers(4))))
        document.undo()
        if image_id % 2:
            project.save_document(image_id, document)
    return project


def states(project: Project) -> list[tuple[np.ndarray, np.ndarray]]:
    """Labels and provenance of every image, through all undo and redo."""
    seen = []
    for image_id in project.image_ids():
        document = project.open_document(image_id)
        while document.redo():
            pass
        while True:
            seen.append((document.labels.copy(), document.provenance.copy()))
            if not document.undo():
                break
        for _ in range(5):
            document.redo()
    return seen


@settings(max_examples=25, deadline=None)
@given(seed=st.integers(0, 100), drop=st.booleans(), row=st.integers(0, 3), into=st.integers(0, 3))
def test_labels_steps_and_provenance_follow(
    tmp_path_factory: pytest.TempPathFactory, seed: int, drop: bool, row: int, into: int
) -> None:
    with project_with_labels(tmp_path_factory.mktemp("p"), seed=seed) as project:
        before = states(project)
        draft = ClassDraft.of(project.classes())
        plan = (draft.removed(row) if drop else draft.merged(row, into)).added("new", (9, 9, 9)).plan
        project.change_classes(plan)
        table = np.full(256, IGNORE, np.uint8)
        table[:4] = plan.moves
        after = states(project)
        assert len(before) == len(after)
        for (labels, provenance), (now, who) in zip(before, after, strict=True):
            assert np.array_equal(now, table[labels])
            gone = (labels != IGNORE) & (table[labels] == IGNORE)
            assert np.array_equal(who, np.where(gone, 0, provenance))
        assert project.classes() == plan.classes


def test_a_cancelled_change_changes_nothing(tmp_path: Path) -> None:
    with project_with_labels(tmp_path) as project:
        before, token = states(project), CancelToken()
        plan = ClassDraft.of(project.classes()).removed(0).plan

        def progress(done: int, _total: int) -> None:
            if done == 5:
                token.cancel()

        with pytest.raises(Cancelled):
            project.change_classes(plan, on_progress=progress, cancel=token)
        assert project.classes() == CLASSES
        for one, other in zip(before, states(project), strict=True):
            assert np.array_equal(one[0], other[0])
            assert np.array_equal(one[1], other[1])


def test_what_a_change_will_do_is_counted_first(tmp_path: Path) -> None:
    with project_with_labels(tmp_path) as project:
        maps = [project.open_document(image_id).labels for image_id in project.image_ids()]
        use = class_use(project, [1, 2])
        assert use.pixels == {label: sum(int((one == label).sum()) for one in maps) for label in (1, 2)}
        assert use.images == {label: sum(bool((one == label).any()) for one in maps) for label in (1, 2)}
        assert use.any_images == sum(bool(((one == 1) | (one == 2)).any()) for one in maps)


def test_a_class_remembers_what_models_call_it(tmp_path: Path) -> None:
    with project_with_labels(tmp_path) as project:
        draft = ClassDraft.of(project.classes())
        project.change_classes(draft.merged(2, 1).removed(0).added("e", (1, 1, 1)).plan)
        assert [one.name for one in project.classes()] == ["b", "d", "e"]
        assert project.class_sources() == (("b", "c"), ("d",), ("e",))
        again = ClassDraft.of(project.classes()).replaced(["d", "x", "B"], [(0, 0, 0)] * 3).plan
        assert again.moves == (2, 0, IGNORE)
        project.change_classes(again)
        assert project.class_sources() == (("d",), ("x",), ("b", "c"))


def test_pixels_that_a_model_proposed_move_with_their_classes(tmp_path: Path) -> None:
    with project_with_labels(tmp_path) as project:
        first, second = project.image_ids()
        project.set_difficulty(first, 0.5, class_pixels=[10, 20, 30, 0])
        project.set_difficulty(first, 0.4, class_pixels=[10, 20, 30, 0])  # once more: counted once
        assert project.proposed_classes().pixels == (10, 20, 30, 0)
        assert project.proposed_classes().weights(classes=4, images=2) is None  # half of the folder says too little
        project.set_difficulty(second, 0.5, class_pixels=[90, 0, 0, 0])
        project.change_classes(ClassDraft.of(project.classes()).merged(2, 1).plan)
        assert project.proposed_classes().pixels == (100, 50, 0)
        weights = project.proposed_classes().weights(classes=3, images=2)
        assert weights is not None
        assert weights[0] < weights[1] < weights[2]
        project.clear_difficulties()
        assert project.proposed_classes().images == 0


def test_problems_of_a_draft() -> None:
    draft = ClassDraft.of(CLASSES)
    one = draft.rows[0]
    from dataclasses import replace

    assert draft.problem == ""
    assert draft.edited(1, one).problem == "same name"
    assert draft.edited(1, replace(draft.rows[1], name="")).problem == "nameless"
    assert draft.edited(1, replace(draft.rows[1], key="0")).problem == "same key"
    assert draft.edited(1, replace(draft.rows[1], key="x")).problem == "no digit"
    assert ClassDraft((), 4).problem == "none"
    assert draft.plan.keeps_labels
    assert draft.merged(3, 0).plan.joined(CLASSES) == (3,)
