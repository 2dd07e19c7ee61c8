"""Fuzzy search: letters in order, word beginnings first."""

from __future__ import annotations

import pytest

from app.shell.fuzzy import fuzzy_match, ranked


@pytest.mark.parametrize(
    ("query", "text", "places"),
    [
        ("of", "Open folder", (0, 5)),
        ("OPEN", "Open folder", (0, 1, 2, 3)),
        ("zo in", "Zoom in", (0, 1, 5, 6)),
        ("fld", "Open folder", (5, 7, 8)),
        ("折叠", "全部折叠", (2, 3)),
        ("", "anything", ()),
    ],
)
def test_finds_the_best_places(query: str, text: str, places: tuple[int, ...]) -> None:
    match = fuzzy_match(query, text)
    assert match is not None
    assert match.places == places


@pytest.mark.parametrize(("query", "text"), [("x", "Open"), ("nepo", "Open"), ("openn", "Open")])
def test_letters_must_all_be_there_in_order(query: str, text: str) -> None:
    assert fuzzy_match(query, text) is None


def test_beginnings_of_words_come_before_letters_inside_them() -> None:
    texts = ["Refine all", "Follow the system", "Fit to window", "Open folder"]
    assert [texts[index] for index, _ in ranked("f", texts)][:2] == ["Fit to window", "Follow the system"]
    assert texts[ranked("fw", texts)[0][0]] == "Fit to window"
    assert texts[ranked("fo", texts)[0][0]] == "Follow the system"


def test_places_survive_letters_that_fold_into_two() -> None:
    match = fuzzy_match("m", "Maß Mitte")
    assert match is not None
    assert match.places in ((0,), (4,))
