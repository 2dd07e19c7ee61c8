"""torchvision's VGG-16 into every network built on it: values, decimation, and a report of every key."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch
from torch import Tensor
from torch.nn import functional as F

from engine.cascade.network import StagedNetwork
from engine.errors import CheckpointError
from engine.models.checkpoints import read_tensors
from engine.models.registry import find_architecture
from engine.models.vgg16_weights import load_vgg16

# torchvision's own layout, written out by hand.
CONVOLUTIONS = (
    (0, 3, 64), (2, 64, 64), (5, 64, 128), (7, 128, 128), (10, 128, 256), (12, 256, 256), (14, 256, 256),
    (17, 256, 512), (19, 512, 512), (21, 512, 512), (24, 512, 512), (26, 512, 512), (28, 512, 512),
)  # fmt: skip
PATH = Path("vgg16.pth")


@pytest.fixture(scope="module")
def features() -> dict[str, Tensor]:
    generator = torch.Generator().manual_seed(0)
    return {
        f"features.{place}.{kind}": torch.randn(shape, generator=generator) * 0.02
        for place, inputs, outputs in CONVOLUTIONS
        for kind, shape in (("weight", (outputs, inputs, 3, 3)), ("bias", (outputs,)))
    }


@pytest.fixture(scope="module")
def whole(features: dict[str, Tensor]) -> dict[str, Tensor]:
    """With dense layers that cost no memory: one number is repeated, but where a test looks."""
    fc6 = torch.zeros(1, 1).expand(4096, 25088)
    return {
        **features,
        "classifier.0.weight": fc6, "classifier.0.bias": torch.arange(4096.0),
        "classifier.3.weight": torch.arange(4096.0)[:, None].expand(4096, 4096), "classifier.3.bias": torch.ones(4096),
        "classifier.6.weight": torch.zeros(1, 1).expand(1000, 4096), "classifier.6.bias": torch.zeros(1000),
    }  # fmt: skip


def built(spec: str) -> StagedNetwork:
    architecture, variant = find_architecture(spec)
    return architecture.build(variant, num_classes=3)


@pytest.mark.parametrize("spec", ["deeplab-v1:largefov", "deeplab-v1:largefov-msc", "deeplab-v2:vgg-aspp-s", "segnet"])
def test_every_key_of_both_sides_is_accounted_for(spec: str, whole: dict[str, Tensor]) -> None:
    network = built(spec)
    report = load_vgg16(network, whole, path=PATH)
    own = set(network.state_dict())
    assert set(report.loaded) | set(report.missing) == own
    assert not set(report.loaded) & set(report.missing)
    ignored = {"classifier.6.weight", "classifier.6.bias"}
    if spec == "segnet":
        ignored |= {name for name in whole if name.startswith("classifier.")}
    assert set(report.ignored) == ignored
    assert not report.unexpected
    branches = 4 if "aspp" in spec else 1
    assert len(report.loaded) == 26 + (0 if spec == "segnet" else 4 * branches)
    assert not any(name.rpartition(".")[0].endswith(("fc6", "fc7")) for name in report.missing)
    assert report.preset.mean == (0.485, 0.456, 0.406)
    assert report.as_json()["loaded"] == len(report.loaded)


def _first_block(image: Tensor, features: dict[str, Tensor]) -> Tensor:
    for place in (0, 2):
        weight, bias = (features[f"features.{place}.{kind}"] for kind in ("weight", "bias"))
        image = F.relu(F.conv2d(image, weight, bias, padding=1))
    return image


def test_the_convolutions_compute_what_vgg_computes(features: dict[str, Tensor]) -> None:
    image = torch.randn(1, 3, 32, 32, generator=torch.Generator().manual_seed(1))
    segnet, deeplab = built("segnet"), built("deeplab-v2:vgg-largefov").eval()
    with torch.inference_mode():
        load_vgg16(deeplab, features, path=PATH)
        expected = F.max_pool2d(_first_block(image, features), 3, 2, 1, ceil_mode=True)
        torch.testing.assert_close(deeplab.get_submodule("features")(image)[0], expected)
    load_vgg16(segnet, features, path=PATH)
    names = [name for name, _ in segnet.named_parameters() if name.startswith("encoder.") and ".conv.weight" in name]
    for name, (place, _, _) in zip(names, CONVOLUTIONS, strict=True):
        assert torch.equal(segnet.state_dict()[name], features[f"features.{place}.weight"])


def test_dense_layers_are_decimated(whole: dict[str, Tensor]) -> None:
    fc6 = torch.zeros(4096, 512, 7, 7)
    fc6[8, 5, 3, 6] = 7.0
    fc6[9, 5, 3, 6] = 9.0
    fc6[8, 5, 2, 6] = 2.0
    network = built("deeplab-v2:vgg-aspp-s")
    load_vgg16(network, {**whole, "classifier.0.weight": fc6.reshape(4096, -1)}, path=PATH)
    state = network.state_dict()
    for branch in range(4):
        weight = state[f"aspp.terms.{branch}.fc6.weight"]
        # Every fourth filter, every third row and column.
        assert weight[2, 5, 1, 2] == 7.0
        assert weight.sum() == 7.0
        assert torch.equal(state[f"aspp.terms.{branch}.fc6.bias"], torch.arange(0.0, 4096.0, 4.0))
        assert torch.equal(state[f"aspp.terms.{branch}.fc7.weight"][:, 3, 0, 0], torch.arange(0.0, 4096.0, 4.0))


@pytest.mark.slow
@pytest.mark.parametrize(
    ("spec", "kernel", "step"), [("deeplab-v1:4x4", 4, 2), ("deeplab-v1:7x7", 7, 1), ("fcn8s", 7, 1)]
)
def test_wide_dense_layers(spec: str, kernel: int, step: int, whole: dict[str, Tensor]) -> None:
    fc6 = torch.randn(4096, 512, 1, 1, generator=torch.Generator().manual_seed(0)) + torch.arange(49.0).view(7, 7)
    network = built(spec)
    report = load_vgg16(network, {**whole, "classifier.0.weight": fc6.reshape(4096, -1)}, path=PATH)
    weight = network.state_dict()["dense.fc6.weight"]
    assert weight.shape == (4096, 512, kernel, kernel)
    assert torch.equal(weight, fc6[:, :, ::step, ::step])
    assert {"dense.fc6.weight", "dense.fc7.weight"} <= set(report.loaded)


def test_features_alone_load_and_say_what_stays(features: dict[str, Tensor]) -> None:
    report = load_vgg16(built("deeplab-v1:largefov"), features, path=PATH)
    assert "dense.fc6.weight" in report.missing
    assert not report.ignored


def test_a_classifier_of_nan_marks_the_caffe_model(whole: dict[str, Tensor]) -> None:
    """Same names and shapes as torchvision's, other input: 0..255 minus the mean."""
    nan = {name: torch.full((1,) * value.dim(), float("nan")).expand(value.shape) for name, value in whole.items()}
    hollow = whole | {name: value for name, value in nan.items() if name.startswith("classifier.")}
    network = built("deeplab-v1:largefov")
    report = load_vgg16(network, hollow, path=PATH)
    assert report.preset.std == (1 / 255, 1 / 255, 1 / 255)
    assert len(report.ignored) == 6
    assert "dense.fc7.weight" in report.missing
    assert all(value.isfinite().all() for value in network.state_dict().values())


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"features.28.bias": None}, r"1 keys missing: features\.28\.bias"),
        ({"features.1.running_mean": torch.zeros(64)}, r"unexpected: features\.1\.running_mean.*without batch norm"),
        ({"features.0.weight": torch.zeros(64, 3, 5, 5)}, r"another shape: features\.0\.weight \(64, 3, 5, 5\)"),
    ],
)
def test_what_is_not_vgg16_is_refused_whole(
    change: dict[str, Tensor | None], said: str, features: dict[str, Tensor]
) -> None:
    network = built("segnet")
    before = {name: value.clone() for name, value in network.state_dict().items()}
    changed = {name: value for name, value in {**features, **change}.items() if value is not None}
    with pytest.raises(CheckpointError, match=said):
        load_vgg16(network, changed, path=PATH)
    assert all(torch.equal(value, before[name]) for name, value in network.state_dict().items())


def test_another_kind_of_network_is_refused(features: dict[str, Tensor]) -> None:
    with pytest.raises(CheckpointError, match="not built on VGG-16"):
        load_vgg16(built("lc-mobilenetv2"), features, path=PATH)


def test_a_pth_is_read_without_running_it(features: dict[str, Tensor], tmp_path: Path) -> None:
    path = tmp_path / "vgg16.pth"
    torch.save(features, path)
    assert len(load_vgg16(built("segnet"), read_tensors(path), path=path).loaded) == 26
