"""IoU by class (layer-cascade paper, Table 4 for PASCAL VOC, Table 5 for Cityscapes)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from matplotlib.figure import Figure

from engine.evaluation import published
from engine.evaluation.figures import OWN_COLOURS, PUBLISHED, grouped_bars, legend, panels
from engine.evaluation.markdown import shown, table

ByClass = Mapping[str, float | None]
"""IoU in percent by class name; None for a class that does not occur."""


def published_for(class_names: Sequence[str]) -> tuple[str, Mapping[str, ByClass], str]:
    """The published table that has these classes: its name, its rows and a note; nothing where there is none."""
    if set(published.TABLE_5) == set(class_names):
        return "Table 5, Cityscapes test", {"LC": published.TABLE_5}, published.TABLE_5_NOTE
    if set(published.TABLE_4["LC"]) <= set(class_names):
        return "Table 4, PASCAL VOC 2012 test", published.TABLE_4, ""
    return "", {}, ""


def tables(own: Mapping[str, ByClass], *, compare: bool = False) -> str:
    """Markdown, one row a class and one column for each result.

    Args:
        own: results of one and the same set of classes by the name that their column shows.
        compare: published columns stand beside, named as such.
    """
    names = _names(own)
    where, theirs, note = published_for(names) if compare else ("", {}, "")
    header = ["class", *own, *(f"{PUBLISHED} {name}" for name in theirs)]
    columns = [*own.values(), *theirs.values()]
    rows = [[name, *(shown(column.get(name)) for column in columns)] for name in names]
    mean = shown(published.TABLE_5_MEAN) if theirs and where.startswith("Table 5") else "–"
    rows.append(
        ["**mean of the classes**", *(shown(_mean(column)) for column in own.values()), *([mean] * len(theirs))]
    )
    text = table(header, rows)
    if where:
        text += (
            f"\nPublished: {published.SOURCE}, {where}: another split and other training data. {note}".rstrip() + "\n"
        )
    return text


def figure(own: Mapping[str, ByClass], *, compare: bool = False) -> Figure:
    """Bars by class, one colour for each result."""
    names = _names(own)
    _, theirs, _ = published_for(names) if compare else ("", {}, "")
    drawn, (panel,) = panels(1, width=12.0)
    series = [(name, [column.get(n) or 0.0 for n in names]) for name, column in own.items()]
    series += [(f"{PUBLISHED} {name}", [column.get(n) or 0.0 for n in names]) for name, column in theirs.items()]
    grouped_bars(panel, names, series, colours=OWN_COLOURS)
    panel.set_ylabel("IoU %")
    panel.set_title("IoU by class")
    legend(panel)
    return drawn


def _names(own: Mapping[str, ByClass]) -> list[str]:
    return list(next(iter(own.values())))


def _mean(column: ByClass) -> float | None:
    known = [value for value in column.values() if value is not None]
    return sum(known) / len(known) if known else None
