"""load_model: from a name or a path to a cascade, and what it says where that cannot be."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch

from engine.cascade.bundle import ModelInfo
from engine.cascade.fused import is_packed
from engine.data.palettes import voc_palette
from engine.errors import CheckpointError, SettingError
from engine.models import loading
from engine.models.checkpoints import write_checkpoint
from engine.models.lc_mobilenetv2 import LcMobileNetV2
from engine.models.loading import checkpoint_path, choose_device, choose_precision, load_model
from engine.models.registry import find_architecture
from tests.engine.models.blocks import spread_norms


def model_info(names: tuple[str, ...] = ("a", "b", "c")) -> ModelInfo:
    architecture, _ = find_architecture("lc-mobilenetv2")
    mean, std = architecture.normalisation[""]
    return ModelInfo("lc-mobilenetv2", "", "A test", names, voc_palette()[: len(names)], mean, std, 0.9)


@pytest.fixture(scope="module")
def network() -> LcMobileNetV2:
    torch.manual_seed(0)
    built = LcMobileNetV2(3).eval()
    spread_norms(built)
    return built


@pytest.fixture(scope="module")
def checkpoint(network: LcMobileNetV2, tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("models") / "straße.safetensors"
    write_checkpoint(path, network.state_dict(), model_info())
    return path


def test_a_checkpoint_becomes_a_cascade(checkpoint: Path, network: LcMobileNetV2) -> None:
    model = load_model(str(checkpoint), device="cpu", precision="fp32")
    assert model.info.label == "lc-mobilenetv2"
    assert model.info.class_names == ("a", "b", "c")
    assert (model.device, model.precision, model.threads) == ("cpu", "fp32", torch.get_num_threads())
    assert not model.cascade.network.training
    assert is_packed(model.cascade.network)
    image = torch.randn(1, 3, 64, 64).contiguous(memory_format=torch.channels_last)
    with torch.inference_mode():
        for got, wanted in zip(model.cascade.network.all_scores(image), network.all_scores(image), strict=True):
            assert torch.allclose(got, wanted, atol=1e-5)


def test_bf16_is_loaded_on_request(checkpoint: Path) -> None:
    model = load_model(str(checkpoint), device="cpu", precision="bf16")
    image = torch.randn(1, 3, 64, 64).bfloat16().contiguous(memory_format=torch.channels_last)
    with torch.inference_mode():
        states = model.cascade(image, 0.5)
    assert model.precision == "bf16"
    assert all(state.probabilities.dtype == torch.float32 for state in states)


def test_threads_are_set(checkpoint: Path) -> None:
    before = torch.get_num_threads()
    try:
        assert load_model(str(checkpoint), device="cpu", threads=1).threads == 1
        assert torch.get_num_threads() == 1
    finally:
        torch.set_num_threads(before)
    with pytest.raises(SettingError, match="one thread"):
        load_model(str(checkpoint), device="cpu", threads=0)


def test_a_checkpoint_of_another_number_of_classes(network: LcMobileNetV2, tmp_path: Path) -> None:
    path = tmp_path / "wrong.safetensors"
    write_checkpoint(path, network.state_dict(), model_info(("a", "b", "c", "d")))
    with pytest.raises(CheckpointError, match=r"wrong\.safetensors: .*classifier.*number of classes"):
        load_model(str(path), device="cpu")


def test_weights_of_another_model(tmp_path: Path) -> None:
    path = tmp_path / "other.safetensors"
    write_checkpoint(path, {"layer.weight": torch.zeros(2, 2)}, model_info())
    with pytest.raises(
        CheckpointError, match=r"keys missing: features.* and \d+ more; 1 keys unexpected: layer\.weight"
    ):
        load_model(str(path), device="cpu")


def test_a_model_without_weights_says_so(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(loading, "weights_path", lambda name, variant: tmp_path / f"{name}.safetensors")
    with pytest.raises(CheckpointError, match="bundled model is not there"):
        load_model()
    with pytest.raises(CheckpointError, match="no weights for irnet-lc:paper ship"):
        load_model("irnet-lc:paper")


def test_what_a_spec_stands_for(tmp_path: Path) -> None:
    with pytest.raises(SettingError, match="no model named 'nonsense'"):
        checkpoint_path("nonsense")
    assert checkpoint_path("somewhere/else.safetensors") == Path("somewhere/else.safetensors")
    assert checkpoint_path("gone.pth") == Path("gone.pth")
    plain = tmp_path / "weights"
    plain.write_bytes(b"x")
    assert checkpoint_path(str(plain)) == plain


def test_devices() -> None:
    assert choose_device("cpu") == "cpu"
    with pytest.raises(SettingError, match="'tpu'"):
        choose_device("tpu")
    if torch.cuda.is_available():
        assert choose_device("auto") == choose_device("cuda") == "cuda"
    else:
        assert choose_device("auto") == "cpu"
        with pytest.raises(SettingError, match="CUDA is not to be had"):
            choose_device("cuda")


@pytest.mark.parametrize(
    ("capabilities", "chosen"),
    [({"avx512_bf16": True}, "bf16"), ({"amx_bf16": True}, "bf16"), ({"avx2": True}, "fp32")],
)
def test_automatic_precision_follows_the_hardware(
    monkeypatch: pytest.MonkeyPatch, capabilities: dict[str, bool], chosen: str
) -> None:
    monkeypatch.setattr(torch.cpu, "get_capabilities", lambda: capabilities)
    assert choose_precision("auto", device="cpu") == chosen
    assert choose_precision("fp32", device="cpu") == "fp32"
    with pytest.raises(SettingError, match="'fp16'"):
        choose_precision("fp16", device="cpu")
