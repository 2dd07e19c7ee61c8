"""Problems are told once for each cause."""

from __future__ import annotations

from pathlib import Path

from app.explore.problems import ProblemLog, problem_of
from app.explore.views import Problem
from engine.errors import ImageError, RhoscopeError


def test_a_cause_is_new_once_until_the_list_is_cleared() -> None:
    log = ProblemLog()
    problem = Problem(Path("a.jpg"), "is empty")
    assert log.add(problem)
    assert not log.add(Problem(Path("a.jpg"), "is empty"))
    assert log.add(Problem(Path("b.jpg"), "is empty"))
    assert log.all == [problem, Problem(Path("b.jpg"), "is empty")]
    log.clear()
    assert log.all == []
    assert log.add(problem)


def test_the_list_does_not_grow_without_end() -> None:
    log = ProblemLog()
    for number in range(2000):
        log.add(Problem(None, str(number)))
    assert len(log.all) <= 500
    assert log.all[-1].text == "1999"


def test_reason_and_cure_are_both_told() -> None:
    error = ImageError("is cut short", path=Path("a.jpg"), cure="copy it again")
    assert problem_of(error) == Problem(Path("a.jpg"), "is cut short (copy it again)")
    assert problem_of(RhoscopeError("failed"), path=Path("b")) == Problem(Path("b"), "failed")
