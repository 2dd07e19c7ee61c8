"""Label files: what is written is what is read back, and a write that fails leaves the old file whole."""

from __future__ import annotations

import errno
import io
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import array_shapes, arrays
from PIL import Image

from engine.data.atomic_file import make_folder, write_atomically, write_bytes
from engine.data.label_files import (
    encode_label_map,
    read_label_map,
    write_jpeg,
    write_label_map,
    write_png,
)
from engine.data.palettes import cityscapes_ids_to_train_ids, cityscapes_palette, voc_palette
from engine.errors import DataError, OutputError

SHAPES = array_shapes(min_dims=2, max_dims=2, max_side=40)
LABELS = np.array([[0, 1, 20], [15, 255, 8]], dtype=np.uint8)


def stored(data: bytes) -> Image.Image:
    return Image.open(io.BytesIO(data))


@given(arrays(np.uint8, SHAPES))
@settings(deadline=None)
def test_voc_and_index_files_hold_every_value(labels: np.ndarray) -> None:
    for form, mode in (("voc", "P"), ("index", "L")):
        image = stored(encode_label_map(labels, format=form))
        assert image.mode == mode
        assert np.array_equal(np.array(image), labels)


@given(arrays(np.uint8, SHAPES, elements=st.one_of(st.integers(0, 18), st.just(255))))
@settings(deadline=None)
def test_cityscapes_files_hold_ids(labels: np.ndarray) -> None:
    image = stored(encode_label_map(labels, format="cityscapes"))
    ids = np.array(image)
    assert image.mode == "L"
    assert np.array_equal(cityscapes_ids_to_train_ids()[ids], labels)
    assert (ids[labels == 255] == 0).all()


@pytest.mark.parametrize("strange", [19, 20, 254])
def test_cityscapes_refuses_other_labels(strange: int) -> None:
    with pytest.raises(DataError, match=f"label {strange} is no Cityscapes trainId"):
        encode_label_map(np.array([[0, strange]], dtype=np.uint8), format="cityscapes")


def test_voc_files_carry_the_whole_palette() -> None:
    image = stored(encode_label_map(LABELS))
    assert np.array_equal(np.array(image.getpalette()).reshape(-1, 3), voc_palette())
    image = stored(encode_label_map(LABELS, palette=cityscapes_palette()))
    colours = np.array(image.getpalette()).reshape(-1, 3)
    assert np.array_equal(colours[:19], cityscapes_palette())
    assert colours[255].tolist() == [224, 224, 192]


@pytest.mark.parametrize(
    "labels", [np.zeros((2, 2), dtype=np.int64), np.zeros((2, 2, 3), dtype=np.uint8), np.zeros((0, 4), dtype=np.uint8)]
)
def test_other_arrays_are_refused(labels: Any) -> None:
    with pytest.raises(DataError, match="a label map is H×W uint8"):
        encode_label_map(labels)


def test_written_and_read_back(tmp_path: Path) -> None:
    path = tmp_path / "ρ 标签.png"
    write_label_map(path, LABELS)
    assert np.array_equal(read_label_map(path), LABELS)
    # Views that are not contiguous are written as they look.
    write_label_map(path, LABELS.T[::-1])
    assert np.array_equal(read_label_map(path), LABELS.T[::-1])


@pytest.mark.parametrize("channels", [(), (3,), (4,)])
def test_write_png(tmp_path: Path, channels: tuple[int, ...]) -> None:
    array = np.random.default_rng(0).integers(0, 256, (5, 7, *channels), dtype=np.uint8)
    write_png(tmp_path / "a.png", array)
    with Image.open(tmp_path / "a.png") as image:
        assert np.array_equal(np.array(image), array)


def test_a_jpeg_too_wide_for_the_format_is_an_output_error(tmp_path: Path) -> None:
    with pytest.raises(OutputError, match="too large for JPEG: 66000×1"):
        write_jpeg(tmp_path / "wide.jpg", np.zeros((1, 66_000, 3), dtype=np.uint8))
    assert list(tmp_path.iterdir()) == []


def test_colour_files_are_no_label_maps(tmp_path: Path) -> None:
    write_png(tmp_path / "colour.png", np.zeros((2, 2, 3), dtype=np.uint8))
    with pytest.raises(DataError, match=r"colour\.png: holds RGB colours"):
        read_label_map(tmp_path / "colour.png")


def test_broken_label_files_name_themselves(tmp_path: Path) -> None:
    path = tmp_path / "cut.png"
    path.write_bytes(encode_label_map(np.random.default_rng(0).integers(0, 21, (60, 60), dtype=np.uint8))[:900])
    with pytest.raises(DataError, match=r"cut\.png"):
        read_label_map(path)
    with pytest.raises(DataError, match=r"gone\.png"):
        read_label_map(tmp_path / "gone.png")


class Faulty:
    """Fails the n-th of the calls that bring a file to the disk: open, write, flush, fsync, replace."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, fail_at: int, error: int) -> None:
        self.calls: list[str] = []
        self._fail_at = fail_at
        self._error = error
        path_open, path_replace, fsync = Path.open, Path.replace, os.fsync

        def opened(path: Path, mode: str = "r", **options: Any) -> Any:
            if not path.name.startswith(".rhoscope-"):
                return path_open(path, mode, **options)
            self.step("open")
            return FaultyStream(path_open(path, mode, **options), self.step)

        def replaced(path: Path, target: Path) -> Path:
            self.step("replace")
            return path_replace(path, target)

        def synced(descriptor: int) -> None:
            self.step("fsync")
            fsync(descriptor)

        monkeypatch.setattr(Path, "open", opened)
        monkeypatch.setattr(Path, "replace", replaced)
        monkeypatch.setattr(os, "fsync", synced)

    def step(self, name: str) -> None:
        self.calls.append(name)
        if len(self.calls) == self._fail_at:
            raise OSError(self._error, os.strerror(self._error))


class FaultyStream:
    """A file whose writes and flushes may fail; half of the data has reached it then."""

    def __init__(self, stream: BinaryIO, step: Callable[[str], None]) -> None:
        self._stream = stream
        self._step = step

    def __enter__(self) -> FaultyStream:
        return self

    def __exit__(self, *_: object) -> None:
        self._stream.close()

    def write(self, data: bytes) -> int:
        self._stream.write(data[: len(data) // 2])
        self._step("write")
        return self._stream.write(data[len(data) // 2 :])

    def flush(self) -> None:
        self._step("flush")
        self._stream.flush()

    def fileno(self) -> int:
        return self._stream.fileno()


# The last fsync, of the folder, comes after the new file is in place and may fail without harm.
STEPS = ["open", "write", "flush", "fsync", "replace"]


@pytest.mark.parametrize("error", [errno.ENOSPC, errno.EIO, errno.EACCES])
@pytest.mark.parametrize("fail_at", range(1, len(STEPS) + 1))
def test_a_failed_write_leaves_the_old_file_whole(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, fail_at: int, error: int
) -> None:
    path = tmp_path / "labels.png"
    write_label_map(path, LABELS)
    before = path.read_bytes()
    with monkeypatch.context() as patch:
        faulty = Faulty(patch, fail_at, error)
        with pytest.raises(OutputError) as raised:
            write_label_map(path, np.zeros((9, 9), dtype=np.uint8))
    assert faulty.calls == STEPS[:fail_at]
    assert raised.value.path == path
    assert os.strerror(error).lower() in str(raised.value)
    assert path.read_bytes() == before
    assert list(tmp_path.iterdir()) == [path]


def test_a_write_takes_exactly_the_steps_that_are_failed_above(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    faulty = Faulty(monkeypatch, fail_at=0, error=errno.EIO)
    write_bytes(tmp_path / "a", b"data")
    assert faulty.calls[: len(STEPS)] == STEPS
    assert (tmp_path / "a").read_bytes() == b"data"


def test_an_interrupt_leaves_no_temporary_file(tmp_path: Path) -> None:
    def interrupted(stream: BinaryIO) -> None:
        stream.write(b"half")
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        write_atomically(tmp_path / "a", interrupted)
    assert list(tmp_path.iterdir()) == []


def test_a_missing_folder_is_named(tmp_path: Path) -> None:
    with pytest.raises(OutputError, match="make the folder first") as raised:
        write_label_map(tmp_path / "gone" / "a.png", LABELS)
    assert raised.value.path == tmp_path / "gone" / "a.png"


def test_the_longest_name_that_fits_is_written(tmp_path: Path) -> None:
    path = tmp_path / ("x" * 251 + ".png")
    write_label_map(path, LABELS)
    assert np.array_equal(read_label_map(path), LABELS)


@pytest.mark.skipif(os.name == "nt", reason="Windows has no such permissions")
def test_files_have_the_usual_permissions(tmp_path: Path) -> None:
    (tmp_path / "usual").touch()
    write_bytes(tmp_path / "ours", b"")
    assert (tmp_path / "ours").stat().st_mode == (tmp_path / "usual").stat().st_mode


def test_a_folder_is_made_with_its_parents(tmp_path: Path) -> None:
    make_folder(tmp_path / "a" / "b")
    make_folder(tmp_path / "a" / "b")
    assert (tmp_path / "a" / "b").is_dir()


@pytest.mark.parametrize("place", ["file", "file/below"])
def test_a_file_in_place_of_the_folder_is_named(tmp_path: Path, place: str) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(OutputError) as raised:
        make_folder(tmp_path / place)
    assert raised.value.path == tmp_path / place
