"""Region convolution against the fastest dense form of the same block, in one process.

efficiency = density · dense_ms / region_ms: 1 means that a region costs exactly its share of the dense block.
"""

from __future__ import annotations

import copy
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor, nn

from engine.benchmarks.dense_forms import Form, dense_forms
from engine.benchmarks.masks import blob_mask
from engine.benchmarks.timing import Timing, alternate
from engine.cascade.allocation import keep_freed_memory
from engine.cascade.bundle import Precision
from engine.cascade.fields import Masked, Rows, gather
from engine.cascade.fused import pack_regions
from engine.cascade.region import RegionIndex
from engine.models import inception_resnet
from engine.models.lc_mobilenetv2 import LcMobileNetV2
from engine.models.optimise import fused_module

DENSITIES = (1.0, 0.77, 0.48, 0.25, 0.1)


@dataclass(frozen=True)
class BenchBlock:
    """A block under test: its training form, which the dense×mask reference uses, and its fused form."""

    model: str
    name: str
    channels: int
    plain: nn.Module
    fused: nn.Module


def measure_regions(
    *, size: int = 64, densities: Iterable[float] = DENSITIES, rounds: int = 15, progress: Callable[[str], None]
) -> list[dict[str, Any]]:
    """One row for each block, precision and density, as `rhoscope bench region` reports them.

    Args:
        size: side of the feature map in cells.
        rounds: how often every contender takes its turn.
        progress: told each finished block.
    """
    rows: list[dict[str, Any]] = []
    keep_freed_memory()  # as everything that runs a model does
    with torch.inference_mode():
        for block in _blocks():
            for precision in ("fp32", "bf16"):
                rows += _measure_block(block, precision, size=size, densities=tuple(densities), rounds=rounds)
                worst = min(row["efficiency"] for row in rows if row["block"] == block.name and row["density"] < 1)
                progress(f"{block.model} {block.name} {precision}: lowest efficiency {worst:.2f}")
    return rows


def _blocks() -> list[BenchBlock]:
    torch.manual_seed(0)
    blocks = [
        _bench_block("irnet-lc:timm", "B", 1088, inception_resnet.timm_b(1)[0]),
        _bench_block("irnet-lc:timm", "C", 2080, inception_resnet.timm_c()),
    ]
    network = LcMobileNetV2()
    _spread_norms(network)
    fast = network.eval().optimised()
    for number, channels in ((14, 96), (15, 160), (17, 160)):
        plain, fused = network.fine[str(number)], fast.fine[str(number)]
        blocks.append(BenchBlock("lc-mobilenetv2", f"fine.{number}", channels, plain, fused))
    return blocks


def _bench_block(model: str, name: str, channels: int, block: nn.Module) -> BenchBlock:
    _spread_norms(block)
    plain = block.eval().requires_grad_(False)
    return BenchBlock(model, name, channels, plain, fused_module(plain))


def _spread_norms(module: nn.Module) -> None:
    """Statistics away from 0 and 1, so that a batch norm left out would show in the difference."""
    for norm in module.modules():
        if isinstance(norm, nn.BatchNorm2d):
            assert norm.running_mean is not None
            assert norm.running_var is not None
            norm.running_mean.normal_(0.0, 0.1)
            norm.running_var.uniform_(0.5, 1.5)


def _measure_block(
    block: BenchBlock, precision: Precision, *, size: int, densities: tuple[float, ...], rounds: int
) -> list[dict[str, Any]]:
    dtype = torch.bfloat16 if precision == "bf16" else torch.float32
    generator = torch.Generator().manual_seed(1)
    features = torch.randn(1, block.channels, size, size, generator=generator).relu_().to(dtype)
    features = features.contiguous(memory_format=torch.channels_last)
    fused = copy.deepcopy(block.fused).to(dtype)
    forms = _quickest(dense_forms(fused, features), count=2)
    packed = copy.deepcopy(fused)
    pack_regions(packed)
    reference = copy.deepcopy(block.plain).to(dtype)

    regions: dict[float, Rows] = {}
    entries: dict[float, float] = {}
    differences: dict[float, float] = {}
    for density in densities:
        mask = blob_mask(density, (size, size))
        began = time.perf_counter()
        regions[density] = gather(features, RegionIndex.from_mask(mask))
        first = packed(regions[density])
        entries[density] = (time.perf_counter() - began) * 1e3
        truth = gather(reference(Masked(features, mask.unsqueeze(1))).values, regions[density].index)
        differences[density] = float((first.values.float() - truth.values.float()).abs().max())

    contenders = dict(forms) | {str(density): _region_run(packed, region) for density, region in regions.items()}
    times = alternate(contenders, rounds=rounds)
    dense_name = min(forms, key=lambda name: times[name].median)
    return [
        _row(block, precision, density, dense=(dense_name, times[dense_name]), region=times[str(density)])
        | {
            "max_abs_diff": differences[density],
            "entry_ms": round(max(0.0, entries[density] - times[str(density)].median), 3),
            "cells": len(regions[density].index),
            "size": size,
            "threads": torch.get_num_threads(),
            "rounds": rounds,
        }
        for density in densities
    ]


def _row(
    block: BenchBlock, precision: Precision, density: float, *, dense: tuple[str, Timing], region: Timing
) -> dict[str, Any]:
    name, dense_time = dense
    return {
        "model": block.model,
        "block": block.name,
        "precision": precision,
        "density": density,
        "dense_ms": round(dense_time.median, 4),
        "region_ms": round(region.median, 4),
        "efficiency": round(density * dense_time.median / region.median, 4),
        "dense_form": name,
        "dense_quartiles_ms": dense_time.rounded(),
        "region_quartiles_ms": region.rounded(),
    }


def _quickest(forms: dict[str, Form], *, count: int) -> dict[str, Form]:
    """The forms worth the full number of rounds."""
    times = alternate(forms, rounds=5)
    return {name: forms[name] for name in sorted(forms, key=lambda n: times[n].median)[:count]}


def _region_run(module: nn.Module, region: Rows) -> Form:
    def run() -> Tensor:
        result: Rows = module(region)
        return result.values

    return run
