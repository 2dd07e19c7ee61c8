"""The loop: it learns, resumes to the bit, stops when asked, and refuses to go on with a loss that is not a number."""

from __future__ import annotations

import errno
import functools
import io
import itertools
from pathlib import Path
from typing import Any, cast

import numpy as np
import pytest
import torch

from engine.cascade.bundle import ModelInfo
from engine.cascade.layer_cascade import LayerCascade
from engine.cascade.result import IGNORE
from engine.data.samples import LabelledImage
from engine.errors import CheckpointError, OutputError, SettingError, TrainingError
from engine.evaluation.evaluate import Preparation, evaluate
from engine.jobs.run_folder import EVENT_FILE, LAST
from engine.training.checkpoint import load_state, save_state
from engine.training.events import EventLog, read_events
from engine.training.hooks import CheckpointHook, EndHook, ReportHook
from engine.training.loop import Hook, Outcome, Request, StepReport, Trainer
from engine.training.recipe import Recipe
from engine.training.stream import SampleStream
from tests.engine.training.tiny import Squares, TinyNetwork, recipe

PHASES: tuple[dict[str, object], ...] = (
    {"name": "first", "iterations": 3, "loss_weights": [1.0, 0.0, 0.0]},
    {"name": "all", "iterations": 3, "all_pixels_weight": 0.2, "accumulate": 2, "rho_train": 0.7},
    {
        "name": "masked",
        "iterations": 4,
        "forward": "masked",
        "rho_masked": [1.0, 0.6, 0.4],
        "copy": [["bodies.0", "bodies.1"]],
    },
)


class Recorder(Hook):
    """Keeps the loss of every step; stops the run after `stop_after` steps."""

    def __init__(self, *, stop_after: int = -1) -> None:
        self.losses: list[float] = []
        self.reports: list[StepReport] = []
        self.calls: list[str] = []
        self.stop_after = stop_after

    def before_phase(self, trainer: Trainer) -> None:
        self.calls.append(f"before {trainer.phase.name}")

    def after_step(self, trainer: Trainer, report: StepReport) -> None:
        self.losses.append(report.loss)
        self.reports.append(report)
        if trainer.progress.step == self.stop_after:
            trainer.stop_requested = True

    def after_phase(self, trainer: Trainer) -> None:
        self.calls.append(f"after {trainer.phase.name}")

    def at_end(self, trainer: Trainer, outcome: Outcome) -> None:
        self.calls.append(outcome)


@pytest.fixture(autouse=True)
def _one_thread() -> None:
    torch.set_num_threads(1)


def _trainer(job: Recipe, *hooks: Hook, data: Squares | None = None) -> Trainer:
    torch.manual_seed(0)
    return Trainer(TinyNetwork(), SampleStream(data or Squares(), seed=job.seed), job, hooks=hooks)


@pytest.mark.parametrize("kind", ["sgd", "adamw"])
@pytest.mark.parametrize("stop_after", [1, 3, 5, 8])
def test_interrupted_and_resumed_equals_uninterrupted_to_the_bit(tmp_path: Path, kind: str, stop_after: int) -> None:
    lr = 0.05 if kind == "sgd" else 1e-3
    job = recipe(
        *({**p, "lr": lr} for p in PHASES), optimiser={"kind": kind, "ema": 0.9, "clip": 1.0, "train_affine": ["*"]}
    )
    whole = Recorder()
    uninterrupted = _trainer(job, whole)
    assert uninterrupted.run() == "finished"

    before = Recorder(stop_after=stop_after)
    interrupted = _trainer(job, before)
    assert interrupted.run() == "stopped"
    save_state(tmp_path / LAST, interrupted.state_dict())

    after = Recorder()
    torch.manual_seed(12345)
    resumed = Trainer(TinyNetwork(), SampleStream(Squares(), seed=job.seed), job, hooks=(after,))
    resumed.load_state_dict(load_state(tmp_path / LAST))
    assert resumed.run() == "finished"

    assert before.losses + after.losses == whole.losses
    for name, value in uninterrupted.network.state_dict().items():
        assert torch.equal(value, resumed.network.state_dict()[name]), name
    for name, value in uninterrupted.weights().items():
        assert torch.equal(value, resumed.weights()[name]), name


def test_a_run_resumed_at_its_end_only_ends() -> None:
    job = recipe(*PHASES)
    done = _trainer(job)
    done.run()
    recorder = Recorder()
    again = _trainer(job, recorder)
    again.load_state_dict(done.state_dict())
    assert again.run() == "finished"
    assert recorder.calls == ["finished"]


def test_a_phase_may_start_one_module_from_another() -> None:
    """Of the network and of its running average alike."""
    frozen = {"freeze": ["bodies.*"], "lr": 1e-4}
    job = recipe(frozen, {**frozen, "copy": [["bodies.0", "bodies.1"]]}, optimiser={"ema": 0.9})
    trainer = _trainer(job)
    before = {name: value.clone() for name, value in trainer.network.state_dict().items()}
    trainer.run()
    for state in (trainer.network.state_dict(), trainer.weights()):
        assert torch.equal(state["bodies.1.0.weight"], before["bodies.0.0.weight"])
        assert not torch.equal(state["bodies.1.0.weight"], before["bodies.1.0.weight"])


def test_a_copy_that_cannot_be_names_the_phase() -> None:
    with pytest.raises(SettingError, match="phase 'main': 'nobody'"):
        _trainer(recipe({"name": "main", "copy": [["nobody", "bodies.1"]]}))


def test_hooks_are_called_in_order() -> None:
    recorder = Recorder()
    _trainer(recipe(*PHASES), recorder).run()
    names = [p["name"] for p in PHASES]
    assert recorder.calls == [f"{when} {name}" for name in names for when in ("before", "after")] + ["finished"]
    assert len(recorder.losses) == 10


def test_a_phase_computes_only_the_stages_that_have_a_loss() -> None:
    network = TinyNetwork()

    def refuse(*_: object) -> None:
        raise AssertionError("a deeper stage was computed")

    network.bodies[0].forward = refuse  # type: ignore[method-assign, assignment]
    job = recipe({"loss_weights": [1.0, 0.0, 0.0]})
    recorder = Recorder()
    before = {name: value.clone() for name, value in network.state_dict().items()}
    Trainer(network, SampleStream(Squares(), seed=0), job, hooks=(recorder,)).run()
    assert all(set(report.terms) == {"stage1"} for report in recorder.reports)
    changed = {name for name, value in network.state_dict().items() if not torch.equal(value, before[name])}
    assert changed == {"stem.0.weight", "stem.0.bias", "heads.0.1.weight", "heads.0.1.bias"}


def test_normalisation_statistics_and_frozen_parameters_do_not_move() -> None:
    trainer = _trainer(recipe({"freeze": ["stem.*"]}))
    before = {name: value.clone() for name, value in trainer.network.state_dict().items()}
    trainer.run()
    for name, value in trainer.network.state_dict().items():
        frozen = name.startswith(("stem.", "bodies.0.1.", "bodies.1.1."))
        assert torch.equal(value, before[name]) == frozen, name


def test_accumulation_equals_one_large_batch_where_nothing_is_dropped() -> None:
    one = Recorder()
    two = Recorder()
    settings = {"iterations": 1, "rho_train": 1.0, "loss_weights": [1.0, 0.0, 0.0]}
    # At its own size every sample has equally many labelled pixels, so the mean of means is the mean.
    view = {"scale": [1.0, 1.0]}
    large = _trainer(recipe({**settings, "batch": 4}, augmentation=view), one)
    small = _trainer(recipe({**settings, "batch": 2, "accumulate": 2}, augmentation=view), two)
    for trainer in (large, small):
        for head in trainer.network.modules():
            if isinstance(head, torch.nn.Dropout):
                head.p = 0.0
        trainer.run()
    assert one.losses == pytest.approx(two.losses, rel=1e-5)
    for name, value in large.network.state_dict().items():
        torch.testing.assert_close(value, small.network.state_dict()[name])


def test_a_loss_that_is_not_finite_stops_and_names_the_images_and_spares_the_weights() -> None:
    trainer = _trainer(recipe({"iterations": 3}))
    with torch.no_grad():
        trainer.network.heads[0][1].bias[0] = float("nan")
    before = trainer.network.stem[0].weight.clone()
    with pytest.raises(TrainingError, match=r"not finite at step 0, images square\d"):
        trainer.run()
    assert torch.equal(trainer.network.stem[0].weight, before)


def test_a_checkpoint_of_another_recipe_is_refused(tmp_path: Path) -> None:
    long = _trainer(recipe({"iterations": 9}, {}))
    long.run()
    with pytest.raises(CheckpointError, match="further than this recipe"):
        _trainer(recipe({"iterations": 2})).load_state_dict(long.state_dict())
    (tmp_path / LAST).write_bytes(b"not a checkpoint")
    with pytest.raises(CheckpointError, match="cannot be read"):
        load_state(tmp_path / LAST)
    with pytest.raises(CheckpointError, match="no checkpoint"):
        load_state(tmp_path / "absent.pt")


def test_a_checkpoint_of_a_recipe_of_another_name_or_network_is_refused_by_name() -> None:
    done = _trainer(recipe({"iterations": 2}))
    done.run()
    state = done.state_dict()
    with pytest.raises(CheckpointError, match="is of recipe 'tiny', not of 'another'"):
        _trainer(recipe({"iterations": 2}, name="another")).load_state_dict(state)
    with pytest.raises(CheckpointError, match="holds 'tiny', the recipe trains 'lc-mobilenetv2'"):
        _trainer(recipe({"iterations": 2}, model={"name": "lc-mobilenetv2"})).load_state_dict(state)


def test_a_state_of_format_1_goes_on_with_the_same_steps() -> None:
    job = recipe(*PHASES)
    whole = Recorder()
    _trainer(job, whole).run()
    half = _trainer(job, Recorder(stop_after=5))
    half.run()
    state = half.state_dict()
    old = {key: state[key] for key in ("network", "optimiser", "average", "progress", "recipe")}
    rest = Recorder()
    resumed = _trainer(job, rest)
    resumed.load_state_dict({**old, "format": 1})
    resumed.run()
    assert rest.losses == whole.losses[5:]


class FullDisk(io.FileIO):
    """A file on a disk with room for 20 000 more bytes."""

    room = 20_000

    def write(self, data: Any) -> int:
        self.room -= len(memoryview(data).cast("B"))
        if self.room < 0:
            raise OSError(errno.ENOSPC, "No space left on device")
        return super().write(data)


def test_a_disk_that_fills_up_midway_leaves_the_old_checkpoint_and_names_the_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / LAST
    state = {"weights": torch.arange(10_000.0), "step": 1}
    save_state(path, state)
    before = path.read_bytes()
    assert len(before) > FullDisk.room

    def open_full(self: Path, mode: str = "r", *_: object, **__: object) -> FullDisk:
        return FullDisk(self, mode)

    with monkeypatch.context() as full:
        full.setattr(Path, "open", open_full)
        with pytest.raises(
            CheckpointError, match=r"last\.pt: .*no space left on device; the one written before is still"
        ):
            save_state(path, {**state, "step": 2})
    assert path.read_bytes() == before
    assert load_state(path)["step"] == 1
    assert [p.name for p in tmp_path.iterdir()] == [LAST]


def test_a_batch_without_a_labelled_pixel_is_harmless() -> None:
    class Void(Squares):
        def load(self, index: int) -> LabelledImage:
            sample = super().load(index)
            return LabelledImage(sample.name, sample.rgb, np.full_like(sample.labels, IGNORE))

    for forward in ("dense", "masked"):
        recorder = Recorder()
        job = recipe({"forward": forward, "all_pixels_weight": 0.2}, optimiser={"weight_decay": 0.0})
        trainer = _trainer(job, recorder, data=Void())
        before = {name: value.clone() for name, value in trainer.network.state_dict().items()}
        assert trainer.run() == "finished"
        assert recorder.losses == [0.0] * 4
        assert all(torch.equal(value, before[name]) for name, value in trainer.network.state_dict().items())


@pytest.mark.parametrize(
    "error",
    [
        MemoryError(),
        torch.OutOfMemoryError("CUDA out of memory. Tried to allocate 2.00 GiB"),
        RuntimeError(
            "[enforce fail at alloc_cpu.cpp] DefaultCPUAllocator: can't allocate memory: you tried to allocate"
        ),
    ],
)
def test_out_of_memory_names_the_settings_to_lower(monkeypatch: pytest.MonkeyPatch, error: Exception) -> None:
    def fail(*_: object, **__: object) -> None:
        raise error

    monkeypatch.setattr("engine.training.loop.cascade_loss", fail)
    with pytest.raises(TrainingError, match=r"out of memory at step 0.*batch = 4, crop = 64, accumulate = 1") as caught:
        _trainer(recipe({})).run()
    assert "--set phase.0.batch=2 --set phase.0.accumulate=2" in caught.value.cure
    with pytest.raises(TrainingError, match=r"lower phase\.0\.crop, 64 now"):
        _trainer(recipe({"batch": 1})).run()


def test_other_failures_are_not_taken_for_a_lack_of_memory(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object, **__: object) -> None:
        raise RuntimeError("sizes differ")

    monkeypatch.setattr("engine.training.loop.cascade_loss", fail)
    with pytest.raises(RuntimeError, match="sizes differ"):
        _trainer(recipe({})).run()


def test_a_pause_keeps_a_checkpoint_and_changes_no_step(tmp_path: Path) -> None:
    job = recipe(*PHASES)
    whole = Recorder()
    _trainer(job, whole).run()

    class Pauser(Recorder):
        """Asks for two pauses, one of each kind, and ends each once it has begun."""

        def after_step(self, trainer: Trainer, report: StepReport) -> None:
            super().after_step(trainer, report)
            if trainer.progress.step == 2:
                trainer.pause_requested = True
            if trainer.progress.step == 4:
                (tmp_path / "pause").touch()
            if trainer.progress.step == 7:
                trainer.checkpoint_requested = True

        def on_request(self, trainer: Trainer, request: Request) -> None:
            self.calls.append(f"{request} at {trainer.progress.step}")
            if request == "pause":
                assert load_state(tmp_path / LAST)["progress"]["step"] == trainer.progress.step
            trainer.pause_requested = False
            (tmp_path / "pause").unlink(missing_ok=True)

    recorder = Pauser()
    log = EventLog(tmp_path)
    info = cast(ModelInfo, None)  # only exports need it, and this run is stopped before its end
    recorder.stop_after = 9
    hooks = (ReportHook(log, every=1, stream=io.StringIO()), CheckpointHook(tmp_path, every=1000, info=info), recorder)
    trainer = _trainer(job, *hooks)
    trainer.pause_file = tmp_path / "pause"
    assert trainer.run() == "stopped"
    assert recorder.losses == whole.losses[:9]
    asked = [call for call in recorder.calls if " at " in call]
    assert asked == ["pause at 2", "release at 2", "pause at 4", "release at 4", "checkpoint at 7"]
    story = [
        (e["event"], e["step"]) for e in read_events(tmp_path) if e["event"] in ("paused", "released", "checkpoint")
    ]
    assert story == [("paused", 2), ("released", 2), ("paused", 4), ("released", 4), ("checkpoint", 7)]


def test_a_paused_run_can_be_stopped() -> None:
    class Stopper(Recorder):
        def on_request(self, trainer: Trainer, request: Request) -> None:
            self.calls.append(request)
            trainer.stop_requested = True

    recorder = Stopper()
    trainer = _trainer(recipe({}), recorder)
    trainer.pause_requested = True
    assert trainer.run() == "stopped"
    assert recorder.losses == []
    assert [call for call in recorder.calls if call in ("pause", "release")] == ["pause", "release"]


def test_fp16_asks_for_cuda() -> None:
    with pytest.raises(SettingError, match="needs CUDA"):
        _trainer(recipe({}, precision="fp16"))


def test_fp16_leaves_out_steps_that_overflow_and_resumes_with_its_scale(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("engine.training.loop._FP16_DEVICES", ("cpu",))
    job = recipe({"iterations": 6, "lr": 1e-3}, precision="fp16")

    class Overflow(Recorder):
        """Starts with a scale that no fp16 gradient survives, and keeps what became of scale and weights."""

        def before_phase(self, trainer: Trainer) -> None:
            if trainer.progress.step == 0:
                trainer.scaler = torch.amp.GradScaler("cpu", init_scale=2.0**40, backoff_factor=2.0**-8)
            self.scales: list[float] = []
            self.weights: list[torch.Tensor] = []

        def after_step(self, trainer: Trainer, report: StepReport) -> None:
            super().after_step(trainer, report)
            self.scales.append(trainer.scaler.get_scale())
            self.weights.append(trainer.network.stem[0].weight.detach().clone())

    whole = Overflow()
    start = _trainer(job, whole)
    before = start.network.stem[0].weight.detach().clone()
    start.run()
    assert whole.scales[0] < 2.0**40
    assert torch.equal(whole.weights[0], before)
    assert not torch.equal(whole.weights[-1], before)
    assert all(np.isfinite(loss) for loss in whole.losses)

    half = Overflow(stop_after=3)
    interrupted = _trainer(job, half)
    interrupted.run()
    save_state(tmp_path / LAST, interrupted.state_dict())
    rest = Overflow()
    resumed = _trainer(job, rest)
    resumed.load_state_dict(load_state(tmp_path / LAST))
    resumed.run()
    assert half.scales + rest.scales == whole.scales
    assert half.losses + rest.losses == whole.losses
    assert torch.equal(rest.weights[-1], whole.weights[-1])


def test_random_dropping_depends_on_seed_and_step_alone() -> None:
    phase = {"iterations": 3, "drop_rule": "random", "drop_rates": [0.5, 0.5], "loss_stride": 4}
    first, again, other = Recorder(), Recorder(), Recorder()
    _trainer(recipe(phase), first).run()
    _trainer(recipe(phase), again).run()
    _trainer(recipe(phase, seed=1), other).run()
    assert first.losses == again.losses
    kept = [report.kept for report in first.reports]
    assert kept != [report.kept for report in other.reports]
    assert np.mean([k[1] for k in kept]) == pytest.approx(0.5, abs=0.1)
    assert np.mean([k[2] for k in kept]) == pytest.approx(0.25, abs=0.1)


@pytest.mark.filterwarnings("ignore")
def test_compiled_passes_take_the_same_steps(monkeypatch: pytest.MonkeyPatch) -> None:
    # Translated and differentiated ahead of time, but not handed to the C++ compiler, which takes minutes.
    monkeypatch.setattr(torch, "compile", functools.partial(torch.compile, backend="aot_eager"))
    plain, compiled = Recorder(), Recorder()
    phases = ({"iterations": 2, "rho_train": 0.6}, {"iterations": 2, "forward": "masked", "rho_masked": [0.5]})
    for recorder, switch in ((plain, False), (compiled, True)):
        trainer = _trainer(recipe(*phases, compile=switch), recorder)
        for module in trainer.network.modules():
            if isinstance(module, torch.nn.Dropout):
                module.p = 0.0
        trainer.run()
    assert compiled.losses == pytest.approx(plain.losses, rel=1e-4)


def test_events_tell_the_story_of_the_run(tmp_path: Path) -> None:
    log = EventLog(tmp_path)
    screen = io.StringIO()
    _trainer(recipe(*PHASES), ReportHook(log, every=2, stream=screen), EndHook(log)).run()
    events = list(read_events(tmp_path))
    steps = [event for event in events if event["event"] == "step"]
    assert [event["step"] for event in steps] == [2, 3, 4, 6, 8, 10]
    assert {"loss", "terms", "kept", "lr", "images_per_second", "eta_seconds", "phase"} <= set(steps[0])
    assert steps[-1]["eta_seconds"] == 0
    assert steps[-1]["samples"] == 3 * 4 + 3 * 8 + 4 * 4
    assert [event["name"] for event in events if event["event"] == "phase"] == ["first", "all", "masked"]
    assert events[-1]["outcome"] == "finished"
    assert f"{'█' * 20} masked: step 10/10" in screen.getvalue()
    assert f"{'█' * 4}{'░' * 16} first: step 2/10" in screen.getvalue()
    assert "mIoU" not in screen.getvalue()


def test_events_that_cannot_be_written_name_the_file(tmp_path: Path) -> None:
    with pytest.raises(OutputError, match=r"absent.events\.jsonl: the event cannot be written: no such file"):
        EventLog(tmp_path / "absent").write("step", step=1)
    EventLog(None).write("step", step=1)


def test_a_line_still_being_written_is_not_read(tmp_path: Path) -> None:
    log = EventLog(tmp_path)
    log.write("step", loss=float("nan"))
    with (tmp_path / EVENT_FILE).open("a", encoding="utf-8") as file:
        file.write('{"event": "st')
    (event,) = read_events(tmp_path)
    assert event["loss"] is None


@pytest.mark.parametrize("forward", ["dense", "masked"])
def test_a_tiny_data_set_is_learnt(forward: str) -> None:
    job = recipe(
        {"iterations": 30, "lr": 0.02, "loss_weights": [1.0, 0.0, 0.0]},
        {"iterations": 50, "lr": 0.02, "all_pixels_weight": 0.2, "forward": forward, "rho_masked": [1.0, 0.95, 0.9]},
        optimiser={"clip": 5.0},
        augmentation={"scale": [0.9, 1.1]},
    )
    recorder = Recorder()
    trainer = _trainer(job, recorder)
    trainer.run()
    assert all(report.kept[0] == 1.0 for report in recorder.reports)
    assert min(report.kept[-1] for report in recorder.reports[-20:]) < 1.0
    result = evaluate(
        LayerCascade(trainer.network.eval()),
        Squares(),
        rhos=[0.9],
        preparation=Preparation(job.model.mean, job.model.std),
        dense_stages=True,
    )
    (row,) = result.rows
    assert row.scores.mean_iou > 0.85
    assert row.shares[0] > 0.3
    assert all(later <= earlier + 0.2 for earlier, later in itertools.pairwise(s.mean_iou for s in result.stages))
