"""Stand-ins for what the window's services use: an engine and a CRF that tests hold, delay and break at will."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np

from app.services.crf import CrfInput, CrfTaskHandle
from app.services.engine_protocol import EngineSession, EngineTuning, ModelSummary, TuneJob, TuneScores, TuneStep
from engine.cancel import Cancelled, CancelToken
from engine.cascade.result import CascadeResult, StageOutput, UInt8
from engine.cascade.thresholds import accepted, deciding_stages, shares_of
from engine.data.palettes import VOC_CLASSES, voc_palette

DEADLINE = 20.0
STAGES = 3


def fake_result(rgb: UInt8, rho: float, *, stages: int = STAGES) -> CascadeResult:
    """What a cascade might say of a photo after its first `stages` stages: a pure function of the pixels and ρ.

    Confidence falls from left to right, from 1 to .5 at stage 1; each later stage is surer. The class of a cell is the
    mean of its pixels modulo 21.
    """
    height, width = rgb.shape[:2]
    grid = (max(-(-height // 8), 1), max(-(-width // 8), 1))
    rows, columns = (np.arange(n) * size // n for n, size in zip(grid, (height, width), strict=True))
    cells = rgb[rows][:, columns].mean(axis=2)
    first = np.broadcast_to(np.linspace(1.0, 0.5, grid[1], dtype=np.float32), grid)
    outputs: list[StageOutput] = []
    region = np.ones(grid, dtype=bool)
    for number in range(1, stages + 1):
        confidence = np.where(region, 1.0 - (1.0 - first) / number**2, 0.0).astype(np.float32)
        labels = np.where(region, (cells + number) % len(VOC_CLASSES), 255).astype(np.uint8)
        outputs.append(StageOutput(labels=labels, confidence=confidence, computed=region))
        region = region & ~accepted(confidence, rho)
    deciding = deciding_stages(outputs, (rho,) * (STAGES - 1), stage_count=STAGES)
    deciding[deciding == 0] = stages
    chosen = np.zeros(grid, dtype=np.uint8)
    for number, output in enumerate(outputs, start=1):
        chosen[deciding == number] = output.labels[deciding == number]
    probabilities = np.zeros((len(VOC_CLASSES), *grid), dtype=np.float32)
    np.put_along_axis(probabilities, chosen[None].astype(np.intp), 1.0, axis=0)
    up = (np.arange(height) * grid[0] // height, np.arange(width) * grid[1] // width)
    return CascadeResult(
        model="fake",
        class_names=VOC_CLASSES,
        palette=voc_palette()[: len(VOC_CLASSES)],
        rho=(rho,) * (STAGES - 1),
        label_map=chosen[up[0]][:, up[1]],
        confidence=np.full((height, width), 200, dtype=np.uint8),
        probabilities=probabilities,
        deciding_stage=deciding,
        stages=tuple(outputs),
        stage_count=STAGES,
        shares=shares_of(deciding, stage_count=STAGES),
        milliseconds={"stage1": 1.0, "total": float(stages)},
    )


def fake_summary(
    spec: str = "default", *, label: str = "fake", default_rho: float = 0.985, stage_count: int = STAGES
) -> ModelSummary:
    return ModelSummary(
        spec=spec,
        label=label,
        title="A model for tests",
        class_names=VOC_CLASSES,
        palette=voc_palette()[: len(VOC_CLASSES)],
        stage_count=stage_count,
        default_rho=default_rho,
        device="CPU, 1 thread, fp32",
    )


class Gate:
    """A door that work waits at: open at first; hold() shuts it, release() opens it, step() lets one through."""

    def __init__(self) -> None:
        self._condition = threading.Condition()
        self._open = True
        self._tickets = 0
        self.waiting = 0

    def hold(self) -> None:
        with self._condition:
            self._open, self._tickets = False, 0

    def release(self) -> None:
        with self._condition:
            self._open = True
            self._condition.notify_all()

    def step(self) -> None:
        with self._condition:
            self._tickets += 1
            self._condition.notify_all()

    def wait(self, token: CancelToken | None = None) -> None:
        """Raises Cancelled when the token is set meanwhile; gives up after a deadline, so that no test hangs."""
        with self._condition:
            self.waiting += 1
            try:
                for _ in range(int(DEADLINE / 0.002)):
                    if token is not None:
                        token.check()
                    if self._open or self._tickets:
                        self._tickets -= 0 if self._open else 1
                        return
                    self._condition.wait(0.002)
                raise TimeoutError("the gate was never opened")
            finally:
                self.waiting -= 1


@dataclass(eq=False)
class FakeBackend:
    """An engine without torch.

    Attributes:
        load_gate, stage_gate, tune_gate: where loading, every stage of a run and every step of learning wait.
        load_failures: error for each spec that cannot be loaded.
        run_failures: raised by the next runs, one each, before stage 1.
        stage_seconds: how long each stage takes.
        deaf: runs ignore being cancelled, as one long step would: their results come late.
        loads: specs in the order in which they were loaded.
        runs: ρ of every run that began; finished: of every run that ended with a result.
        sessions: number of sessions that were opened; working_sides: at which size each.
        tuned: what was to be learnt, job by job.
        thread_names: of the threads that the engine was used from.
        labels: label of the model for a spec; "fake" for the others.
        stage_count: what its models say of themselves; their answers have three stages all the same.
    """

    load_gate: Gate = field(default_factory=Gate)
    stage_gate: Gate = field(default_factory=Gate)
    tune_gate: Gate = field(default_factory=Gate)
    load_failures: dict[str, Exception] = field(default_factory=dict)
    run_failures: list[Exception] = field(default_factory=list)
    stage_seconds: float = 0.0
    deaf: bool = False
    loads: list[str] = field(default_factory=list)
    runs: list[float] = field(default_factory=list)
    finished: list[float] = field(default_factory=list)
    sessions: int = 0
    tuned: list[TuneJob] = field(default_factory=list)
    working_sides: list[int | None] = field(default_factory=list)
    thread_names: set[str] = field(default_factory=set)
    labels: dict[str, str] = field(default_factory=dict)
    default_rho: float = 0.985
    stage_count: int = STAGES

    def load_model(self, spec: str) -> _FakeModel:
        self.thread_names.add(threading.current_thread().name)
        self.loads.append(spec)
        self.load_gate.wait()
        if spec in self.load_failures:
            raise self.load_failures[spec]
        label = self.labels.get(spec, "fake")
        return _FakeModel(
            self, fake_summary(spec, label=label, default_rho=self.default_rho, stage_count=self.stage_count)
        )

    def start_tuning(self, job: TuneJob) -> EngineTuning:
        self.thread_names.add(threading.current_thread().name)
        self.tuned.append(job)
        return FakeTuning(self, job)

    def release(self) -> None:
        """Open every gate."""
        self.tune_gate.release()
        self.load_gate.release()
        self.stage_gate.release()


@dataclass(frozen=True, eq=False)
class _FakeModel:
    backend: FakeBackend
    summary: ModelSummary

    def open_session(self, rgb: UInt8, *, working_side: int | None = None) -> EngineSession:
        self.backend.sessions += 1
        self.backend.working_sides.append(working_side)
        return _FakeSession(self.backend, rgb)


@dataclass(eq=False)
class _FakeSession:
    backend: FakeBackend
    rgb: UInt8

    def run(
        self, rho: float, *, cancel: CancelToken, on_stage: Callable[[CascadeResult], None] | None
    ) -> CascadeResult:
        backend = self.backend
        backend.thread_names.add(threading.current_thread().name)
        backend.runs.append(rho)
        if backend.run_failures:
            raise backend.run_failures.pop(0)
        for number in range(1, STAGES + 1):
            backend.stage_gate.wait(None if backend.deaf else cancel)
            time.sleep(backend.stage_seconds)
            if number < STAGES and on_stage is not None:
                on_stage(fake_result(self.rgb, rho, stages=number))
        backend.finished.append(rho)
        return fake_result(self.rgb, rho)


@dataclass(eq=False)
class FakeTuning:
    """Learning without torch: afterwards everything in the probes is class 5."""

    backend: FakeBackend
    job: TuneJob
    taken: int = 0

    @property
    def before(self) -> TuneScores:
        return TuneScores(0.25, 1.0)

    @property
    def done(self) -> bool:
        return self.taken >= self.job.steps

    def advance(self) -> TuneStep | None:
        self.backend.tune_gate.wait()
        self.taken += 1
        return TuneStep(self.taken, self.job.steps, 1.0 / self.taken)

    def scores(self) -> TuneScores:
        return TuneScores(1.0, 0.75)

    def probe_answers(self) -> list[tuple[UInt8, UInt8]]:
        shapes = [probe.rgb.shape[:2] for probe in self.job.probes]
        return [(np.zeros(shape, dtype=np.uint8), np.full(shape, 5, dtype=np.uint8)) for shape in shapes]

    def save(self, path: Path, *, note: str) -> None:
        path.write_text(note, encoding="utf-8")


@dataclass(eq=False)
class FakeCrf:
    """A CRF without pydensecrf: it gives every pixel the class `label`.

    Attributes:
        gate: where a request waits after it reported half its progress.
        missing_text: what missing() answers.
        failures: outcomes of the next requests in place of a result.
        requests: those handed in; cancelled: those that were cancelled before their end.
    """

    gate: Gate = field(default_factory=Gate)
    missing_text: str | None = None
    failures: list[Exception] = field(default_factory=list)
    requests: list[CrfInput] = field(default_factory=list)
    cancelled: list[CrfInput] = field(default_factory=list)
    label: int = 7
    closed: bool = False

    def missing(self) -> str | None:
        return self.missing_text

    def submit(
        self, request: CrfInput, *, on_progress: Callable[[float], None], on_done: Callable[[Any], None]
    ) -> CrfTaskHandle:
        self.requests.append(request)
        token = CancelToken()
        arguments = (request, token, on_progress, on_done)
        threading.Thread(target=self._work, args=arguments, name="fake crf", daemon=True).start()
        return token

    def close(self) -> None:
        self.closed = True

    def _work(
        self,
        request: CrfInput,
        token: CancelToken,
        on_progress: Callable[[float], None],
        on_done: Callable[[Any], None],
    ) -> None:
        on_progress(0.5)
        try:
            self.gate.wait(token)
        except Cancelled as outcome:
            self.cancelled.append(request)
            on_done(outcome)
            return
        if self.failures:
            on_done(self.failures.pop(0))
            return
        label_map = np.full_like(request.result.label_map, self.label)
        changed = label_map != request.result.label_map
        on_done(SimpleNamespace(label_map=label_map, changed=changed, milliseconds=5.0, note=""))
