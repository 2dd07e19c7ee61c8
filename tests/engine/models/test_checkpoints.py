"""Checkpoints: round trips, and every way in which a file can be wrong."""

from __future__ import annotations

import json
import os
import pickle
import struct
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from safetensors.torch import save_file
from torch import nn

from engine.cascade.bundle import ModelInfo
from engine.data.palettes import VOC_CLASSES, voc_palette
from engine.errors import CheckpointError, OutputError
from engine.models.checkpoints import load_into, read_checkpoint, read_tensors, write_checkpoint
from engine.models.irnet_lc import TIMM_LEFT_OVER
from engine.models.lc_mobilenetv2 import LcMobileNetV2


def info(*names: str, **changes: Any) -> ModelInfo:
    facts: dict[str, Any] = {
        "name": "lc-mobilenetv2",
        "variant": "",
        "title": "A test",
        "class_names": names,
        "palette": np.arange(3 * len(names), dtype=np.uint8).reshape(-1, 3),
        "mean": (0.1, 0.2, 0.3),
        "std": (0.4, 0.5, 0.6),
        "default_rho": 0.97,
        "metadata": {"licence": "MIT", "val_mIoU": "12.3", "note": "straße ρ"},
    }
    return ModelInfo(**{**facts, **changes})


@pytest.fixture
def written(tmp_path: Path) -> Path:
    path = tmp_path / "model.safetensors"
    write_checkpoint(path, {"a": torch.arange(6.0).reshape(2, 3), "n": torch.tensor(7)}, info("sky", "no", "naïve"))
    return path


def test_a_round_trip_keeps_everything(written: Path) -> None:
    checkpoint = read_checkpoint(written)
    expected = info("sky", "no", "naïve")
    assert torch.equal(checkpoint.tensors["a"], torch.arange(6.0).reshape(2, 3))
    assert int(checkpoint.tensors["n"]) == 7
    for name in ("name", "variant", "title", "class_names", "mean", "std", "default_rho", "metadata"):
        assert getattr(checkpoint.info, name) == getattr(expected, name)
    assert np.array_equal(checkpoint.info.palette, expected.palette)


def test_non_contiguous_and_bf16_tensors_survive(tmp_path: Path) -> None:
    path = tmp_path / "m.safetensors"
    tensor = torch.randn(4, 3, 2, 2).to(torch.bfloat16).contiguous(memory_format=torch.channels_last)
    write_checkpoint(path, {"w": tensor}, info("a", "b"))
    assert torch.equal(read_checkpoint(path).tensors["w"], tensor)


def test_a_failed_write_leaves_the_old_file(written: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    before = written.read_bytes()

    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(OutputError, match="no space left"):
        write_checkpoint(written, {"a": torch.zeros(1)}, info("x", "y"))
    assert written.read_bytes() == before
    assert list(written.parent.iterdir()) == [written]


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(CheckpointError, match=r"gone\.safetensors: there is no such file"):
        read_checkpoint(tmp_path / "gone.safetensors")


def test_a_folder_is_refused(tmp_path: Path) -> None:
    with pytest.raises(CheckpointError, match="folder"):
        read_checkpoint(tmp_path)


@pytest.mark.parametrize("reader", [read_checkpoint, read_tensors])
@pytest.mark.parametrize("suffix", [".safetensors", ".pth"])
def test_an_empty_file_is_refused(reader: Any, suffix: str, tmp_path: Path) -> None:
    path = tmp_path / f"empty{suffix}"
    path.touch()
    with pytest.raises(CheckpointError, match="the file is empty"):
        reader(path)


@pytest.mark.parametrize("kept", [1, 7, 8, 20, 0.5, 0.99])
def test_a_truncated_file_is_refused(written: Path, kept: float) -> None:
    data = written.read_bytes()
    written.write_bytes(data[: kept if isinstance(kept, int) else int(len(data) * kept)])
    with pytest.raises(CheckpointError, match=r"model\.safetensors: .*(truncated|damaged)"):
        read_checkpoint(written)


def test_a_flipped_bit_is_noticed(written: Path) -> None:
    data = bytearray(written.read_bytes())
    data[-3] ^= 0x10
    written.write_bytes(data)
    with pytest.raises(CheckpointError, match="checksum"):
        read_checkpoint(written)


def test_text_is_no_checkpoint(tmp_path: Path) -> None:
    for name in ("note.safetensors", "note.pth"):
        path = tmp_path / name
        path.write_text("hello, this is no checkpoint at all", encoding="utf-8")
        with pytest.raises(CheckpointError, match=rf"{name}: it cannot be read as"):
            read_tensors(path)


def test_a_file_without_a_model_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "w.safetensors"
    save_file({"a": torch.zeros(1)}, path)
    with pytest.raises(CheckpointError, match="does not say which model"):
        read_checkpoint(path)


def test_a_model_that_is_not_known_is_named(tmp_path: Path) -> None:
    path = tmp_path / "w.safetensors"
    save_file({"a": torch.zeros(1)}, path, metadata={"model": "unet", "num_classes": "2"})
    with pytest.raises(CheckpointError, match=r"not known here.*'unet'.*lc-mobilenetv2"):
        read_checkpoint(path)


def test_a_short_description_is_completed_from_the_registry(tmp_path: Path) -> None:
    path = tmp_path / "best.safetensors"
    save_file({"a": torch.zeros(1)}, path, metadata={"model": "lc-mobilenetv2", "num_classes": "21", "step": "90"})
    found = read_checkpoint(path).info
    assert found.class_names == VOC_CLASSES
    assert np.array_equal(found.palette, voc_palette()[:21])
    assert found.default_rho == 0.985
    assert found.metadata == {"step": "90"}


@pytest.mark.parametrize(
    "change",
    [
        {"num_classes": "3"},
        {"classes": "not json"},
        {"classes": json.dumps(["only one"]), "num_classes": "1"},
        {"palette": json.dumps([[0, 0, 0]])},
        {"palette": json.dumps([[0, 0, 300], [0, 0, 0]])},
        {"mean": "[1, 2]"},
        {"default_rho": "7"},
        {"default_rho": "nan"},
        {"num_classes": "many", "classes": json.dumps(["a", "b"])},
    ],
)
def test_a_damaged_description_is_refused(tmp_path: Path, change: dict[str, str]) -> None:
    path = tmp_path / "w.safetensors"
    whole = {"model": "lc-mobilenetv2", "num_classes": "2", "classes": json.dumps(["a", "b"])}
    save_file({"a": torch.zeros(1)}, path, metadata=whole | change)
    with pytest.raises(CheckpointError, match="description is damaged"):
        read_checkpoint(path)


def test_a_header_that_lies_about_its_length_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "bomb.safetensors"
    path.write_bytes(struct.pack("<Q", 1 << 60) + b"{}")
    with pytest.raises(CheckpointError, match="cannot be read as safetensors"):
        read_checkpoint(path)


class Intruder:
    """Pickles to a call that would make a file."""

    def __init__(self, target: Path) -> None:
        self.target = target

    def __reduce__(self) -> tuple[Any, tuple[Any, ...]]:
        return os.mkdir, (str(self.target),)


@pytest.mark.parametrize("how", ["torch", "pickle", "inside a state dict"])
def test_code_in_a_file_does_not_run(tmp_path: Path, how: str) -> None:
    target, path = tmp_path / "intruded", tmp_path / "weights.pth"
    intruder = Intruder(target)
    if how == "pickle":
        path.write_bytes(pickle.dumps(intruder))
    else:
        torch.save({"w": torch.zeros(1), "x": intruder} if how == "inside a state dict" else intruder, path)
    with pytest.raises(CheckpointError, match=r"weights\.pth: it (holds more than weights|cannot be read)"):
        read_tensors(path)
    assert not target.exists()


@pytest.mark.parametrize("wrapper", [None, "state_dict", "model"])
@pytest.mark.parametrize("prefix", ["", "module."])
def test_foreign_files_are_unwrapped(tmp_path: Path, wrapper: str | None, prefix: str) -> None:
    path = tmp_path / "w.pth"
    state = {f"{prefix}conv.weight": torch.ones(2), f"{prefix}bn.bias": torch.zeros(3)}
    torch.save({wrapper: state, "epoch": 3} if wrapper else state, path)
    assert set(read_tensors(path)) == {"conv.weight", "bn.bias"}


@pytest.mark.parametrize("content", [[1, 2, 3], {"epoch": 3}, torch.zeros(2)])
def test_a_pth_without_weights_by_name_is_refused(tmp_path: Path, content: object) -> None:
    path = tmp_path / "w.pth"
    torch.save(content, path)
    with pytest.raises(CheckpointError, match=r"not weights by name|holds no tensors"):
        read_tensors(path)


def test_a_truncated_pth_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "w.pth"
    torch.save({"w": torch.zeros(1000)}, path)
    path.write_bytes(path.read_bytes()[:2000])
    with pytest.raises(CheckpointError, match="truncated"):
        read_tensors(path)


def two_layers() -> nn.Module:
    torch.manual_seed(0)
    return nn.Sequential(nn.Linear(2, 3), nn.BatchNorm1d(3))


def test_weights_load_by_name(tmp_path: Path) -> None:
    source, target = two_layers(), nn.Sequential(nn.Linear(2, 3), nn.BatchNorm1d(3))
    report = load_into(target, source.state_dict(), path=tmp_path / "w")
    assert set(report.loaded) == set(source.state_dict())
    assert not report.missing
    assert not report.unexpected
    assert all(torch.equal(v, target.state_dict()[k]) for k, v in source.state_dict().items())


def test_a_mismatch_lists_names_and_loads_nothing(tmp_path: Path) -> None:
    network = two_layers()
    before = {name: value.clone() for name, value in network.state_dict().items()}
    state = {name: torch.full_like(value, 9) for name, value in before.items() if name != "0.bias"}
    state |= {"2.weight": torch.zeros(1), "1.weight": torch.zeros(5)}
    with pytest.raises(CheckpointError) as caught:
        load_into(network, state, path=tmp_path / "w.pth")
    text = str(caught.value)
    for piece in ("w.pth", "1 keys missing: 0.bias", "1 keys unexpected: 2.weight", "1.weight (5,) for (3,)"):
        assert piece in text
    assert all(torch.equal(value, before[name]) for name, value in network.state_dict().items())


def test_long_lists_are_shortened(tmp_path: Path) -> None:
    with pytest.raises(CheckpointError, match=r"10 keys unexpected: .* and 4 more"):
        load_into(two_layers(), two_layers().state_dict() | {f"x{i}": torch.zeros(1) for i in range(10)}, path=tmp_path)


def test_another_number_of_classes_is_told(tmp_path: Path) -> None:
    with pytest.raises(CheckpointError, match=r"classifier\.weight \(4, .*number of classes"):
        load_into(LcMobileNetV2(3), LcMobileNetV2(4).state_dict(), path=tmp_path / "w.pth")


def test_allowed_prefixes_are_reported(tmp_path: Path) -> None:
    network = two_layers()
    state = {name: value for name, value in network.state_dict().items() if not name.startswith("1.")}
    report = load_into(
        network, state | {"classif.weight": torch.zeros(1)}, path=tmp_path, may_miss=("1.",), may_exceed=TIMM_LEFT_OVER
    )
    assert report.unexpected == ("classif.weight",)
    assert "1.weight" in report.missing
    assert report.loaded == ("0.weight", "0.bias")


def test_step_counters_may_be_absent(tmp_path: Path) -> None:
    network = two_layers()
    state = {name: value for name, value in network.state_dict().items() if "num_batches" not in name}
    assert load_into(network, state, path=tmp_path).missing == ("1.num_batches_tracked",)
