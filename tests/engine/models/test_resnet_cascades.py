"""Layer cascades over ResNets: the laws of the cascade, and the networks that they are cascades over."""

from __future__ import annotations

import pytest
import torch
from torch import Tensor, nn

from engine.cascade.fields import Field, Masked, Rows, gather
from engine.cascade.layer_cascade import LayerCascade
from engine.cascade.network import StagedNetwork
from engine.cascade.region import RegionIndex
from engine.models import deeplab_v2_lc, pspnet_lc
from engine.models.deeplab_v2_lc import DeepLabV2Lc
from engine.models.deeplab_v2_resnet import DeepLabV2ResNet
from engine.models.loading import for_inference
from engine.models.pspnet import PspNet
from engine.models.pspnet_lc import CONTEXT, PspNetLc
from engine.models.region_pooling import pooled, spread
from engine.models.resnet import ResNetForm
from tests.engine.cascade.masks import KINDS, make_mask
from tests.engine.models.blocks import spread_norms

BLOCKS = (1, 1, 2, 2)
CLASSES = 5


def photo(height: int = 64, width: int = 96, count: int = 1) -> Tensor:
    image = torch.randn(count, 3, height, width, generator=torch.Generator().manual_seed(3))
    return image.contiguous(memory_format=torch.channels_last)


@pytest.fixture(scope="module", params=["pspnet-lc", "deeplab-v2-lc"])
def network(request: pytest.FixtureRequest) -> StagedNetwork:
    torch.manual_seed(0)
    built: StagedNetwork
    if request.param == "pspnet-lc":
        built = PspNetLc(CLASSES, ResNetForm(BLOCKS, stem="deep")).eval()
    else:
        built = DeepLabV2Lc(CLASSES, ResNetForm(BLOCKS, stride_in="conv1")).eval()
    spread_norms(built)
    for module in built.modules():
        # The scene's last convolutions start at zero, which would hide what they add.
        if isinstance(module, nn.Conv2d) and not module.weight.any():
            nn.init.normal_(module.weight, std=0.1)
    return built


def near(got: Tensor, truth: Tensor) -> bool:
    return got.shape == truth.shape and (
        not truth.numel() or float((got - truth).abs().max()) <= 1e-5 * max(1.0, float(truth.abs().max()))
    )


def values_in(field: Field, index: RegionIndex) -> Tensor:
    return field.values if isinstance(field, Rows) else gather(
        field.values if isinstance(field, Masked) else field, index
    ).values  # fmt: skip


@pytest.mark.parametrize("kind", KINDS)
def test_stages_on_a_region_equal_the_masked_reference(network: StagedNetwork, kind: str) -> None:
    if kind == "empty":
        pytest.skip("the cascade computes no stage for it")
    image, mask = photo(count=2), make_mask(kind, (2, 8, 12))
    index = RegionIndex.from_mask(mask)
    with torch.inference_mode():
        features = network.first(image)
        for form in (network, for_inference(network, device="cpu", precision="fp32")):
            truth: Field = Masked(features, mask.unsqueeze(1))
            rows: Field = gather(form.first(image), index)
            for stage in (2, 3):
                truth, rows = network.deeper(stage, truth), form.deeper(stage, rows)
                wanted = values_in(network.classify(stage, truth), index)
                assert near(values_in(form.classify(stage, rows), index), wanted)


def test_rho_one_is_the_dense_deeply_supervised_network(network: StagedNetwork) -> None:
    image = photo()
    with torch.inference_mode():
        truth = network.all_scores(image)
        for form in (network, for_inference(network, device="cpu", precision="fp32")):
            for score, state in zip(truth, LayerCascade(form)(image, 1.0), strict=True):
                dense = torch.softmax(score.permute(0, 2, 3, 1).reshape(-1, CLASSES), dim=1)
                assert len(state.index) == 96
                assert near(state.probabilities, dense)


def test_a_region_has_the_gradients_of_the_masked_reference(network: StagedNetwork) -> None:
    image, mask = photo(), make_mask("random", (1, 8, 12))
    index = RegionIndex.from_mask(mask)
    found = []
    for rows in (False, True):
        network.zero_grad()
        features = network.first(image)
        field: Field = gather(features, index) if rows else Masked(features, mask.unsqueeze(1))
        total = torch.zeros(())
        for stage in (2, 3):
            field = network.deeper(stage, field)
            total = total + values_in(network.classify(stage, field), index).square().mean()
        total.backward()  # type: ignore[no-untyped-call]
        found.append({name: p.grad.clone() for name, p in network.named_parameters() if p.grad is not None})
    assert found[0].keys() == found[1].keys()
    for name, truth in found[0].items():
        assert float((found[1][name] - truth).abs().max()) <= 1e-4 * max(1e-3, float(truth.abs().max())), name


def test_bf16_stays_close_to_fp32(network: StagedNetwork) -> None:
    image = photo()
    with torch.inference_mode():
        half = for_inference(network, device="cpu", precision="bf16")
        for score, truth in zip(half.all_scores(image.bfloat16()), network.all_scores(image), strict=True):
            assert float((score.float() - truth).abs().max()) < 0.08 * float(truth.abs().max())


def test_with_pspnets_weights_the_last_stage_is_pspnet_and_stage_2_its_auxiliary_head() -> None:
    torch.manual_seed(1)
    form = ResNetForm(BLOCKS, stem="deep")
    plain, cascade = PspNet(CLASSES, form).eval(), PspNetLc(CLASSES, form).eval()
    spread_norms(plain)
    left = cascade.load_state_dict(plain.state_dict(), strict=False)
    assert not left.unexpected_keys
    assert {key.split(".")[0] for key in left.missing_keys} == {"context", "head", "scene"}
    image = photo()
    with torch.inference_mode():
        _, second, third = cascade.all_scores(image)
        main, auxiliary = plain.training_terms(image)
        assert torch.equal(third, main.scores)
        assert torch.equal(second, auxiliary.scores)


def test_with_deeplabs_weights_the_last_stage_is_deeplab() -> None:
    torch.manual_seed(1)
    form = ResNetForm(BLOCKS, stride_in="conv1")
    plain, cascade = DeepLabV2ResNet(CLASSES, form).eval(), DeepLabV2Lc(CLASSES, form).eval()
    left = cascade.load_state_dict(plain.state_dict(), strict=False)
    assert not left.unexpected_keys
    assert {key.split(".")[0] for key in left.missing_keys} == {"heads"}
    with torch.inference_mode():
        assert torch.equal(cascade.all_scores(photo())[2], plain.all_scores(photo())[0])


def test_the_scene_of_a_cell_is_that_of_the_whole_image() -> None:
    """What a hard cell is told of the scene does not depend on which other cells are hard."""
    torch.manual_seed(0)
    cascade = PspNetLc(CLASSES, ResNetForm(BLOCKS)).eval()
    with torch.inference_mode():
        features = cascade.first(photo())
        index = RegionIndex.from_mask(make_mask("single", (1, 8, 12)))
        for stage, field in ((2, gather(features, index)),):
            deeper = cascade.deeper(stage, field)
            assert torch.equal(values_in(deeper, index)[:, -CONTEXT:], gather(features, index).values[:, -CONTEXT:])
        far = photo().clone()
        far[:, :, 40:] += 2.0  # the other end of the picture, beyond what layer2 sees from the first row
        other = cascade.first(far.contiguous(memory_format=torch.channels_last))
        assert torch.allclose(other[0, :-CONTEXT, 0], features[0, :-CONTEXT, 0], atol=1e-4)
        assert float((other - features)[0, -CONTEXT:, 0].abs().max()) > 1e-2


@pytest.mark.parametrize("bins", [1, 2, 3, 6])
@pytest.mark.parametrize("kind", [kind for kind in KINDS if kind != "empty"])
def test_pools_are_means_over_the_cells_that_are_there(kind: str, bins: int) -> None:
    features = torch.randn(2, 4, 8, 12, generator=torch.Generator().manual_seed(0))
    mask = make_mask(kind, (2, 8, 12))
    rows = gather(features, RegionIndex.from_mask(mask))
    got = pooled(rows, bins)
    assert torch.allclose(got, pooled(Masked(features, mask.unsqueeze(1)), bins), atol=1e-6)
    if kind == "full":
        assert torch.allclose(got, pooled(features, bins), atol=1e-6)
    for image in range(2):
        for y in range(bins):
            for x in range(bins):
                window = (
                    slice(y * 8 // bins, -(-(y + 1) * 8 // bins)), slice(x * 12 // bins, -(-(x + 1) * 12 // bins))
                )  # fmt: skip
                inside = mask[image][window]
                cells, kept = (features[image][:, *window], inside) if inside.any() else (features[image], mask[image])
                mean = cells[:, kept].mean(dim=1) if kept.any() else torch.zeros(4)
                assert torch.allclose(got[image, :, y, x], mean, atol=1e-5)
    spread_rows, spread_dense = spread(got, rows), spread(got, features)
    assert isinstance(spread_rows, Rows)
    assert isinstance(spread_dense, Tensor)
    assert torch.allclose(spread_rows.values, gather(spread_dense, rows.index).values, atol=1e-5)


@pytest.mark.parametrize(
    ("module", "variant"),
    [(pspnet_lc, v) for v in pspnet_lc.VARIANTS] + [(deeplab_v2_lc, v) for v in deeplab_v2_lc.FORMS],
)
def test_the_parts_hold_every_parameter_once(module: object, variant: str) -> None:
    with torch.device("meta"):
        built = module.build(variant, 21)  # type: ignore[attr-defined]
    seen = [id(p) for part in built.parts() for m in part.modules for p in m.parameters()]
    assert len(seen) == len(set(seen)) == len(list(built.parameters()))
