"""Benchmarks on tiny inputs: what they report is complete, consistent and true to its references."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest
import torch

from engine.benchmarks.cascade import PAPER_SHARES, above, everything, forced, measure_cascades, whole_image
from engine.benchmarks.dense_forms import dense_forms
from engine.benchmarks.masks import blob_mask
from engine.benchmarks.memory import peak_memory
from engine.benchmarks.region import measure_regions
from engine.benchmarks.timing import alternate, summary
from engine.cascade.layer_cascade import LayerCascade
from engine.cli.main import main
from engine.models import inception_resnet
from engine.models.lc_mobilenetv2 import LcMobileNetV2
from engine.models.loading import for_inference
from engine.models.optimise import fused_module
from tests.engine.models.blocks import spread_norms


def silent(_: str) -> None:
    pass


@pytest.mark.parametrize("density", [0.0, 0.1, 0.48, 1.0])
def test_masks_have_exactly_their_density(density: float) -> None:
    mask = blob_mask(density, (24, 32))
    assert mask.shape == (1, 24, 32)
    assert int(mask.sum()) == round(density * 24 * 32)
    assert torch.equal(mask, blob_mask(density, (24, 32)))


def test_masks_are_blobs() -> None:
    mask = blob_mask(0.3, (64, 64))[0]
    neighbours_agree = (mask[:, 1:] == mask[:, :-1]).float().mean()
    assert neighbours_agree > 0.9  # independent cells would agree in 58 %


def test_contenders_take_turns() -> None:
    calls: list[str] = []
    times = alternate({name: lambda name=name: calls.append(name) for name in "abc"}, rounds=3, warm_up=1)
    assert calls == list("abc" + "abc" + "bca" + "cab")
    assert set(times) == set("abc")
    assert all(t.low <= t.median <= t.high for t in times.values())


def test_summary_of_few_and_many() -> None:
    assert summary([4.0]).median == 4.0
    found = summary([5.0, 1.0, 3.0, 2.0, 4.0])
    assert (found.low, found.median, found.high) == (2.0, 3.0, 4.0)


@pytest.mark.parametrize("build", [lambda: inception_resnet.timm_b(1)[0], inception_resnet.timm_c])
def test_all_dense_forms_compute_the_same(build: Callable[[], torch.nn.Module]) -> None:
    torch.manual_seed(0)
    block = build().eval()
    spread_norms(block)
    channels = 1088 if block.scale == 0.10 else 2080
    features = torch.randn(1, channels, 6, 8).relu()
    with torch.inference_mode():
        truth = block(features)
        forms = dense_forms(fused_module(block), features)
        assert len(forms) >= 4
        for name, form in forms.items():
            result = form()
            assert isinstance(result, torch.Tensor), name
            assert torch.allclose(result, truth, atol=1e-4), name


def test_region_rows_are_complete() -> None:
    rows = measure_regions(size=8, densities=(1.0, 0.5), rounds=1, progress=silent)
    assert {row["block"] for row in rows} >= {"B", "C"}
    assert {row["precision"] for row in rows} == {"fp32", "bf16"}
    for row in rows:
        assert row["efficiency"] == pytest.approx(row["density"] * row["dense_ms"] / row["region_ms"], rel=0.02)
        assert row["max_abs_diff"] < (1e-5 if row["precision"] == "fp32" else 0.2)
        assert row["cells"] == round(row["density"] * 64)


@pytest.fixture(scope="module")
def cascade() -> LayerCascade:
    torch.manual_seed(0)
    network = LcMobileNetV2(5).eval()
    spread_norms(network)
    return LayerCascade(for_inference(network, device="cpu", precision="fp32"))


def test_forced_shares_are_met(cascade: LayerCascade) -> None:
    image = torch.randn(1, 3, 160, 160).contiguous(memory_format=torch.channels_last)
    with torch.inference_mode():
        run = whole_image(cascade, image, forced(PAPER_SHARES))
        full = whole_image(cascade, image, [everything] * 2)
        none = whole_image(cascade, image, [above(0.0)] * 2)
    assert run.shares == pytest.approx(PAPER_SHARES, abs=0.002)
    assert full.shares == (0.0, 0.0, 1.0)
    assert none.shares == (1.0, 0.0, 0.0)
    parts = [run.milliseconds[name] for name in ("stage1", "stage2", "stage3", "merge")]
    assert sum(parts) == pytest.approx(run.milliseconds["total"])


@pytest.mark.parametrize("model", ["lc-mobilenetv2", "pspnet-lc:resnet50"])
def test_cascade_rows_are_complete(model: str) -> None:
    rows = measure_cascades(models=[model], size=64, rounds=1, memory=False, progress=silent)
    forced_rows = [row for row in rows if row["shares_forced"]]
    assert len(forced_rows) == 2
    for row in rows:
        assert row["speedup"] == pytest.approx(row["dense_ms"] / row["cascade_ms"], rel=0.01)
        assert set(row["stages_ms"]) == {"stage1", "stage2", "stage3", "merge"}
        assert sum(row["shares"]) == pytest.approx(1.0, abs=1e-3)
        assert (row["rho"] is None) == row["shares_forced"]


def _fill(megabytes: int) -> Callable[[], object]:
    return lambda: torch.ones(megabytes << 18).sum()


def _broken() -> Callable[[], object]:
    raise SystemExit(3)


def test_peak_memory_sees_what_work_uses() -> None:
    small, large = peak_memory(_fill, 1), peak_memory(_fill, 101)
    if small is None or large is None:
        pytest.skip("this system does not tell the peak of a process")
    assert large.process - small.process == pytest.approx(100, abs=10)
    assert large.tensors - small.tensors == pytest.approx(100, abs=0.1)
    assert peak_memory(_broken) is None


def test_the_command_writes_json(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    seen: dict[str, object] = {}

    def measured(**settings: object) -> list[dict[str, object]]:
        seen.update(settings)
        return [{"model": "m", "efficiency": 1.0}]

    monkeypatch.setattr("engine.benchmarks.region.measure_regions", measured)
    target = tmp_path / "region.json"
    assert main(["bench", "region", "--quick", "--json", str(target)]) == 0
    assert json.loads(target.read_text(encoding="utf-8")) == {"rows": [{"model": "m", "efficiency": 1.0}]}
    assert seen["size"] == 32


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        (["bench"], 2),
        (["bench", "nothing"], 2),
        (["bench", "cascade", "--size", "100"], 1),
        (["bench", "region", "--threads", "0"], 1),
    ],
)
def test_wrong_usage_is_told(arguments: list[str], code: int, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(arguments) == code
    assert capsys.readouterr().err


def test_an_unknown_model_is_told(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["bench", "cascade", "--model", "resnet", "--quick"]) == 1
    assert "no model named 'resnet'" in capsys.readouterr().err
