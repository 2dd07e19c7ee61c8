"""Slow questions about models, asked of a worker process: what one costs, what a file fits, a file made ours.

Reading a checkpoint and building a network take seconds and hold the interpreter's lock, so the window has them done
here.
"""

from __future__ import annotations

import itertools
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol, TypeAlias

from engine.errors import CheckpointError, OutputError, RhoscopeError

if TYPE_CHECKING:
    from engine.models.comparison import CompareJob, Comparison


class JobContext(Protocol):
    """See jobs.worker_process."""

    def progress(self, fraction: float) -> None: ...

    def check(self) -> None: ...


@dataclass(frozen=True)
class DescribeJob:
    """What a model costs and what its weights say of themselves.

    Attributes:
        label: registered "name:variant"; "" where only the file knows.
        path: of its weights.
    """

    label: str
    path: Path | None


@dataclass(frozen=True)
class ModelDescription:
    """An answer to DescribeJob.

    Attributes:
        label: "name:variant"; title: one line.
        stages: at inference.
        params, params_inference, params_by_part, macs_by_stage: see counting.ModelCounts; multiply-adds at 512×512.
        class_names: of the weights, or of VOC where there are none.
        facts: what the weights say of themselves, e.g. data, metrics, licence.
        card: Markdown that lies beside the weights; "" without one.
        problem: why the weights cannot be read; "" where they can or there are none.
    """

    label: str
    title: str
    stages: int
    params: int
    params_inference: int
    params_by_part: Mapping[str, int]
    macs_by_stage: Mapping[str, int]
    class_names: tuple[str, ...]
    facts: Mapping[str, str] = field(default_factory=dict)
    card: str = ""
    problem: str = ""


@dataclass(frozen=True)
class InspectJob:
    """Which models a file's weights are for."""

    source: Path


@dataclass(frozen=True)
class Inspection:
    """An answer to InspectJob.

    Attributes:
        source: the file.
        layout: what it holds, for people.
        labels: the models that take it.
        ours: it is a checkpoint that Rhoscope wrote, for labels[0].
    """

    source: Path
    layout: str
    labels: tuple[str, ...]
    ours: bool


@dataclass(frozen=True)
class ImportJob:
    """A file made ours in a folder.

    Attributes:
        label: one of Inspection.labels.
        ours: see Inspection.
        folder: of the person's own models.
    """

    source: Path
    label: str
    ours: bool
    folder: Path


@dataclass(frozen=True)
class KeyReport:
    """What became of every key; see convert.conversion.ConversionReport."""

    loaded: int
    missing: tuple[str, ...] = ()
    unexpected: tuple[str, ...] = ()
    ignored: tuple[str, ...] = ()
    differing: tuple[str, ...] = ()
    preset: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class ImportOutcome:
    """An answer to ImportJob.

    Attributes:
        label: the model written; another variant than the one asked for where only that computes what the weights
            expect.
        path: the file written; None where the weights were refused.
        report: of every key; None where reading ended before keys were compared.
        problem, cure: why they were refused.
    """

    label: str
    path: Path | None
    report: KeyReport | None
    problem: str = ""
    cure: str = ""


Job: TypeAlias = "DescribeJob | InspectJob | ImportJob | CompareJob"
Answer: TypeAlias = "ModelDescription | Inspection | ImportOutcome | Comparison"


def run_job(job: Job, context: JobContext) -> Answer:
    """Raises RhoscopeError."""
    context.progress(0.0)
    if isinstance(job, DescribeJob):
        return described(job)
    if isinstance(job, InspectJob):
        return inspected(job)
    if not isinstance(job, ImportJob):
        from engine.models.comparison import compared

        return compared(job, context)
    return imported(job, context)


def described(job: DescribeJob) -> ModelDescription:
    from engine.data.palettes import VOC_CLASSES
    from engine.models.checkpoints import read_checkpoint
    from engine.models.counting import model_counts
    from engine.models.registry import find_architecture

    label, names, facts, problem = job.label, VOC_CLASSES, {}, ""
    if job.path is not None:
        try:
            info = read_checkpoint(job.path).info
            label, names = info.label, info.class_names
            facts = {**info.metadata, "default ρ": f"{info.default_rho:g}", "working size": f"{info.working_side}"}
        except RhoscopeError as error:
            if not label:
                raise
            problem = str(error)
    counts = model_counts(label, num_classes=len(names))
    card = "" if job.path is None else _text(job.path.with_suffix(".md"))
    return ModelDescription(
        label=label,
        title=find_architecture(label)[0].title,
        stages=len(counts.macs_by_stage) - 1,
        params=counts.params,
        params_inference=counts.params_inference,
        params_by_part=counts.params_by_part,
        macs_by_stage=counts.macs_by_stage,
        class_names=tuple(names),
        facts=facts,
        card=card,
        problem=problem,
    )


def inspected(job: InspectJob) -> Inspection:
    """Raises CheckpointError where nothing here takes the file."""
    from engine.models.checkpoints import read_checkpoint, read_tensors
    from engine.models.convert.conversion import layout_of

    if job.source.suffix.lower() == ".safetensors":
        try:
            info = read_checkpoint(job.source).info
        except CheckpointError:
            info = None  # a foreign file, or a damaged one, which reading it again tells apart
        if info is not None:
            return Inspection(job.source, "a checkpoint of Rhoscope", (info.label,), ours=True)
    tensors = read_tensors(job.source)
    layout = layout_of(tensors, job.source)
    labels = tuple(layout.targets(tensors))
    if not labels:
        raise CheckpointError(f"it holds {layout.title}, of a depth or width that no model here has", path=job.source)
    return Inspection(job.source, layout.title, labels, ours=False)


def imported(job: ImportJob, context: JobContext) -> ImportOutcome:
    """Raises OutputError; weights that do not fit are an outcome with its report."""
    from engine.data.atomic_file import make_folder
    from engine.models.checkpoints import load_into, read_checkpoint, read_tensors, write_checkpoint
    from engine.models.convert.conversion import ConversionError, ConversionReport, converted
    from engine.models.registry import find_architecture, user_weights_path

    try:
        if job.ours:
            checkpoint = read_checkpoint(job.source)
            architecture, variant = find_architecture(checkpoint.info.label)
            network = architecture.build(variant, num_classes=len(checkpoint.info.class_names))
            loaded = load_into(network, checkpoint.tensors, path=job.source)
            label, state, info, report = checkpoint.info.label, checkpoint.tensors, checkpoint.info, None
            keys = KeyReport(len(loaded.loaded))
            # What a person trained keeps its name; it stands beside what was imported for a registered one.
            target = job.folder / f"{job.source.stem}.safetensors"
        else:
            result = converted(read_tensors(job.source), model=job.label, path=job.source)
            label, state, info, report = result.report.label, result.state, result.info, result.report
            keys = _keys(report)
            name, _, variant = label.partition(":")
            target = job.folder / user_weights_path(name, variant).name
        context.progress(0.6)
    except ConversionError as refused:
        # A conversion's report is of type ConversionReport whatever became of it.
        found: ConversionReport = refused.report
        return ImportOutcome(found.label, None, _keys(found, loaded=0), refused.reason, refused.cure)
    except CheckpointError as refused:
        return ImportOutcome(job.label, None, None, refused.reason, refused.cure)
    make_folder(job.folder)
    # Nothing is written over: the former weights stay among the person's own models.
    if target.is_file():
        try:
            target.rename(_free_name(target))
        except OSError as error:
            raise OutputError(f"the former weights cannot be put aside: {error.strerror}", path=target) from error
    write_checkpoint(target, state, info)
    return ImportOutcome(label, target, keys)


def _free_name(path: Path) -> Path:
    """Beside a path, a name that is not taken: "x (former).safetensors", "x (former 2).safetensors", …"""
    for number in itertools.count(1):
        words = "former" if number == 1 else f"former {number}"
        free = path.with_name(f"{path.stem} ({words}){path.suffix}")
        if not free.exists():
            return free
    raise AssertionError("numbers do not end")


def _keys(report: Any, *, loaded: int | None = None) -> KeyReport:
    return KeyReport(
        len(report.loaded) if loaded is None else loaded,
        report.missing,
        report.unexpected,
        report.ignored,
        report.differing,
        report.preset,
    )


def _text(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError):
        return ""
