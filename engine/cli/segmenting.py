"""A model opened for a command, and one image taken through it."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Literal
from typing import Protocol as Interface

import numpy as np

from engine.cascade.result import IGNORE, CascadeResult, UInt8
from engine.refine.refiner import Refiner

if TYPE_CHECKING:
    from engine.cascade.bundle import CascadeModel
    from engine.evaluation.protocols import Protocol
    from engine.evaluation.views import Answer

CrfChoice = Literal["off", "full", "hard"]
PrecisionChoice = Literal["auto", "fp32", "bf16"]


@dataclass(frozen=True, kw_only=True)
class ModelChoice:
    """Which model, and how it runs.

    Attributes:
        max_side: working size in pixels, see tiling.working_size; 0 computes each photo at its own size, in tiles;
            None is the session's default.
        protocol: a reference's own way of testing, see engine.evaluation.protocols.
    """

    model: str = "default"
    device: str = "auto"
    precision: PrecisionChoice = "auto"
    threads: int | None = None
    max_side: int | None = None
    protocol: Protocol | None = None


class OpenModel(Interface):
    """A model that is ready to segment."""

    @property
    def label(self) -> str: ...
    @property
    def device(self) -> str: ...
    @property
    def precision(self) -> str: ...
    @property
    def threads(self) -> int: ...
    @property
    def class_names(self) -> tuple[str, ...]: ...
    @property
    def default_rho(self) -> float: ...
    @property
    def stage_count(self) -> int: ...

    def segment(self, rgb: UInt8, rho: Sequence[float]) -> CascadeResult:
        """The complete result for an H×W×3 uint8 photo."""
        ...


class _Cascade:
    def __init__(self, model: CascadeModel, choice: ModelChoice) -> None:
        self._model = model
        self._choice = choice
        self.label = model.info.label
        self.device = model.device
        self.precision: str = model.precision
        self.threads = model.threads
        self.class_names = model.info.class_names
        self.default_rho = model.info.default_rho
        self.stage_count = model.cascade.stage_count

    def segment(self, rgb: UInt8, rho: Sequence[float]) -> CascadeResult:
        from engine.cascade.session import CascadeSession, SessionOptions

        if self._choice.protocol is not None:
            from engine.evaluation.protocols import protocol_answer

            return _result(self._model, protocol_answer(self._model, rgb, self._choice.protocol, rho), rho)
        options = SessionOptions(max_side=self._choice.max_side)
        return CascadeSession(self._model, rgb, options=options).run(rho)


def _result(model: CascadeModel, answer: Answer, rho: Sequence[float]) -> CascadeResult:
    """An answer as a result without maps of stages."""
    info, count = model.info, model.cascade.stage_count
    stage_ms = {f"stage{number}": value for number, value in enumerate(answer.stage_ms, start=1)}
    merge = max(0.0, answer.total_ms - sum(answer.stage_ms))
    return CascadeResult(
        model=info.label,
        class_names=info.class_names,
        palette=info.palette,
        rho=tuple(rho),
        label_map=answer.label_map,
        confidence=np.round(answer.probabilities.max(axis=0) * 255.0).astype(np.uint8),
        probabilities=answer.probabilities,
        deciding_stage=answer.deciding_stage,
        stages=(),
        stage_count=count,
        shares=tuple(float(share) for share in answer.decided / max(1, int(answer.decided.sum()))),
        milliseconds={**stage_ms, "merge": merge, "total": answer.total_ms},
    )


def open_model(choice: ModelChoice) -> OpenModel:
    """Load a model; raises CheckpointError or SettingError. This is where torch is imported."""
    from engine.models.loading import load_model

    model = load_model(choice.model, device=choice.device, precision=choice.precision, threads=choice.threads)
    return _Cascade(model, choice)


def refined(refiner: Refiner | None, rgb: UInt8, result: CascadeResult) -> tuple[CascadeResult, float, str]:
    """The result with its label map refined, the milliseconds that took, and a note; unchanged without a refiner."""
    if refiner is None:
        return result, 0.0, ""
    start = time.perf_counter()
    answer = refiner.refine(rgb, result)
    return replace(result, label_map=answer.label_map), (time.perf_counter() - start) * 1000.0, answer.note


def class_fractions(labels: UInt8, class_names: Sequence[str]) -> dict[str, float]:
    """Fraction of the pixels that each class covers, by name, for the classes that occur; ignored ones are none."""
    counts = np.bincount(labels.ravel(), minlength=256)
    names = (*class_names, *(f"class {i}" for i in range(len(class_names), IGNORE)))
    return {names[i]: float(counts[i]) / labels.size for i in range(IGNORE) if counts[i]}
