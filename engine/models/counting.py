"""Parameters and multiply-adds, counted from a network's own modules."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor, nn

from engine.cascade.convolution import Conv2d
from engine.cascade.fields import Field, values_of
from engine.cascade.network import Part, StagedNetwork
from engine.errors import SettingError
from engine.models.registry import available_weights, find_architecture


@dataclass(frozen=True)
class ModelCounts:
    """What a model costs.

    Attributes:
        params: trainable values, heads included; of a batch norm its scale and shift.
        params_inference: those that inference uses: without auxiliary parts.
        params_by_part: `params` by part of the network in order of computation.
        macs_by_part: multiply-adds of the convolutions of one dense pass for inference, by part.
        macs_by_stage: the same summed to stages, each with its head: stage1..stageN, total.
        size: side of the square input that the multiply-adds stand for.
    """

    params: int
    params_inference: int
    params_by_part: dict[str, int]
    macs_by_part: dict[str, int]
    macs_by_stage: dict[str, int]
    size: int


def count(network: StagedNetwork, *, size: int = 512) -> ModelCounts:
    """Counts a network in training form; best built on the meta device, where nothing is computed."""
    parts = network.parts()
    params = {part.name: sum(_parameters(module) for module in part.modules) for part in parts}
    total = _parameters(network)
    if sum(params.values()) != total:
        raise RuntimeError(f"the parts of {type(network).__name__} hold {sum(params.values())} of {total} parameters")
    serving = tuple(part for part in parts if not part.auxiliary)
    inference = sum(params[part.name] for part in serving)
    macs = _macs(network, serving, size)
    depth = max(part.stage for part in serving)
    stages = {f"stage{s}": sum(macs[p.name] for p in serving if p.stage == s) for s in range(1, depth + 1)}
    return ModelCounts(total, inference, params, macs, {**stages, "total": sum(stages.values())}, size)


def model_counts(spec: str, *, num_classes: int, size: int = 512) -> ModelCounts:
    """Counts of a registered model, e.g. "irnet-lc:paper"; raises SettingError."""
    if not 2 <= num_classes <= 255:
        raise SettingError(f"the number of classes must lie between 2 and 255, got {num_classes}")
    architecture, variant = find_architecture(spec)
    with torch.device("meta"):
        network = architecture.build(variant, num_classes=num_classes)
    return count(network, size=size)


def describe(spec: str, *, num_classes: int) -> dict[str, Any]:
    """What `rhoscope models info` says of a registered model; raises SettingError."""
    architecture, variant = find_architecture(spec)
    counts = model_counts(spec, num_classes=num_classes)
    return {
        "name": architecture.name,
        "variant": variant,
        "title": architecture.title,
        "source": architecture.source,
        "num_classes": num_classes,
        "params": counts.params,
        "params_inference": counts.params_inference,
        "params_by_part": counts.params_by_part,
        "macs_512": counts.macs_by_stage,
        "macs_512_by_part": counts.macs_by_part,
        "weights": [path.name for path in available_weights(architecture)],
    }


def _parameters(module: nn.Module) -> int:
    return sum(parameter.numel() for parameter in module.parameters() if parameter.requires_grad)


def _macs(network: StagedNetwork, parts: tuple[Part, ...], size: int) -> dict[str, int]:
    macs = dict.fromkeys((part.name for part in parts), 0)
    handles = []

    def watch(conv: nn.Module, part: str) -> None:
        def record(module: nn.Module, inputs: tuple[Any, ...], output: Any) -> None:
            macs[part] += _multiply_adds(conv, values_of(inputs[0]), values_of(output))

        if isinstance(conv, Conv2d):
            # Its method serves convolutions into which a batch norm is folded on the way, which call no module.
            def convolve(field: Field, weight: Tensor, bias: Tensor | None) -> Field:
                output = Conv2d.convolve(conv, field, weight, bias)
                record(conv, (field,), output)
                return output

            conv.convolve = convolve  # type: ignore[method-assign]
        else:
            handles.append(conv.register_forward_hook(record))

    convs = [
        (child, part.name)
        for part in parts
        for module in part.modules
        for child in module.modules()
        if isinstance(child, nn.Conv2d | nn.ConvTranspose2d)
    ]
    device = next(network.parameters()).device
    try:
        for conv, part in convs:
            watch(conv, part)
        with torch.no_grad():
            network.eval().all_scores(torch.zeros(1, 3, size, size, device=device))
    finally:
        for handle in handles:
            handle.remove()
        for conv, _ in convs:
            vars(conv).pop("convolve", None)
    return macs


def _multiply_adds(conv: nn.Module, entered: Tensor, left: Tensor) -> int:
    """Of one pass through a convolution, or through a transposed one, where every input value meets every tap."""
    assert isinstance(conv, nn.Conv2d | nn.ConvTranspose2d)
    taps = conv.kernel_size[0] * conv.kernel_size[1]
    if isinstance(conv, nn.ConvTranspose2d):
        return entered.numel() * conv.out_channels // conv.groups * taps
    return left.numel() * conv.in_channels // conv.groups * taps
