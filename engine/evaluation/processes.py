"""An evaluation shared out between the processes of a distributed job (torchrun)."""

from __future__ import annotations

from collections.abc import Sequence

import torch.distributed as dist

from engine.evaluation.tally import Tally, merged


def own_share(indices: Sequence[int]) -> list[int]:
    """The images that this process takes: every n-th of the list; all of them where there is one process alone."""
    if not _distributed():
        return list(indices)
    return list(indices[dist.get_rank() :: dist.get_world_size()])


def merged_over_processes(tally: Tally) -> Tally:
    """The tally of all processes together, the same in each; every process must call it."""
    if not _distributed():
        return tally
    parts: list[Tally | None] = [None] * dist.get_world_size()
    dist.all_gather_object(parts, tally)
    return merged([part for part in parts if part is not None])


def _distributed() -> bool:
    return dist.is_available() and dist.is_initialized()
