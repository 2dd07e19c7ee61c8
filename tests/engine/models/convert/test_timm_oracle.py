"""timm itself as the judge: its state dict converts, and our blocks then compute what its modules compute.

Our stages keep the grid that timm's strides give up, dilated: on every 2nd cell (B, Reduction-B) and every 4th (C) they
compute what timm computes on its smaller grid.
"""

from __future__ import annotations

from pathlib import Path

import pytest
import torch

from engine.models.convert.conversion import converted
from engine.models.irnet_lc import TimmIrnetLc
from tests.engine.models.blocks import spread_norms

timm = pytest.importorskip("timm", exc_type=ImportError)


@pytest.fixture(scope="module")
def pair() -> tuple[torch.nn.Module, TimmIrnetLc]:
    torch.manual_seed(0)
    oracle = timm.create_model("inception_resnet_v2").eval()
    spread_norms(oracle)
    result = converted(oracle.state_dict(), model="irnet-lc:timm", path=Path("timm.pth"))
    assert len(oracle.state_dict()) == 1306
    assert not result.report.unexpected
    assert {key.split(".")[0] for key in result.report.ignored} == {"conv2d_7b", "classif"}
    own = TimmIrnetLc(21, aspp=False).eval()
    own.load_state_dict(result.state)
    return oracle, own


def check(got: torch.Tensor, wanted: torch.Tensor) -> None:
    assert got.shape == wanted.shape
    assert float((got - wanted).abs().max()) <= 1e-4 * max(1.0, float(wanted.abs().max()))


@pytest.mark.parametrize("name", ["conv2d_2b", "conv2d_3b", "mixed_5b", "repeat.0", "repeat.9"])
def test_blocks_at_one_eighth(name: str, pair: tuple[torch.nn.Module, TimmIrnetLc]) -> None:
    oracle, own = pair
    channels = {"conv2d_2b": 32, "conv2d_3b": 64, "mixed_5b": 192}.get(name, 320)
    features = torch.randn(1, channels, 9, 9)
    with torch.inference_mode():
        check(own.get_submodule(name)(features), oracle.get_submodule(name)(features))


@pytest.mark.parametrize("name", ["conv2d_1a", "conv2d_2a", "conv2d_4a", "maxpool_3a"])
def test_padded_stem_steps_agree_where_timm_computes(name: str, pair: tuple[torch.nn.Module, TimmIrnetLc]) -> None:
    oracle, own = pair
    channels = {"conv2d_1a": 3, "conv2d_2a": 32, "conv2d_4a": 80, "maxpool_3a": 64}[name]
    features = torch.rand(1, channels, 18, 18)
    # A padded window begins one cell earlier: at stride 2 on the odd cells, ours sees them in a map shifted by one.
    stride = 2 if name in ("conv2d_1a", "maxpool_3a") else 1
    shifted = features[:, :, 1:, 1:] if stride == 2 else features
    with torch.inference_mode():
        wanted = oracle.get_submodule(name)(features[:, :, 1:, 1:][:, :, 1:, 1:] if stride == 2 else features)
        got = own.get_submodule(name)(shifted)[:, :, 1:, 1:][:, :, : wanted.shape[2], : wanted.shape[3]]
        check(got, wanted)


@pytest.mark.parametrize(("name", "channels"), [("repeat_1.0", 1088), ("repeat_1.19", 1088)])
def test_blocks_on_every_second_cell(name: str, channels: int, pair: tuple[torch.nn.Module, TimmIrnetLc]) -> None:
    oracle, own = pair
    features = torch.randn(1, channels, 14, 14)
    with torch.inference_mode():
        check(own.get_submodule(name)(features)[:, :, ::2, ::2], oracle.get_submodule(name)(features[:, :, ::2, ::2]))


@pytest.mark.parametrize("name", ["repeat_2.0", "repeat_2.8", "block8"])
def test_blocks_on_every_fourth_cell(name: str, pair: tuple[torch.nn.Module, TimmIrnetLc]) -> None:
    oracle, own = pair
    features = torch.randn(1, 2080, 16, 16)
    with torch.inference_mode():
        check(own.get_submodule(name)(features)[:, :, ::4, ::4], oracle.get_submodule(name)(features[:, :, ::4, ::4]))


def test_reductions_compute_timms_cells(pair: tuple[torch.nn.Module, TimmIrnetLc]) -> None:
    """Reduction-A whole; of Reduction-B the convolutions, as its pool keeps the finer grid (D2)."""
    oracle, own = pair
    a, b = torch.randn(1, 320, 9, 9), torch.randn(1, 1088, 18, 18)
    with torch.inference_mode():
        check(own.mixed_6a(a)[:, :, 1:-1:2, 1:-1:2], oracle.get_submodule("mixed_6a")(a))
        wanted = oracle.get_submodule("mixed_7a")(b[:, :, ::2, ::2])
        got = own.mixed_7a(b)[:, :, ::2, ::2][:, :, 1:-1:2, 1:-1:2]
        check(got[:, :-1088], wanted[:, :-1088])
