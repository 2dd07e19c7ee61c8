"""Pools: which job runs next, which are dropped, how the threads end."""

from __future__ import annotations

import logging
import threading
from collections.abc import Iterator

import pytest

from app.services.workers import WorkerPool
from tests.app.fakes import DEADLINE


class Held:
    """A pool whose one thread is busy until go() is called, so that jobs queue up behind it."""

    def __init__(self, pool: WorkerPool) -> None:
        self.pool = pool
        self.done: list[str] = []
        self._go = threading.Event()
        begun = threading.Event()

        def wait() -> None:
            begun.set()
            self._go.wait(DEADLINE)

        pool.submit(wait)
        assert begun.wait(DEADLINE)

    def add(self, name: str, *, key: str | None = None) -> bool:
        return self.pool.submit(
            lambda: self.done.append(name), key=key, dropped=lambda: self.done.append(f"dropped {name}")
        )

    def go(self) -> None:
        self._go.set()

    def end(self) -> list[str]:
        self.pool.finish()
        self.go()
        ended(self.pool)
        return self.done


def ended(pool: WorkerPool) -> None:
    for thread in pool.threads:
        thread.join(DEADLINE)
    assert not pool.alive


@pytest.fixture
def pool() -> Iterator[WorkerPool]:
    made = WorkerPool("test")
    yield made
    made.stop()


def test_jobs_run_in_order(pool: WorkerPool) -> None:
    held = Held(pool)
    for name in "abc":
        held.add(name)
    assert held.end() == ["a", "b", "c"]


def test_newest_first() -> None:
    held = Held(WorkerPool("test", newest_first=True))
    for name in "abc":
        held.add(name)
    assert held.end() == ["c", "b", "a"]


def test_a_job_under_the_same_key_is_replaced(pool: WorkerPool) -> None:
    held = Held(pool)
    held.add("a", key="x")
    held.add("b")
    held.add("c", key="x")
    assert held.end() == ["dropped a", "b", "c"]


def test_above_capacity_the_oldest_is_dropped() -> None:
    held = Held(WorkerPool("test", capacity=2))
    for name in "abc":
        held.add(name)
    assert held.end() == ["dropped a", "b", "c"]


def test_stop_drops_what_waits_and_refuses_more(pool: WorkerPool) -> None:
    held = Held(pool)
    held.add("a")
    pool.stop()
    assert not held.add("b")
    held.go()
    ended(pool)
    assert held.done == []


def test_stopping_a_pool_that_never_ran(pool: WorkerPool) -> None:
    pool.stop()
    assert not pool.alive


def test_a_failing_job_is_logged_and_the_next_one_runs(pool: WorkerPool, caplog: pytest.LogCaptureFixture) -> None:
    held = Held(pool)

    def fail() -> None:
        raise ValueError("a defect")

    pool.submit(fail)
    held.add("next")
    with caplog.at_level(logging.ERROR):
        assert held.end() == ["next"]
    assert "a defect" in caplog.text


def test_no_more_threads_than_asked_for() -> None:
    pool = WorkerPool("test", threads=2)
    names: set[str] = set()
    for _ in range(50):
        pool.submit(lambda: names.add(threading.current_thread().name))
    pool.finish()
    ended(pool)
    assert names <= {"test-1", "test-2"}
