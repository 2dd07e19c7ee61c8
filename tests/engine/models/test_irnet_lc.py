"""irnet-lc: sizes, names, laws of the cascade, and its form for inference."""

from __future__ import annotations

import pytest
import torch

from engine.cascade.fields import Masked, Rows, gather
from engine.cascade.layer_cascade import LayerCascade
from engine.cascade.region import RegionIndex
from engine.models.irnet_lc import PaperIrnetLc, TimmIrnetLc, build
from engine.models.loading import for_inference
from engine.models.registry import find_architecture, model_names
from tests.engine.cascade.masks import make_mask
from tests.engine.models.blocks import spread_norms

VARIANTS = ("timm", "timm-aspp", "paper", "paper-aspp")


def photo(height: int, width: int) -> torch.Tensor:
    image = torch.randn(1, 3, height, width, generator=torch.Generator().manual_seed(3))
    return image.contiguous(memory_format=torch.channels_last)


@pytest.mark.parametrize("spec", [name for name in model_names() if find_architecture(name)[0].staged])
def test_every_stage_classifies_at_one_eighth(spec: str) -> None:
    architecture, variant = find_architecture(spec)
    with torch.device("meta"):
        network = architecture.build(variant, num_classes=21).eval()
        for height, width in ((512, 512), (64, 96)):
            scores = network.all_scores(torch.zeros(1, 3, height, width))
            assert [tuple(s.shape) for s in scores] == [(1, 21, height // 8, width // 8)] * 3


@pytest.mark.parametrize("variant", VARIANTS)
def test_the_parts_hold_every_parameter_once(variant: str) -> None:
    with torch.device("meta"):
        network = build(variant, 21)
    seen = [id(p) for part in network.parts() for module in part.modules for p in module.parameters()]
    assert len(seen) == len(set(seen)) == len(list(network.parameters()))


def test_names_are_those_of_timm() -> None:
    with torch.device("meta"):
        state = TimmIrnetLc(21, aspp=False).state_dict()
    backbone = {name for name in state if not name.startswith("heads.")}
    # timm's network has 1306 entries; conv2d_7b (6) and classif (2) have no place in a segmentation network.
    assert len(backbone) == 1306 - 6 - 2
    shapes = {
        "conv2d_1a.conv.weight": (32, 3, 3, 3),
        "mixed_5b.branch3.1.bn.running_var": (64,),
        "repeat.9.branch2.2.conv.weight": (64, 48, 3, 3),
        "repeat.0.conv2d.bias": (320,),
        "mixed_6a.branch1.2.conv.weight": (384, 256, 3, 3),
        "repeat_1.19.branch1.1.conv.weight": (160, 128, 1, 7),
        "repeat_1.19.branch1.2.conv.weight": (192, 160, 7, 1),
        "mixed_7a.branch2.2.bn.weight": (320,),
        "repeat_2.8.branch1.2.conv.weight": (256, 224, 3, 1),
        "block8.conv2d.weight": (2080, 448, 1, 1),
    }
    assert {name: tuple(state[name].shape) for name in shapes} == shapes


def test_the_pooling_of_reductions_can_be_the_identity() -> None:
    torch.manual_seed(0)
    pooled, plain = TimmIrnetLc(5, aspp=False).eval(), TimmIrnetLc(5, aspp=False, identity_pool=True).eval()
    plain.load_state_dict(pooled.state_dict())
    with torch.inference_mode():
        image = photo(64, 64)
        assert not torch.equal(pooled.first(image)[:, -320:], plain.first(image)[:, -320:])
        assert torch.equal(pooled.first(image)[:, :-320], plain.first(image)[:, :-320])


@pytest.fixture(scope="module")
def network() -> PaperIrnetLc:
    torch.manual_seed(0)
    built = PaperIrnetLc(5, aspp=False).eval()
    spread_norms(built)
    return built


def test_rho_one_is_the_dense_deeply_supervised_network(network: PaperIrnetLc) -> None:
    image = photo(64, 64)
    with torch.inference_mode():
        for form in (network, for_inference(network, device="cpu", precision="fp32")):
            scores = form.all_scores(image)
            states = LayerCascade(form)(image, 1.0)
            for score, state in zip(scores, states, strict=True):
                dense = torch.softmax(score.permute(0, 2, 3, 1).reshape(64, 5).float(), dim=1)
                assert len(state.index) == 64
                assert torch.equal(state.probabilities, dense)


def test_stages_on_a_region_equal_the_masked_reference(network: PaperIrnetLc) -> None:
    image, mask = photo(64, 64), make_mask("random", (1, 8, 8))
    index = RegionIndex.from_mask(mask)
    with torch.inference_mode():
        fast = for_inference(network, device="cpu", precision="fp32")
        features = network.first(image)
        truth: Masked = Masked(features, mask.unsqueeze(1))
        rows: Rows = gather(fast.first(image), index)
        for stage in (2, 3):
            truth, rows = network.deeper(stage, truth), fast.deeper(stage, rows)  # type: ignore[assignment]
            wanted = gather(network.classify(stage, truth).values, index).values  # type: ignore[union-attr]
            got = fast.classify(stage, rows).values  # type: ignore[union-attr]
            assert float((got - wanted).abs().max()) <= 1e-5 * max(1.0, float(wanted.abs().max()))


def test_the_inference_form_leaves_the_training_form_alone(network: PaperIrnetLc) -> None:
    before = {name: value.clone() for name, value in network.state_dict().items()}
    for_inference(network, device="cpu", precision="bf16")
    after = network.state_dict()
    assert before.keys() == after.keys()
    assert all(torch.equal(value, after[name]) for name, value in before.items())
    assert all(p.requires_grad for p in network.parameters())


def test_bf16_stays_close_to_fp32(network: PaperIrnetLc) -> None:
    image = photo(64, 64)
    with torch.inference_mode():
        wanted = network.all_scores(image)
        half = for_inference(network, device="cpu", precision="bf16")
        for score, truth in zip(half.all_scores(image.bfloat16()), wanted, strict=True):
            assert score.dtype == torch.bfloat16
            assert float((score.float() - truth).abs().max()) < 0.05 * float(truth.abs().max())
