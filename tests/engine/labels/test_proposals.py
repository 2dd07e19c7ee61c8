"""Proposals met with what a person has decided: differences, certainty, boxes, and what counts as reviewed."""

from __future__ import annotations

import numpy as np
import pytest

from engine.cascade.result import IGNORE
from engine.errors import DataError
from engine.labels.area import Area
from engine.labels.clamping import clamped
from engine.labels.differences import differences
from engine.labels.hard_pixels import hard_groups
from engine.labels.local import local_answer, with_context
from engine.labels.provenance import HUMAN
from engine.labels.review import groups_in, reviewed_groups
from tests.app.fakes import fake_result

RGB = np.tile(np.linspace(0, 255, 64, dtype=np.uint8)[None, :, None], (48, 1, 3))


def _empty() -> tuple[np.ndarray, np.ndarray]:
    return np.full((48, 64), IGNORE, dtype=np.uint8), np.zeros((48, 64), dtype=np.uint8)


def test_differences_are_parts_of_one_change_each_and_spare_human_pixels() -> None:
    labels, provenance = _empty()
    proposed = np.full((48, 64), IGNORE, dtype=np.uint8)
    proposed[4:14, 4:14] = 3
    proposed[20:24, 40:44] = 3
    labels[20:24, 40:44] = 5
    provenance[4:6, 4:14] = HUMAN
    found = differences(labels, provenance, proposed)
    assert [(one.before, one.after, one.pixels) for one in found] == [(IGNORE, 3, 80), (5, 3, 16)]
    assert found[0].selection.area == Area(6, 4, 14, 14)
    assert found[1].selection.mask.all()
    within = differences(labels, provenance, proposed, within=Area(0, 32, 48, 64))
    assert [one.selection.area for one in within] == [Area(20, 40, 24, 44)]
    assert differences(labels, provenance, proposed, at_least=20)
    assert len(differences(labels, provenance, labels)) == 0
    with pytest.raises(DataError, match="does not fit"):
        differences(labels, provenance, proposed[:5])


def test_what_a_person_decided_is_certain() -> None:
    result = fake_result(RGB, 0.9)
    labels, provenance = _empty()
    labels[:, 40:], provenance[:, 40:] = 7, HUMAN
    sure = clamped(result, labels, provenance)
    assert (sure.label_map[:, 40:] == 7).all()
    assert np.array_equal(sure.label_map[:, :40], result.label_map[:, :40])
    columns = result.grid_size[1] * 40 // 64
    assert (sure.probabilities[7][:, columns:] == 1).all()
    assert np.allclose(sure.probabilities.sum(axis=0), 1)
    assert result.hard[:, columns:].any()
    assert not sure.hard[:, columns:].any()


def test_a_box_takes_the_answer_of_its_window_but_for_human_pixels() -> None:
    box = Area(10, 20, 30, 40)
    window = with_context(box, (48, 64))
    assert window == Area(0, 0, 48, 64)
    assert with_context(Area(400, 400, 500, 500), (1000, 1000)) == Area(350, 350, 550, 550)
    result = fake_result(RGB, 0.9)
    _, provenance = _empty()
    provenance[10:15] = HUMAN
    answer = local_answer(result, box=box, window=window, provenance=provenance)
    assert (answer.labels[:5] == IGNORE).all()
    assert (answer.stages[:5] == 0).all()
    assert np.array_equal(answer.labels[5:], result.label_map[15:30, 20:40])
    with pytest.raises(DataError, match="does not fit"):
        local_answer(result, box=box, window=box, provenance=provenance)


def test_a_group_is_reviewed_when_a_person_has_decided_its_pixels() -> None:
    hard = hard_groups(fake_result(RGB, 0.97))
    assert len(hard.tour) > 1
    first, last = hard.tour[0], hard.tour[-1]
    _, provenance = _empty()
    assert reviewed_groups(hard, provenance) == frozenset()
    chosen = hard.selection(first)
    provenance[chosen.area.slices][chosen.mask] = HUMAN
    assert reviewed_groups(hard, provenance) == {first.number}
    assert reviewed_groups(hard, provenance, groups_in(hard, last.area)) <= {first.number}
    assert first in groups_in(hard, first.area)
