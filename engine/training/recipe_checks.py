"""What a recipe's values may be, each and together."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from engine.data.augmentation import check_augmentation
from engine.errors import SettingError

if TYPE_CHECKING:
    from engine.training.recipe import GroupSettings, Phase, Recipe


def check_recipe(recipe: Recipe) -> None:
    """Raises SettingError where a value lies outside what is allowed, or does not go with another."""
    if not recipe.phase:
        raise SettingError("the recipe has no [[phase]]")
    if recipe.model.working_side < 32:
        raise SettingError("model.working_side is at least 32 pixels")
    if not 0.0 <= recipe.schedule.val_rho <= 1.0:
        raise SettingError("schedule.val_rho must lie between 0 and 1")
    if min(recipe.schedule.log_every, recipe.schedule.checkpoint_every, recipe.schedule.val_every) < 1:
        raise SettingError("schedule: log_every, checkpoint_every and val_every are at least 1")
    if min(recipe.schedule.probes, recipe.schedule.val_images, recipe.schedule.final_images) < 0:
        raise SettingError("schedule: probes, val_images and final_images are at least 0")
    if not 0.0 <= recipe.optimiser.ema < 1.0:
        raise SettingError("optimiser.ema must lie in 0..1, below 1")
    check_augmentation(recipe.augmentation)
    if min(recipe.data.cache_mb, recipe.data.workers) < 0:
        raise SettingError("data: cache_mb and workers are at least 0")
    if not 0.0 <= recipe.data.balance <= 1.0:
        raise SettingError("data.balance lies between 0 and 1")
    if not 0.0 <= recipe.data.teacher_share <= 1.0:
        raise SettingError("data.teacher_share lies between 0 and 1")
    if bool(recipe.data.teacher) != (recipe.data.teacher_share > 0.0):
        raise SettingError("data.teacher and data.teacher_share belong together")
    _check_groups(recipe.optimiser.group, where="optimiser")
    for number, phase in enumerate(recipe.phase):
        _check_phase(phase, where=f"phase.{number}")


def _check_phase(phase: Phase, *, where: str) -> None:
    if min(phase.iterations, phase.batch, phase.accumulate, phase.loss_stride) < 1:
        raise SettingError(f"{where}: iterations, batch, accumulate and loss_stride are at least 1")
    aligned = phase.crop % 8 == 1 and (phase.loss == "own" or bool(phase.scales))
    if phase.crop < 32 or (phase.crop % 32 and not aligned):
        raise SettingError(
            f"{where}.crop must be a multiple of 32, got {phase.crop}", cure="with loss = 'own' 8n+1 pixels serve too"
        )
    if (phase.crop - aligned) % phase.loss_stride:
        raise SettingError(f"{where}.crop must be a multiple of loss_stride")
    if phase.scales and (phase.loss == "stages" or not all(0.0 < scale < 1.0 for scale in phase.scales)):
        raise SettingError(f"{where}: scales lie between 0 and 1 and belong to loss = 'own'")
    if phase.lr <= 0 or min((*phase.loss_weights, phase.all_pixels_weight)) < 0 or phase.depth == 0:
        raise SettingError(f"{where}: lr must be positive, loss weights at least 0 and one of them positive")
    if not all(0.0 <= rho <= 1.0 for rho in (phase.rho_train, *phase.rho_masked)) or not phase.rho_masked:
        raise SettingError(f"{where}: rho_train and every value of rho_masked lie between 0 and 1")
    if phase.balance > 1.0:
        raise SettingError(f"{where}.balance lies between 0 and 1, or is negative")
    between = len(phase.loss_weights) - 1
    if phase.rho_train_stages and len(phase.rho_train_stages) != between:
        raise SettingError(f"{where}.rho_train_stages has one value for each stage but the last: {between}")
    if not all(0.0 <= rho <= 1.0 for rho in phase.rho_train_stages):
        raise SettingError(f"{where}: every value of rho_train_stages lies between 0 and 1")
    if phase.drop_rule == "random" and len(phase.drop_rates) != between:
        raise SettingError(f"{where}.drop_rates has one value for each stage but the last: {between}")
    if not all(0.0 <= rate < 1.0 for rate in phase.drop_rates):
        raise SettingError(f"{where}: every value of drop_rates lies in 0..1, below 1")
    if phase.drop_rates and phase.drop_rule != "random":
        raise SettingError(f"{where}: drop_rates belong to drop_rule = 'random'")
    if phase.policy == "step" and not phase.drops:
        raise SettingError(f"{where}: policy = 'step' needs drops, the steps after which the rate falls")
    if phase.drops and phase.policy != "step":
        raise SettingError(f"{where}: drops belong to policy = 'step'")
    if list(phase.drops) != sorted(set(phase.drops)) or not all(0 < drop < phase.iterations for drop in phase.drops):
        raise SettingError(f"{where}.drops rise and lie between 0 and iterations")
    if not 0.0 < phase.drop_factor <= 1.0:
        raise SettingError(f"{where}.drop_factor lies in 0..1, above 0")
    _check_groups(phase.group, where=where)


def _check_groups(groups: Sequence[GroupSettings], *, where: str) -> None:
    for number, group in enumerate(groups):
        if group.lr < 0 or group.decay < 0 or not group.match:
            raise SettingError(f"{where}.group.{number}: match names patterns, lr and decay are at least 0")
