"""Event files as a training writes them, of any length, without training."""

from __future__ import annotations

import json
import math
from pathlib import Path

CLASSES = ("sky", "road", "tree")


def started(step: int = 0, *, event: str = "started", iterations: int = 1000) -> dict[str, object]:
    return {
        "event": event, "time": 1000.0 + step, "step": step, "recipe": "made", "device": "cpu",
        "iterations": iterations, "classes": list(CLASSES), "palette": [[128, 128, 128], [128, 64, 128], [0, 128, 0]],
    }  # fmt: skip


def step(number: int, *, loss: float | None = None) -> dict[str, object]:
    value = 2.0 * math.exp(-number / 20_000) + 0.1 * math.sin(number) if loss is None else loss
    return {
        "event": "step", "time": 1000.0 + number, "step": number, "phase": "all", "loss": value,
        "terms": {"stage1": value, "stage2": value / 2}, "kept": [1.0, 0.4], "lr": 0.01, "gradient_norm": 1.5,
        "images_per_second": 20.0, "eta_seconds": 60.0, "memory_mb": 900.0,
    }  # fmt: skip


def val(number: int, score: float, *, images: int = 10) -> dict[str, object]:
    return {
        "event": "val", "time": 1000.0 + number, "step": number, "images": images, "rho": 0.95, "mIoU": score,
        "stages": [score - 1, score], "shares": [0.7, 0.3], "pixel_accuracy": 80.0, "per_class": [score, score, None],
        "median_ms": 12.0,
    }  # fmt: skip


def text(*events: dict[str, object]) -> str:
    return "".join(json.dumps(event) + "\n" for event in events)


def write_run(folder: Path, *, points: int, name: str = "made") -> Path:
    """A finished run with so many step events and a validation at each hundredth of them."""
    folder.mkdir(parents=True)
    every = max(1, points // 100)
    # Formatting is much faster than encoding each event anew.
    line = json.dumps(step(7_777_777, loss=1.25)).replace("{", "{{").replace("}", "}}")
    line = line.replace("7778777.0", "{2}").replace("7777777", "{0}").replace("1.25", "{1}")
    lines = [text(started(iterations=points))]
    for number in range(1, points + 1):
        loss = 2.0 * math.exp(-number / 20_000) + 0.1 * math.sin(number)
        lines.append(line.format(number, f"{loss:.6g}", 1000.0 + number) + "\n")
        if number % every == 0:
            lines.append(json.dumps(val(number, 60.0 * number / points)) + "\n")
    lines.append(text({"event": "end", "time": 1000.0 + points, "step": points, "outcome": "finished", "best": 60.0}))
    (folder / "events.jsonl").write_text("".join(lines), encoding="utf-8")
    return folder
