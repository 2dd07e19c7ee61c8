"""A small model of the VOC classes that stands in for a checkpoint, so that scoring commands run in seconds."""

from __future__ import annotations

import pytest
import torch

from engine.cascade.bundle import CascadeModel, ModelInfo
from engine.cascade.layer_cascade import LayerCascade
from engine.data.palettes import VOC_CLASSES, voc_palette
from tests.engine.training.tiny import TinyNetwork

MEAN, STD = (0.5, 0.5, 0.5), (0.25, 0.25, 0.25)


def voc_model(*, default_rho: float = 0.08) -> CascadeModel:
    """Untrained, so its confidences lie around 1/21; the default ρ lies among them."""
    torch.manual_seed(1)
    info = ModelInfo("tiny", "", "Tiny", VOC_CLASSES, voc_palette()[:21], MEAN, STD, default_rho, {"recipe": "none"})
    return CascadeModel(info, LayerCascade(TinyNetwork(classes=21).eval()), "cpu", "fp32", 1)


def use_voc_model(monkeypatch: pytest.MonkeyPatch) -> None:
    """Every --model is that model from now on."""
    monkeypatch.setattr("engine.models.loading.load_model", lambda *_, **__: voc_model())
