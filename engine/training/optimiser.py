"""Which parameters learn, how fast, and on what schedule."""

from __future__ import annotations

import fnmatch
import math
from collections.abc import Iterable, Mapping, Sequence

import torch
from torch import Tensor, nn
from torch.nn.modules.batchnorm import _BatchNorm

from engine.training.recipe import GroupSettings, OptimiserSettings, Phase


def matches(name: str, patterns: Iterable[str]) -> bool:
    """Whether a dotted name fits one of the shell-style patterns."""
    return any(fnmatch.fnmatchcase(name, pattern) for pattern in patterns)


def apply_modes(network: nn.Module, settings: OptimiserSettings, phase: Phase) -> None:
    """Puts a network in training mode with its batch norms frozen as the recipe says, and marks what a phase trains."""
    network.train()
    frozen: set[str] = set()
    for name, module in network.named_modules():
        if isinstance(module, _BatchNorm):
            module.train(matches(name, settings.batch_statistics))
            if not matches(name, settings.train_affine):
                frozen.update((f"{name}.weight", f"{name}.bias"))
    for name, parameter in network.named_parameters():
        parameter.requires_grad_(name not in frozen and not matches(name, phase.freeze))


def parameter_groups(
    network: nn.Module,
    *,
    weight_decay: float,
    new_layers: Sequence[str],
    new_lr_multiplier: float,
    groups: Sequence[GroupSettings] = (),
) -> list[dict[str, object]]:
    """The trained parameters, sorted into those with decay (weights) and without (biases, batch norms) of each group:
    the rest, new layers, and the settings' own; the first of `groups` that matches counts, then new_layers.

    Each group carries `multiplier`, by which the schedule's learning rate is scaled, and its parameters' names.
    """
    ranks = [GroupSettings((), 1.0), GroupSettings(tuple(new_layers), new_lr_multiplier), *groups]
    order = [*range(2, len(ranks)), 1]
    found: dict[tuple[int, bool], dict[str, object]] = {}
    for name, parameter in network.named_parameters():
        if not parameter.requires_grad:
            continue
        number = next((n for n in order if matches(name, ranks[n].match)), 0)
        decays = parameter.ndim > 1
        group = found.setdefault(
            (number, decays),
            {
                "params": [],
                "names": [],
                "weight_decay": weight_decay * ranks[number].decay if decays else 0.0,
                "multiplier": ranks[number].lr,
            },
        )
        for key, item in (("params", parameter), ("names", name)):
            members = group[key]
            assert isinstance(members, list)
            members.append(item)
    return [found[key] for key in sorted(found)]


def build_optimiser(
    network: nn.Module, settings: OptimiserSettings, phase: Phase, *, new_layers: Sequence[str]
) -> torch.optim.Optimizer:
    """A fresh optimiser over what apply_modes marked as trained."""
    groups = parameter_groups(
        network,
        weight_decay=settings.weight_decay,
        new_layers=new_layers,
        new_lr_multiplier=settings.new_lr_multiplier,
        groups=(*phase.group, *settings.group),
    )
    if settings.kind == "adamw":
        return torch.optim.AdamW(groups, lr=phase.lr)
    return torch.optim.SGD(groups, lr=phase.lr, momentum=settings.momentum)


def learning_rate(phase: Phase, step: int) -> float:
    """Rate of a phase's `step` (from 0), times the warm-up's rise.

    "poly": lr · ((1 − floor) · (1 − step/iterations)^power + floor). "step": lr · drop_factor^(drops passed).
    """
    if phase.policy == "step":
        decay = phase.drop_factor ** sum(step >= drop for drop in phase.drops)
    else:
        decay = (1.0 - phase.floor) * math.pow(1.0 - step / phase.iterations, phase.power) + phase.floor
    rise = min(1.0, (step + 1) / phase.warmup) if phase.warmup else 1.0
    return phase.lr * rise * decay


def set_learning_rate(optimiser: torch.optim.Optimizer, rate: float) -> None:
    for group in optimiser.param_groups:
        group["lr"] = rate * group["multiplier"]


@torch.no_grad()
def copy_module(state: Mapping[str, Tensor], *, source: str, target: str) -> None:
    """Writes the weights of one module over those of another in a network's state.

    Raises:
        ValueError: there is no such module, or the two differ in their weights' names or shapes.
    """
    found = {name.removeprefix(f"{source}."): value for name, value in state.items() if name.startswith(f"{source}.")}
    places = {name.removeprefix(f"{target}."): value for name, value in state.items() if name.startswith(f"{target}.")}
    if not found or {n: v.shape for n, v in found.items()} != {n: v.shape for n, v in places.items()}:
        raise ValueError(f"{source!r} and {target!r} are not modules of the same form")
    for name, place in places.items():
        place.copy_(found[name])


class WeightAverage:
    """Exponential running average of a network's state, with the usual faster start: decay min(d, (1+t)/(10+t))."""

    def __init__(self, network: nn.Module, *, decay: float) -> None:
        self.decay = decay
        self.updates = 0
        self.state: dict[str, Tensor] = {k: v.detach().clone() for k, v in network.state_dict().items()}

    @torch.no_grad()
    def update(self, network: nn.Module) -> None:
        self.updates += 1
        decay = min(self.decay, (1 + self.updates) / (10 + self.updates))
        for name, value in network.state_dict().items():
            if value.is_floating_point():
                self.state[name].lerp_(value, 1.0 - decay)
            else:
                self.state[name].copy_(value)
