"""Networks of one stage run through the cascade's wrapper: one stage decides everything, at any stride and any ρ."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from torch.nn import functional as F

from engine.cascade.layer_cascade import LayerCascade
from engine.cascade.preparation import network_input
from engine.cascade.session import CascadeSession, SessionOptions
from engine.errors import SettingError
from tests.engine.cascade.one_stage import OneStageNetwork, one_stage_model

STRIDES = (1, 4, 8, 32)


def photo(height: int, width: int) -> np.ndarray:
    return np.random.default_rng(0).integers(0, 256, (height, width, 3), dtype=np.uint8)


@pytest.mark.parametrize("stride", STRIDES)
def test_the_cascade_has_one_state_that_holds_every_cell(stride: int) -> None:
    torch.manual_seed(0)
    network = OneStageNetwork(classes=4, stride=stride).eval()
    image = torch.randn(2, 3, 64, 96)
    with torch.inference_mode():
        (state,) = LayerCascade(network)(image, 0.5)
        (scores,) = network.all_scores(image)
    assert state.index.full
    assert state.index.shape == (2, 64 // stride, 96 // stride)
    probabilities = torch.softmax(scores, dim=1).permute(0, 2, 3, 1).reshape(-1, 4)
    torch.testing.assert_close(state.probabilities, probabilities)


@pytest.mark.parametrize("stride", STRIDES)
def test_a_session_gives_what_the_network_gives(stride: int) -> None:
    torch.manual_seed(0)
    model, rgb = one_stage_model(stride=stride), photo(64, 96)
    early: list[object] = []
    result = CascadeSession(model, rgb).run(0.3, on_stage=early.append)
    assert not early
    assert result.complete
    assert (result.stage_count, result.shares, result.rho) == (1, (1.0,), ())
    assert set(result.milliseconds) == {"stage1", "merge", "total"}
    assert result.grid_size == (64 // stride, 96 // stride)
    assert np.array_equal(result.deciding_stage, np.ones_like(result.deciding_stage))
    with torch.inference_mode():
        image = network_input(rgb, mean=model.info.mean, std=model.info.std, device="cpu", dtype=torch.float32)
        probabilities = torch.softmax(model.cascade.network.all_scores(image)[0], dim=1)
        pixels = F.interpolate(probabilities, (64, 96), mode="bilinear", align_corners=False)[0]
    best = pixels.amax(dim=0).numpy()
    chosen = np.take_along_axis(pixels.numpy(), result.label_map[None].astype(np.int64), axis=0)[0]
    np.testing.assert_allclose(chosen, best, atol=1e-5)


def test_rho_changes_nothing_but_a_bad_one_is_refused() -> None:
    session = CascadeSession(one_stage_model(), photo(70, 90))
    assert session.run(0.1) is session.run(1.0)
    for bad in (1.5, float("nan"), (0.5,)):
        with pytest.raises(SettingError, match="ρ"):
            session.run(bad)


@pytest.mark.parametrize("stride", STRIDES)
def test_tiles_join_to_the_whole(stride: int) -> None:
    torch.manual_seed(0)
    model, rgb = one_stage_model(stride=stride), photo(160, 352)
    whole = CascadeSession(model, rgb, options=SessionOptions(max_side=0)).run(0.5)
    tiled = CascadeSession(model, rgb, options=SessionOptions(max_side=0, tile=128, overlap=32)).run(0.5)
    np.testing.assert_allclose(tiled.probabilities, whole.probabilities, atol=1e-5)
