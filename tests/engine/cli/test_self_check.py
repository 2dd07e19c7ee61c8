"""rhoscope self-check: its report, and that it fails when something is wrong."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
import torch

from engine.cascade.bundle import ModelInfo
from engine.cli import self_check
from engine.cli.main import main
from engine.data.palettes import VOC_CLASSES, voc_palette
from engine.errors import CheckpointError
from engine.models import loading
from engine.models.checkpoints import write_checkpoint
from engine.models.registry import find_architecture

STEPS = ["imports", "model", "segment", "region", "save", "reload", "crf"]


@pytest.fixture(scope="session")
def untrained(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A checkpoint of the bundled model's architecture that has learnt nothing, with features and scores of order 1."""
    torch.manual_seed(0)
    architecture, variant = find_architecture("lc-mobilenetv2")
    network = architecture.build(variant, num_classes=21)
    for module in network.modules():
        if isinstance(module, torch.nn.BatchNorm2d):
            module.train()
            module.momentum = None  # a plain mean over what it sees
    with torch.no_grad():
        for name, values in network.named_parameters():
            if name.endswith("classifier.weight"):
                values.mul_(100.0)
        for _ in range(3):
            network.all_scores(torch.randn(2, 3, 96, 96))
    mean, std = architecture.normalisation[variant]
    info = ModelInfo("lc-mobilenetv2", variant, "untrained", VOC_CLASSES, voc_palette()[:21], mean, std, 0.985)
    path = tmp_path_factory.mktemp("models") / "untrained.safetensors"
    write_checkpoint(path, network.state_dict(), info)
    return path


@pytest.fixture
def checks(untrained: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Everything as it is, but for weights that have learnt nothing and the CRF's process."""
    monkeypatch.setattr(loading, "checkpoint_path", lambda _: untrained)
    monkeypatch.setattr(self_check, "crf_missing", lambda: "pydensecrf is not installed")
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(threads)


def run(capsys: pytest.CaptureFixture[str]) -> tuple[int, dict[str, dict[str, object]], dict[str, object]]:
    code = main(["self-check", "--json"])
    report = json.loads(capsys.readouterr().out)
    assert [step["name"] for step in report["steps"]] == STEPS
    assert report["ok"] == (code == 0) == all(step["ok"] for step in report["steps"])
    return code, {step["name"]: step for step in report["steps"]}, report


def test_all_well_but_the_untrained_answer(checks: None, capsys: pytest.CaptureFixture[str]) -> None:
    code, steps, report = run(capsys)
    assert code == 1
    assert [name for name, step in steps.items() if not step["ok"]] == ["segment"]
    assert "cat.jpg was taken for" in str(steps["segment"]["detail"])
    assert steps["crf"]["detail"] == "pydensecrf is not installed"
    assert all(step["milliseconds"] >= 0 for step in steps.values())
    assert report["versions"]["torch"].startswith("2.")


def test_a_trained_answer_makes_it_ok(
    checks: None, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(self_check, "_main_object", lambda result: ("cat", 0.3))
    code, steps, _ = run(capsys)
    assert code == 0
    assert "cat 30%" in str(steps["segment"]["detail"])


def test_a_missing_model_fails_what_needs_it(
    checks: None, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def missing(_: str) -> Path:
        raise CheckpointError("the bundled model is not there", path=Path("default.safetensors"))

    monkeypatch.setattr(loading, "checkpoint_path", missing)
    code, steps, _ = run(capsys)
    assert code == 1
    assert [name for name, step in steps.items() if step["ok"]] == ["imports", "crf"]
    assert "default.safetensors: the bundled model is not there" in str(steps["model"]["detail"])
    assert steps["save"]["detail"] == "not tried: the label map is missing, see above"


def test_wrong_region_results_are_found(
    checks: None, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    from engine.cascade.fields import Field, values_of, with_values
    from engine.cascade.fused import FusedConv2d

    honest = FusedConv2d.forward

    def off_by_a_percent(self: FusedConv2d, field: Field) -> Field:
        answer = honest(self, field)
        return with_values(answer, values_of(answer) * 1.01)

    monkeypatch.setattr(FusedConv2d, "forward", off_by_a_percent)
    _, steps, _ = run(capsys)
    assert not steps["region"]["ok"]
    assert "from the dense reference" in str(steps["region"]["detail"])


def test_a_label_map_that_comes_back_changed_is_found(
    checks: None, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(self_check, "read_label_map", lambda path: np.full((720, 1280), 254, dtype=np.uint8))
    _, steps, _ = run(capsys)
    assert steps["save"]["ok"]
    assert steps["reload"]["detail"] == "the label map read back differs from the one saved"


def test_versions_say_what_is_missing(monkeypatch: pytest.MonkeyPatch) -> None:
    from importlib import metadata

    def unknown(name: str) -> str:
        raise metadata.PackageNotFoundError(name)

    monkeypatch.setattr(metadata, "version", unknown)
    monkeypatch.delitem(self_check.sys.modules, "pydensecrf", raising=False)
    found = self_check.versions()
    assert found["numpy"] == np.__version__
    assert found["pydensecrf2"] == "missing"
