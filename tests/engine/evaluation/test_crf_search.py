"""The search of the CRF's kernels: points, scores, cached answers, the command."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from engine.cancel import Cancelled, CancelToken
from engine.cli.main import main
from engine.errors import DataError
from engine.evaluation.crf_search import (
    CachedAnswer,
    SearchSpace,
    load_answer,
    refined_labels,
    save_answer,
    search,
)
from engine.refine.backends import CrfBackend
from tests.engine.cli.scored_model import use_voc_model
from tests.engine.data.voc_folder import write_voc
from tests.engine.refine.pictures import belief, two_halves

BACKEND: CrfBackend = "torch"


def answer(guess: int = 20) -> CachedAnswer:
    """The model sees the edge some pixels beside where it is, in 24."""
    places = np.arange(48) * np.ones((40, 1))
    guessed, truth = (places >= guess).astype(int), (places >= 24).astype(np.uint8)
    return CachedAnswer(
        two_halves(edge=24),
        truth,
        belief(guessed, classes=2, certainty=0.7).astype(np.float16),
        guessed.astype(np.uint8),
        np.abs(places - 22) < 6,
    )


def test_the_default_points_are_deeplabs() -> None:
    keys = SearchSpace().keys()
    assert len(keys) == 4 * 8 * 4
    assert {(3, 30, 3), (6, 100, 6)} <= set(keys)


def test_the_second_round_goes_half_a_step_around_the_best() -> None:
    around = SearchSpace().around((4, 50, 3))
    assert len(around) == 3**3 - 1
    assert {(3.5, 45, 2.5), (4.5, 55, 3.5)} <= set(around)
    assert (4, 50, 3) not in around
    assert SearchSpace(weights=(4,), xy=(50,), rgb=(3,)).around((4, 50, 3)) == []


def test_answers_survive_their_file(tmp_path: Path) -> None:
    path = tmp_path / "a.npz"
    save_answer(path, answer())
    loaded = load_answer(path)
    for name, value in vars(answer()).items():
        assert np.array_equal(getattr(loaded, name), value)
    path.write_bytes(b"no archive")
    with pytest.raises(DataError, match="not a cached answer"):
        load_answer(path)


@pytest.mark.parametrize("mode", ["full", "hard"])
def test_the_search_finds_kernels_that_see_the_edge(tmp_path: Path, mode: str) -> None:
    save_answer(tmp_path / "a.npz", answer())
    # Colours that differ by 160: a deviation of 1000 sees no edge there.
    space = SearchSpace(weights=(5,), xy=(50,), rgb=(10, 1000))
    seen: list[int] = []
    result = search(
        [tmp_path / "a.npz"], classes=2, space=space, mode=mode, backend=BACKEND, rounds=1,  # type: ignore[arg-type]
        on_trial=lambda done, total, trial: seen.append(total),
    )  # fmt: skip
    assert seen == [2, 2]
    assert result.best.key == (5, 50, 10)
    assert result.best.mean_iou == pytest.approx(100.0)
    assert result.without < 95.0


def test_hard_mode_changes_hard_pixels_alone() -> None:
    given = answer()
    labels = refined_labels(given, SearchSpace().parameters((5, 50, 10)), mode="hard", backend=BACKEND)
    assert np.array_equal(labels[~given.hard], given.label_map[~given.hard])


def test_it_stops_between_points(tmp_path: Path) -> None:
    save_answer(tmp_path / "a.npz", answer())
    token = CancelToken()
    token.cancel()
    with pytest.raises(Cancelled):
        search([tmp_path / "a.npz"], classes=2, space=SearchSpace(), backend=BACKEND, cancel=token)


def test_the_command_keeps_answers_and_reports(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    use_voc_model(monkeypatch)
    root, cache = write_voc(tmp_path / "data", val=("a", "b", "c")), tmp_path / "cache"
    command = [
        "tune-crf", "--root", str(root), "--images", "2", "--cache", str(cache), "--weights", "3", "--xy", "30",
        "--rgb", "3", "6", "--rounds", "1", "--crf-backend", "torch", "--json", "-",
    ]  # fmt: skip
    assert main(command) == 0
    first = json.loads(capsys.readouterr().out)
    assert first["images"] == 2
    assert [trial["bilateral_rgb"] for trial in first["trials"]] == [3, 6]
    assert first["best"]["mIoU"] == max(trial["mIoU"] for trial in first["trials"])
    kept = sorted(cache.iterdir())
    assert len(kept) == 2

    def no_session(*_: object, **__: object) -> None:
        raise AssertionError("the model ran again")

    monkeypatch.setattr("engine.cascade.session.CascadeSession.run", no_session)
    assert main(command) == 0
    assert json.loads(capsys.readouterr().out)["trials"] == first["trials"]
    assert main([*command, "--xy", "0"]) == 1
    assert "above 0" in capsys.readouterr().err
