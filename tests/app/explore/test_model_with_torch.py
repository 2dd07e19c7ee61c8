"""The explore model on the real engine: torch, files and all, with a network that has learnt nothing."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from pytestqt.qtbot import QtBot

from app.explore.model import ExploreModel
from app.services.compute_options import ComputeOptions
from app.services.torch_backend import TorchBackend
from engine.cascade.thresholds import deciding_stages
from engine.data.label_files import read_label_map
from tests.app.conftest import MakeModel
from tests.app.responsive import responsive


@pytest.fixture(scope="module")
def untrained(tmp_path_factory: pytest.TempPathFactory) -> Path:
    import torch

    from engine.cascade.bundle import ModelInfo
    from engine.data.palettes import VOC_CLASSES, voc_palette
    from engine.models.checkpoints import write_checkpoint
    from engine.models.registry import find_architecture

    torch.manual_seed(0)
    architecture, variant = find_architecture("lc-mobilenetv2")
    network = architecture.build(variant, num_classes=21)
    mean, std = architecture.normalisation[variant]
    info = ModelInfo("lc-mobilenetv2", variant, "untrained", VOC_CLASSES, voc_palette()[:21], mean, std, 0.05)
    path = tmp_path_factory.mktemp("models") / "untrained.safetensors"
    write_checkpoint(path, network.state_dict(), info)
    return path


def test_from_a_dropped_photo_to_a_saved_label_map(
    qtbot: QtBot, make_model: MakeModel, untrained: Path, samples: Path, tmp_path: Path
) -> None:
    model: ExploreModel = make_model(backend=TorchBackend(ComputeOptions(device="cpu", threads=1)))
    with responsive():
        model.open_paths([samples / "bird.jpg"])
        model.set_model(str(untrained))
        qtbot.waitUntil(lambda: model.can_save and not model.status.busy, timeout=60_000)
    assert model.problems == []
    assert model.status.device.startswith("CPU, 1 thread, ")
    assert model.rho == 0.05
    first = model.result
    assert first is not None
    # A ρ between the confidences of an untrained network, so that all stages have work.
    rho = float(np.median(first.stages[0].confidence))
    model.set_rho(rho)
    np.testing.assert_array_equal(model.sets, deciding_stages(first.stages, (rho, rho), stage_count=3))
    qtbot.waitUntil(lambda: model.result is not first and not model.status.busy, timeout=60_000)
    assert model.result is not None
    np.testing.assert_array_equal(model.sets, model.result.deciding_stage)
    with qtbot.waitSignal(model.saved):
        model.save_label_map(tmp_path / "bird.png")
    np.testing.assert_array_equal(read_label_map(tmp_path / "bird.png"), model.result.label_map)


def test_a_checkpoint_that_is_none_is_named(qtbot: QtBot, make_model: MakeModel, tmp_path: Path) -> None:
    path = tmp_path / "weights.safetensors"
    path.write_bytes(b"not a checkpoint")
    model: ExploreModel = make_model(backend=TorchBackend(ComputeOptions(device="cpu", threads=1)))
    with qtbot.waitSignal(model.problem, timeout=60_000) as told:
        model.set_model(str(path))
    assert told.args is not None
    assert told.args[0].path == path
