"""From a name or a file to a cascade that is ready to run."""

from __future__ import annotations

from pathlib import Path
from typing import Literal

import torch

from engine.cascade.allocation import keep_freed_memory
from engine.cascade.bundle import CascadeModel, Precision
from engine.cascade.fused import pack_maps, pack_regions
from engine.cascade.layer_cascade import LayerCascade
from engine.cascade.network import StagedNetwork
from engine.errors import CheckpointError, SettingError
from engine.models.checkpoints import load_into, read_checkpoint
from engine.models.registry import (
    DEFAULT,
    DEFAULT_MODEL,
    find_architecture,
    stored_weights,
    user_weights_path,
    weights_path,
)

Device = Literal["cpu", "cuda"]


def load_model(
    spec: str = DEFAULT, *, device: str = "auto", precision: str = "auto", threads: int | None = None
) -> CascadeModel:
    """Loads a cascade for inference.

    Args:
        spec: "default", a registered name whose weights ship with the program or were imported, or a checkpoint's path.
        device: "auto" (CUDA where it works, else the CPU), "cpu" or "cuda".
        precision: "auto" (bf16 where the hardware computes it natively, else fp32), "fp32" or "bf16".
        threads: CPU threads for torch, process-wide; None leaves torch's choice.

    Returns:
        The cascade in eval mode, batch norms folded, weights laid out for the device.

    Raises:
        CheckpointError: the checkpoint is missing, damaged, unsafe or of another model.
        SettingError: no such model, or the device or precision is not to be had.
    """
    path = checkpoint_path(spec)
    place = choose_device(device)
    number_format = choose_precision(precision, device=place)
    checkpoint = read_checkpoint(path)
    info = checkpoint.info
    architecture, variant = find_architecture(info.label)
    network = architecture.build(variant, num_classes=len(info.class_names))
    load_into(network, checkpoint.tensors, path=path)
    if threads is not None:
        if threads < 1:
            raise SettingError(f"at least one thread is needed, got {threads}")
        torch.set_num_threads(threads)
    network = for_inference(network, device=place, precision=number_format)
    return CascadeModel(info, LayerCascade(network), place, number_format, torch.get_num_threads())


def for_inference(network: StagedNetwork, *, device: Device, precision: Precision, pack: bool = True) -> StagedNetwork:
    """A copy in eval mode, optimised, on its device and in its precision.

    From then on the process keeps some of the memory that it frees, see cascade.allocation.

    Args:
        pack: lay the weights of stage 1 out for dense maps and those of the region stages for rows, where the device
            has a use for it.
    """
    dtype = torch.bfloat16 if precision == "bf16" else torch.float32
    keep_freed_memory()
    # Folded in float32, then rounded once.
    fast = network.eval().optimised().eval().requires_grad_(False).to(device=device, dtype=dtype)
    for part in fast.parts():
        if pack:
            pack_part = pack_regions if part.stage > 1 else pack_maps
            for module in part.modules:
                pack_part(module)
    return fast


def checkpoint_path(spec: str) -> Path:
    """The checkpoint file that `spec` stands for.

    Raises:
        CheckpointError: it is a model without weights here, or no file of that name.
        SettingError: it is neither a registered name nor looks like a path.
    """
    if spec == DEFAULT:
        return _existing(weights_path(DEFAULT_MODEL, ""), "the bundled model is not there")
    path = Path(spec).expanduser()
    looks_like_path = path.suffix.lower() in (".safetensors", ".pth", ".pt", ".bin") or len(path.parts) > 1
    if looks_like_path or path.exists():
        return path
    architecture, variant = find_architecture(spec)
    stored = stored_weights(architecture.name, variant)
    if stored is not None:
        return stored
    raise CheckpointError(
        f"no weights for {spec} ship with the program, and none were imported",
        path=user_weights_path(architecture.name, variant),
        cure="train the model, import weights in Models or with rhoscope convert, or give the path of a checkpoint",
    )


def _existing(path: Path, reason: str) -> Path:
    if not path.is_file():
        raise CheckpointError(reason, path=path, cure="train the model, or give the path of a checkpoint")
    return path


def choose_device(device: str) -> Device:
    """The device to compute on; raises SettingError where CUDA is asked for and does not work."""
    if device == "cpu":
        return "cpu"
    if device == "auto":
        return "cuda" if torch.cuda.is_available() else "cpu"
    if device == "cuda":
        if torch.cuda.is_available():
            return "cuda"
        built = "this build of PyTorch is for CPUs" if torch.version.cuda is None else "no working GPU was found"
        raise SettingError(f"CUDA is not to be had here: {built}", cure="use the CPU")
    raise SettingError(f"the device is auto, cpu or cuda, not {device!r}")


def choose_precision(precision: str, *, device: Device) -> Precision:
    """The number format: under "auto" bf16 exactly where the hardware multiplies it natively.

    Elsewhere bf16 is emulated and slower than fp32. Where it is native it was measured to be faster, by
    `rhoscope bench cascade`, for every model here.
    """
    if precision == "fp32":
        return "fp32"
    if precision == "bf16":
        return "bf16"
    if precision != "auto":
        raise SettingError(f"the precision is auto, fp32 or bf16, not {precision!r}")
    return "bf16" if native_bf16(device) else "fp32"


def native_bf16(device: Device) -> bool:
    """Whether the device has bf16 multiply instructions."""
    if device == "cuda":
        return torch.cuda.get_device_capability() >= (8, 0)
    capabilities = torch.cpu.get_capabilities()
    return bool(capabilities.get("avx512_bf16") or capabilities.get("amx_bf16"))
