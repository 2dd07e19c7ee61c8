"""The image list: what views see of it while it grows and thumbnails arrive."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from PySide6.QtGui import QImage
from PySide6.QtTest import QAbstractItemModelTester
from pytestqt.qtbot import QtBot

from app.explore.images import ImageListModel
from app.services.ui_queue import UiQueue
from engine.errors import ImageError
from tests.app.fakes import Gate
from tests.app.responsive import responsive


class Reader:
    """Thumbnails of one colour, made in the order in which `made` lists them."""

    def __init__(self) -> None:
        self.gate = Gate()
        self.made: list[str] = []
        self.threads: set[str] = set()
        self.broken: set[str] = set()

    def __call__(self, path: Path) -> np.ndarray:
        self.gate.wait()
        self.made.append(path.name)
        self.threads.add(threading.current_thread().name)
        if path.name in self.broken:
            raise ImageError("is no image", path=path)
        return np.full((48, 64, 3), 77, dtype=np.uint8)


@pytest.fixture
def reader() -> Reader:
    return Reader()


@pytest.fixture
def images(qtbot: QtBot, reader: Reader) -> Iterator[ImageListModel]:
    queue = UiQueue()
    model = ImageListModel(post=queue.post, read_thumbnail=reader)
    yield model
    reader.gate.release()
    model.stop()
    qtbot.waitUntil(lambda: not model.alive)
    queue.close()


def paths(count: int, *, start: int = 0) -> list[Path]:
    return [Path(f"/photos/{number:05d}.jpg") for number in range(start, start + count)]


def test_rows_in_order_without_doubles(qtbot: QtBot, images: ImageListModel) -> None:
    QAbstractItemModelTester(images, QAbstractItemModelTester.FailureReportingMode.Warning, images)
    with qtbot.waitSignal(images.countChanged):
        images.append(paths(3))
    images.append([*paths(3), *paths(2, start=3), *paths(1, start=4)])
    assert [images.path_at(row) for row in range(images.rowCount())] == paths(5)
    assert images.row_of(Path("/photos/00004.jpg")) == 4
    assert images.row_of(Path("/elsewhere.jpg")) == -1
    assert images.path_at(5) is None
    assert images.data(images.index(2)) == "00002.jpg"


def test_thumbnails_are_made_once_in_another_thread_when_asked_for(
    qtbot: QtBot, images: ImageListModel, reader: Reader
) -> None:
    images.append(paths(3))
    index = images.index(1)
    with qtbot.waitSignal(images.dataChanged) as changed:
        assert images.data(index, images.ThumbnailRole) is None
        assert images.data(index, images.ThumbnailRole) is None
    assert changed.args is not None
    assert changed.args[0].row() == 1
    thumbnail = images.data(index, images.ThumbnailRole)
    assert isinstance(thumbnail, QImage)
    assert (thumbnail.width(), thumbnail.height(), thumbnail.pixelColor(5, 5).red()) == (64, 48, 77)
    assert reader.made == ["00001.jpg"]
    assert threading.current_thread().name not in reader.threads


def test_the_latest_visible_rows_come_first(qtbot: QtBot, images: ImageListModel, reader: Reader) -> None:
    reader.gate.hold()
    images.append(paths(10))
    for row in range(10):
        images.data(images.index(row), images.ThumbnailRole)
    qtbot.waitUntil(lambda: reader.gate.waiting == 1)
    reader.gate.release()
    qtbot.waitUntil(lambda: len(reader.made) == 10)
    # Which job the thread took before the others were there is chance.
    rest = reader.made[1:]
    assert rest == sorted(rest, reverse=True)


def test_rows_scrolled_past_are_made_when_they_are_seen_again(
    qtbot: QtBot, images: ImageListModel, reader: Reader
) -> None:
    reader.gate.hold()
    images.append(paths(300))
    for row in range(300):
        images.data(images.index(row), images.ThumbnailRole)
    reader.gate.release()
    qtbot.waitUntil(lambda: "00299.jpg" in reader.made and reader.made[-1] < "00210.jpg")
    assert len(reader.made) < 150
    missing = next(row for row in range(300) if f"{row:05d}.jpg" not in reader.made)
    images.data(images.index(missing), images.ThumbnailRole)
    qtbot.waitUntil(lambda: f"{missing:05d}.jpg" in reader.made)


def test_an_unreadable_file_shows_its_reason_and_is_not_tried_again(
    qtbot: QtBot, images: ImageListModel, reader: Reader
) -> None:
    reader.broken.add("00000.jpg")
    images.append(paths(1))
    index = images.index(0)
    with qtbot.waitSignal(images.thumbnailFailed):
        images.data(index, images.ThumbnailRole)
    assert images.data(index, images.ErrorRole) == "is no image"
    assert images.data(index, images.ThumbnailRole) is None
    assert reader.made == ["00000.jpg"]


def test_hard_share_is_announced(qtbot: QtBot, images: ImageListModel) -> None:
    images.append(paths(2))
    assert images.data(images.index(1), images.HardShareRole) is None
    with qtbot.waitSignal(images.dataChanged):
        images.set_hard_share(paths(2)[1], 0.25)
    assert images.data(images.index(1), images.HardShareRole) == 0.25


def test_an_answer_for_a_list_that_is_gone_changes_nothing(
    qtbot: QtBot, images: ImageListModel, reader: Reader
) -> None:
    reader.gate.hold()
    images.append(paths(5))
    images.data(images.index(4), images.ThumbnailRole)
    qtbot.waitUntil(lambda: reader.gate.waiting == 1)
    images.clear()
    images.append(paths(1))
    with qtbot.assertNotEmitted(images.dataChanged):
        reader.gate.release()
        qtbot.waitUntil(lambda: reader.made == ["00004.jpg"])
        qtbot.wait(20)


def test_twenty_thousand_rows_leave_the_window_free(qtbot: QtBot, images: ImageListModel) -> None:
    with responsive():
        for start in range(0, 20_000, 500):
            images.append(paths(500, start=start))
            qtbot.wait(1)
    assert images.rowCount() == 20_000
