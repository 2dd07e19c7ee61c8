"""The processes that train one network together: each computes its share of every batch, all take the same step.

Started by `torchrun`, which says in environment variables who is who; any other start is one process alone. What the
processes exchange are sums: of pixel counts, of losses, of gradients. Every loss term is divided by the pixels of the
whole batch, so the sum of the processes' gradients is the gradient that one process would have found.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, TypeVar

import torch
import torch.distributed as dist
from torch import Tensor, nn

from engine.errors import RhoscopeError, SettingError, TrainingError
from engine.training.memory import is_out_of_memory

T = TypeVar("T")

# Rank 0 writes checkpoints and reads weights while the others wait for it.
_PATIENCE = timedelta(hours=2)


@dataclass(frozen=True)
class Processes:
    """The group that this process belongs to; every method with a result must be called by all of them.

    Attributes:
        rank: 0..count-1; rank 0 writes files.
        device: where tensors lie that travel between the processes.
    """

    rank: int = 0
    count: int = 1
    device: str = "cpu"

    @property
    def leads(self) -> bool:
        return self.rank == 0

    def share(self, size: int) -> tuple[int, int]:
        """First place and number of this process's images among a batch's 0..size-1; shares differ by one at most."""
        first = self.rank * size // self.count
        return first, (self.rank + 1) * size // self.count - first

    def sum(self, values: Tensor) -> Tensor:
        """The sum over the processes, in place of `values`."""
        return self._reduced(values, dist.ReduceOp.SUM)

    def any(self, wishes: Sequence[bool]) -> list[bool]:
        """For each place, whether one process at least says yes."""
        if self.count == 1:
            return list(wishes)
        votes = torch.tensor([int(wish) for wish in wishes], device=self.device)
        return [bool(vote) for vote in self._reduced(votes, dist.ReduceOp.MAX).tolist()]

    def gathered(self, value: T) -> list[T]:
        """Every process's value, by rank."""
        if self.count == 1:
            return [value]
        values: list[Any] = [None] * self.count
        dist.all_gather_object(values, value)
        return values

    def from_lead(self, value: T) -> T:
        """Rank 0's value, a plain one or tensors on the CPU; what the others pass is ignored."""
        if self.count == 1:
            return value
        values: list[Any] = [value if self.leads else None]
        dist.broadcast_object_list(values, src=0)
        result: T = values[0]
        return result

    def led(self, action: Callable[[], T]) -> T:
        """What rank 0 alone does, and its result for all of them.

        Raises:
            RhoscopeError: the action failed; all processes hear of it.
        """
        if self.count == 1:
            return action()
        if not self.leads:
            value, failure = self.from_lead((None, ""))
            if failure:
                raise TrainingError(f"process 0 failed: {failure}")
            result: T = value  # type: ignore[assignment]
            return result
        try:
            done = action()
        except RhoscopeError as error:
            self.from_lead((None, str(error)))
            raise
        self.from_lead((done, ""))
        return done

    @torch.no_grad()
    def sum_gradients(self, parameters: Sequence[nn.Parameter]) -> None:
        """Adds up the gradients of all processes.

        A parameter that no process reached keeps no gradient at all, so that the optimiser passes it by.
        """
        if self.count == 1:
            return
        reached = self.any([parameter.grad is not None for parameter in parameters])
        gradients = []
        for parameter, used in zip(parameters, reached, strict=True):
            if used:
                if parameter.grad is None:
                    parameter.grad = torch.zeros_like(parameter)
                gradients.append(parameter.grad)
        if not gradients:
            return
        flat = self.sum(torch.cat([gradient.reshape(-1) for gradient in gradients]))
        for gradient, total in zip(gradients, torch.split(flat, [g.numel() for g in gradients]), strict=True):
            gradient.copy_(total.view_as(gradient))

    @torch.no_grad()
    def same_state(self, network: nn.Module) -> None:
        """Gives every process rank 0's weights and running averages."""
        if self.count > 1:
            for value in network.state_dict().values():
                dist.broadcast(value, src=0)

    def _reduced(self, values: Tensor, operation: Any) -> Tensor:
        if self.count > 1:
            try:
                dist.all_reduce(values, op=operation)
            except RuntimeError as error:
                if is_out_of_memory(error):
                    raise
                raise TrainingError(
                    f"process {self.rank} lost the others: {error}", cure="the first one to fail says why"
                ) from error
        return values


ALONE = Processes()


def started_by_torchrun() -> bool:
    return "TORCHELASTIC_RUN_ID" in os.environ


@contextmanager
def joined(device: str) -> Iterator[Processes]:
    """The group of this process while the context lasts: NCCL on "cuda", each process with a GPU of its own, else gloo.

    Raises:
        SettingError: more processes on this machine than GPUs.
    """
    if not started_by_torchrun():
        yield ALONE
        return
    if device == "cuda":
        local = int(os.environ.get("LOCAL_RANK", "0"))
        if local >= torch.cuda.device_count():
            raise SettingError(
                f"process {local} of this machine has no GPU: there are {torch.cuda.device_count()}",
                cure="start as many processes as there are GPUs (torchrun --nproc-per-node), or use --device cpu",
            )
        torch.cuda.set_device(local)
    dist.init_process_group("nccl" if device == "cuda" else "gloo", timeout=_PATIENCE)
    try:
        yield Processes(dist.get_rank(), dist.get_world_size(), device)
    finally:
        dist.destroy_process_group()
