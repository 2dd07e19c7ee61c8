"""The project's list: rows keep their order while difficulties stream in."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from pytestqt.qtbot import QtBot

from app.label.images import LabelImages, Listing
from app.services.ui_queue import UiQueue
from engine.project.records import ImageRow, Order, Review


def _images(count: int, *, order: Order) -> tuple[LabelImages, UiQueue]:
    queue = UiQueue()
    model = LabelImages(post=queue.post, read_thumbnail=lambda _path: np.zeros((4, 4, 3), dtype=np.uint8))
    rows = [ImageRow(100 + n, 1, f"photo {n}.png", None, Review.NEW) for n in range(count)]
    model.take(Listing.of(rows, {1: Path("/photos")}, order=order))
    return model, queue


def test_the_hardest_come_first_and_the_unknown_last(qtbot: QtBot) -> None:
    model, queue = _images(6, order="difficulty")
    moves: list[tuple[int, int]] = []
    model.rowsMoved.connect(lambda _p, start, _end, _d, row: moves.append((start, row)))
    rng = np.random.default_rng(0)
    shown = list(model.ids)
    for image_id in (103, 100, 105, 101, 103, 104, 102, 100):
        model.set_difficulty(image_id, float(rng.random()))
        for start, row in moves:
            moved = shown.pop(start)
            shown.insert(row - 1 if row > start else row, moved)
        moves.clear()
        assert tuple(shown) == model.ids
        assert [model.row_of(one) for one in model.ids] == list(range(6))
    known = [model.image(one).difficulty for one in model.ids]
    assert known == sorted(known, reverse=True)  # type: ignore[type-var]
    model.clear_difficulties()
    assert model.ids == (100, 101, 102, 103, 104, 105)
    model.stop()
    queue.close()


def test_in_the_order_of_names_nothing_moves(qtbot: QtBot) -> None:
    model, queue = _images(4, order="name")
    model.set_difficulty(102, 0.9)
    model.set_review(101, Review.DONE)
    assert model.ids == (100, 101, 102, 103)
    assert model.count(Review.DONE) == 1
    before = model.changes
    keys, ids = model.sorter("difficulty")()
    model.take_order("difficulty", keys, ids)
    assert model.ids == (102, 100, 101, 103)
    assert model.changes == before
    assert model.path_of(102) == Path("/photos/photo 2.png")
    assert model.id_of(Path("/photos/photo 3.png")) == 103
    assert model.row_of(7) == -1
    model.stop()
    queue.close()
