"""The catalogue and the questions that a worker answers: what there is, what a file fits, a file made ours."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch

from engine.errors import CheckpointError
from engine.models.catalogue import catalogue
from engine.models.checkpoints import read_checkpoint
from engine.models.library_job import (
    DescribeJob,
    ImportJob,
    ImportOutcome,
    Inspection,
    InspectJob,
    ModelDescription,
    run_job,
)
from engine.models.loading import checkpoint_path
from engine.models.registry import find_architecture, model_names, weights_path
from tests.engine.models.convert.public import save, semseg


class Silent:
    def progress(self, fraction: float) -> None:
        pass

    def check(self) -> None:
        pass


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    place = tmp_path / "models"
    monkeypatch.setenv("RHOSCOPE_MODELS", str(place))
    return place


@pytest.fixture(scope="module")
def pspnet_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A public PSPNet, its tensors expanded from one value to be quick to make."""
    architecture, variant = find_architecture("pspnet:resnet50")
    with torch.device("meta"):
        state = architecture.build(variant, num_classes=21).state_dict()
    tensors = {key: torch.full(value.shape, 0.01).to(value.dtype) for key, value in state.items()}
    path = tmp_path_factory.mktemp("public") / "train_epoch_50.pth"
    return save(semseg(tensors), path, prefix="module.", wrapper="state_dict")


def test_the_catalogue_has_every_model_and_one_s_own(folder: Path) -> None:
    entries = catalogue()
    assert [entry.label for entry in entries] == list(model_names())
    by_label = {entry.label: entry for entry in entries}
    assert by_label["lc-mobilenetv2"].state == "bundled"
    assert by_label["lc-mobilenetv2"].spec == "default"
    assert (by_label["pspnet:resnet50"].state, by_label["pspnet:resnet50"].usable) == ("absent", False)
    folder.mkdir()
    (folder / "pspnet-resnet50.safetensors").touch()
    (folder / "birds of mine.safetensors").touch()
    (folder / "notes.txt").touch()
    entries = catalogue()
    by_label = {entry.label: entry for entry in entries}
    assert by_label["pspnet:resnet50"].state == "imported"
    assert by_label["pspnet:resnet50"].spec == "pspnet:resnet50"
    assert checkpoint_path("pspnet:resnet50") == folder / "pspnet-resnet50.safetensors"
    own = entries[-1]
    assert (own.label, own.state, own.spec) == ("birds of mine", "own", str(folder / "birds of mine.safetensors"))


def test_a_model_without_weights_is_said_to_want_them(folder: Path) -> None:
    with pytest.raises(CheckpointError, match=r"none were imported.*import weights in Models"):
        checkpoint_path("pspnet:resnet50")


def test_a_description_without_weights_counts() -> None:
    found = run_job(DescribeJob("pspnet:resnet50", None), Silent())
    assert isinstance(found, ModelDescription)
    assert (found.params, found.params_inference, found.stages) == (49_081_578, 46_716_373, 1)
    assert sum(found.params_by_part.values()) == found.params
    assert (len(found.class_names), found.facts, found.card, found.problem) == (21, {}, "", "")


def test_a_description_of_the_bundled_model_has_its_facts_and_card() -> None:
    path = weights_path("lc-mobilenetv2", "")
    found = run_job(DescribeJob("lc-mobilenetv2", path), Silent())
    assert isinstance(found, ModelDescription)
    assert found.stages == 3
    assert "default ρ" in found.facts
    assert found.card.startswith("# lc-mobilenetv2")


def test_damaged_weights_are_named_and_the_costs_still_told(tmp_path: Path) -> None:
    path = tmp_path / "x.safetensors"
    path.write_bytes(b"cut short")
    found = run_job(DescribeJob("pspnet:resnet50", path), Silent())
    assert isinstance(found, ModelDescription)
    assert "x.safetensors" in found.problem
    with pytest.raises(CheckpointError, match=r"x\.safetensors"):
        run_job(DescribeJob("", path), Silent())


def test_a_public_file_is_recognised_imported_and_loads(folder: Path, pspnet_file: Path) -> None:
    inspection = run_job(InspectJob(pspnet_file), Silent())
    assert inspection == Inspection(pspnet_file, "semseg's PSPNet", ("pspnet:resnet50", "pspnet-lc:resnet50"), False)
    outcome = run_job(ImportJob(pspnet_file, "pspnet:resnet50", False, folder), Silent())
    assert isinstance(outcome, ImportOutcome)
    assert outcome.path == folder / "pspnet-resnet50.safetensors"
    assert outcome.report is not None
    assert (outcome.report.loaded, outcome.report.missing, outcome.problem) == (370, (), "")
    assert read_checkpoint(outcome.path).info.label == "pspnet:resnet50"


def test_a_checkpoint_of_ours_keeps_its_name_and_writes_over_nothing(folder: Path, tmp_path: Path) -> None:
    source = tmp_path / "mine.safetensors"
    source.write_bytes(weights_path("lc-mobilenetv2", "").read_bytes())
    inspection = run_job(InspectJob(source), Silent())
    assert isinstance(inspection, Inspection)
    assert (inspection.labels, inspection.ours) == (("lc-mobilenetv2",), True)
    for _ in range(2):
        outcome = run_job(ImportJob(source, "lc-mobilenetv2", True, folder), Silent())
        assert isinstance(outcome, ImportOutcome)
        assert outcome.path == folder / "mine.safetensors"
    # Imported once more, the former weights stay beside the new ones.
    assert sorted(path.name for path in folder.iterdir()) == ["mine (former).safetensors", "mine.safetensors"]
    assert read_checkpoint(folder / "mine.safetensors").info.label == "lc-mobilenetv2"


def test_a_file_cut_short_is_refused_with_every_key(folder: Path, pspnet_file: Path, tmp_path: Path) -> None:
    from engine.models.checkpoints import read_tensors

    tensors = read_tensors(pspnet_file)
    del tensors["layer4.0.conv1.weight"]
    cut = save(tensors, tmp_path / "cut.pth")
    outcome = run_job(ImportJob(cut, "pspnet:resnet50", False, folder), Silent())
    assert isinstance(outcome, ImportOutcome)
    assert outcome.path is None
    assert outcome.report is not None
    assert outcome.report.missing == ("backbone.layer4.0.conv1.weight",)
    assert outcome.report.loaded == 0
    assert "download it again" in outcome.cure
    assert not folder.exists()


def test_a_foreign_file_is_refused(tmp_path: Path) -> None:
    path = save({"some.weight": torch.zeros(3)}, tmp_path / "x.pth")
    with pytest.raises(CheckpointError, match="no layout known here"):
        run_job(InspectJob(path), Silent())
