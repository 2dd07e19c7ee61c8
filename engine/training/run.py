"""A run: a folder with the recipe, the environment, events and checkpoints, and the training that fills it."""

from __future__ import annotations

import json
import logging
import os
import platform
import signal
import sys
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass
from pathlib import Path
from types import FrameType

import cv2
import torch

from engine.cascade.bundle import CELLS, CORNERS, ModelInfo
from engine.cascade.network import StagedNetwork
from engine.data.atomic_file import write_bytes
from engine.data.opening import found_text, open_dataset
from engine.data.pairs import PairedData
from engine.data.preflight import Preflight, check_before_training, shared_images
from engine.data.samples import MemoryCache, SegmentationData
from engine.data.teacher import TaughtData
from engine.errors import OutputError, RhoscopeError, SettingError, TrainingError
from engine.jobs.run_folder import CHECKPOINTS, ENVIRONMENT_FILE, LAST, PAUSE_FILE, RECIPE_FILE, RECIPE_TOML, STOP_FILE
from engine.jobs.run_process import claimed
from engine.models.loading import checkpoint_path, choose_device
from engine.models.registry import find_architecture
from engine.training.checkpoint import load_state, start_from
from engine.training.events import EventLog
from engine.training.hooks import CheckpointHook, EndHook, ReportHook
from engine.training.loop import Outcome, Trainer
from engine.training.processes import Processes, joined, started_by_torchrun
from engine.training.recipe import Recipe, expand, load_recipe, recipe_differences
from engine.training.stream import SampleStream
from engine.training.tensorboard import TensorBoardWriter
from engine.training.validation import ValidationHook, ValidationShare
from engine.version import VERSION

_SHOWN = 5  # differences named of many

_log = logging.getLogger(__name__)


@dataclass(frozen=True)
class RunOptions:
    """How a run uses the machine: threads (None = torch's choice), and device ("auto" takes CUDA where it is)."""

    threads: int | None = None
    device: str = "auto"


def start_run(recipe_path: Path, *, folder: Path, overrides: Sequence[str], options: RunOptions) -> Outcome:
    """Starts a new run in a folder that does not hold one yet.

    Under torchrun a folder that holds a run of this very recipe is gone on with: that is how it restarts after a
    failure.

    Raises:
        RhoscopeError: recipe, data, weights or folder are not usable, or training cannot go on.
    """
    recipe = load_recipe(recipe_path, overrides=overrides)
    with joined(choose_device(options.device)) as processes:
        resume = processes.led(lambda: _prepared_folder(folder, recipe, recipe_path))
        with _claimed(folder, processes):
            return _train(recipe, folder, options=options, resume=resume, processes=processes)


def resume_run(
    folder: Path, *, overrides: Sequence[str], options: RunOptions, recipe_path: Path | None = None
) -> Outcome:
    """Goes on with a run from its last checkpoint, exactly as if it had not been interrupted.

    A run that ended before its first checkpoint begins again.

    Args:
        recipe_path: where given, this recipe with the overrides must be the run's own.

    Raises:
        RhoscopeError: the folder holds no run or no checkpoint, the recipe is another one, or as for start_run.
    """
    if not (folder / RECIPE_FILE).is_file():
        raise SettingError("this folder holds no run", path=folder)
    if recipe_path is None:
        recipe = load_recipe(folder / RECIPE_FILE, overrides=overrides)
    else:
        recipe = load_recipe(recipe_path, overrides=overrides)
        _refuse_another_recipe(folder, recipe)
    with joined(choose_device(options.device)) as processes, _claimed(folder, processes):
        resume = processes.led((folder / CHECKPOINTS / LAST).is_file)
        if not resume and processes.leads:
            _log.info("there is no checkpoint yet: beginning again")
        return _train(recipe, folder, options=options, resume=resume, processes=processes)


@contextmanager
def _claimed(folder: Path, processes: Processes) -> Iterator[None]:
    """The run is this process's while it lasts; an order to stop that came before it began is forgotten."""
    if not processes.leads:
        yield
        return
    with claimed(folder):
        (folder / STOP_FILE).unlink(missing_ok=True)
        yield


def _prepared_folder(folder: Path, recipe: Recipe, recipe_path: Path) -> bool:
    """Makes the run's folder; True where it is there already with a checkpoint to go on from."""
    if (folder / RECIPE_FILE).exists():
        if not started_by_torchrun():
            raise OutputError("this folder already holds a run", path=folder, cure="resume it or name another folder")
        _refuse_another_recipe(folder, recipe)
        return (folder / CHECKPOINTS / LAST).is_file()
    try:
        (folder / CHECKPOINTS).mkdir(parents=True, exist_ok=True)
        if not (folder / RECIPE_TOML).exists() or not recipe_path.samefile(folder / RECIPE_TOML):
            write_bytes(folder / RECIPE_TOML, recipe_path.read_bytes())
        # Last, for it says that the run has begun.
        write_bytes(folder / RECIPE_FILE, json.dumps(asdict(recipe), indent=1, ensure_ascii=False).encode())
    except OSError as error:
        raise OutputError(f"the run folder cannot be written: {error}", path=folder) from error
    return False


def _refuse_another_recipe(folder: Path, recipe: Recipe) -> None:
    differences = recipe_differences(load_recipe(folder / RECIPE_FILE), recipe)
    if differences:
        shown = "; ".join(differences[:_SHOWN]) + (" …" if len(differences) > _SHOWN else "")
        raise SettingError(
            f"the run was started with another recipe (the run's value, then this one's): {shown}",
            path=folder,
            cure="resume without naming a recipe, or start a new run",
        )


def build_network(name: str, *, num_classes: int) -> StagedNetwork:
    """The untrained network of a registered name, "name" or "name:variant".

    Raises:
        SettingError: there is no such network.
    """
    architecture, variant = find_architecture(name)
    return architecture.build(variant, num_classes=num_classes)


def starting_weights(start: str) -> Path:
    """The file that model.start stands for; raises SettingError or CheckpointError."""
    path = expand(start)
    named = len(path.parts) == 1 and not path.suffix
    return checkpoint_path(start) if named else path


def training_data(recipe: Recipe) -> tuple[PairedData, PairedData]:
    """The training and the validation images; raises DataError or SettingError."""
    settings = recipe.data
    train, val = (
        open_dataset(
            expand(settings.root),
            layout=settings.layout,
            split=split,
            cityscapes_labels=settings.cityscapes_labels,
        )
        for split in (settings.train, settings.val)
    )
    return train, val


def _with_teacher(data: PairedData, recipe: Recipe) -> SegmentationData:
    folders = [expand(folder) for folder in recipe.data.teacher]
    return TaughtData(data, folders, adds_only=recipe.data.teacher_adds_only) if folders else data


def model_info(recipe: Recipe, data: PairedData) -> ModelInfo:
    """What the run's checkpoints say about themselves."""
    architecture, variant = find_architecture(recipe.model.name)
    return ModelInfo(
        name=architecture.name,
        variant=variant,
        title=architecture.title,
        class_names=data.class_names,
        palette=data.palette,
        mean=recipe.model.mean,
        std=recipe.model.std,
        default_rho=recipe.schedule.val_rho,
        working_side=recipe.model.working_side,
        metadata={
            "recipe": recipe.name,
            "data": f"{data.layout} {data.split}, {len(data)} images",
            **({CELLS: CORNERS} if recipe.cells_on_corners else {}),
        },
    )


def _train(recipe: Recipe, folder: Path, *, options: RunOptions, resume: bool, processes: Processes) -> Outcome:
    if options.threads is not None:
        torch.set_num_threads(options.threads)
    cv2.setNumThreads(1)  # the prefetch threads must not take the trainer's cores
    device = choose_device(options.device)
    torch.manual_seed(recipe.seed)
    train, validation = training_data(recipe)
    network = build_network(recipe.model.name, num_classes=len(train.class_names))
    for phase in recipe.phase:
        if len(phase.loss_weights) != network.stage_count:
            raise SettingError(
                f"phase {phase.name!r} has {len(phase.loss_weights)} loss weights, {recipe.model.name} has "
                f"{network.stage_count} stages"
            )
    if len(set(processes.gathered((str(recipe), len(train))))) > 1:
        raise TrainingError("the processes do not train on the same recipe and data", cure="give all of them the same")
    checkpoints = folder / CHECKPOINTS
    checked, both = processes.led(lambda: _preflights(train, validation))
    state = processes.led(lambda: load_state(checkpoints / LAST)) if resume else None
    with _event_log(recipe, folder, processes, step=0 if state is None else state["progress"]["step"]) as log:
        if state is None and recipe.model.start:
            start = recipe.model.start
            missing, unused = start_from(
                network, starting_weights(start), other_classes=recipe.model.start_other_classes
            )
            if processes.leads:
                _log.info("starting weights leave %d keys as initialised: %s", len(missing), ", ".join(missing))
                _log.info("%d keys of the starting weights are not used: %s", len(unused), ", ".join(unused))
            log.write("start_weights", file=recipe.model.start, missing=missing, unused=unused)
        info = model_info(recipe, train)
        hooks = (
            ReportHook(log, every=recipe.schedule.log_every),
            ValidationHook(log, validation, folder, info=info),
            CheckpointHook(checkpoints, every=recipe.schedule.checkpoint_every, info=info),
            EndHook(log),
        )
        trainer = Trainer(
            network,
            SampleStream(
                MemoryCache(_with_teacher(train, recipe), budget_bytes=recipe.data.cache_mb << 20),
                seed=recipe.seed,
                teacher_share=recipe.data.teacher_share,
            ),
            recipe,
            hooks=hooks if processes.leads else (ValidationShare(validation),),
            device=device,
            processes=processes,
            pause_file=folder / PAUSE_FILE,
            stop_file=folder / STOP_FILE,
        )
        if state is not None:
            trainer.load_state_dict(state)
        if processes.leads:
            _write_environment(folder, device, processes)
        log.write(
            "resumed" if resume else "started", step=trainer.progress.step, recipe=recipe.name, device=device,
            threads=torch.get_num_threads(), processes=processes.count, images=len(train),
            iterations=recipe.iterations, pid=os.getpid(), classes=train.class_names, palette=train.palette.tolist(),
        )  # fmt: skip
        for report in checked:
            log.write(
                "preflight", split=report.split, pairs=report.pairs, unusable=report.unusable,
                problems=[str(problem) for problem in report.problems], seconds=report.seconds, in_both_lists=both,
            )  # fmt: skip
        try:
            with _requests_by_signal(trainer):
                return trainer.run()
        except RhoscopeError as error:
            # The disk may be what failed.
            with suppress(OutputError):
                log.write("failed", step=trainer.progress.step, reason=str(error))
            raise


def _preflights(train: PairedData, validation: PairedData) -> tuple[list[Preflight], int]:
    """Both lists checked, and how many images stand in both."""
    checked = [_preflight(data) for data in (train, validation)]
    if both := shared_images(train, validation):
        _log.warning("%d images are in both lists, so validation flatters: %s", len(both), ", ".join(both[:5]))
    return checked, len(both)


def _preflight(data: PairedData) -> Preflight:
    """Says what was found, names problems, and refuses data of which much cannot be used."""
    _log.info("%s", found_text(data))
    report = check_before_training(data, on_problem=lambda problem: _log.warning("cannot be used: %s", problem))
    if report.problem_count > len(report.problems):
        _log.warning("%d more problems; rhoscope data check lists them", report.problem_count - len(report.problems))
    return report


@contextmanager
def _event_log(recipe: Recipe, folder: Path, processes: Processes, *, step: int) -> Iterator[EventLog]:
    if not processes.leads:
        yield EventLog(None)
    elif recipe.schedule.tensorboard:
        writer = TensorBoardWriter(folder, step=step)
        try:
            yield EventLog(folder, listeners=(writer,))
        finally:
            writer.close()
    else:
        yield EventLog(folder)


@contextmanager
def _requests_by_signal(trainer: Trainer) -> Iterator[None]:
    """SIGINT and SIGTERM end the run after the step under way, with a checkpoint; a second one ends it at once.

    SIGUSR1 pauses and, sent again, releases; SIGUSR2 asks for a checkpoint. Under torchrun a second signal is no wish
    of a person: it passes on what the terminal has sent to all, and ends processes that take too long by itself.
    """
    if threading.current_thread() is not threading.main_thread():
        yield
        return

    def stop(number: int, frame: FrameType | None) -> None:
        if trainer.stop_requested and not started_by_torchrun():
            raise KeyboardInterrupt
        trainer.stop_requested = True
        _log.warning("stopping after this step; a checkpoint follows")

    def pause(number: int, frame: FrameType | None) -> None:
        trainer.pause_requested = not trainer.pause_requested

    def checkpoint(number: int, frame: FrameType | None) -> None:
        trainer.checkpoint_requested = True

    wanted = {"SIGINT": stop, "SIGTERM": stop, "SIGUSR1": pause, "SIGUSR2": checkpoint}
    # Windows has no SIGUSR1 and SIGUSR2.
    known = {getattr(signal, name): handler for name, handler in wanted.items() if hasattr(signal, name)}
    previous = {number: signal.signal(number, handler) for number, handler in known.items()}
    try:
        yield
    finally:
        for number, handler in previous.items():
            signal.signal(number, handler)


def _write_environment(folder: Path, device: str, processes: Processes) -> None:
    facts = {
        "rhoscope": VERSION,
        "python": platform.python_version(),
        "platform": platform.platform(),
        "machine": platform.machine(),
        "cores": os.cpu_count(),
        "torch": torch.__version__,
        "opencv": cv2.__version__,
        "device": torch.cuda.get_device_name(0) if device == "cuda" else device,
        "threads": torch.get_num_threads(),
        "processes": processes.count,
        "arguments": sys.argv[1:],
    }
    (folder / ENVIRONMENT_FILE).write_text(json.dumps(facts, indent=1), encoding="utf-8")
