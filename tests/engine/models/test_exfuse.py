"""ExFuse: counts, shapes, and that each addition is what the reference says and can be switched."""

from __future__ import annotations

import itertools
from dataclasses import replace

import pytest
import torch
from torch import nn
from torch.nn import functional as F

from engine.models.exfuse import ExFuse, ExFuseForm, SemanticClassifier, build, form_of
from engine.models.exfuse_parts import (
    BoundaryRefinement,
    DenselyAdjacent,
    GlobalConvolution,
    SemanticEmbedding,
    SubPixel,
    deconvolution,
)
from engine.models.loading import for_inference
from engine.models.registry import find_architecture
from engine.models.resnet import CHANNELS, REARRANGED, ResNetForm
from engine.models.supervision import supervised_loss
from tests.engine.models.blocks import spread_norms

VARIANTS = find_architecture("exfuse")[0].variants
TINY = ResNetForm((1, 1, 1, 1), dilated=False)
BASELINE = ExFuseForm(TINY, kernel=3, seb=False, ecre=False, dap=1)


def size_of(*modules: nn.Module) -> int:
    return sum(p.numel() for module in modules for p in module.parameters())


def pictures(count: int, height: int, width: int) -> torch.Tensor:
    return torch.randn(count, 3, height, width, generator=torch.Generator().manual_seed(5))


@pytest.mark.parametrize(
    ("kernel", "counts"),
    [(15, (1_303_554, 658_434, 335_874, 174_594)), (7, (608_370, 307_314, 156_786, 81_522))],
)
def test_global_convolutions_have_the_reference_counts(kernel: int, counts: tuple[int, ...]) -> None:
    with torch.device("meta"):
        found = tuple(size_of(GlobalConvolution(c, 21, kernel=kernel)) for c in reversed(CHANNELS))
    assert found == counts


def test_the_decoder_has_the_reference_counts() -> None:
    with torch.device("meta"):
        assert size_of(BoundaryRefinement(21)) == 7_980
        assert size_of(deconvolution(21, 21)) == 7_056
        assert size_of(SubPixel(21)) == 15_960
        baseline, whole = build("resnet101-gcn", 21), build("resnet101", 21)
    assert size_of(baseline.backbone) == 42_500_160
    assert size_of(baseline.gcn, baseline.merge, baseline.up) == 2_579_556
    assert [size_of(branch) for branch in whole.seb] == [8_258_304, 14_156_800, 18_875_392]
    assert sum(isinstance(m, BoundaryRefinement) for m in baseline.modules()) == 9


def test_shapes_of_the_table() -> None:
    with torch.device("meta"):
        network = build("resnet101", 21).eval()
        maps = network.backbone(torch.zeros(1, 3, 512, 512))
        assert [tuple(m.shape[1:]) for m in maps] == [
            (256, 128, 128), (512, 64, 64), (1024, 32, 32), (2048, 16, 16),
        ]  # fmt: skip
        for level, (m, branch) in enumerate(zip(maps, network.seb, strict=False)):
            assert branch(m, maps[level + 1 :]).shape == m.shape
        assert [network.gcn[level](m).shape[1] for level, m in enumerate(maps)] == [21] * 4
        scores = network.gcn[3](maps[3])
        for up, side in zip(network.up, (32, 64, 128, 256, 512), strict=True):
            scores = up(scores)
            assert scores.shape[2:] == (side, side)
        assert scores.shape[1] == 9 * 21
        assert network.dap(scores).shape[1] == 21


@pytest.mark.parametrize("variant", VARIANTS)
def test_every_variant_scores_every_pixel(variant: str) -> None:
    with torch.device("meta"):
        network = build(variant, 7).eval()
        scores = network.all_scores(torch.zeros(1, 3, 64, 96))
        assert [tuple(s.shape) for s in scores] == [(1, 7, 64, 96)]
        seen = [id(p) for part in network.parts() for module in part.modules for p in module.parameters()]
        assert len(seen) == len(set(seen)) == len(list(network.parameters()))


def test_names_spell_forms() -> None:
    assert form_of("resnet101-gcn") == replace(form_of("resnet101"), seb=False, ecre=False, dap=1)
    assert form_of("resnet101-gcn-dap") == replace(form_of("resnet101-gcn"), dap=3)
    assert form_of("resnet101-gcn-ss") == replace(form_of("resnet101-gcn"), semantic=True)
    assert form_of("resnext101-lr").encoder.blocks == REARRANGED


@pytest.mark.parametrize("variant", [pytest.param(v, marks=pytest.mark.slow) for v in VARIANTS])
def test_every_variant_learns_at_two_sizes(variant: str) -> None:
    torch.manual_seed(0)
    network = build(variant, 3).train()
    for height, width in ((32, 64), (64, 64)):
        learn(network, height, width)


@pytest.mark.parametrize(("seb", "ecre", "dap", "ss"), list(itertools.product((False, True), repeat=4)))
def test_additions_switch_independently(seb: bool, ecre: bool, dap: bool, ss: bool) -> None:
    with torch.device("meta"):
        network = ExFuse(3, replace(BASELINE, seb=seb, ecre=ecre, dap=3 if dap else 1, semantic=ss)).train()
        terms = network.training_terms(torch.zeros(2, 3, 32, 64))
    assert [t.name for t in terms] == ["main", *(["ECRE"] if ecre else []), *(["SS"] * 3 if ss else [])]
    assert terms[0].scores.shape == (2, 3, 32, 64)
    assert hasattr(network, "seb") == seb


def test_all_additions_learn_together() -> None:
    torch.manual_seed(0)
    learn(ExFuse(3, ExFuseForm(TINY, kernel=3, semantic=True)).train(), 32, 64)


def learn(network: ExFuse, height: int, width: int) -> list[str]:
    network.zero_grad()
    terms = network.training_terms(pictures(2, height, width))
    assert terms[0].scores.shape == (2, network.num_classes, height, width)
    labels = torch.randint(0, network.num_classes, (2, height, width))
    supervised_loss(terms, labels).backward()  # type: ignore[no-untyped-call]
    assert all(p.grad is not None and bool(p.grad.isfinite().all()) for p in network.parameters())
    return [term.name for term in terms]


def test_densely_adjacent_prediction_is_a_fixed_grouped_convolution() -> None:
    classes, side = 4, 3
    predictions = torch.randn(2, classes * side**2, 7, 9, dtype=torch.float64)
    # Channels by class, then group: each class is one group of the convolution, with one tap of 1/9 for each channel.
    kernel = torch.zeros(classes, side**2, side, side, dtype=torch.float64)
    for down in range(side):
        for right in range(side):
            kernel[:, down * side + right, down, right] = 1 / side**2
    by_class = predictions.reshape(2, side**2, classes, 7, 9).transpose(1, 2).reshape(2, -1, 7, 9)
    wanted = F.conv2d(by_class, kernel, padding=1, groups=classes)
    assert torch.allclose(DenselyAdjacent(classes, side)(predictions), wanted, rtol=0, atol=1e-12)


@pytest.mark.parametrize(("down", "right"), list(itertools.product(range(3), repeat=2)))
def test_a_hot_cell_appears_at_its_neighbour(down: int, right: int) -> None:
    predictions = torch.zeros(1, 9 * 2, 5, 5)
    predictions[0, (down * 3 + right) * 2 + 1, 2, 2] = 9.0
    found = torch.nonzero(DenselyAdjacent(2, 3)(predictions))
    assert found.tolist() == [[0, 1, 2 + 1 - down, 2 + 1 - right]]


def test_dap_of_a_constant_map_is_the_mean_of_its_groups() -> None:
    values = torch.randn(1, 18, 1, 1)
    found = DenselyAdjacent(2, 3)(values.expand(1, 18, 6, 6))[:, :, 1:-1, 1:-1]
    assert torch.allclose(found, values.reshape(1, 9, 2, 1, 1).mean(dim=1).expand_as(found), atol=1e-6)


def test_seb_with_projections_of_one_is_the_identity_and_reaches_all_higher_maps() -> None:
    branch = SemanticEmbedding(4, (6, 8))
    features = torch.randn(1, 4, 8, 8)
    higher = [torch.randn(1, 6, 4, 4, requires_grad=True), torch.randn(1, 8, 2, 2, requires_grad=True)]
    branch(features, higher).square().sum().backward()
    assert all(m.grad is not None and float(m.grad.abs().sum()) > 0 for m in higher)
    for projection in branch.projections:
        nn.init.zeros_(projection.weight)
    assert torch.equal(branch(features, higher), features)


def test_deconvolution_starts_as_bilinear_interpolation() -> None:
    scores = torch.randn(1, 3, 6, 5)
    wanted = F.interpolate(scores, scale_factor=2, mode="bilinear", align_corners=False)
    inside = (slice(None), slice(None), slice(1, -1), slice(1, -1))
    assert torch.allclose(deconvolution(3, 3)(scores)[inside], wanted[inside], atol=1e-6)
    wide = deconvolution(3, 27)(scores)
    assert torch.allclose(wide[:, 24:], wide[:, :3])


def test_inference_form_computes_the_same_without_the_heads_of_training() -> None:
    torch.manual_seed(0)
    network = ExFuse(3, ExFuseForm(TINY, kernel=5, semantic=True)).eval()
    spread_norms(network)
    fast = for_inference(network, device="cpu", precision="fp32")
    image = pictures(1, 64, 32)
    with torch.inference_mode():
        (wanted,), (got,) = network.all_scores(image), fast.all_scores(image)
    assert float((wanted - got).abs().max()) <= 1e-4 * max(1.0, float(wanted.abs().max()))
    assert not hasattr(fast, "ss")
    assert network.training_parts == ("SS",)


def test_pretraining_supervises_every_stage() -> None:
    torch.manual_seed(0)
    scores = SemanticClassifier(10, TINY)(pictures(2, 32, 32))
    assert [(tuple(s.shape), weight) for s, weight in scores] == [((2, 10), 0.3)] * 3 + [((2, 10), 1.0)]
