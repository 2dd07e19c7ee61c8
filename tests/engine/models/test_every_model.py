"""What holds for every registered model and variant alike: it is listed, written, read back whole and then runs."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import torch
from torch import nn

from engine.cascade.bundle import ModelInfo
from engine.cli.main import main
from engine.data.palettes import voc_palette
from engine.models.checkpoints import write_checkpoint
from engine.models.loading import load_model
from engine.models.registry import ARCHITECTURES, find_architecture, model_names

CLASSES = 3
FIRST = {f"{a.name}:{a.variants[0]}" if a.variants else a.name for a in ARCHITECTURES}
# The first variant of each; the others have the same code, more layers or more parameters.
SPECS = [name if name in FIRST else pytest.param(name, marks=pytest.mark.slow) for name in model_names()]


def test_all_of_them_are_listed(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["models", "--json"]) == 0
    listed = json.loads(capsys.readouterr().out)["models"]
    names = [f"{m['name']}:{v}" if v else m["name"] for m in listed for v in m["variants"] or ("",)]
    assert names == list(model_names())


@pytest.mark.parametrize("spec", SPECS)
def test_written_and_read_back_it_is_whole_and_runs(
    spec: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest
) -> None:
    # Gigabytes that are deleted at once need not reach the disk.
    monkeypatch.setattr("engine.data.atomic_file.os.fsync", lambda descriptor: None)
    architecture, variant = find_architecture(spec)
    with torch.device("meta"):
        network = architecture.build(variant, num_classes=CLASSES)
    # Initialising all of them would take minutes; small weights that repeat are as good to find again.
    network.to_empty(device="cpu")
    for number, tensor in enumerate(network.state_dict().values()):
        tensor.fill_(0.001 * (number % 7 + 1) if tensor.is_floating_point() else 0)
    mean, std = architecture.normalisation[variant]
    info = ModelInfo(
        architecture.name, variant, architecture.title, ("a", "b", "c"), voc_palette()[:CLASSES], mean, std, 0.9
    )
    path = tmp_path / "model.safetensors"
    write_checkpoint(path, network.state_dict(), info)
    # No value was lost on the way: what the network in training form holds stands in the file.
    assert _parameters(network) == _parameters_of(path)
    _runs(path, spec, staged=architecture.staged)
    request.getfixturevalue("without_kernels")
    _runs(path, spec, staged=architecture.staged)


def _runs(path: Path, spec: str, *, staged: bool) -> None:
    model = load_model(str(path), device="cpu", precision="fp32")
    assert model.info.label == spec
    assert model.info.class_names == ("a", "b", "c")
    assert (model.cascade.stage_count > 1) == staged
    with torch.inference_mode():
        probabilities = model.cascade(torch.zeros(1, 3, 64, 64), 1.0)[-1].probabilities
    torch.testing.assert_close(probabilities.sum(dim=1), torch.ones(len(probabilities)))


def _parameters(network: nn.Module) -> dict[str, float]:
    return {key: float(tensor.flatten()[0]) for key, tensor in network.state_dict().items()}


def _parameters_of(path: Path) -> dict[str, float]:
    from safetensors import safe_open

    with safe_open(path, framework="pt") as file:
        return {key: float(file.get_tensor(key).flatten()[0]) for key in file.keys()}  # noqa: SIM118
