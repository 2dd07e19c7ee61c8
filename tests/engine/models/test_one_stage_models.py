"""The dense systems: counts of their papers, forward and backward at two sizes, inference form, weights in and out."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch
from torch import Tensor, nn
from torch.nn import functional as F

from engine.cascade.layer_cascade import LayerCascade
from engine.cascade.network import StagedNetwork
from engine.models.checkpoints import load_into, read_checkpoint, write_checkpoint
from engine.models.counting import model_counts
from engine.models.deeplab_v1 import VARIANTS, DeepLabV1
from engine.models.fcn8s import Fcn8s, doubling
from engine.models.loading import for_inference, load_model
from engine.models.registry import ARCHITECTURES, find_architecture
from tests.engine.cascade.one_stage import one_stage_model
from tests.engine.models.blocks import spread_norms

CLASSES = 3
SIZES = ((32, 64), (64, 32))
# Reference deeplab.md §6. The others: the authors' Caffe model of FCN-8s, 134 489 759 values, without its last
# upsampling, which is fixed; and SegNet's layers added up by hand: the 29.46 M that the ENet paper gives it.
PARAMETERS = {
    "deeplab-v1:largefov": 20_505_429,
    "deeplab-v1:4x4": 65_140_565,
    "deeplab-v1:7x7": 134_346_581,
    "deeplab-v2:vgg-largefov": 20_505_429,
    "deeplab-v2:vgg-aspp-s": 37_877_652,
    "deeplab-v2:vgg-aspp-l": 37_877_652,
    "fcn8s": 134_489_759 - 21 * 21 * 16 * 16,
    "segnet": 29_455_125,
}


def _all_specs() -> list[str]:
    names = ("deeplab-v1", "deeplab-v2", "segnet", "fcn8s", "irnet", "dsn", "dsn-dropout", "mc")
    return [
        f"{a.name}:{variant}" if variant else a.name
        for a in ARCHITECTURES
        if a.name in names
        for variant in a.variants or ("",)
        if not variant.startswith("resnet")
    ]


SPECS = _all_specs()
# One of each kind at full size; the others have the same code, more layers or more parameters.
QUICK = (
    "deeplab-v1:largefov", "deeplab-v1:largefov-msc", "deeplab-v2:vgg-largefov", "deeplab-v2:vgg-aspp-l", "segnet",
    "irnet:paper", "dsn:paper-aspp",
)  # fmt: skip
# The same with dense layers of 32 channels instead of 4096; what takes minutes is run in that size alone.
NARROW = ("deeplab-v1:4x4", "deeplab-v1:7x7", "deeplab-v1:4x4-msc", "deeplab-v1:7x7-msc", "fcn8s")
CASES = [
    *((spec, False) for spec in QUICK),
    *((spec, True) for spec in NARROW),
    *(
        pytest.param(spec, False, marks=pytest.mark.slow)
        for spec in SPECS
        if spec not in QUICK and not spec.endswith("-msc") and "7x7" not in spec
    ),
]


def built(spec: str, *, classes: int = CLASSES) -> StagedNetwork:
    architecture, variant = find_architecture(spec)
    return architecture.build(variant, num_classes=classes)


def narrow(spec: str) -> StagedNetwork:
    if spec == "fcn8s":
        return Fcn8s(CLASSES, width=32)
    name, _, suffix = spec.partition(":")[2].partition("-")
    dense = VARIANTS[name]._replace(width=32)
    return DeepLabV1(CLASSES, dense=dense, multi_scale=suffix == "msc", average_pool=False)


def prepared(spec: str, *, thin: bool = False) -> StagedNetwork:
    """Initialised, in eval mode, with statistics that a forgotten fold would show and no layer at zero."""
    torch.manual_seed(0)
    network = narrow(spec) if thin else built(spec)
    spread_norms(network)
    for parameter in network.parameters():
        if not parameter.detach().any():
            nn.init.normal_(parameter, std=0.02)
    return network.eval()


def photo(height: int, width: int) -> Tensor:
    return torch.randn(1, 3, height, width, generator=torch.Generator().manual_seed(3))


@pytest.mark.parametrize("spec", PARAMETERS)
def test_parameters_are_those_of_the_reference(spec: str) -> None:
    counts = model_counts(spec, num_classes=21, size=64)
    assert counts.params == counts.params_inference == PARAMETERS[spec]
    assert set(counts.macs_by_stage) == {"stage1", "total"}


def test_the_papers_baselines_have_their_counts() -> None:
    plain, supervised = (model_counts(f"{name}:paper", num_classes=21) for name in ("irnet", "dsn"))
    assert (round(plain.params / 1e6, 2), round(plain.macs_by_stage["total"] / 1e9, 1)) == (29.91, 126.9)
    assert round(supervised.params / 1e6, 2) == 33.64
    # Its early heads supervise training alone: for inference it is the plain network.
    assert supervised.params_inference == plain.params
    assert supervised.macs_by_stage == plain.macs_by_stage
    assert model_counts("mc:paper", num_classes=21).macs_by_stage.keys() == {"stage1", "stage2", "stage3", "total"}


@pytest.mark.parametrize("spec", SPECS)
def test_scores_lie_on_the_models_grid(spec: str) -> None:
    with torch.device("meta"):
        network = built(spec, classes=21).eval()
        for height, width in ((512, 512), (64, 96)):
            grid = (1, 21, height // network.stride, width // network.stride)
            assert {tuple(scores.shape) for scores in network.all_scores(torch.zeros(1, 3, height, width))} == {grid}


@pytest.mark.parametrize("spec", SPECS)
def test_the_parts_hold_every_parameter_once(spec: str) -> None:
    with torch.device("meta"):
        network = built(spec)
    held = [id(p) for part in network.parts() for module in part.modules for p in module.parameters()]
    assert len(held) == len(set(held)) == len(list(network.parameters()))


@pytest.mark.parametrize("spec", [s for s in SPECS if not find_architecture(s)[0].staged])
def test_a_dense_network_has_no_deeper_stage(spec: str) -> None:
    with torch.device("meta"):
        network = built(spec).eval()
        fast = network.optimised() if spec.startswith("dsn") else network
    assert fast.stage_count == 1
    with pytest.raises(ValueError, match="no deeper one"):
        fast.deeper(2, torch.zeros(1, 1, 1, 1))


@pytest.mark.parametrize(("spec", "thin"), CASES)
def test_forward_backward_and_inference_at_two_sizes(spec: str, thin: bool) -> None:
    torch.set_num_threads(1)
    network = prepared(spec, thin=thin)
    fast = for_inference(network, device="cpu", precision="fp32", pack=False)
    for height, width in SIZES:
        image = photo(height, width)
        scores = network.all_scores(image)
        assert scores[-1].shape == (1, CLASSES, height // network.stride, width // network.stride)
        network.zero_grad(set_to_none=True)
        sum(s.square().mean() for s in scores).backward()  # type: ignore[union-attr]
        for name, parameter in network.named_parameters():
            assert parameter.grad is not None, name
            assert parameter.grad.isfinite().all(), name
        assert next(network.parameters()).grad.any()  # type: ignore[union-attr]
        with torch.inference_mode():
            states = LayerCascade(fast)(image, 1.0)
        assert len(states) == fast.stage_count
        rows = scores[-1].detach().permute(0, 2, 3, 1).reshape(-1, CLASSES)
        torch.testing.assert_close(states[-1].probabilities, torch.softmax(rows, dim=1), atol=1e-4, rtol=1e-3)


@pytest.mark.parametrize("spec", ["segnet", "deeplab-v1:largefov-msc"])
def test_inference_in_bf16_stays_near(spec: str) -> None:
    network = prepared(spec)
    image = photo(32, 32)
    with torch.inference_mode():
        exact, rounded = (
            LayerCascade(for_inference(network, device="cpu", precision=precision))(image.to(dtype), 1.0)[0]
            for precision, dtype in (("fp32", torch.float32), ("bf16", torch.bfloat16))
        )
    assert (exact.probabilities - rounded.probabilities).abs().mean() < 0.05


@pytest.mark.parametrize(
    "spec", ["deeplab-v2:vgg-largefov", "segnet", pytest.param("dsn:paper", marks=pytest.mark.slow)]
)
def test_saved_and_loaded_it_computes_the_same(spec: str, tmp_path: Path) -> None:
    network, path = prepared(spec), tmp_path / "model.safetensors"
    architecture, variant = find_architecture(spec)
    mean, std = architecture.normalisation[variant]
    like = one_stage_model().info
    info = type(like)(
        architecture.name,
        variant,
        architecture.title,
        like.class_names[:CLASSES],
        like.palette[:CLASSES],
        mean,
        std,
        1.0,
    )
    write_checkpoint(path, network.state_dict(), info)
    assert read_checkpoint(path).info.label == spec
    model = load_model(str(path), device="cpu", precision="fp32")
    assert model.cascade.stage_count == 1
    image = photo(32, 32)
    with torch.inference_mode():
        probabilities = model.cascade(image, 0.5)[-1].probabilities
        rows = network.all_scores(image)[-1].permute(0, 2, 3, 1).reshape(-1, CLASSES)
    torch.testing.assert_close(probabilities, torch.softmax(rows, dim=1), atol=1e-4, rtol=1e-3)


@pytest.mark.parametrize("variant", ["paper", "timm-aspp"])
def test_the_papers_networks_share_their_keys(variant: str, tmp_path: Path) -> None:
    with torch.device("meta"):
        shapes = {
            name: {key: value.shape for key, value in built(f"{name}:{variant}").state_dict().items()}
            for name in ("irnet-lc", "irnet", "dsn", "dsn-dropout", "mc")
        }
    assert shapes["dsn"] == shapes["dsn-dropout"] == shapes["mc"] == shapes["irnet-lc"]
    early = {key for key in shapes["dsn"] if key.startswith(("heads.0.", "heads.1."))}
    assert early
    assert shapes["irnet"] == {key: shape for key, shape in shapes["dsn"].items() if key not in early}


def test_pooling_beyond_an_even_image_leaves_the_grid_alone() -> None:
    """Caffe's ceil mode, which the authors' 32k+1 sides never show (reference deeplab.md §4)."""
    with torch.device("meta"):
        network = built("deeplab-v1:largefov-msc").eval()
        cells = [network.first(torch.zeros(1, 3, side, side)).shape[-1] for side in (321, 513, 320, 512, 500)]
    assert cells == [41, 65, 40, 64, 63]


def test_the_average_pool_belongs_to_largefov_of_v1_alone() -> None:
    image = photo(64, 64)
    torch.manual_seed(0)
    first = built("deeplab-v1:largefov").eval()
    second = built("deeplab-v2:vgg-largefov").eval()
    renamed = {
        name.replace("dense.", "aspp.terms.0.").replace("fc8.", "aspp.terms.0.fc8.") if name[0] != "p" else name: value
        for name, value in first.state_dict().items()
    }
    load_into(second, renamed, path=Path("v1"))
    with torch.inference_mode():
        pooled, plain = first.all_scores(image)[0], second.all_scores(image)[0]
        assert not torch.allclose(pooled, plain)
        first.pool5a = nn.Identity()
        torch.testing.assert_close(first.all_scores(image)[0], plain)


def test_upsampling_in_fcn_starts_bilinear() -> None:
    up = doubling(2)
    scores = torch.randn(1, 2, 5, 6, generator=torch.Generator().manual_seed(0))
    with torch.inference_mode():
        doubled = up(scores)
    expected = F.interpolate(scores, scale_factor=2, mode="bilinear", align_corners=False)
    assert doubled.shape == expected.shape
    # Beyond the border a transposed convolution sees zeros, interpolation the border itself.
    torch.testing.assert_close(doubled[:, :, 1:-1, 1:-1], expected[:, :, 1:-1, 1:-1])


def test_fcn_scores_nothing_before_it_is_trained() -> None:
    """Zero-initialised score layers (§4.3 of its paper) that a first step moves."""
    torch.manual_seed(0)
    network = Fcn8s(2, width=8).eval()
    (scores,) = network.all_scores(photo(32, 32))
    assert not scores.any()
    scores.sum().backward()
    for layer in (network.score, network.score_pool4, network.score_pool3):
        assert layer.weight.grad.any()  # type: ignore[union-attr,operator]
