"""Out of memory, told from other failures and turned into what to lower."""

from __future__ import annotations

import torch

from engine.errors import TrainingError
from engine.training.recipe import Phase

# torch's allocator for the CPU, oneDNN and cuDNN raise plain RuntimeErrors.
_WORDS = ("out of memory", "can't allocate memory", "could not allocate", "alloc_failed")


def is_out_of_memory(error: BaseException) -> bool:
    if isinstance(error, MemoryError | torch.OutOfMemoryError):
        return True
    return isinstance(error, RuntimeError) and any(word in str(error).lower() for word in _WORDS)


def out_of_memory(phase: Phase, *, number: int, step: int, processes: int) -> TrainingError:
    """The error for a person: which settings of the recipe's phase `number` decide how much memory a step takes."""
    where = f"phase.{number}"
    if phase.batch > processes:
        half = max(processes, phase.batch // 2)
        twice = phase.accumulate * -(-phase.batch // half)
        cure = (
            f"lower {where}.batch, e.g. --set {where}.batch={half} --set {where}.accumulate={twice} for the same step"
        )
    else:
        cure = f"lower {where}.crop, {phase.crop} now"
    return TrainingError(
        f"out of memory at step {step}: {where} {phase.name!r} takes batch = {phase.batch}, crop = {phase.crop}, "
        f"accumulate = {phase.accumulate}",
        cure=f"{cure}; a smaller crop and, on CPUs, a smaller data.cache_mb help too",
    )
