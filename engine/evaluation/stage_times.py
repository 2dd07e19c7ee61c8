"""How long each stage takes by ρ (layer-cascade paper, Fig. 7b)."""

from __future__ import annotations

from collections.abc import Sequence

from matplotlib.figure import Figure

from engine.evaluation import published
from engine.evaluation.figures import PUBLISHED, STAGE_COLOURS, legend, panels, stacked_bars
from engine.evaluation.markdown import shown, table
from engine.evaluation.rho_sweep import SweepPoint


def tables(points: Sequence[SweepPoint], *, compare: bool = False) -> str:
    """Markdown, one row a ρ; with `compare` the published values stand beside, named as such."""
    timed = _timed(points)
    stages = max((len(point.stages_ms) for point in timed), default=0)
    header = ["ρ", *(f"stage {n} ms" for n in range(1, stages + 1)), "all stages ms"]
    header += [f"{PUBLISHED} stages 1 / 2 / 3 ms"] if compare else []
    rows = []
    for point in timed:
        row = [f"{point.rho:g}", *(shown(ms) for ms in point.stages_ms)]
        row.append(shown(sum(ms or 0.0 for ms in point.stages_ms)))
        if compare:
            theirs = published.FIGURE_7B.get(point.rho)
            row.append("–" if theirs is None else " / ".join(shown(ms) for ms in theirs))
        rows.append(row)
    return table(header, rows)


def figure(points: Sequence[SweepPoint], *, compare: bool = False) -> Figure:
    """A bar a ρ, one colour a stage; with `compare` the published bars stand in a panel of their own."""
    drawn, axes = panels(2 if compare else 1, width=6.0)
    timed = _timed(points)
    bars = [("own", axes[0], [(point.rho, point.stages_ms) for point in timed])]
    if compare:
        bars.append((published.LEGEND, axes[1], list(published.FIGURE_7B.items())))
    for name, panel, rows in bars:
        names = [f"{rho:g}" for rho, _ in rows]
        stages = max((len(times) for _, times in rows), default=0)
        series = [(f"stage {n + 1}", [times[n] or 0.0 for _, times in rows]) for n in range(stages)]
        stacked_bars(panel, names, series, colours=STAGE_COLOURS)
        panel.set_title(f"Time of each stage, {name}")
        panel.set_xlabel("ρ")
        panel.set_ylabel("milliseconds an image")
        legend(panel)
    return drawn


def _timed(points: Sequence[SweepPoint]) -> list[SweepPoint]:
    return sorted((point for point in points if point.stages_ms), key=lambda point: -point.rho)
