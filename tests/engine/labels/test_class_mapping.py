"""A model's answer in a project's classes, and what answers tell of the groups that are left."""

from __future__ import annotations

import numpy as np

from engine.cascade.result import IGNORE
from engine.labels.accept_easy import accept_easy
from engine.labels.answers import ranked
from engine.labels.audit import audit_labels
from engine.labels.class_mapping import class_mapping, mapped_result, to_model, to_project
from engine.labels.hard_pixels import hard_groups
from engine.rendering.geometry import resize_labels
from tests.engine.labels.results import random_result

COLOURS = [(1, 1, 1), (2, 2, 2), (3, 3, 3)]
# The project has b and d as one class, a under another name, one that the model does not know, and no c.
MAPPING = class_mapping("abcd", ["both", "sky", "A"], COLOURS, [["b", "d"], ["sky"], ["x"]])


def test_classes_are_found_by_what_they_stood_for_then_by_name() -> None:
    assert MAPPING.to_project == (2, 0, IGNORE, 0)
    assert MAPPING.from_project == (1, IGNORE, 0)
    assert (MAPPING.lost, MAPPING.same, MAPPING.empty) == ((2,), False, False)
    assert class_mapping("ab", ["x", "y"], COLOURS[:2], [["a"], ["b"]]).same
    assert class_mapping("ab", ["x"], COLOURS[:1], [["x"]]).empty
    named = class_mapping("bd", ["d"], COLOURS[:1], [["b", "d"]])
    assert named.from_project == (1,)
    labels = np.array([[0, 1, 2, 3, IGNORE]], np.uint8)
    assert to_project(labels, MAPPING).tolist() == [[2, 0, IGNORE, 0, IGNORE]]
    assert to_model(np.array([[0, 1, 2, IGNORE]], np.uint8), MAPPING).tolist() == [[1, IGNORE, 0, IGNORE]]


def test_an_answer_is_brought_to_the_projects_classes() -> None:
    result = random_result(3)
    mapped = mapped_result(result, MAPPING)
    assert mapped.class_names == ("both", "sky", "A")
    assert np.allclose(mapped.probabilities[0], result.probabilities[1] + result.probabilities[3])
    assert not mapped.probabilities[1].any()
    assert np.array_equal(mapped.label_map == IGNORE, result.label_map == 2)
    sure = np.isin(result.label_map, (1, 3))
    assert (mapped.label_map[sure] == 0).all()  # together they are no less likely
    known = mapped.label_map != IGNORE  # where a sum overtakes a class that was likelier than either, it is taken
    assert np.array_equal(
        mapped.label_map[known], resize_labels(mapped.probabilities.argmax(axis=0).astype(np.uint8), (53, 75))[known]
    )
    overtaken = 0
    for seed in range(8):
        other = random_result(seed)
        overtaken += int((mapped_result(other, MAPPING).label_map[other.label_map == 0] == 0).sum())
    assert overtaken
    for before, after in zip(result.stages, mapped.stages, strict=True):
        assert np.array_equal(after.labels, to_project(before.labels, MAPPING))


def test_nothing_is_taken_where_nothing_is_proposed() -> None:
    mapped = mapped_result(random_result(3), MAPPING)
    edit = accept_easy(mapped, np.zeros(mapped.image_size, np.uint8), up_to_stage=3)
    assert not (edit.labels[edit.mask] == IGNORE).any()  # type: ignore[index]
    labels = np.zeros(mapped.image_size, np.uint8)
    assert all(place.suggested != IGNORE for place in audit_labels(labels, mapped, confident=0.0, at_least=1))
    assert all(group.label != IGNORE for group in hard_groups(mapped).tour)


def test_the_tour_learns_from_answers() -> None:
    groups = hard_groups(random_result(5, grid=(20, 30), image=(160, 240))).tour
    assert ranked(groups, []) == groups
    label = groups[0].label
    confirmed = ranked(groups, [(label, label)] * 50)
    contradicted = ranked(groups, [(label, (label + 1) % 4)] * 50)
    alike = next(group for group in groups if group.label == label)
    assert contradicted.index(alike) <= groups.index(alike) <= confirmed.index(alike)
    assert confirmed.index(alike) > contradicted.index(alike)
    others = [group for group in groups if group.label != label]
    assert [group for group in confirmed if group.label != label] == others
    assert ranked((), [(0, 1)]) == ()
