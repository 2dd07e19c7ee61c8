from __future__ import annotations

import os
import signal
import threading
import time
from collections.abc import Iterator
from dataclasses import replace

import numpy as np
import pytest

from engine.cancel import Cancelled
from engine.errors import RefinementError
from engine.refine import PRESETS, CrfResult, CrfWorker, chosen_backend, crf_missing
from engine.refine.dense_crf import mean_field, possible_classes, renamed, run_job, unary_energy
from engine.refine.worker import prepared, working_size
from tests.engine.refine.pictures import belief, random_belief, request, two_halves

DEADLINE = 60.0
needs_crf = pytest.mark.skipif(crf_missing("pydensecrf") is not None, reason="needs pydensecrf2")


@pytest.fixture(scope="module")
def worker() -> Iterator[CrfWorker]:
    shared = CrfWorker()
    yield shared
    shared.close()


@pytest.fixture(scope="module", autouse=True)
def _started(worker: CrfWorker) -> None:
    """Its thread outlives single tests, so it starts before the first of them."""
    if crf_missing() is None:
        worker.submit(request(two_halves(), random_belief(0))).result(DEADLINE)


def long_request():
    """Takes minutes."""
    noise = np.random.default_rng(1).integers(0, 256, (400, 500, 3)).astype(np.uint8)
    parameters = replace(PRESETS["deeplab_v1"], iterations=5000)
    return request(noise, random_belief(1, classes=21, size=(50, 63)), parameters=parameters)


@needs_crf
def test_full_mode_gives_what_the_crf_gives(worker):
    rgb, probabilities = two_halves(), random_belief(4)
    result = worker.submit(request(rgb, probabilities)).result(DEADLINE)
    refined = mean_field(unary_energy(probabilities), rgb, PRESETS["deeplab_v1"], after_step=lambda _: None)
    assert np.array_equal(result.label_map, refined.argmax(axis=0))
    assert result.label_map.dtype == np.uint8
    assert np.array_equal(result.changed, result.label_map != probabilities.argmax(axis=0))
    assert result.changed.any()
    assert result.milliseconds > 0
    assert result.working_size == (40, 48)
    assert result.note == ""


@needs_crf
def test_grid_is_brought_to_the_photo(worker):
    guess = (np.arange(6) >= 2).astype(int) * np.ones((5, 1), dtype=int)
    ask = request(two_halves(edge=24), belief(guess, classes=2, certainty=0.9))
    result = worker.submit(ask).result(DEADLINE)
    assert np.array_equal(result.label_map, (np.arange(48) >= 24) * np.ones((40, 1), dtype=int))


@needs_crf
@pytest.mark.parametrize("seed", range(3))
def test_hard_mode_leaves_all_other_pixels_as_they_were(worker, seed):
    probabilities = random_belief(seed, size=(10, 12))
    hard = np.random.default_rng(seed).random((10, 12)) < 0.3
    ask = request(two_halves(), probabilities, mode="hard", hard=hard)
    result = worker.submit(ask).result(DEADLINE)
    pixels = hard.repeat(4, axis=0).repeat(4, axis=1)
    assert np.array_equal(result.label_map[~pixels], ask.label_map[~pixels])
    assert not result.changed[~pixels].any()
    assert result.changed[pixels].any()


@needs_crf
def test_hard_pixels_follow_the_certain_labels_around_them(worker):
    labels = np.zeros((40, 48), dtype=int)
    labels[10:20, 10:20] = 1
    hard = np.zeros((40, 48), dtype=bool)
    hard[12:18, 12:18] = True
    probabilities = belief(labels, classes=3, certainty=0.6)
    # The hard part itself leans towards a third class.
    probabilities[:, hard] = np.array([0.2, 0.35, 0.45], dtype=np.float32)[:, None]
    rgb = np.full((40, 48, 3), 30, dtype=np.uint8)
    rgb[10:20, 10:20] = 200
    ask = replace(request(rgb, probabilities, mode="hard", hard=hard), label_map=labels.astype(np.uint8))
    assert np.array_equal(worker.submit(ask).result(DEADLINE).label_map, labels)


@needs_crf
def test_hard_mode_without_hard_pixels_changes_nothing(worker):
    ask = request(two_halves(), random_belief(3), mode="hard", hard=np.zeros((40, 48), dtype=bool))
    result = worker.submit(ask).result(DEADLINE)
    assert np.array_equal(result.label_map, ask.label_map)
    assert not result.changed.any()


@needs_crf
def test_progress_rises_to_the_end(worker):
    heard: list[float] = []
    worker.submit(request(two_halves(), random_belief(3)), on_progress=heard.append).result(DEADLINE)
    assert heard == sorted(heard)
    assert heard[0] == 0.0
    assert heard[-1] == 1.0
    assert len(heard) == 12


@needs_crf
def test_cancel_takes_effect_between_steps(worker):
    started = threading.Event()
    task = worker.submit(long_request(), on_progress=lambda fraction: fraction > 0.2 and started.set())
    assert started.wait(DEADLINE)
    began = time.monotonic()
    task.cancel()
    with pytest.raises(Cancelled):
        task.result(DEADLINE)
    assert time.monotonic() - began < 5
    assert isinstance(worker.submit(request(two_halves(), random_belief(3))).result(DEADLINE), CrfResult)


@needs_crf
def test_killed_worker_is_reported_and_the_next_request_works(worker):
    started = threading.Event()
    task = worker.submit(long_request(), on_progress=lambda _: started.set())
    assert started.wait(DEADLINE)
    os.kill(worker.process_id, signal.SIGKILL)
    with pytest.raises(RefinementError, match="CRF worker was ended by signal 9"):
        task.result(DEADLINE)
    assert isinstance(worker.submit(request(two_halves(), random_belief(3))).result(DEADLINE), CrfResult)


@needs_crf
def test_the_asking_thread_is_never_held_up(worker):
    """pydensecrf holds the interpreter's lock; in a process of its own it must not hold ours."""
    started, longest, last = threading.Event(), 0.0, time.monotonic()
    task = worker.submit(long_request(), on_progress=lambda _: started.set())
    assert started.wait(DEADLINE)
    last = until = time.monotonic()
    while last < until + 1.0:
        time.sleep(0.001)
        longest, last = max(longest, time.monotonic() - last), time.monotonic()
    task.cancel()
    with pytest.raises(Cancelled):
        task.result(DEADLINE)
    assert longest < 0.25


@needs_crf
def test_very_large_photo_is_refined_at_a_smaller_size_and_says_so(worker, monkeypatch):
    monkeypatch.setattr("engine.refine.worker._LARGEST", 40 * 48 * 2)
    guess = (np.arange(12) >= 5).astype(int) * np.ones((10, 1), dtype=int)
    ask = request(two_halves(120, 144, edge=72), belief(guess, classes=2, certainty=0.9))
    result = worker.submit(ask).result(DEADLINE)
    assert result.label_map.shape == (120, 144)
    assert result.working_size == (40, 48)
    assert "48×40 of this 144×120 photo" in result.note
    assert (result.label_map == (np.arange(144) >= 72)).mean() > 0.98
    kept = worker.submit(replace(ask, mode="hard", hard=np.zeros((10, 12), dtype=bool))).result(DEADLINE)
    assert np.array_equal(kept.label_map, ask.label_map)


@pytest.mark.parametrize("size", [(375, 500), (6000, 8000), (200, 30_000), (30_000, 200), (1, 1), (1, 4_000_000)])
@pytest.mark.parametrize("classes", [2, 21, 150])
def test_working_size_bounds_memory_and_keeps_the_shape(size, classes):
    height, width = working_size(size, classes=classes)
    assert 1 <= height <= size[0]
    assert 1 <= width <= size[1]
    assert height * width * classes <= 22_000_000
    if size[0] * size[1] * classes <= 22_000_000:
        assert (height, width) == size
    elif min(height, width) > 10:
        assert height / width == pytest.approx(size[0] / size[1], rel=0.05)


@needs_crf
@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"rgb": np.zeros((40, 47, 3), dtype=np.uint8)}, "photo"),
        ({"rgb": np.zeros((40, 48, 3), dtype=np.float32)}, "photo"),
        ({"probabilities": np.zeros((4, 40, 48))}, "float32"),
        ({"probabilities": np.full((4, 40, 48), np.nan, dtype=np.float32)}, "not numbers"),
        ({"hard": np.zeros((4, 4), dtype=bool)}, "grid"),
    ],
)
def test_parts_that_do_not_fit_are_refused(worker, change, words):
    with pytest.raises(RefinementError, match=words):
        worker.submit(replace(request(two_halves(), random_belief(3)), **change)).result(DEADLINE)


def test_missing_package_is_said_in_one_sentence_with_the_cure(monkeypatch):
    monkeypatch.setattr("importlib.util.find_spec", lambda _: None)
    said = crf_missing()
    assert said is not None
    assert "pydensecrf2" in said
    assert "apt-get install g++ && make run" in said
    with pytest.raises(RefinementError, match="pydensecrf2"):
        prepared(request(two_halves(), random_belief(3)))


@pytest.mark.parametrize(
    ("installed", "share", "expected"),
    [
        ({"pydensecrf", "torch"}, 1.0, "pydensecrf"),
        ({"pydensecrf", "torch"}, 0.05, "torch"),
        ({"torch"}, 1.0, "torch"),
        ({"pydensecrf"}, 0.05, "pydensecrf"),
    ],
)
def test_the_backend_follows_what_is_there_and_how_much_is_free(monkeypatch, installed, share, expected):
    monkeypatch.setattr("importlib.util.find_spec", lambda name: object() if name in installed else None)
    assert crf_missing() is None
    assert chosen_backend("auto", free_share=share) == expected
    for backend in ("pydensecrf", "torch"):
        if backend not in installed:
            with pytest.raises(RefinementError, match="not installed"):
                chosen_backend(backend, free_share=share)


@needs_crf
def test_the_lattice_refines_in_the_worker_as_pydensecrf_does(worker):
    probabilities, rgb = random_belief(3), two_halves()
    answers = {
        backend: worker.submit(replace(request(rgb, probabilities), backend=backend)).result(DEADLINE)
        for backend in ("pydensecrf", "torch")
    }
    assert {name: answer.backend for name, answer in answers.items()} == {"pydensecrf": "pydensecrf", "torch": "torch"}
    assert np.array_equal(answers["pydensecrf"].label_map, answers["torch"].label_map)


@needs_crf
def test_classes_that_are_improbable_everywhere_are_left_out_and_change_nothing():
    probabilities = random_belief(3, classes=3)
    with_rare = np.concatenate([probabilities * 0.995, np.full((2, 40, 48), 0.0025, dtype=np.float32)])
    given = np.full((40, 48), 255, dtype=np.uint8)
    assert possible_classes(with_rare, given).tolist() == [0, 1, 2]
    given[0, 0] = 4
    assert possible_classes(with_rare, given).tolist() == [0, 1, 2, 4]
    assert renamed(given, possible_classes(with_rare, given))[0, 0] == 3
    certain = np.zeros((5, 40, 48), dtype=np.float32)
    certain[2] = 1.0
    assert len(possible_classes(certain, np.full((40, 48), 255, dtype=np.uint8))) == 2

    class Context:
        def progress(self, fraction): ...

        def check(self): ...

    job = prepared(request(two_halves(), np.ascontiguousarray(with_rare)))
    every = run_job(replace(job, prune=False), Context())
    pruned = run_job(job, Context())
    assert (every.classes, pruned.classes) == (5, 3)
    assert np.array_equal(every.label_map, pruned.label_map)
