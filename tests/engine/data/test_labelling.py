"""From stored values to class ids, against tables written out by hand."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from PIL import Image

from engine.data.camvid import CAMVID_LABELS
from engine.data.cityscapes import CONVENTIONS
from engine.data.labelling import LabelConvention
from engine.data.palettes import cityscapes_ids_to_train_ids
from engine.data.voc import VOC_LABELS
from engine.errors import DataError

PALETTE = np.array([[0, 0, 0], [255, 0, 0], [0, 255, 0]], dtype=np.uint8)
COLOURS = LabelConvention(
    ("ground", "red", "green"), PALETTE, (0, 5, 9), frozenset({200}),
    {(0, 0, 0): 0, (255, 0, 0): 1, (0, 255, 0): 2, (9, 9, 9): 255},
)  # fmt: skip


def _all_values(path: Path) -> Path:
    Image.fromarray(np.arange(256, dtype=np.uint8).reshape(16, 16)).save(path)
    return path


def test_every_cityscapes_id_becomes_what_the_official_table_says(tmp_path: Path) -> None:
    read = CONVENTIONS["labelIds"].read(_all_values(tmp_path / "all.png"))
    assert np.array_equal(read.labels.ravel(), cityscapes_ids_to_train_ids())
    assert {int(value) for value, _ in read.foreign} == set(range(34, 255))


def test_train_ids_and_camvid_keep_their_classes_and_their_void(tmp_path: Path) -> None:
    path = _all_values(tmp_path / "all.png")
    for convention, classes, void in ((CONVENTIONS["labelTrainIds"], 19, {255}), (CAMVID_LABELS, 11, {11, 255})):
        read = convention.read(path)
        assert read.labels.ravel()[:classes].tolist() == list(range(classes))
        assert (read.labels.ravel()[classes:] == 255).all()
        assert {int(value) for value, _ in read.foreign} == set(range(classes, 256)) - void


@settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(values=arrays(np.uint8, (5, 7), elements=st.sampled_from([0, 5, 9, 200, 7, 8])))
def test_labels_and_foreign_counts_agree_with_a_loop_over_the_pixels(tmp_path: Path, values: np.ndarray) -> None:
    path = tmp_path / "map.png"
    Image.fromarray(values).save(path)
    read = COLOURS.read(path)
    meaning = {0: 0, 5: 1, 9: 2}
    assert read.labels.tolist() == [[meaning.get(value, 255) for value in row] for row in values.tolist()]
    flat = values.ravel().tolist()
    assert dict(read.foreign) == {str(value): flat.count(value) for value in (7, 8) if value in flat}


@pytest.mark.parametrize("mode", ["RGB", "RGBA"])
def test_colour_masks_follow_the_table_and_strange_colours_are_counted(tmp_path: Path, mode: str) -> None:
    rgb = np.zeros((2, 3, 3), dtype=np.uint8)
    rgb[0, 1], rgb[0, 2], rgb[1, 0], rgb[1, 1] = (255, 0, 0), (0, 255, 0), (9, 9, 9), (1, 2, 3)
    path = tmp_path / "mask.png"
    Image.fromarray(rgb).convert(mode).save(path)
    read = COLOURS.read(path)
    assert read.labels.tolist() == [[0, 1, 2], [255, 255, 0]]
    assert read.foreign == (("#010203", 1),)
    with pytest.raises(DataError, match=r"mask\.png: .*#010203 \(1 pixels\)"):
        COLOURS.load(path)


@pytest.mark.parametrize("mode", ["RGB", "RGBA", "I;16", "1", "LA"])
def test_other_modes_are_refused_by_name(tmp_path: Path, mode: str) -> None:
    path = tmp_path / "mask.png"
    Image.new(mode, (4, 4)).save(path)
    with pytest.raises(DataError, match=rf"mask\.png: label map has mode {mode}"):
        VOC_LABELS.read(path)
