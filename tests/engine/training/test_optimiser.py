"""Who learns, how fast, and when."""

from __future__ import annotations

import pytest
import torch

from engine.training.optimiser import (
    WeightAverage,
    apply_modes,
    build_optimiser,
    copy_module,
    learning_rate,
    parameter_groups,
    set_learning_rate,
)
from engine.training.recipe import OptimiserSettings
from tests.engine.training.tiny import TinyNetwork, recipe


def test_poly_schedule_has_the_published_values() -> None:
    (phase,) = recipe({"iterations": 1000, "lr": 0.01}).phase
    assert learning_rate(phase, 0) == 0.01
    assert learning_rate(phase, 500) == pytest.approx(0.01 * 0.5**0.9)
    assert learning_rate(phase, 999) == pytest.approx(0.01 * 0.001**0.9)


def test_warm_up_rises_linearly_to_the_poly_curve_and_the_floor_remains() -> None:
    (phase,) = recipe({"iterations": 100, "lr": 1.0, "warmup": 10, "power": 1.0, "floor": 0.1}).phase
    decay = [0.9 * (1 - step / 100) + 0.1 for step in range(100)]
    assert [learning_rate(phase, s) for s in range(9)] == pytest.approx([decay[s] * (s + 1) / 10 for s in range(9)])
    assert learning_rate(phase, 9) == pytest.approx(decay[9])
    assert learning_rate(phase, 99) == pytest.approx(0.109)


def test_step_schedule_falls_after_each_drop() -> None:
    # DeepLab v1 (deeplab.md §7): a tenth after every 2000 of 6000 steps.
    (phase,) = recipe({"iterations": 6000, "lr": 1e-3, "policy": "step", "drops": [2000, 4000]}).phase
    rates = [learning_rate(phase, step) for step in (0, 1999, 2000, 3999, 4000, 5999)]
    assert rates == pytest.approx([1e-3, 1e-3, 1e-4, 1e-4, 1e-5, 1e-5])


def test_power_zero_is_constant() -> None:
    (phase,) = recipe({"iterations": 10, "lr": 0.3, "power": 0.0}).phase
    assert {learning_rate(phase, s) for s in range(10)} == {0.3}


def test_decay_spares_biases_and_batch_norms_and_new_layers_learn_faster() -> None:
    network = TinyNetwork()
    groups = parameter_groups(network, weight_decay=1e-4, new_layers=["heads.*"], new_lr_multiplier=10.0)
    by_name = {name: group for group in groups for name in group["names"]}  # type: ignore[attr-defined]
    assert set(by_name) == {name for name, _ in network.named_parameters()}
    for name, group in by_name.items():
        spared = name.endswith("bias") or name in ("stem.1.weight", "bodies.0.1.weight", "bodies.1.1.weight")
        assert group["weight_decay"] == (0.0 if spared else 1e-4), name
        assert group["multiplier"] == (10.0 if name.startswith("heads.") else 1.0), name


def test_the_first_group_that_matches_a_parameter_counts() -> None:
    # As the paper's authors: new weights at 10 times rate and decay, their biases at 20 times (layer-cascade.md §5).
    phase_group = {"match": ["heads.*.bias"], "lr": 20.0}
    general = [{"match": ["heads.2.*", "heads.1.*"], "lr": 10.0, "decay": 10.0}, {"match": ["heads.*"], "lr": 3.0}]
    job = recipe({"group": [phase_group]}, optimiser={"weight_decay": 1e-4, "group": general})
    network = TinyNetwork()
    apply_modes(network, job.optimiser, job.phase[0])
    optimiser = build_optimiser(network, job.optimiser, job.phase[0], new_layers=["heads.*", "bodies.*"])
    set_learning_rate(optimiser, 1.0)
    found = {name: (group["lr"], group["weight_decay"]) for group in optimiser.param_groups for name in group["names"]}
    assert found["heads.2.1.weight"] == pytest.approx((10.0, 1e-3))
    assert found["heads.0.1.weight"] == pytest.approx((3.0, 1e-4))
    assert {found[f"heads.{n}.1.bias"] for n in range(3)} == {(20.0, 0.0)}
    assert found["bodies.0.0.weight"] == pytest.approx((10.0, 1e-4))
    assert found["stem.0.weight"] == pytest.approx((1.0, 1e-4))


def test_multipliers_scale_the_schedules_rate() -> None:
    job = recipe({})
    network = TinyNetwork()
    apply_modes(network, job.optimiser, job.phase[0])
    optimiser = build_optimiser(network, job.optimiser, job.phase[0], new_layers=["heads.*"])
    set_learning_rate(optimiser, 0.02)
    assert {round(group["lr"], 9) for group in optimiser.param_groups} == {0.02, 0.2}


def test_batch_norms_are_frozen_unless_named() -> None:
    network = TinyNetwork()
    (phase,) = recipe({"freeze": ["bodies.1.*"]}).phase
    settings = OptimiserSettings(batch_statistics=("stem.1",), train_affine=("bodies.0.1",))
    apply_modes(network, settings, phase)
    training = {
        name for name, module in network.named_modules() if isinstance(module, torch.nn.BatchNorm2d) and module.training
    }
    assert training == {"stem.1"}
    frozen = {name for name, parameter in network.named_parameters() if not parameter.requires_grad}
    assert frozen == {"stem.1.weight", "stem.1.bias"} | {
        n for n, _ in network.named_parameters() if n.startswith("bodies.1.")
    }


def test_average_follows_the_weights() -> None:
    network = torch.nn.Linear(1, 1, bias=False)
    network.weight.data.fill_(0.0)
    average = WeightAverage(network, decay=0.5)
    network.weight.data.fill_(1.0)
    average.update(network)
    assert float(average.state["weight"]) == pytest.approx(1 - 2 / 11)
    for _ in range(60):
        average.update(network)
    assert float(average.state["weight"]) == pytest.approx(1.0)
    network.weight.data.fill_(3.0)
    average.update(network)
    assert float(average.state["weight"]) == pytest.approx(2.0)


def test_a_module_takes_over_the_weights_of_another() -> None:
    network = TinyNetwork()
    copy_module(network.state_dict(), source="bodies.0", target="bodies.1")
    for name, value in network.bodies[0].state_dict().items():
        assert torch.equal(value, network.bodies[1].state_dict()[name]), name
    assert not torch.equal(network.heads[0][1].weight, network.heads[1][1].weight)


@pytest.mark.parametrize(("source", "target"), [("nobody", "bodies.1"), ("bodies.0", "nobody"), ("stem", "bodies.1")])
def test_copying_between_modules_of_another_form_is_refused(source: str, target: str) -> None:
    with pytest.raises(ValueError, match=f"'{source}' and '{target}'"):
        copy_module(TinyNetwork().state_dict(), source=source, target=target)
