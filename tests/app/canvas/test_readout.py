"""What is said about one pixel."""

from __future__ import annotations

from types import SimpleNamespace

import numpy as np

from app.canvas.readout import read_pixel
from tests.app.fakes import fake_result

RGB = np.random.default_rng(5).integers(0, 255, (64, 96, 3), dtype=np.uint8)


def test_every_stage_up_to_the_deciding_one_is_read() -> None:
    result = fake_result(RGB, 0.9)
    for column in range(0, 96, 7):
        reading = read_pixel(result, column=column, row=30, sets=result.deciding_stage)
        cell = 30 * 8 // 64, column * 12 // 96
        deciding = result.deciding_stage[cell]
        assert [stage.stage for stage in reading.stages] == list(range(1, deciding + 1))
        assert [stage.decides for stage in reading.stages] == [False] * (deciding - 1) + [True]
        assert reading.deciding == deciding
        assert reading.name == result.class_names[result.label_map[30, column]]
        last = reading.stages[-1]
        assert last.confidence == result.stages[deciding - 1].confidence[cell]


def test_a_pending_cell_says_so_and_shows_what_is_known() -> None:
    result = fake_result(RGB, 0.9, stages=1)
    reading = read_pixel(result, column=90, row=10, sets=np.zeros_like(result.deciding_stage))
    assert reading.deciding == 0
    assert len(reading.stages) == 1


def test_the_crf_s_word_is_the_last() -> None:
    result = fake_result(RGB, 0.9)
    labels = np.full_like(result.label_map, 4)
    crf = SimpleNamespace(label_map=labels, changed=labels != result.label_map)
    reading = read_pixel(result, column=1, row=1, sets=result.deciding_stage, crf=crf)
    assert reading.label == 4
    assert reading.changed_by_crf == (result.label_map[1, 1] != 4)


def test_an_ignored_pixel_has_no_name() -> None:
    result = fake_result(RGB, 0.9)
    result.label_map[0, 0] = 255
    assert read_pixel(result, column=0, row=0, sets=result.deciding_stage).name == ""
