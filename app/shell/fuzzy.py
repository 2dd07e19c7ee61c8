"""Fuzzy search as command palettes do it: the typed letters in order, wherever they stand, the best match first."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

_START: Final = 8  # a letter that begins a word
_NEXT: Final = 5  # a letter right behind the one before
_FIRST: Final = 6  # more, where the text begins with it
_GAP: Final = -1  # for each letter that is passed over between two
_GAP_LIMIT: Final = -4


@dataclass(frozen=True)
class Match:
    """How well a query fits a text: higher scores are better; `places` are the indices of the letters found."""

    score: int
    places: tuple[int, ...]


def fuzzy_match(query: str, text: str) -> Match | None:
    """The best way to find the query's letters in order, without regard to case; None where there is none.

    Spaces in the query only part it: every part is looked for in what follows the one before, or else anywhere.
    """
    letters = [letter for letter in query.casefold() if not letter.isspace()]
    if not letters:
        return Match(0, ())
    # Folding may change lengths ("ß"), so it is done letter by letter.
    folded = [letter.casefold() for letter in text]
    # best[j]: the best score, with its places, of the letters so far where the last one stands at j.
    best: dict[int, tuple[int, tuple[int, ...]]] = {}
    for number, letter in enumerate(letters):
        fresh: dict[int, tuple[int, tuple[int, ...]]] = {}
        for place, candidate in enumerate(folded):
            if not candidate.startswith(letter):
                continue
            own = _own_score(text, place)
            if number == 0:
                fresh[place] = (own, (place,))
                continue
            reached = [
                (score + own + _between(last, place), (*places, place))
                for last, (score, places) in best.items()
                if last < place
            ]
            if reached:
                fresh[place] = max(reached, key=lambda one: one[0])
        best = fresh
        if not best:
            return None
    score, places = max(best.values(), key=lambda one: one[0])
    return Match(score, places)


def ranked(query: str, texts: Sequence[str]) -> list[tuple[int, Match]]:
    """Indices of the texts that match, the best first; shorter texts and earlier ones win a tie."""
    found = [(index, match) for index, text in enumerate(texts) if (match := fuzzy_match(query, text)) is not None]
    return sorted(found, key=lambda one: (-one[1].score, len(texts[one[0]]), one[0]))


def _own_score(text: str, place: int) -> int:
    if place == 0:
        return _START + _FIRST
    before, letter = text[place - 1], text[place]
    return _START if not before.isalnum() or (letter.isupper() and before.islower()) else 0


def _between(last: int, place: int) -> int:
    return _NEXT if place == last + 1 else max(_GAP_LIMIT, _GAP * (place - last - 1))
