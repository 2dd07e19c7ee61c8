"""Fine-tuning on corrections: learnt, the rest kept, taken back to the bit, left at any step."""

from __future__ import annotations

import itertools
import math
from dataclasses import replace

import numpy as np
import pytest
import torch
from torch.nn import functional as F

from engine.cancel import Cancelled, CancelToken
from engine.cascade.layer_cascade import LayerCascade
from engine.cascade.network import StagedNetwork
from engine.cascade.result import IGNORE
from engine.data.samples import LabelledImage
from engine.errors import DataError, SettingError, TrainingError
from engine.training.distillation import keeping_loss, unlabelled_cells
from engine.training.fine_tune import FineTuneSettings, FineTuning
from engine.training.loop import Trainer
from engine.training.losses import StageScores
from engine.training.stream import SampleStream
from tests.engine.cascade.one_stage import OneStageNetwork
from tests.engine.training.tiny import Squares, TinyNetwork, recipe

MEAN, STD = (0.485, 0.456, 0.406), (0.229, 0.224, 0.225)
SETTINGS = FineTuneSettings(steps=40, lr=5e-3, rhos=(1.0, 0.9), test_rho=0.9, keep=3.0)


@pytest.fixture(autouse=True)
def _one_thread() -> None:
    torch.set_num_threads(1)


@pytest.fixture(scope="module")
def state() -> dict[str, torch.Tensor]:
    """Weights of a network that knows red and green squares."""
    torch.set_num_threads(1)
    torch.manual_seed(0)
    network = TinyNetwork()
    job = recipe({"iterations": 60, "lr": 0.02}, optimiser={"clip": 5.0}, augmentation={"scale": [0.9, 1.1]})
    Trainer(network, SampleStream(Squares(), seed=0), job).run()
    return network.state_dict()


@pytest.fixture
def network(state: dict[str, torch.Tensor]) -> TinyNetwork:
    fresh = TinyNetwork()
    fresh.load_state_dict(state)
    return fresh


def _blue(index: int, *, looked: bool = True) -> LabelledImage:
    """A blue square, of which the model knows nothing; a person calls its middle green and looks at nothing else."""
    rng = np.random.default_rng(100 + index)
    rgb = rng.integers(90, 130, (64, 64, 3), dtype=np.uint8)
    labels = np.full((64, 64), IGNORE, dtype=np.uint8)
    y, x = rng.integers(0, 32, 2)
    rgb[y : y + 32, x : x + 32] = (30, 30, 220)
    if looked:
        labels[y + 6 : y + 26, x + 6 : x + 26] = 2
    return LabelledImage(f"blue{index}", rgb, labels)


def _probes() -> list[LabelledImage]:
    return [Squares(count=8).load(index) for index in (0, 1, 2, 3)]


def _replay() -> list[LabelledImage]:
    """Photos without a label: only the starting model says what is in them."""
    samples = (Squares(count=8).load(index) for index in (4, 5, 6, 7))
    return [LabelledImage(s.name, s.rgb, np.full_like(s.labels, IGNORE)) for s in samples]


def _tuning(network: StagedNetwork, settings: FineTuneSettings = SETTINGS, **more: object) -> FineTuning:
    return FineTuning(
        network, [_blue(0), _blue(1)], mean=MEAN, std=STD, settings=settings,
        replay=_replay(), probes=_probes(), **more,  # type: ignore[arg-type]
    )  # fmt: skip


def test_corrections_are_learnt_and_probes_barely_move(network: TinyNetwork) -> None:
    before = {name: value.clone() for name, value in network.state_dict().items()}
    tuning = _tuning(network)
    assert tuning.before.corrected < 0.3
    assert tuning.before.probes_mean_iou > 0.8
    assert tuning.before.probes_unchanged == 1.0
    steps = list(tuning.run())
    assert [step.number for step in steps] == list(range(1, 41))
    assert {step.total for step in steps} == {40}
    assert tuning.done
    assert steps[0].keeping == pytest.approx(0.0, abs=0.05)  # dropout aside, nothing has moved yet
    after = tuning.scores()
    assert after.corrected > 0.95
    assert after.probes_unchanged > 0.97
    assert after.probes_mean_iou > tuning.before.probes_mean_iou - 0.03
    moved = {name for name, value in network.state_dict().items() if not torch.equal(value, before[name])}
    assert not any(name.startswith(("stem.1.", "bodies.0.1.", "bodies.1.1.")) for name in moved)
    assert {"stem.0.weight", "heads.0.1.weight"} <= moved


@pytest.mark.parametrize(("stride", "corners"), [(8, False), (1, False), (8, True)])
def test_a_network_of_one_stage_learns_and_takes_it_back(stride: int, corners: bool) -> None:
    torch.manual_seed(0)
    network = OneStageNetwork(classes=3, stride=stride)
    job = recipe({"iterations": 60, "lr": 0.1, "loss_weights": [1.0]}, optimiser={"clip": 5.0})
    Trainer(network, SampleStream(Squares(), seed=0), job).run()
    before = {name: value.clone() for name, value in network.state_dict().items()}
    settings = FineTuneSettings(steps=40, lr=1e-2, rhos=(1.0, 0.9), test_rho=0.9, loss_weights=(0.8,))
    tuning = _tuning(network, settings, cells_on_corners=corners)
    assert tuning.before.corrected < 0.5
    assert list(tuning.run())[-1].number == 40
    assert tuning.scores().corrected > max(0.8, tuning.before.corrected)
    tuning.rollback()
    assert all(torch.equal(value, before[name]) for name, value in network.state_dict().items())


def test_photos_of_a_network_with_cells_on_corners_are_moved_as_in_a_session() -> None:
    network, seen = OneStageNetwork(classes=3), []
    first = network.first
    network.first = lambda image: (seen.append(image.clone()), first(image))[1]  # type: ignore[method-assign]
    probe = Squares(count=8).load(0)
    for corners in (False, True):
        FineTuning(
            network, [probe], mean=MEAN, std=STD, settings=replace(SETTINGS, loss_weights=(0.8,)),
            cells_on_corners=corners,
        )  # fmt: skip
    plain, moved = seen
    torch.testing.assert_close(moved[..., :-4, :-4], plain[..., 4:, 4:])


def test_without_keeping_more_is_forgotten(network: TinyNetwork, state: dict[str, torch.Tensor]) -> None:
    careful = _tuning(network)
    list(careful.run())
    other = TinyNetwork()
    other.load_state_dict(state)
    careless = FineTuning(
        other, [_blue(0), _blue(1)], mean=MEAN, std=STD, settings=replace(SETTINGS, keep=0.0), probes=_probes()
    )
    list(careless.run())
    assert careless.scores().probes_unchanged < careful.scores().probes_unchanged


def test_rollback_is_exact_and_steps_repeat(network: TinyNetwork) -> None:
    before = {name: value.clone() for name, value in network.state_dict().items()}
    tuning = _tuning(network, replace(SETTINGS, steps=6))
    first = list(tuning.run())
    learnt = {name: value.clone() for name, value in network.state_dict().items()}
    tuning.rollback()
    assert all(torch.equal(value, before[name]) for name, value in network.state_dict().items())
    assert not tuning.done
    assert tuning.scores() == tuning.before
    assert list(tuning.run()) == first
    assert all(torch.equal(value, learnt[name]) for name, value in network.state_dict().items())


def test_cancelled_between_steps_the_network_is_usable(network: TinyNetwork) -> None:
    tuning = _tuning(network)
    token = CancelToken()
    taken = 0
    steps = tuning.run(token)
    for step in itertools.islice(steps, 3):
        taken = step.number
        assert not any(module.training for module in network.modules())
        assert all(parameter.grad is None for parameter in network.parameters())
    token.cancel()
    with pytest.raises(Cancelled):
        next(steps)
    assert taken == 3
    assert not tuning.done
    image = torch.zeros(1, 3, 64, 64)
    with torch.inference_mode():
        states = LayerCascade(network)(image, 0.9)
        again = LayerCascade(network)(image, 0.9)
    assert all(torch.equal(a.probabilities, b.probabilities) for a, b in zip(states, again, strict=True))
    assert all(bool(torch.isfinite(state.probabilities).all()) for state in states)
    assert math.isfinite(tuning.scores().corrected)
    # What was cancelled may go on.
    assert next(tuning.run()).number == 4


def test_steps_leave_the_callers_random_numbers_alone(network: TinyNetwork) -> None:
    tuning = _tuning(network)
    torch.manual_seed(5)
    expected = torch.rand(3)
    torch.manual_seed(5)
    tuning.step()
    assert torch.equal(torch.rand(3), expected)


def test_frozen_layers_stay_and_the_end_is_an_end(network: TinyNetwork) -> None:
    before = {name: value.clone() for name, value in network.state_dict().items()}
    tuning = _tuning(network, replace(SETTINGS, steps=2, freeze=("stem.*",), rhos=()))
    list(tuning.run())
    moved = {name for name, value in network.state_dict().items() if not torch.equal(value, before[name])}
    assert moved
    assert not any(name.startswith("stem.") for name in moved)
    with pytest.raises(TrainingError, match="all steps"):
        tuning.step()


def test_a_loss_that_is_not_finite_leaves_the_weights(network: TinyNetwork) -> None:
    tuning = _tuning(network)
    with torch.no_grad():
        network.heads[2][1].bias[0] = float("nan")
    before = {name: value.clone() for name, value in network.state_dict().items()}
    with pytest.raises(TrainingError, match="not finite at step 0, image blue"):
        tuning.step()
    assert all(torch.equal(v.nan_to_num(), before[n].nan_to_num()) for n, v in network.state_dict().items())
    assert not network.training
    tuning.rollback()
    assert tuning.step().number == 1


def test_wrong_input_is_named(network: TinyNetwork) -> None:
    def tune(sample: LabelledImage, settings: FineTuneSettings = SETTINGS) -> None:
        FineTuning(network, [sample], mean=MEAN, std=STD, settings=settings)

    good = _blue(0)
    with pytest.raises(DataError, match="nothing to learn"):
        tune(_blue(0, looked=False))
    with pytest.raises(DataError, match=r"blue0: the image is \(64, 64\), its label map \(32, 64\)"):
        tune(replace(good, labels=good.labels[:32]))
    with pytest.raises(DataError, match="blue0: the model has 3 classes, labels hold 3, 9"):
        tune(replace(good, labels=np.where(good.labels == 2, [[3, 9] * 32], IGNORE).astype(np.uint8)))
    for change, message in (
        ({"steps": 0}, "at least 1"),
        ({"lr": 0.0}, "positive"),
        ({"rhos": (1.5,)}, "between 0 and 1"),
        ({"loss_weights": (1.0,)}, "3 loss weights"),
    ):
        with pytest.raises(SettingError, match=message):
            tune(good, replace(SETTINGS, **change))  # type: ignore[arg-type]


def test_cells_with_a_single_labelled_pixel_are_not_kept() -> None:
    labels = torch.full((1, 32, 32), IGNORE, dtype=torch.uint8)
    labels[0, 9, 30] = 1
    expected = torch.ones(1, 4, 4, dtype=torch.bool)
    expected[0, 1, 3] = False
    assert torch.equal(unlabelled_cells(labels, (4, 4)), expected)


def test_keeping_loss_is_the_divergence_on_the_cells_that_count() -> None:
    generator = torch.Generator().manual_seed(0)
    now, then = (torch.randn(1, 3, 4, 4, generator=generator) for _ in range(2))
    cells = torch.rand(1, 4, 4, generator=generator) < 0.5
    before = F.log_softmax(then, dim=1)
    p, q = before.exp().double(), F.softmax(now.double(), dim=1)
    expected = float((p * (p / q).log()).sum(dim=1)[cells].mean())
    assert float(keeping_loss([StageScores(now)], [before], cells)) == pytest.approx(expected, rel=1e-5)
    assert float(keeping_loss([StageScores(then)], [before], cells)) == pytest.approx(0.0, abs=1e-6)
    assert float(keeping_loss([StageScores(now)], [before], torch.zeros_like(cells))) == 0.0
