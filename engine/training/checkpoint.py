"""The whole state of a run, for an exact resume, and the weights that it starts from."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import torch
from torch import nn

from engine.cascade.network import StagedNetwork
from engine.data.atomic_file import make_folder, write_atomically
from engine.errors import CheckpointError, OutputError
from engine.models.checkpoints import load_into, read_tensors


def save_state(path: Path, state: Mapping[str, Any]) -> None:
    """Writes tensors and plain values atomically: after a crash `path` holds the old state or the new one.

    Raises:
        CheckpointError: it cannot be written, e.g. as the disk is full; an earlier one is as it was.
    """
    try:
        make_folder(path.parent)
        write_atomically(path, lambda stream: torch.save(dict(state), stream))
    except (OutputError, RuntimeError) as error:
        kept = "; the one written before is still whole" if path.is_file() else ""
        raise CheckpointError(
            f"the checkpoint cannot be written: {_first_reason(error)}{kept}",
            path=path,
            cure="make room or choose another disk, then resume",
        ) from error


def _first_reason(error: BaseException) -> str:
    """What the system said: torch reports a failed write in words of its own, on top of it."""
    reason: BaseException | None = error
    while reason is not None:
        if isinstance(reason, OSError):
            return (reason.strerror or str(reason)).lower()
        reason = reason.__cause__ or reason.__context__
    return str(error)


def load_state(path: Path) -> dict[str, Any]:
    """Reads what save_state wrote; tensors and plain values only, nothing in the file is executed."""
    if not path.is_file():
        raise CheckpointError("there is no checkpoint to resume from", path=path)
    try:
        state = torch.load(path, map_location="cpu", weights_only=True)  # noqa: TID251 - plain values and tensors
    except Exception as error:
        raise CheckpointError(f"the checkpoint cannot be read: {error}", path=path) from error
    if not isinstance(state, dict):
        raise CheckpointError("this is not a training checkpoint", path=path)
    return state


def start_from(
    network: nn.Module, path: Path, *, other_classes: bool = False
) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Loads weights by key into a network that may have more layers than the file, e.g. a backbone into a cascade.

    Args:
        other_classes: leave out what has another shape in the network.

    Returns:
        Keys that the network has and the file lacks (they keep their initialisation), and keys of the file not used.

    Raises:
        CheckpointError: unreadable, not one key fits, or a key fits with another shape.
    """
    # An empty prefix stands for every key.
    tensors = read_tensors(path)
    if isinstance(network, StagedNetwork):
        tensors = network.starting_tensors(tensors)
    differing: list[str] = []
    if other_classes:
        own = network.state_dict()
        differing = [key for key, value in tensors.items() if key in own and own[key].shape != value.shape]
        tensors = {key: value for key, value in tensors.items() if key not in differing}
    report = load_into(network, tensors, path=path, may_miss=("",), may_exceed=("",))
    if not report.loaded:
        raise CheckpointError(f"not one of its {len(report.unexpected)} keys belongs to this network", path=path)
    return tuple(sorted(report.missing)), tuple(sorted((*report.unexpected, *differing)))
