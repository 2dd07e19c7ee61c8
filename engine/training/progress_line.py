"""The line that a person at a terminal watches."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

_WIDTH = 20


@dataclass(frozen=True)
class ProgressState:
    """What the line shows; score is the latest validation's mIoU in percent, None before the first."""

    phase: str
    step: int
    steps: int
    loss: float
    terms: Mapping[str, float]
    rate: float
    images_per_second: float
    seconds_left: float
    score: float | None


def progress_line(state: ProgressState) -> str:
    terms = " ".join(f"{name} {value:.3f}" for name, value in state.terms.items())
    score = "" if state.score is None else f"  mIoU {state.score:.1f} %"
    return (
        f"{bar(state.step, state.steps)} {state.phase}: step {state.step}/{state.steps}  "
        f"loss {state.loss:.3f} ({terms}){score}  lr {state.rate:.2g}  {state.images_per_second:.1f} images/s  "
        f"{clock(state.seconds_left)} left"
    )


def bar(done: int, total: int) -> str:
    full = _WIDTH * done // max(1, total)
    return "█" * full + "░" * (_WIDTH - full)


def clock(seconds: float) -> str:
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{rest:02}"
