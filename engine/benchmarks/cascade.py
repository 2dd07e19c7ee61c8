"""Whole images through each layer cascade: ρ = 1, where every stage computes every cell, against fewer cells.

Two kinds of cascade runs: at the model's default ρ, where trained weights are at hand, and with the paper's shares of
cells per stage forced by rank of confidence, which needs no trained weights to be timed honestly.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any, Final

import cv2
import torch
from torch import Tensor

from engine.benchmarks.memory import peak_memory
from engine.benchmarks.timing import Timing, summary
from engine.cascade.bundle import Precision
from engine.cascade.fused import pack_maps
from engine.cascade.layer_cascade import LayerCascade, StageState, forwarded, merged_probabilities
from engine.cascade.network import StagedNetwork
from engine.cascade.upsampling import label_pixels
from engine.data.images import read_image
from engine.models.checkpoints import load_into, read_checkpoint
from engine.models.loading import for_inference
from engine.models.registry import find_architecture, weights_path
from engine.resources import resource_path

MODELS: Final = (
    "lc-mobilenetv2", "irnet-lc:timm", "irnet-lc:paper", "pspnet-lc:resnet101", "deeplab-v2-lc:resnet101",
)  # fmt: skip
# Cells decided by stage 1, 2 and 3 in the paper at its best ρ, 0.985 (reference §1).
PAPER_SHARES: Final = (0.23, 0.29, 0.48)

# Which of a stage's cells go on: bool [m] from the stage's state.
Choice = Callable[[StageState], Tensor]


@dataclass(frozen=True)
class BenchModel:
    """A model in the two forms that compete at ρ = 1.

    Attributes:
        dense: dense convolutions throughout, their weights laid out for maps.
        packed: as load_model prepares it, region stages packed for rows.
    """

    spec: str
    precision: Precision
    trained: bool
    default_rho: float
    dense: LayerCascade
    packed: LayerCascade
    image: Tensor


@dataclass(frozen=True)
class Run:
    """Milliseconds of one whole image: stage1.., merge (probabilities to label map), total; and each stage's share."""

    milliseconds: dict[str, float]
    shares: tuple[float, ...]


def measure_cascades(
    *,
    models: Sequence[str] = MODELS,
    size: int = 512,
    rounds: int = 7,
    memory: bool = True,
    progress: Callable[[str], None],
) -> list[dict[str, Any]]:
    """Rows as `rhoscope bench cascade` reports them.

    Args:
        models: registered names; those without weights here run with random ones.
        size: side of the square image in pixels, a multiple of 32.
        rounds: how often every contender takes its turn.
        memory: also measure peak memory, in processes of their own.
        progress: told each finished row.
    """
    rows: list[dict[str, Any]] = []
    for spec in models:
        for precision in ("fp32", "bf16"):
            for row in _measure_model(spec, precision, size=size, rounds=rounds):
                if memory and row["shares_forced"]:
                    row |= _peaks(spec, precision, size)
                progress(
                    f"{row['model']} {row['precision']} {'forced shares' if row['shares_forced'] else row['rho']}: "
                    f"{row['dense_ms']:.0f} → {row['cascade_ms']:.0f} ms, {row['speedup']:.2f}×"
                )
                rows.append(row)
    return rows


def _measure_model(spec: str, precision: Precision, *, size: int, rounds: int) -> list[dict[str, Any]]:
    with torch.inference_mode():
        model = _prepared(spec, precision, size)
        contenders: dict[str, Callable[[], Run]] = {
            "dense maps": lambda: whole_image(model.dense, model.image, [everything] * 2),
            "packed rows": lambda: whole_image(model.packed, model.image, [everything] * 2),
            "forced": lambda: whole_image(model.packed, model.image, forced(PAPER_SHARES)),
        }
        if model.trained:
            rho = model.default_rho
            contenders["rho"] = lambda: whole_image(model.packed, model.image, [above(rho)] * 2)
        runs = _alternated(contenders, rounds)
    totals = {name: summary([run.milliseconds["total"] for run in found]) for name, found in runs.items()}
    dense_name = min(("dense maps", "packed rows"), key=lambda name: totals[name].median)
    rows = []
    for name in ("rho", "forced"):
        if name in runs:
            rho_value = model.default_rho if name == "rho" else None
            rows.append(_row(model, size, rho_value, runs, totals, cascade=name, dense=dense_name) | {"rounds": rounds})
    return rows


def _row(
    model: BenchModel,
    size: int,
    rho: float | None,
    runs: dict[str, list[Run]],
    totals: dict[str, Timing],
    *,
    cascade: str,
    dense: str,
) -> dict[str, Any]:
    return {
        "model": model.spec,
        "precision": model.precision,
        "threads": torch.get_num_threads(),
        "size": size,
        "rho": rho,
        "shares": [round(share, 4) for share in runs[cascade][0].shares],
        "shares_forced": rho is None,
        "weights": "trained" if model.trained else "random",
        "dense_ms": round(totals[dense].median, 3),
        "cascade_ms": round(totals[cascade].median, 3),
        "speedup": round(totals[dense].median / totals[cascade].median, 4),
        "stages_ms": _stage_medians(runs[cascade]),
        "dense_stages_ms": _stage_medians(runs[dense]),
        "dense_form": dense,
        "dense_quartiles_ms": totals[dense].rounded(),
        "cascade_quartiles_ms": totals[cascade].rounded(),
    }


def _stage_medians(runs: list[Run]) -> dict[str, float]:
    names = [name for name in runs[0].milliseconds if name != "total"]
    return {name: round(summary([run.milliseconds[name] for run in runs]).median, 3) for name in names}


def _alternated(contenders: dict[str, Callable[[], Run]], rounds: int) -> dict[str, list[Run]]:
    for run in contenders.values():
        run()
    runs: dict[str, list[Run]] = {name: [] for name in contenders}
    for _ in range(rounds):
        for name, run in contenders.items():
            runs[name].append(run())
    return runs


def whole_image(cascade: LayerCascade, image: Tensor, choices: Sequence[Choice]) -> Run:
    """One normalised image 1×3×H×W to its label map, timed by stage; mask and index building count for their stage."""
    began = at = time.perf_counter()
    milliseconds: dict[str, float] = {}

    def lap(name: str) -> None:
        nonlocal at
        now = time.perf_counter()
        milliseconds[name] = (now - at) * 1e3
        at = now

    states = [cascade.start(image)]
    lap("stage1")
    for choose in choices:
        states.append(cascade.advance_on(states[-1], choose(states[-1])))
        lap(f"stage{len(states)}")
    label_pixels(merged_probabilities(states)[0], (image.shape[2], image.shape[3]))
    lap("merge")
    milliseconds["total"] = (at - began) * 1e3
    reached = [len(state.index) for state in states] + [0]
    return Run(milliseconds, tuple((a - b) / reached[0] for a, b in pairwise(reached)))


def everything(state: StageState) -> Tensor:
    """ρ = 1: nothing is accepted."""
    return forwarded(state.confidence, 1.0)


def above(rho: float) -> Choice:
    """The cascade's own rule at ρ."""
    return lambda state: forwarded(state.confidence, rho)


def forced(shares: Sequence[float]) -> list[Choice]:
    """Choices that let each stage decide exactly its share of all cells: those it is most confident of."""

    def least_confident(remaining: float) -> Choice:
        def choose(state: StageState) -> Tensor:
            images, height, width = state.index.shape
            keep = torch.zeros_like(state.confidence, dtype=torch.bool)
            keep[state.confidence.argsort(stable=True)[: round(remaining * images * height * width)]] = True
            return keep

        return choose

    left, choices = 1.0, []
    for share in shares[:-1]:
        left -= share
        choices.append(least_confident(left))
    return choices


def _prepared(spec: str, precision: Precision, size: int) -> BenchModel:
    architecture, variant = find_architecture(spec)
    network, rho, trained = _network(spec)
    mean, std = architecture.normalisation[variant]
    dtype = torch.bfloat16 if precision == "bf16" else torch.float32
    return BenchModel(
        spec,
        precision,
        trained,
        rho,
        LayerCascade(_dense(network, precision)),
        LayerCascade(for_inference(network, device="cpu", precision=precision)),
        _photo(size, mean, std).to(dtype).contiguous(memory_format=torch.channels_last),
    )


def _dense(network: StagedNetwork, precision: Precision) -> StagedNetwork:
    """The inference form whose every stage takes dense maps alone."""
    fast = for_inference(network, device="cpu", precision=precision, pack=False)
    pack_maps(fast)
    return fast


def _network(spec: str) -> tuple[StagedNetwork, float, bool]:
    """The network in training form, its ρ, and whether its weights are trained ones."""
    architecture, variant = find_architecture(spec)
    path = weights_path(architecture.name, variant)
    if not path.is_file():
        torch.manual_seed(0)
        return architecture.build(variant, num_classes=21), architecture.default_rho, False
    checkpoint = read_checkpoint(path)
    network = architecture.build(variant, num_classes=len(checkpoint.info.class_names))
    load_into(network, checkpoint.tensors, path=path)
    return network, checkpoint.info.default_rho, True


def _photo(size: int, mean: Sequence[float], std: Sequence[float]) -> Tensor:
    """A sample photo at size×size, normalised: 1×3×size×size float32."""
    rgb = cv2.resize(read_image(resource_path("samples", "cat.jpg")).rgb, (size, size), interpolation=cv2.INTER_AREA)
    values = (torch.from_numpy(rgb).float() / 255.0 - torch.tensor(mean)) / torch.tensor(std)
    return values.permute(2, 0, 1).unsqueeze(0)


def _peaks(spec: str, precision: Precision, size: int) -> dict[str, float | None]:
    threads = torch.get_num_threads()
    peaks: dict[str, float | None] = {}
    for name, region in (("dense", False), ("cascade", True)):
        peak = peak_memory(_memory_work, spec, precision, size, threads, region)
        peaks[f"{name}_peak_tensor_mb"] = None if peak is None else round(peak.tensors, 1)
        peaks[f"{name}_peak_process_mb"] = None if peak is None else round(peak.process, 1)
    return peaks


def _memory_work(spec: str, precision: Precision, size: int, threads: int, region: bool) -> Callable[[], object]:
    """One form of a model alone in its process, and one image through its stages; merging costs both alike."""
    torch.set_num_threads(threads)
    architecture, variant = find_architecture(spec)
    network, _, _ = _network(spec)
    mean, std = architecture.normalisation[variant]
    dtype = torch.bfloat16 if precision == "bf16" else torch.float32
    image = _photo(size, mean, std).to(dtype).contiguous(memory_format=torch.channels_last)
    packed = for_inference(network, device="cpu", precision=precision) if region else _dense(network, precision)
    cascade = LayerCascade(packed)
    choices = forced(PAPER_SHARES) if region else [everything] * 2

    def run() -> list[StageState]:
        with torch.inference_mode():
            states = [cascade.start(image)]
            for choose in choices:
                states.append(cascade.advance_on(states[-1], choose(states[-1])))
            return states

    return run
