"""Checkpoints: safetensors with everything about the model inside, and weights-only reading of foreign files.

Nothing that a file holds is ever executed, and nothing is loaded in part without saying so.
"""

from __future__ import annotations

import hashlib
import json
import pickle
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Final

import numpy as np
import torch
from safetensors import SafetensorError, safe_open
from safetensors.torch import save
from torch import Tensor, nn

from engine.cascade.bundle import ModelInfo
from engine.cascade.result import UInt8
from engine.data.atomic_file import write_bytes
from engine.data.palettes import VOC_CLASSES, voc_palette
from engine.errors import CheckpointError, SettingError
from engine.models.registry import find_architecture

# Keys of the metadata that carry the model's description; the rest is free text kept in ModelInfo.metadata.
_DESCRIPTION: Final = (
    "format", "model", "variant", "title", "num_classes", "classes", "palette", "mean", "std", "default_rho",
    "working_side", "sha256",
)  # fmt: skip
FORMAT: Final = "rhoscope-1"
# Names shown of a long list of keys.
_SHOWN: Final = 6


@dataclass(frozen=True)
class Checkpoint:
    """A checkpoint's description and tensors, on the CPU."""

    info: ModelInfo
    tensors: dict[str, Tensor]


@dataclass(frozen=True)
class LoadReport:
    """What became of every key when weights met a network.

    Attributes:
        loaded: keys copied.
        missing: keys of the network that the file lacks and that were allowed to be so; they keep their initialisation.
        unexpected: keys of the file that the network lacks and that were allowed to be so.
    """

    loaded: tuple[str, ...]
    missing: tuple[str, ...]
    unexpected: tuple[str, ...]


def write_checkpoint(path: Path, state: Mapping[str, Tensor], info: ModelInfo) -> None:
    """Writes weights with their description, atomically.

    Args:
        state: the network's state dict in training form (batch norms not folded).
        info: kept whole; info.metadata holds further facts as text (data, metrics, provenance, licence).

    Raises:
        OutputError: the file cannot be written; an earlier one stays as it was.
    """
    tensors = {name: value.detach().cpu().contiguous() for name, value in state.items()}
    description = {
        "format": FORMAT,
        "model": info.name,
        "variant": info.variant,
        "title": info.title,
        "num_classes": str(len(info.class_names)),
        "classes": json.dumps(info.class_names, ensure_ascii=False),
        "palette": json.dumps(info.palette.tolist()),
        "mean": json.dumps(info.mean),
        "std": json.dumps(info.std),
        "default_rho": repr(info.default_rho),
        "working_side": str(info.working_side),
        "sha256": digest(tensors),
    }
    write_bytes(path, save(tensors, metadata={**info.metadata, **description}))


def digest(tensors: Mapping[str, Tensor]) -> str:
    """SHA-256 of names, types, shapes and values, in the order of the names."""
    total = hashlib.sha256()
    for name in sorted(tensors):
        value = tensors[name].contiguous()
        total.update(f"{name} {value.dtype} {tuple(value.shape)}\n".encode())
        total.update(value.reshape(-1).view(torch.uint8).numpy().data)
    return total.hexdigest()


def read_checkpoint(path: Path) -> Checkpoint:
    """Reads a checkpoint of ours. A file with weights and the model's name alone is completed from the registry.

    Raises:
        CheckpointError: missing, empty, truncated, damaged, or without the name of a model that exists.
    """
    tensors, metadata = _read_safetensors(path)
    if not metadata.get("model"):
        raise CheckpointError(
            "it does not say which model it belongs to", path=path, cure="give a checkpoint that Rhoscope wrote"
        )
    expected = metadata.get("sha256")
    if expected and digest(tensors) != expected:
        raise CheckpointError(
            "its weights do not match their checksum", path=path, cure="the file was damaged: copy or download it again"
        )
    return Checkpoint(_described(path, metadata), tensors)


def read_tensors(path: Path) -> dict[str, Tensor]:
    """The tensors of a foreign file: safetensors, or a .pth/.pt/.bin read with weights-only loading.

    A state dict wrapped as {"state_dict": …} or {"model": …} is unwrapped, and the prefix "module." is dropped.

    Raises:
        CheckpointError: missing, damaged, holds code, or holds no tensors.
    """
    if path.suffix.lower() == ".safetensors":
        return _read_safetensors(path)[0]
    _check_file(path)
    content = _unpickled(path)
    for wrapper in ("state_dict", "model_state", "model", "net"):
        if isinstance(content, Mapping) and isinstance(content.get(wrapper), Mapping):
            content = content[wrapper]
            break
    if not isinstance(content, Mapping):
        raise CheckpointError(f"it holds a {type(content).__name__}, not weights by name", path=path)
    tensors = {str(key): value for key, value in content.items() if isinstance(value, Tensor)}
    if not tensors:
        raise CheckpointError("it holds no tensors", path=path)
    prefix = "module."
    if all(name.startswith(prefix) for name in tensors):
        tensors = {name.removeprefix(prefix): value for name, value in tensors.items()}
    return tensors


def load_into(
    network: nn.Module,
    tensors: Mapping[str, Tensor],
    *,
    path: Path,
    may_miss: Sequence[str] = (),
    may_exceed: Sequence[str] = (),
) -> LoadReport:
    """Copies weights into a network by name.

    Args:
        path: named in errors.
        may_miss: prefixes of keys that the file may lack, e.g. ("heads.",) when a backbone alone is loaded.
        may_exceed: prefixes of keys that the file may have and the network not, e.g. ("classif.",).

    Raises:
        CheckpointError: keys are missing or left over beyond what is allowed, or shapes differ; the network is
            unchanged.
    """
    own = network.state_dict()
    # Public files written before PyTorch 0.4.1 lack the batch norms' step counters, which inference does not use.
    may_miss_key = tuple(may_miss)
    missing = [k for k in own if k not in tensors]
    unexpected = [k for k in tensors if k not in own]
    bad_missing = [k for k in missing if not k.startswith(may_miss_key) and not k.endswith("num_batches_tracked")]
    bad_unexpected = [k for k in unexpected if not k.startswith(tuple(may_exceed))]
    differing = [
        f"{k} {tuple(tensors[k].shape)} for {tuple(own[k].shape)}"
        for k in own
        if k in tensors and tensors[k].shape != own[k].shape
    ]
    problems = [
        f"{len(names)} {what}: {listed(names)}"
        for what, names in (
            ("keys missing", bad_missing),
            ("keys unexpected", bad_unexpected),
            ("shapes differ", differing),
        )
        if names
    ]
    if problems:
        raise CheckpointError(
            "; ".join(problems), path=path, cure="these weights belong to another model, variant or number of classes"
        )
    loaded = [k for k in own if k in tensors]
    network.load_state_dict({k: tensors[k] for k in loaded}, strict=False)
    return LoadReport(tuple(loaded), tuple(missing), tuple(unexpected))


def _read_safetensors(path: Path) -> tuple[dict[str, Tensor], dict[str, str]]:
    _check_file(path)
    try:
        with safe_open(path, framework="pt", device="cpu") as file:
            return {name: file.get_tensor(name) for name in file.keys()}, dict(file.metadata() or {})  # noqa: SIM118
    except (SafetensorError, OSError, ValueError, RuntimeError) as error:
        raise CheckpointError(
            f"it cannot be read as safetensors: {error}",
            path=path,
            cure="the file is truncated, damaged or of another kind",
        ) from error


def _check_file(path: Path) -> None:
    try:
        if path.is_dir():
            raise CheckpointError("it is a folder, not a checkpoint", path=path)
        if path.stat().st_size == 0:
            raise CheckpointError("the file is empty", path=path, cure="copy or download it again")
        with path.open("rb") as stream:
            stream.read(1)
    except FileNotFoundError as error:
        raise CheckpointError("there is no such file", path=path) from error
    except (OSError, ValueError) as error:
        reason = error.strerror.lower() if isinstance(error, OSError) and error.strerror else str(error)
        raise CheckpointError(f"it cannot be opened: {reason}", path=path, cure="check its permissions") from error


def _unpickled(path: Path) -> Any:
    try:
        return torch.load(path, map_location="cpu", weights_only=True)  # noqa: TID251 - this is the one place that may
    except Exception as error:
        # A malformed pickle can fail in any way; one that names code is refused with that word.
        if isinstance(error, pickle.UnpicklingError) and "Unsupported global" in str(error):
            raise CheckpointError(
                "it holds more than weights (code that loading would run), and none of it was loaded",
                path=path,
                cure="ask its author for a file with the state dict alone, or for safetensors",
            ) from error
        raise CheckpointError(
            "it cannot be read as a PyTorch file", path=path, cure="the file is truncated, damaged or of another kind"
        ) from error


def _described(path: Path, metadata: Mapping[str, str]) -> ModelInfo:
    try:
        architecture, variant = find_architecture(":".join(filter(None, (metadata["model"], metadata.get("variant")))))
    except SettingError as error:
        raise CheckpointError(f"it belongs to a model that is not known here: {error}", path=path) from error
    mean, std = architecture.normalisation[variant]
    try:
        names = _class_names(metadata)
        palette = _palette(metadata, len(names))
        info = ModelInfo(
            name=architecture.name,
            variant=variant,
            title=metadata.get("title") or architecture.title,
            class_names=names,
            palette=palette,
            mean=_triple(metadata["mean"]) if "mean" in metadata else mean,
            std=_triple(metadata["std"]) if "std" in metadata else std,
            default_rho=float(metadata.get("default_rho", architecture.default_rho)),
            working_side=int(metadata.get("working_side", ModelInfo.working_side)),
        )
    except (ValueError, TypeError, KeyError) as error:
        raise CheckpointError(f"its description is damaged: {error}", path=path) from error
    if info.working_side < 32:
        raise CheckpointError(f"its description is damaged: a working side of {info.working_side} pixels", path=path)
    if not 0.0 <= info.default_rho <= 1.0:
        raise CheckpointError(f"its description is damaged: ρ is {info.default_rho:g}", path=path)
    return replace(info, metadata={k: v for k, v in metadata.items() if k not in _DESCRIPTION})


def _class_names(metadata: Mapping[str, str]) -> tuple[str, ...]:
    if "classes" in metadata:
        names = tuple(str(name) for name in json.loads(metadata["classes"]))
    elif int(metadata["num_classes"]) == len(VOC_CLASSES):
        names = VOC_CLASSES
    else:
        names = tuple(f"class {i}" for i in range(int(metadata["num_classes"])))
    if not 2 <= len(names) <= 255 or len(names) != int(metadata.get("num_classes", len(names))):
        raise ValueError(f"{len(names)} class names for {metadata.get('num_classes')} classes")
    return names


def _palette(metadata: Mapping[str, str], count: int) -> UInt8:
    if "palette" not in metadata:
        return voc_palette()[:count]
    palette = np.asarray(json.loads(metadata["palette"]))
    if palette.shape != (count, 3) or palette.min() < 0 or palette.max() > 255:
        raise ValueError(f"a palette of shape {palette.shape} for {count} classes")
    return palette.astype(np.uint8)


def _triple(text: str) -> tuple[float, float, float]:
    red, green, blue = (float(value) for value in json.loads(text))
    return red, green, blue


def listed(names: Sequence[str]) -> str:
    """The first names of a list of keys, and how many more there are."""
    shown = ", ".join(names[:_SHOWN])
    return shown if len(names) <= _SHOWN else f"{shown} and {len(names) - _SHOWN} more"
