"""Damaged files become one kind of error that names them, whatever a decoder makes of them."""

from __future__ import annotations

import io
import warnings
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from PIL import Image

from engine.data.pairs import Pair, PairedData
from engine.data.voc import VOC_LABELS
from engine.errors import DataError


def _bytes(format: str) -> bytes:
    stream = io.BytesIO()
    noise = np.random.default_rng(0).integers(0, 21, (24, 32), dtype=np.uint8)
    Image.fromarray(noise).save(stream, format=format)
    return stream.getvalue()


WHOLE = {format: _bytes(format) for format in ("PNG", "JPEG", "BMP")}


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    format=st.sampled_from(sorted(WHOLE)),
    keep=st.floats(0, 1),
    damage=st.lists(st.tuples(st.floats(0, 0.999), st.integers(0, 255)), max_size=4),
)
def test_damaged_files_load_or_are_named(
    tmp_path: Path, format: str, keep: float, damage: list[tuple[float, int]]
) -> None:
    data = bytearray(WHOLE[format])
    for place, value in damage:
        data[int(place * len(data))] = value
    path = tmp_path / "file"
    path.write_bytes(data[: round(keep * len(data))])
    pairs = (Pair("a", path, path),)
    errors: list[DataError] = []
    for upright in (False, True):
        source = PairedData(layout="voc", root=tmp_path, split="x", pairs=pairs, convention=VOC_LABELS, upright=upright)
        for read in (source.image_size, source.read_rgb, _read_labels):
            with warnings.catch_warnings(action="ignore"):
                try:
                    read(pairs[0])
                except DataError as error:
                    errors.append(error)
    assert all(error.path == path for error in errors)


def _read_labels(pair: Pair) -> object:
    return VOC_LABELS.read(pair.labels)


def test_a_data_set_without_a_pair_is_refused(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="the split x has no labelled image"):
        PairedData(layout="voc", root=tmp_path, split="x", pairs=(), convention=VOC_LABELS)
