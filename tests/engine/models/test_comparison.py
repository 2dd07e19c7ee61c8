"""Two models on one photo: agreement by the classes' names, what stands against what, pictures of one size."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from engine.cascade.result import CascadeResult
from engine.models.comparison import SHOWN_SIDE, CompareJob, Comparison, comparison
from engine.models.library_job import run_job
from engine.resources import resource_path
from tests.app.fakes import fake_result


class Silent:
    def progress(self, fraction: float) -> None:
        pass

    def check(self) -> None:
        pass


def photo(height: int = 40, width: int = 60) -> np.ndarray:
    return np.random.default_rng(1).integers(0, 256, (height, width, 3), dtype=np.uint8)


def answer(labels: np.ndarray, names: tuple[str, ...]) -> CascadeResult:
    rgb = np.zeros((*labels.shape, 3), dtype=np.uint8)
    palette = np.array([[0, 0, 0], [200, 0, 0], [0, 200, 0]], dtype=np.uint8)[: len(names)]
    return replace(fake_result(rgb, 1.0), label_map=labels.astype(np.uint8), class_names=names, palette=palette)


def test_classes_are_compared_by_name() -> None:
    labels = np.zeros((40, 60), dtype=int)
    labels[:, :30] = 1
    first = answer(labels, ("background", "cat"))
    second = answer(np.where(labels == 1, 2, 0), ("background", "dog", "cat"))
    found = comparison(photo(), first, second)
    assert found.agreement == 1.0
    assert found.pairs == ()
    assert not np.array_equal(found.first.picture, found.second.picture)


def test_disagreements_are_counted_and_shown() -> None:
    labels = np.zeros((40, 60), dtype=int)
    other = labels.copy()
    other[:, :15] = 1
    other[:4, 15:] = 2
    rgb = photo()
    found = comparison(rgb, answer(labels, ("background", "cat")), answer(other, ("background", "cat", "owl")))
    assert found.agreement == pytest.approx(1 - 0.25 - 0.075)
    assert found.pairs == (
        ("background", "cat", pytest.approx(0.25)),
        ("background", "owl", pytest.approx(0.075)),
    )
    yellow = np.abs(found.difference.astype(int) - rgb).max(axis=2)
    assert found.difference[30, 5].tolist() != found.difference[30, 40].tolist()
    assert yellow[:, :15].mean() > 0


def test_large_photos_are_shown_smaller_and_counted_whole() -> None:
    height, width = 300, 2 * SHOWN_SIDE
    labels = np.zeros((height, width), dtype=int)
    found = comparison(photo(height, width), answer(labels, ("a", "b")), answer(labels + 1, ("a", "b")))
    assert found.first.picture.shape == found.second.picture.shape == found.difference.shape == (150, SHOWN_SIDE, 3)
    assert found.agreement == 0.0


def test_a_model_agrees_with_itself() -> None:
    found = run_job(CompareJob(resource_path("samples", "owl.jpg"), "default", "lc-mobilenetv2"), Silent())
    assert isinstance(found, Comparison)
    assert found.agreement == 1.0
    assert found.first.label == found.second.label == "lc-mobilenetv2"
    assert np.array_equal(found.first.picture, found.second.picture)
