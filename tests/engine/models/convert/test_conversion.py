"""Public checkpoints: every key accounted for, weights that compute what they did, and files that are refused."""

from __future__ import annotations

import json
import os
import pickle
from pathlib import Path
from typing import Any

import pytest
import torch
from torch import Tensor

from engine.cli.main import main
from engine.data.palettes import VOC_CLASSES
from engine.errors import CheckpointError, SettingError
from engine.models.checkpoints import read_checkpoint
from engine.models.convert import kazuto_deeplab as kazuto_layout
from engine.models.convert.conversion import ConversionError, converted
from engine.models.deeplab_v2_resnet import DeepLabV2ResNet
from engine.models.pspnet import build as build_pspnet
from engine.models.registry import find_architecture
from engine.models.resnet import ResNetForm
from tests.engine.models.convert.public import backbone_of, kazuto_deeplab, save, semseg

NOWHERE = Path("nowhere.pth")


def state_of(label: str, classes: int) -> dict[str, Tensor]:
    """Names and shapes of a model, without values to speak of: one for every entry of a tensor."""
    architecture, variant = find_architecture(label)
    with torch.device("meta"):
        state = architecture.build(variant, num_classes=classes).state_dict()
    return {key: torch.ones(()).expand(value.shape).to(value.dtype) for key, value in state.items()}


def timm_state() -> dict[str, Tensor]:
    ours = {k: v for k, v in state_of("irnet-lc:timm", 21).items() if not k.startswith("heads.")}
    seventh = {f"conv2d_7b.bn.{n}": torch.ones(1536) for n in ("weight", "bias", "running_mean", "running_var")}
    return {
        **ours, **seventh, "conv2d_7b.conv.weight": torch.ones(()).expand(1536, 2080, 1, 1),
        "conv2d_7b.bn.num_batches_tracked": torch.tensor(0), "classif.weight": torch.ones(()).expand(1000, 1536),
        "classif.bias": torch.zeros(1000),
    }  # fmt: skip


def test_timm_leaves_nothing_over_but_classifier_and_conv2d_7b() -> None:
    report = converted(timm_state(), model="irnet-lc:timm", path=NOWHERE).report
    assert len(report.loaded) == 1306 - 8
    assert not report.unexpected
    assert {key.split(".")[0] for key in report.ignored} == {"conv2d_7b", "classif"}
    assert {key.split(".")[0] for key in report.missing} == {"heads"}
    assert report.preset["mean"] == report.preset["std"] == (0.5, 0.5, 0.5)


def test_timm_weights_do_not_go_into_the_papers_network() -> None:
    with pytest.raises(CheckpointError, match=r"timm's Inception-ResNet-v2.*irnet-lc:timm.*not irnet-lc:paper"):
        converted(timm_state(), model="irnet-lc:paper", path=NOWHERE)


def test_semseg_pspnet_from_file_to_file(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    torch.manual_seed(3)
    ours = build_pspnet("resnet50", 21).state_dict()
    source = save(semseg(ours), tmp_path / "train_epoch_50.pth", prefix="module.", wrapper="state_dict")
    target = tmp_path / "psp.safetensors"
    assert main(["convert", str(source), "--model", "pspnet:resnet50", "--out", str(target)]) == 0
    said = json.loads(capsys.readouterr().out)
    assert (said["loaded"], said["missing"], said["unexpected"], said["ignored"]) == (370, [], [], [])
    assert said["preset"]["align_corners"] is True
    checkpoint = read_checkpoint(target)
    assert checkpoint.info.label == "pspnet:resnet50"
    assert checkpoint.info.class_names == VOC_CLASSES
    assert checkpoint.info.mean == (0.485, 0.456, 0.406)
    assert checkpoint.tensors.keys() == ours.keys()
    assert all(torch.equal(checkpoint.tensors[key], value) for key, value in ours.items())


def test_a_pspnet_without_its_auxiliary_head_serves() -> None:
    state = {k: v for k, v in semseg(state_of("pspnet:resnet50", 19)).items() if not k.startswith("aux.")}
    result = converted(state, model="pspnet:resnet50", path=NOWHERE)
    assert {key.split(".")[0] for key in result.report.missing} == {"aux"}
    assert result.info.metadata["untrained"] == "aux"
    assert result.info.class_names[0] == "road"


@pytest.mark.parametrize(
    ("source", "model", "variant"),
    [
        ("pspnet:resnet50-7x7", "pspnet:resnet50-7x7", "resnet50-7x7"),
        ("pspnet:resnet50-7x7", "exfuse:resnet50", "resnet50"),
        ("pspnet:resnet101-7x7", "exfuse:resnet101-gcn-dap", "resnet101-gcn-dap"),
        ("exfuse:resnext101", "exfuse:resnext101", "resnext101"),
        ("pspnet:resnet50", "pspnet:resnet50", "resnet50"),
    ],
)
def test_imagenet_backbones(source: str, model: str, variant: str) -> None:
    result = converted(backbone_of(state_of(source, 21)), model=model, path=NOWHERE)
    assert {key.split(".")[0] for key in result.report.loaded} == {"backbone"}
    assert not [key for key in result.report.missing if key.startswith("backbone.")]
    assert result.report.ignored == ("fc.weight", "fc.bias")
    assert result.info.variant == variant
    assert result.report.preset["stride_in"] == "conv2"


def torchvision_segmentation(classes: int) -> dict[str, Tensor]:
    ours = state_of("pspnet:resnet50-torchvision", classes)
    backbone = {k: v for k, v in ours.items() if k.startswith("backbone.")}
    auxiliary = {k.replace("aux.", "aux_classifier."): v for k, v in ours.items() if k.startswith("aux.")}
    return {**backbone, **auxiliary, "classifier.0.weight": torch.ones(()).expand(512, 2048, 3, 3)}


def test_torchvisions_dilations_go_to_the_variant_that_has_them() -> None:
    """The same shapes fit pspnet:resnet50-7x7, whose first dilated blocks compute something else."""
    result = converted(torchvision_segmentation(21), model="pspnet:resnet50-7x7", path=NOWHERE)
    assert result.report.label == "pspnet:resnet50-torchvision"
    assert result.report.preset["first_dilation"] == "half"
    assert {key.split(".")[0] for key in result.report.loaded} == {"backbone", "aux"}
    assert result.report.ignored == ("classifier.0.weight",)
    blocks = build_pspnet(result.info.variant, 2).backbone
    assert [layer[0].conv2.dilation[0] for layer in (blocks.layer3, blocks.layer4)] == [1, 2]


def test_kazutos_deeplab_computes_what_it_did() -> None:
    """BGR in 0..255, stride in the first 1×1: the converted weights say the same of RGB in 0..1."""
    torch.manual_seed(0)
    blocks = (1, 2, 1, 1)
    public = kazuto_deeplab(4, blocks)
    renamed = {kazuto_layout.rename(key): value for key, value in public.state_dict().items()}
    state = {name: kazuto_layout.adapt(name, value) for name, value in renamed.items() if name}
    preset = kazuto_layout.LAYOUT.preset
    ours = DeepLabV2ResNet(4, ResNetForm(blocks, stride_in=preset.stride_in)).eval()  # type: ignore[arg-type]
    ours.load_state_dict(state)
    rgb = torch.rand(1, 3, 65, 97)
    bgr = rgb.flip(1) * 255 - torch.tensor([104.008, 116.669, 122.675]).reshape(1, 3, 1, 1)
    normalised = (rgb - torch.tensor(preset.mean).reshape(1, 3, 1, 1)) / torch.tensor(preset.std).reshape(1, 3, 1, 1)
    strided_elsewhere = DeepLabV2ResNet(4, ResNetForm(blocks)).eval()
    strided_elsewhere.load_state_dict(state)
    with torch.inference_mode():
        wanted = public(bgr)
        size = float(wanted.abs().max())
        assert float((ours.all_scores(normalised)[0] - wanted).abs().max()) <= 1e-4 * size
        assert float((strided_elsewhere.all_scores(normalised)[0] - wanted).abs().max()) > 1e-2 * size
        assert float((ours.all_scores(normalised.flip(1))[0] - wanted).abs().max()) > 1e-2 * size


def test_every_key_of_kazutos_layout_has_a_name() -> None:
    with torch.device("meta"):
        public = kazuto_deeplab(21, (3, 4, 23, 3)).state_dict()
        ours = DeepLabV2ResNet(21, ResNetForm((3, 4, 23, 3), stride_in="conv1")).state_dict()
    assert {kazuto_layout.rename(key): value.shape for key, value in public.items()} == {
        name: value.shape for name, value in ours.items()
    }
    assert kazuto_layout.rename("fc.weight") is None


def refusal(state: dict[str, Tensor], model: str, **options: Any) -> CheckpointError:
    with pytest.raises(CheckpointError) as caught:
        converted(state, model=model, path=NOWHERE, **options)
    return caught.value


def test_seven_by_seven_stems_are_not_taken_for_deep_ones() -> None:
    error = refusal(backbone_of(state_of("pspnet:resnet50-7x7", 21)), "pspnet:resnet50")
    assert "pspnet:resnet50-7x7" in str(error)


def test_another_depth_is_named() -> None:
    error = refusal(semseg(state_of("pspnet:resnet101", 21)), "pspnet:resnet50")
    assert "fits pspnet:resnet101, pspnet-lc:resnet101, not pspnet:resnet50" in str(error)


def test_another_number_of_classes_is_named() -> None:
    error = refusal(semseg(state_of("pspnet:resnet50", 19)), "pspnet:resnet50", num_classes=21)
    assert "19 classes apart, not 21" in str(error)


def test_missing_and_left_over_keys_are_listed() -> None:
    whole = semseg(state_of("pspnet:resnet50", 21))
    torn = {k: v for k, v in whole.items() if not k.startswith("layer4.2.")}
    # One block less is another depth, unless the counted key is still there.
    torn["layer4.2.conv3.weight"] = whole["layer4.2.conv3.weight"]
    lacking = refusal(torn, "pspnet:resnet50")
    assert isinstance(lacking, ConversionError)
    assert "keys missing: backbone.layer4.2.conv1.weight" in str(lacking)
    assert "download it again" in str(lacking)
    assert len(lacking.report.missing) == 17
    more = refusal({**whole, "psa.weight": torch.ones(1)}, "pspnet:resnet50")
    assert "1 keys unexpected: psa.weight" in str(more)
    wide = refusal({**whole, "cls.0.weight": torch.ones(512, 2048, 3, 3)}, "pspnet:resnet50")
    assert "cls.0.weight (512, 2048, 3, 3) for (512, 4096, 3, 3)" in str(wide)


def test_half_a_head_is_damage_and_no_missing_part() -> None:
    whole = semseg(state_of("pspnet:resnet50", 21))
    assert "aux.4.bias" in str(refusal({k: v for k, v in whole.items() if k != "aux.4.bias"}, "pspnet:resnet50"))


def test_old_files_may_lack_step_counters() -> None:
    whole = semseg(state_of("pspnet:resnet50", 21))
    result = converted({k: v for k, v in whole.items() if "num_batches" not in k}, model="pspnet", path=NOWHERE)
    assert not result.report.untrained
    assert "untrained" not in result.info.metadata


def test_mmsegmentation_and_strangers_are_named() -> None:
    assert "mmsegmentation" in str(refusal({"backbone.stem.0.weight": torch.ones(32, 3, 3, 3)}, "pspnet:resnet50"))
    assert "no layout known here" in str(refusal({"a.weight": torch.ones(1)}, "pspnet:resnet50"))
    with pytest.raises(SettingError, match="no model named"):
        converted({}, model="unet", path=NOWHERE)


class Intruder:
    """Pickles to a call that would make a folder."""

    def __init__(self, target: Path) -> None:
        self.target = target

    def __reduce__(self) -> tuple[Any, tuple[Any, ...]]:
        return os.mkdir, (str(self.target),)


@pytest.mark.parametrize("harm", ["cut", "code", "pickle", "text"])
def test_harmful_files_are_refused_and_nothing_is_written(
    harm: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    source, intruded, target = tmp_path / "weights.pth", tmp_path / "intruded", tmp_path / "out.safetensors"
    torch.save({"w": torch.zeros(1000), **({"x": Intruder(intruded)} if harm == "code" else {})}, source)
    if harm == "cut":
        source.write_bytes(source.read_bytes()[:2000])
    elif harm == "pickle":
        source.write_bytes(pickle.dumps(Intruder(intruded)))
    elif harm == "text":
        source.write_text("404: Not Found", encoding="utf-8")
    assert main(["convert", str(source), "--model", "pspnet", "--out", str(target)]) == 1
    assert "weights.pth" in capsys.readouterr().err
    assert not target.exists()
    assert not intruded.exists()


def test_a_refused_file_still_gets_its_report(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    state = {**semseg(state_of("pspnet:resnet50", 21)), "psa.weight": torch.ones(1)}
    # Their many equal values share one in memory, and so in the file.
    source = save(state, tmp_path / "w.pth")
    report, target = tmp_path / "report.json", tmp_path / "out.safetensors"
    assert main(["convert", str(source), "--model", "pspnet", "--out", str(target), "--json", str(report)]) == 1
    assert "psa.weight" in capsys.readouterr().err
    said = json.loads(report.read_text(encoding="utf-8"))
    assert (said["loaded"], said["missing"], said["unexpected"]) == (0, [], ["psa.weight"])
    assert "changed network" in said["error"]
    assert not target.exists()


def test_what_a_file_lacks_begins_the_same_every_time() -> None:
    state = backbone_of(state_of("pspnet:resnet50-7x7", 2))
    first, second = (converted(state, model="pspnet:resnet50-7x7", path=NOWHERE, num_classes=2).state for _ in range(2))
    assert torch.equal(first["cls.4.weight"], second["cls.4.weight"])
    assert float(first["cls.4.weight"].std()) > 0


def test_vgg16_starts_its_family() -> None:
    """Dense layers become convolutions, every ASPP branch a copy; ImageNet's classifier is left out and said to be."""
    from engine.models.vgg16_weights import _source_shapes

    tensors = {name: torch.full(shape, 0.01) for name, shape in _source_shapes().items()}
    result = converted(tensors, model="deeplab-v2:vgg-aspp-l", path=NOWHERE)
    assert not result.report.unexpected
    assert {name.rpartition(".")[0].rpartition(".")[2] for name in result.report.missing} == {"fc8"}
    assert set(result.report.ignored) == {"classifier.6.weight", "classifier.6.bias"}
    assert result.info.mean == (0.485, 0.456, 0.406)
    branches = [result.state[f"aspp.terms.{n}.fc6.weight"] for n in range(4)]
    assert all(torch.equal(branch, branches[0]) for branch in branches)
    features = {name: value for name, value in tensors.items() if name.startswith("features.")}
    assert converted(features, model="segnet", path=NOWHERE).info.variant == ""
    with pytest.raises(CheckpointError, match=r"torchvision's VGG-16, which fits deeplab-v1:largefov.*not pspnet"):
        converted(features, model="pspnet:resnet50", path=NOWHERE)


@pytest.mark.parametrize(
    ("model", "source", "own"),
    [
        ("pspnet-lc:resnet50", "pspnet:resnet50", {"context", "head", "scene"}),
        ("deeplab-v2-lc:resnet101-conv2", "deeplab-v2:resnet101-conv2", {"heads", "aspp"}),
    ],
)
def test_a_cascade_takes_the_weights_of_its_network(model: str, source: str, own: set[str]) -> None:
    state = state_of(source, 21)
    named = semseg(state) if source.startswith("pspnet") else backbone_of(state)
    report = converted(named, model=model, path=NOWHERE).report
    assert not report.unexpected
    assert {key.split(".")[0] for key in report.missing} == own
    assert report.label == model
