"""Follows a run's event file as it grows: every line is read once, whoever writes it and however it ends.

A last line without its end is kept until the rest arrives; lines that are no events, and events and keys of newer
versions, are counted or passed over. After a resume the run repeats the steps since its last checkpoint: the later
lines count.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from types import MappingProxyType
from typing import Any, Final

from engine.jobs.run_folder import EVENT_FILE
from engine.jobs.series import Curve, Series
from engine.training.events import parsed_event

_CHUNK: Final = 1 << 20
_STEP_NUMBERS: Final = ("loss", "lr", "gradient_norm", "images_per_second", "memory_mb")
_VAL_NUMBERS: Final = ("mIoU", "pixel_accuracy", "median_ms")


@dataclass(frozen=True)
class WholeValidation:
    """The score on the whole list at the end; it stands beside the curve, whose points are of fewer images."""

    step: int
    images: int
    mean_iou: float


@dataclass(frozen=True, eq=False)
class RunData:
    """What the events of a run say so far.

    Attributes:
        curves: by name: "loss", "lr", "gradient_norm", "images_per_second", "memory_mb", "loss/<term>", "kept/<stage>";
            of validations "mIoU", "pixel_accuracy", "median_ms", "mIoU/<stage>", "share/<stage>", "IoU/<class>".
            Stages count from 1. Percent as in the events, shares as fractions.
        validations: steps with a validation, ascending.
        class_names: empty where the events do not tell.
        last: kind of the last event that says how the run stands: started, resumed, paused, released, end, failed;
            "" before the first.
        outcome: of the last end, "finished" or "stopped"; reason: of the last failure.
        step, iterations: reached and planned; phase: name of the present one.
        best: highest mIoU of the curve, and best_step its step; NaN and 0 before the first.
        eta_seconds: the run's own estimate at its last step event; last_time: of the last event.
        processes: that train together.
        skipped: lines that were no events.
    """

    curves: Mapping[str, Curve] = field(default_factory=lambda: MappingProxyType({}))
    validations: tuple[int, ...] = ()
    whole: WholeValidation | None = None
    class_names: tuple[str, ...] = ()
    palette: tuple[tuple[int, int, int], ...] = ()
    recipe: str = ""
    device: str = ""
    last: str = ""
    outcome: str = ""
    reason: str = ""
    problems: tuple[str, ...] = ()
    step: int = 0
    iterations: int = 0
    phase: str = ""
    best: float = math.nan
    best_step: int = 0
    eta_seconds: float = math.nan
    first_time: float = 0.0
    last_time: float = 0.0
    processes: int = 1
    skipped: int = 0


class RunReader:
    """Reads one run; belongs to one thread at a time.

    Args:
        folder: of the run; its event file need not be there yet.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._path = folder / EVENT_FILE
        self._begin()

    def _begin(self) -> None:
        self._offset = 0
        self._identity: int | None = None
        self._rest = b""
        self._series: dict[str, Series] = {}
        self._facts: dict[str, Any] = {}
        self._validation_images: dict[int, int] = {}
        self._whole: WholeValidation | None = None
        self._problems: tuple[str, ...] = ()
        self._skipped = 0

    def poll(self, *, limit: int = 8 * _CHUNK) -> bool:
        """Reads what has been appended, at most about `limit` bytes.

        Returns:
            Whether there is anything new; call again until it is not.

        Raises:
            OSError: the file is there and cannot be read.
        """
        try:
            stream = self._path.open("rb")
        except FileNotFoundError:
            gone = self._identity is not None
            if gone:
                self._begin()
            return gone
        with stream:
            end = stream.seek(0, 2)
            identity = self._path.stat().st_ino
            if end < self._offset or (self._identity is not None and identity != self._identity):
                # Copied anew, or begun again in the same folder.
                self._begin()
            self._identity = identity
            stream.seek(self._offset)
            taken = 0
            while taken < limit and (block := stream.read(_CHUNK)):
                taken += len(block)
                self._offset += len(block)
                lines = (self._rest + block).split(b"\n")
                self._rest = lines.pop()
                for line in lines:
                    self._take(line + b"\n")
        return taken > 0

    def data(self) -> RunData:
        """What has been read so far."""
        facts = self._facts
        scores = self._series.get("mIoU")
        best, best_step = math.nan, 0
        if scores is not None and len(scores):
            curve = scores.curve()
            known = [(v, int(s)) for v, s in zip(curve.values.tolist(), curve.steps.tolist(), strict=True) if v == v]
            # The run keeps the first of equal ones.
            best, best_step = max(known, key=lambda pair: (pair[0], -pair[1]), default=(math.nan, 0))
        return RunData(
            curves=MappingProxyType({name: series.curve() for name, series in self._series.items() if len(series)}),
            validations=tuple(sorted(self._validation_images)),
            whole=self._whole,
            class_names=facts.get("class_names", ()),
            palette=facts.get("palette", ()),
            recipe=facts.get("recipe", ""),
            device=facts.get("device", ""),
            last=facts.get("last", ""),
            outcome=facts.get("outcome", ""),
            reason=facts.get("reason", ""),
            problems=self._problems,
            step=facts.get("step", 0),
            iterations=facts.get("iterations", 0),
            phase=facts.get("phase", ""),
            best=best,
            best_step=best_step,
            eta_seconds=facts.get("eta", math.nan),
            first_time=facts.get("first_time", 0.0),
            last_time=facts.get("time", 0.0),
            processes=facts.get("processes", 1),
            skipped=self._skipped,
        )

    def _take(self, line: bytes) -> None:
        event = parsed_event(line)
        if event is None or not isinstance(event.get("event"), str):
            self._skipped += bool(line.strip())
            return
        try:
            self._understand(event["event"], event)
        except (KeyError, TypeError, ValueError, AttributeError, OverflowError):
            # A kind of this name, of another version, with other contents.
            self._skipped += 1

    def _understand(self, kind: str, event: Mapping[str, Any]) -> None:
        time = _number(event.get("time"))
        facts = self._facts
        if math.isfinite(time):
            facts.setdefault("first_time", time)
            facts["time"] = time
        step = int(event.get("step", facts.get("step", 0)))
        match kind:
            case "started" | "resumed":
                self._cut(step)
                self._problems = ()
                facts |= {
                    "iterations": int(event.get("iterations", facts.get("iterations", 0))),
                    "recipe": str(event.get("recipe", "")),
                    "device": str(event.get("device", "")),
                    "processes": int(event.get("processes", 1)),
                    "outcome": "",
                    "reason": "",
                    "eta": math.nan,
                }
                if "classes" in event:
                    facts["class_names"] = tuple(str(name) for name in event["classes"])
                    facts["palette"] = tuple((int(r), int(g), int(b)) for r, g, b in event.get("palette", ()))
            case "phase":
                facts["phase"] = str(event["name"])
            case "step":
                self._step(step, time, event)
            case "val":
                self._validation(step, time, event)
            case "preflight":
                self._problems += tuple(str(problem) for problem in event.get("problems", ()))
            case "end":
                facts["outcome"] = str(event["outcome"])
            case "failed":
                facts["reason"] = str(event.get("reason", ""))
        if kind in ("started", "resumed", "paused", "released", "end", "failed"):
            facts["last"] = kind
        if kind in ("started", "resumed", "step", "val", "phase", "paused", "released", "end"):
            facts["step"] = step

    def _step(self, step: int, time: float, event: Mapping[str, Any]) -> None:
        if event.get("phase"):
            self._facts["phase"] = str(event["phase"])
        self._facts["eta"] = _number(event.get("eta_seconds"))
        for name in _STEP_NUMBERS:
            if name in event:
                self._add(name, step, time, event[name])
        for term, value in dict(event.get("terms", {})).items():
            self._add(f"loss/{term}", step, time, value)
        self._add_all("kept/", step, time, event.get("kept", ()))

    def _validation(self, step: int, time: float, event: Mapping[str, Any]) -> None:
        images = int(event.get("images", 0))
        before = self._validation_images.get(step)
        if before is not None and images > before:
            self._whole = WholeValidation(step, images, _number(event.get("mIoU")))
            return
        self._validation_images[step] = images
        for name in _VAL_NUMBERS:
            if name in event:
                self._add(name, step, time, event[name])
        self._add_all("mIoU/", step, time, event.get("stages", ()))
        self._add_all("share/", step, time, event.get("shares", ()))
        self._add_all("IoU/", step, time, event.get("per_class", ()), first=0)

    def _add_all(self, prefix: str, step: int, time: float, values: Sequence[Any], *, first: int = 1) -> None:
        for number, value in enumerate(values, start=first):
            self._add(f"{prefix}{number}", step, time, value)

    def _add(self, name: str, step: int, time: float, value: Any) -> None:
        self._series.setdefault(name, Series()).append(step, time, _number(value))

    def _cut(self, step: int) -> None:
        for series in self._series.values():
            series.cut(step)
        self._validation_images = {at: images for at, images in self._validation_images.items() if at <= step}
        if self._whole is not None and self._whole.step > step:
            self._whole = None


def _number(value: Any) -> float:
    """A float; NaN for null and what is no number."""
    return float(value) if isinstance(value, int | float) and not isinstance(value, bool) else math.nan
