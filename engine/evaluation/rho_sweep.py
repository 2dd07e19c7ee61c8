"""Accuracy, shares and time by ρ (layer-cascade paper, Table 1 and Fig. 7a)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from matplotlib.axes import Axes
from matplotlib.figure import Figure

from engine.evaluation import published
from engine.evaluation.figures import OWN_COLOURS, PUBLISHED, PUBLISHED_COLOUR, legend, panels
from engine.evaluation.markdown import joined, shown, table


@dataclass(frozen=True)
class SweepPoint:
    """One ρ.

    Attributes:
        shares: fraction of all cells decided by each stage.
        mean_iou, boundary_iou: percent; None where there is nothing to measure or it was not.
        milliseconds: median of an image.
        stages_ms: median of each stage; empty where it was not measured.
    """

    rho: float
    shares: tuple[float, ...]
    mean_iou: float | None
    milliseconds: float | None
    stages_ms: tuple[float | None, ...] = ()
    boundary_iou: float | None = None


def from_json(rows: Sequence[Mapping[str, Any]]) -> tuple[SweepPoint, ...]:
    """The rows of a sweep's JSON."""
    return tuple(
        SweepPoint(
            rho=row["rho"],
            shares=tuple(row["shares"]),
            mean_iou=row["mIoU"],
            milliseconds=row["milliseconds"],
            stages_ms=tuple(row.get("stages_ms", ())),
            boundary_iou=row.get("boundary_IoU"),
        )
        for row in rows
    )


def tables(points: Sequence[SweepPoint], *, compare: bool = False) -> str:
    """Markdown, one row a ρ; with `compare` the published values stand beside, named as such."""
    theirs = {row.rho: row for row in published.TABLE_1} if compare else {}
    header = ["ρ", "decided in stages %", "mIoU %", "boundary IoU %", "ms"]
    if compare:
        header += [f"{PUBLISHED} shares %", f"{PUBLISHED} mIoU %", f"{PUBLISHED} ms"]
    own = {point.rho: point for point in points}
    rows = []
    for rho in sorted({*own, *theirs}, reverse=True):
        point, other = own.get(rho), theirs.get(rho)
        row = [f"{rho:g}"]
        if point is None:
            row += ["–"] * 4
        else:
            row += [joined(point.shares), shown(point.mean_iou, 2), shown(point.boundary_iou, 2)]
            row.append(shown(point.milliseconds))
        if compare:
            shares = None if other is None or other.shares is None else " / ".join(f"{s:g}" for s in other.shares)
            row.append(shares or "–")
            row += ["–", "–"] if other is None else [shown(other.mean_iou, 2), shown(other.milliseconds)]
        rows.append(row)
    return table(header, rows)


def figure(sweeps: Mapping[str, Sequence[SweepPoint]], *, compare: bool = False) -> Figure:
    """mIoU and milliseconds by ρ, one line for each sweep.

    Args:
        sweeps: points by the name that the legend shows.
    """
    theirs = published.TABLE_1 if compare else ()
    every = sorted({p.rho for points in sweeps.values() for p in points} | {p.rho for p in theirs}, reverse=True)
    drawn, (left, right) = panels(2, width=7.5)
    for (name, points), colour in zip(
        sweeps.items(), OWN_COLOURS * (1 + len(sweeps) // len(OWN_COLOURS)), strict=False
    ):
        _line(left, every, [(p.rho, p.mean_iou) for p in points], name, colour)
        _line(right, every, [(p.rho, p.milliseconds) for p in points], name, colour)
    if compare:
        name = published.LEGEND
        _line(left, every, [(p.rho, p.mean_iou) for p in theirs], name, PUBLISHED_COLOUR, style="--")
        _line(right, every, [(p.rho, p.milliseconds) for p in theirs], name, PUBLISHED_COLOUR, style="--")
    for panel, what in ((left, "mIoU %"), (right, "milliseconds an image")):
        panel.set_xticks(range(len(every)), [f"{rho:g}" for rho in every])
        panel.set_xlabel("ρ")
        panel.set_ylabel(what)
        legend(panel)
    left.set_title("Accuracy by ρ")
    right.set_title("Time by ρ")
    return drawn


def _line(
    panel: Axes,
    every: Sequence[float],
    points: Sequence[tuple[float, float | None]],
    name: str,
    colour: str,
    *,
    style: str = "-",
) -> None:
    known = sorted(((every.index(rho), value) for rho, value in points if value is not None))
    panel.plot([at for at, _ in known], [value for _, value in known], style, marker="o", label=name, color=colour)
