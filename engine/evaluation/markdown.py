"""Tables in Markdown."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence


def table(header: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """A Markdown table that ends in a newline; bars within cells are escaped."""
    lines = [header, ["---"] * len(header), *rows]
    return "".join("| " + " | ".join(cell.replace("|", "\\|") for cell in line) + " |\n" for line in lines)


def shown(value: float | None, digits: int = 1) -> str:
    """The number with so many digits behind the point, "–" where there is none."""
    return "–" if value is None or math.isnan(value) else f"{value:.{digits}f}"


def percent(fraction: float | None, digits: int = 1) -> str:
    """A fraction as percent without the sign."""
    return shown(None if fraction is None else 100.0 * fraction, digits)


def joined(fractions: Sequence[float] | None, digits: int = 0) -> str:
    """Fractions as percent, "23 / 29 / 48"."""
    return "–" if fractions is None else " / ".join(percent(fraction, digits) for fraction in fractions)
