"""Batch norm whose batch statistics are those of all processes' images, on CPUs as on GPUs."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor, nn

from engine.cascade.convolution import BatchNorm2d
from engine.cascade.fields import Field
from engine.training.processes import Processes


class SynchronisedBatchNorm2d(BatchNorm2d):
    """BatchNorm2d; where it uses batch statistics, those of the whole batch (torch's own SyncBatchNorm needs CUDA)."""

    processes: Processes

    def forward(self, field: Field) -> Field:  # type: ignore[override]
        if not self.training or not isinstance(field, Tensor):
            return super().forward(field)
        assert self.running_mean is not None
        assert self.running_var is not None
        assert self.num_batches_tracked is not None
        values = field.float()
        cells = values.new_tensor([values.numel() / values.shape[1]])
        count = float(self.processes.sum(cells))
        mean = _summed(values.sum(dim=(0, 2, 3)), self.processes) / count
        centred = values - mean.reshape(1, -1, 1, 1)
        variance = _summed((centred * centred).sum(dim=(0, 2, 3)), self.processes) / count
        with torch.no_grad():
            self.num_batches_tracked += 1
            momentum = 1.0 / float(self.num_batches_tracked) if self.momentum is None else self.momentum
            self.running_mean.lerp_(mean, momentum)
            self.running_var.lerp_(variance * (count / max(1.0, count - 1.0)), momentum)
        scale = self.weight * torch.rsqrt(variance + self.eps)
        result: Tensor = centred * scale.reshape(1, -1, 1, 1) + self.bias.reshape(1, -1, 1, 1)
        return result.to(field.dtype)


def synchronise(network: nn.Module, processes: Processes) -> None:
    """Puts synchronised batch norms, with the same weights and names, in the place of a network's own."""
    for parent in list(network.modules()):
        for name, child in list(parent.named_children()):
            if type(child) is BatchNorm2d:
                twin = SynchronisedBatchNorm2d(child.num_features, eps=child.eps, momentum=child.momentum)
                twin.to(child.weight.device)
                twin.load_state_dict(child.state_dict())
                twin.train(child.training)
                twin.processes = processes
                setattr(parent, name, twin)


class _Sum(torch.autograd.Function):
    """The sum over the processes; the gradient is summed in turn, as each process holds a part of the loss."""

    @staticmethod
    def forward(ctx: Any, values: Tensor, processes: Processes) -> Tensor:
        ctx.processes = processes
        return processes.sum(values.clone())

    @staticmethod
    def backward(ctx: Any, *gradients: Any) -> Any:
        return ctx.processes.sum(gradients[0].clone()), None


def _summed(values: Tensor, processes: Processes) -> Tensor:
    result: Tensor = _Sum.apply(values, processes)  # type: ignore[no-untyped-call]
    return result
