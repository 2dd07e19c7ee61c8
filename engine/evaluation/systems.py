"""Whole systems side by side, as in the layer-cascade paper: training methods (Table 2), speed and accuracy (Table 3),
extras at test time (Table 6).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

from matplotlib.figure import Figure

from engine.evaluation import published
from engine.evaluation.figures import OWN_COLOURS, PUBLISHED, PUBLISHED_COLOUR, legend, panels
from engine.evaluation.markdown import shown, table

_METHODS: Final = {name.lower(): name for name in published.TABLE_2} | {
    "dsn-dropout": "DSN+Dropout",
    "model-cascade": "MC",
    "cascade": "LC",
}


@dataclass(frozen=True)
class Measured:
    """One own evaluation.

    Attributes:
        name: what tables call it.
        method: of Table 2, where it is one of them.
        images: on how many it was measured; split: of which list.
        mean_iou, boundary_iou: percent.
        milliseconds: median of an image.
        scales, flip, crf: extras at test time.
        machine: device, precision and threads.
    """

    name: str
    method: str | None
    rho: float
    images: int
    split: str
    mean_iou: float | None
    boundary_iou: float | None
    milliseconds: float | None
    scales: tuple[float, ...]
    flip: bool
    crf: str
    machine: str

    @property
    def extras(self) -> str:
        """ "" for one plain view, else e.g. "multi-scale + flip + CRF"."""
        several = self.scales != (1.0,)
        crf = {"full": "CRF", "hard": "CRF on hard pixels"}.get(self.crf)
        return " + ".join(part for part in ("multi-scale" * several, "flip" * self.flip, crf) if part)


def from_json(data: dict[str, Any], *, name: str) -> Measured:
    """An eval's JSON; keys that earlier versions did not write have the values that were the only ones then."""
    machine = [str(data[key]) for key in ("device", "precision") if data.get(key)]
    machine += [threads_text(data["threads"])] if data.get("threads") else []
    return Measured(
        name=name,
        method=method_of(name),
        rho=float(data["rho"]),
        images=int(data["images"]),
        split=f"{data.get('dataset', '')} {data.get('split', '')}".strip(),
        mean_iou=data["mIoU"],
        boundary_iou=data.get("boundary_IoU"),
        milliseconds=data["milliseconds"]["median"],
        scales=tuple(data.get("scales", (1.0,))),
        flip=bool(data.get("flip", False)),
        crf=str(data.get("crf", "off")),
        machine=", ".join(machine),
    )


def threads_text(count: int) -> str:
    return "1 thread" if count == 1 else f"{count} threads"


def method_of(name: str) -> str | None:
    """The row of Table 2 that a name stands for: "dsn", "table2-dsn-dropout"; any with the word "lc" is a cascade."""
    words = f"-{name.lower().split(':')[0].split(' ')[0]}-"
    if "-lc-" in words:
        return "LC"
    fitting = [key for key in _METHODS if f"-{key}-" in words]
    return _METHODS[max(fitting, key=len)] if fitting else None


def methods_table(own: Sequence[Measured], *, compare: bool = True) -> str:
    """Table 2: rows in the paper's order, own results and published ones in columns of their own."""
    order = list(published.TABLE_2)
    rows = []
    for result in sorted(own, key=lambda r: order.index(r.method or order[-1])):
        row = [result.method or "–", result.name, f"{result.rho:g}", str(result.images)]
        row += [shown(result.mean_iou, 2), shown(result.boundary_iou, 2)]
        rows.append(row + ([shown(published.TABLE_2.get(result.method or ""), 2)] if compare else []))
    header = ["method", "own result", "ρ", "images", "mIoU %", "boundary IoU %"]
    if compare:
        header.append(f"{PUBLISHED} mIoU % (VOC val)")
        missing = [method for method in order if method not in {r.method for r in own}]
        rows += [[m, "*not measured*", "–", "–", "–", "–", shown(published.TABLE_2[m], 2)] for m in missing]
    return table(header, rows)


def speed_table(own: Sequence[Measured], *, compare: bool = True) -> str:
    """Table 3: own rows first, then the published ones, each named as such."""
    rows = [
        [r.name, "own", f"{r.rho:g}", str(r.images), shown(r.mean_iou, 2), shown(r.milliseconds), _fps(r.milliseconds),
         r.machine or "–"]
        for r in own
    ]  # fmt: skip
    if compare:
        rows += [
            [f"*{t.name}*", f"*{PUBLISHED}*", "–", "–", shown(t.mean_iou, 2), shown(t.milliseconds),
             shown(t.frames_per_second), "not stated"]
            for t in published.TABLE_3
        ]  # fmt: skip
    return table(["system", "source", "ρ", "images", "mIoU %", "ms", "images/s", "machine"], rows)


def extras_table(own: Sequence[Measured], *, compare: bool = True) -> str:
    """Table 6: own rows first, then the published ones, each named as such."""
    rows = [
        [_system(r), "own", str(r.images), shown(r.mean_iou, 2), _fps(r.milliseconds), r.machine or "–"] for r in own
    ]
    if compare:
        rows += [
            [f"*{name}*", f"*{PUBLISHED}, VOC test*", "–", shown(iou, 1), shown(fps), "not stated"]
            for name, (fps, iou) in published.TABLE_6.items()
        ]
    return table(["system", "source", "images", "mIoU %", "images/s", "machine"], rows)


def speed_figure(own: Sequence[Measured], *, compare: bool = True) -> Figure:
    """mIoU against milliseconds, a point a system."""
    drawn, (panel,) = panels(1)
    known = [(r.name, r.milliseconds, r.mean_iou) for r in own if r.milliseconds and r.mean_iou is not None]
    theirs = [(t.name, t.milliseconds, t.mean_iou) for t in published.TABLE_3] if compare else []
    for points, colour, marker, label in (
        (known, OWN_COLOURS[0], "o", "own"),
        (theirs, PUBLISHED_COLOUR, "x", published.LEGEND),
    ):
        if not points:
            continue
        panel.scatter([ms for _, ms, _ in points], [iou for _, _, iou in points], c=colour, marker=marker, label=label)
        for name, ms, iou in points:
            panel.annotate(name, (ms, iou), xytext=(4, 4), textcoords="offset points", fontsize=7, color=colour)
    panel.set_xlabel("milliseconds an image")
    panel.set_ylabel("mIoU %")
    panel.set_title("Accuracy and time")
    legend(panel)
    return drawn


def _system(result: Measured) -> str:
    return f"{result.name} + {result.extras}" if result.extras else result.name


def _fps(milliseconds: float | None) -> str:
    return shown(1000.0 / milliseconds) if milliseconds else "–"
