"""What all figures share: their size and colours, and writing them as PNG. Drawn by Agg, without a display."""

from __future__ import annotations

import io
from collections.abc import Sequence
from pathlib import Path
from typing import Final

import numpy as np
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure

from engine.data.atomic_file import write_bytes

STAGE_COLOURS: Final = ("#2a9d8f", "#e9c46a", "#e76f51", "#8d5a97", "#4a6fa5")
OWN_COLOURS: Final = ("#1f5fa8", "#c8553d", "#3a7d44", "#7b4fa3", "#b8860b")
PUBLISHED_COLOUR: Final = "#888888"
PUBLISHED: Final = "published"
"""The word that marks every published value in figures and tables."""

_DPI: Final = 120


def panels(count: int = 1, *, width: float = 8.0, height: float = 4.0) -> tuple[Figure, list[Axes]]:
    """A figure of `count` panels side by side, each width × height inches."""
    figure = Figure(figsize=(width * count, height), layout="constrained")
    FigureCanvasAgg(figure)
    axes = [figure.add_subplot(1, count, number) for number in range(1, count + 1)]
    for panel in axes:
        panel.spines[["top", "right"]].set_visible(False)
        panel.grid(axis="y", color="#dddddd", linewidth=0.6)
        panel.set_axisbelow(True)
    return figure, axes


def stacked_bars(
    panel: Axes, names: Sequence[str], series: Sequence[tuple[str, Sequence[float]]], *, colours: Sequence[str]
) -> None:
    """One bar a name, made of each series' value on top of those before."""
    at, bottom = np.arange(len(names)), np.zeros(len(names))
    for (label, values), colour in zip(series, colours, strict=False):
        heights = np.nan_to_num(np.asarray(values, dtype=np.float64))
        panel.bar(at, heights, bottom=bottom, label=label, color=colour, width=0.75)
        bottom += heights
    _named(panel, names)


def grouped_bars(
    panel: Axes, names: Sequence[str], series: Sequence[tuple[str, Sequence[float]]], *, colours: Sequence[str]
) -> None:
    """Bars side by side for each name. A series whose label starts with "published" is grey and hatched."""
    at, width = np.arange(len(names)), 0.8 / max(1, len(series))
    for place, (label, values) in enumerate(series):
        published = label.startswith(PUBLISHED)
        panel.bar(
            at + (place - (len(series) - 1) / 2) * width,
            np.nan_to_num(np.asarray(values, dtype=np.float64)),
            width=width,
            label=label,
            color="white" if published else colours[place % len(colours)],
            edgecolor=PUBLISHED_COLOUR if published else "none",
            hatch="///" if published else None,
        )
    _named(panel, names)


def legend(panel: Axes) -> None:
    """Beside the panel, where it hides nothing."""
    panel.legend(loc="upper left", bbox_to_anchor=(1.0, 1.0), frameon=False, fontsize="small")


def save(figure: Figure, path: Path) -> None:
    """Writes a PNG or, by its suffix, an SVG, atomically; raises OutputError."""
    buffer = io.BytesIO()
    figure.savefig(buffer, format=path.suffix.lstrip("."), dpi=_DPI)
    write_bytes(path, buffer.getvalue())


def _named(panel: Axes, names: Sequence[str]) -> None:
    long = len(names) > 8 or any(len(name) > 12 for name in names)
    panel.set_xticks(np.arange(len(names)), list(names), rotation=60 if long else 0, ha="right" if long else "center")
