"""The sample stream repeats itself exactly, whatever was asked of it before."""

from __future__ import annotations

import logging
import threading
from dataclasses import replace

import numpy as np
import pytest

from engine.data.augmentation import Augmentation, RandomView
from engine.data.samples import LabelledImage, MemoryCache
from engine.errors import DataError
from engine.training.stream import Batch, SampleStream, prefetched
from tests.engine.training.tiny import Squares

VIEW = RandomView(Augmentation(brightness=0.2, hue=10.0), crop=48)


def _same(one: Batch, other: Batch) -> bool:
    return (
        one.names == other.names
        and np.array_equal(one.images, other.images)
        and np.array_equal(one.labels, other.labels)
    )


def test_an_epoch_visits_every_sample_once_and_each_in_another_order() -> None:
    stream = SampleStream(Squares(8), seed=3)
    epochs = [stream.batch(8 * epoch, 8, VIEW).names for epoch in range(3)]
    assert all(sorted(epoch) == [f"square{i}" for i in range(8)] for epoch in epochs)
    assert len(set(epochs)) == 3


def test_any_place_of_the_stream_can_be_asked_for_again() -> None:
    whole = SampleStream(Squares(8), seed=3).batch(0, 30, VIEW)
    again = SampleStream(Squares(8), seed=3).batch(11, 10, VIEW)
    assert _same(again, Batch(whole.images[11:21], whole.labels[11:21], whole.names[11:21]))
    assert not _same(SampleStream(Squares(8), seed=4).batch(0, 30, VIEW), whole)


def test_a_sample_looks_different_in_every_epoch() -> None:
    stream = SampleStream(Squares(1), seed=0)
    assert not np.array_equal(stream.batch(0, 1, VIEW).images, stream.batch(1, 1, VIEW).images)


class Taught(Squares):
    """Squares whose teacher calls everything class 7 once and class 9 once."""

    def load(self, index: int) -> LabelledImage:
        sample = super().load(index)
        maps = (np.full_like(sample.labels, 7), np.full_like(sample.labels, 9))
        return replace(sample, taught=maps)


def test_a_teacher_is_heard_as_often_as_asked_and_the_same_again() -> None:
    def heard(share: float) -> list[int]:
        view = RandomView(Augmentation(scale=(1.0, 1.0), mirror=0.0), crop=32)
        labels = SampleStream(Taught(8), seed=3, teacher_share=share).batch(0, 64, view).labels
        return [int(one[16, 16]) for one in labels]

    assert not {7, 9} & set(heard(0.0))
    assert set(heard(1.0)) == {7, 9}
    often = sum(value in (7, 9) for value in heard(0.5))
    assert 20 <= often <= 44
    assert heard(0.5) == heard(0.5)


def test_objects_of_another_sample_are_pasted_as_often_as_asked() -> None:
    def batch(paste: float) -> Batch:
        view = RandomView(Augmentation(scale=(1.0, 1.0), mirror=0.0, paste=paste), crop=64)
        return SampleStream(Squares(), seed=3).batch(0, 32, view)

    plain, always, sometimes = batch(0.0), batch(1.0), batch(0.5)
    assert _same(always, batch(1.0))
    changed = [(a != p).any() for a, p in zip(sometimes.labels, plain.labels, strict=True)]
    assert 0.2 < np.mean(changed) < 0.7
    for pasted, before in zip(always.labels, plain.labels, strict=True):
        # What was an object stays one, be it another's.
        assert ((pasted != 0) | (before == 0)).all()
    assert np.mean(always.labels != 0) > np.mean(plain.labels != 0)


def test_weights_set_how_often_each_sample_is_drawn(monkeypatch: pytest.MonkeyPatch) -> None:
    weights = np.array([1.0, 1.0, 2.0, 4.0])
    monkeypatch.setattr("engine.training.stream.balanced_weights", lambda present, *, power: weights)
    stream = SampleStream(Squares(4), seed=5)
    stream.balance(1.0)
    epochs = [stream.batch(4 * epoch, 4, VIEW).names for epoch in range(200)]
    for epoch in epochs:
        # Systematic draws: never further than one from the expectation.
        assert all(abs(epoch.count(f"square{i}") - weights[i] / 2) < 1 for i in range(4))
    counts = [sum(epoch.count(f"square{i}") for epoch in epochs) for i in range(4)]
    assert counts == pytest.approx(weights * 100, rel=0.1)
    assert len(set(epochs)) > 10


def test_a_sample_drawn_twice_is_seen_in_two_views(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("engine.training.stream.balanced_weights", lambda present, *, power: np.array([1.0, 1e9]))
    stream = SampleStream(Squares(2), seed=5)
    plain = stream.batch(0, 2, VIEW)
    stream.balance(1.0)
    batch = stream.batch(0, 2, VIEW)
    assert batch.names == ("square1", "square1")
    assert not np.array_equal(batch.images[0], batch.images[1])
    stream.balance(0.0)
    assert _same(stream.batch(0, 2, VIEW), plain)


def test_an_unreadable_sample_is_named_once_and_replaced(caplog: pytest.LogCaptureFixture) -> None:
    stream = SampleStream(Squares(4, unreadable=frozenset({2})), seed=0)
    with caplog.at_level(logging.WARNING):
        names = stream.batch(0, 12, VIEW).names
    assert set(names) == {"square0", "square1", "square3"}
    assert len(caplog.records) == 1


def test_a_data_set_without_one_readable_sample_is_an_error() -> None:
    with pytest.raises(DataError, match="not one sample"):
        SampleStream(Squares(2, unreadable=frozenset({0, 1})), seed=0).batch(0, 1, VIEW)


def test_the_cache_decodes_once_and_keeps_within_its_budget() -> None:
    data = Squares(4)
    one = data.load(0)
    budget = 2 * (one.rgb.nbytes + one.labels.nbytes)
    cache = MemoryCache(data, budget_bytes=budget)
    data.loads = 0
    for _ in range(3):
        for index in range(4):
            assert np.array_equal(cache.load(index).labels, Squares(4).load(index).labels)
    assert data.loads == 2 + 3 * 2


def test_prefetching_keeps_the_order_and_ends_its_thread() -> None:
    before = threading.active_count()
    assert list(prefetched(lambda n: n * n, count=20)) == [n * n for n in range(20)]
    early = prefetched(lambda n: n, count=1000)
    assert next(early) == 0
    early.close()
    assert threading.active_count() == before


def test_prefetching_raises_what_the_maker_raised() -> None:
    def make(number: int) -> int:
        if number == 2:
            raise DataError("no more")
        return number

    items = prefetched(make, count=5)
    assert [next(items), next(items)] == [0, 1]
    with pytest.raises(DataError, match="no more"):
        next(items)


@pytest.mark.parametrize("workers", [1, 2, 5])
def test_any_number_of_workers_gives_the_same_batches_in_the_same_order(workers: int) -> None:
    view = RandomView(Augmentation(paste=0.5, rotation=10.0, blur=1.0), crop=48)
    plain = SampleStream(Squares(7, unreadable=frozenset({2})), seed=3)
    expected = [plain.batch(5 * n, 5, view) for n in range(12)]
    stream = SampleStream(Squares(7, unreadable=frozenset({2})), seed=3)
    batches = list(prefetched(lambda n: stream.batch(5 * n, 5, view), count=12, workers=workers))
    assert all(_same(one, other) for one, other in zip(batches, expected, strict=True))


def test_workers_work_at_the_same_time_and_no_further_ahead_than_asked() -> None:
    together = threading.Barrier(3, timeout=10)
    made: list[int] = []

    def make(number: int) -> int:
        if number < 3:
            together.wait()  # passes only when three calls are under way at once
        made.append(number)
        return number

    items = prefetched(make, count=100, workers=3, depth=2)
    assert [next(items) for _ in range(3)] == [0, 1, 2]
    items.close()
    assert len(made) <= 3 + 4


def test_an_unreadable_sample_is_named_once_by_several_workers(caplog: pytest.LogCaptureFixture) -> None:
    stream = SampleStream(Squares(4, unreadable=frozenset({2})), seed=0)
    with caplog.at_level(logging.WARNING):
        batches = list(prefetched(lambda n: stream.batch(4 * n, 4, VIEW), count=20, workers=4))
    assert {name for batch in batches for name in batch.names} == {"square0", "square1", "square3"}
    assert len(caplog.records) == 1
