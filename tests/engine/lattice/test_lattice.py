"""The lattice and its mean field: laws of the filter, pydensecrf, the exact sum, and hard pixels alone."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import torch

from engine.lattice.mean_field import mean_field
from engine.lattice.permutohedral import lattice_of
from engine.refine import PRESETS, CrfParameters
from engine.refine.dense_crf import fix_labels, unary_energy
from engine.refine.dense_crf import mean_field as pydensecrf_mean_field
from tests.engine.refine.pictures import belief, exact_mean_field, random_belief, two_halves

V1 = PRESETS["deeplab_v1"]
FREE = np.full((40, 48), 255, dtype=np.uint8)


def silent(_: float) -> None:
    pass


def refine(
    probabilities: np.ndarray, rgb: np.ndarray, parameters: CrfParameters = V1, given: np.ndarray | None = None
) -> np.ndarray:
    free = np.full(rgb.shape[:2], 255, dtype=np.uint8)
    return mean_field(
        unary_energy(probabilities), rgb, parameters, given=free if given is None else given, after_step=silent,
        device="cpu",
    )  # fmt: skip


def noise(seed: int = 5, height: int = 40, width: int = 48) -> np.ndarray:
    return np.random.default_rng(seed).integers(0, 256, (height, width, 3)).astype(np.uint8)


@pytest.mark.parametrize("dimensions", [1, 2, 5])
def test_a_point_alone_gets_its_own_value_back_in_proportion(dimensions: int) -> None:
    points = torch.randn(1, dimensions)
    lattice = lattice_of(points)
    one, two = lattice.filtered(torch.tensor([[1.0]])), lattice.filtered(torch.tensor([[2.0]]))
    assert float(one) > 0
    assert float(two) == pytest.approx(2 * float(one))
    assert lattice.weights.sum(dim=1).tolist() == pytest.approx([1.0])
    assert bool((lattice.weights >= -1e-6).all())


def test_the_filter_is_a_gaussian_of_unit_deviation() -> None:
    """Along a line of dense points, against the exact sum with the same normalisation."""
    points = torch.linspace(0, 20, 801).unsqueeze(1)
    values = torch.sin(points / 2.0)
    lattice = lattice_of(points)
    found = lattice.filtered(values) / lattice.filtered(torch.ones_like(values))
    kernel = torch.exp(-0.5 * (points - points.T) ** 2)
    exact = kernel @ values / kernel.sum(dim=1, keepdim=True)
    assert float((found - exact).abs()[100:-100].max()) < 0.06


def test_the_filter_is_linear_and_treats_columns_alike() -> None:
    lattice, values = lattice_of(torch.randn(200, 5)), torch.randn(200, 3)
    together = lattice.filtered(values)
    for column in range(3):
        assert torch.allclose(together[:, column : column + 1], lattice.filtered(values[:, column : column + 1]))


@pytest.mark.parametrize("count", [1, 20, 150, 400])
def test_a_restricted_lattice_filters_the_same(count: int) -> None:
    generator = torch.Generator().manual_seed(count)
    lattice = lattice_of(torch.randn(400, 5, generator=generator) * 2)
    points = torch.randperm(400, generator=generator)[:count].sort().values
    values = torch.randn(count, 4, generator=generator)
    everywhere = torch.zeros(400, 4).index_copy(0, points, values)
    wanted = lattice.filtered(everywhere)[points]
    small = lattice.restricted(points)
    assert small.size <= lattice.size
    assert torch.allclose(small.filtered(values), wanted, atol=1e-5)


def test_features_that_spread_too_widely_are_named() -> None:
    with pytest.raises(ValueError, match="spread too widely"):
        lattice_of(torch.tensor([[0.0] * 5, [1e7] * 5]))


@pytest.mark.parametrize("name", PRESETS)
@pytest.mark.parametrize("normalization", ["after", "symmetric"])
@pytest.mark.parametrize("rgb", [noise(), two_halves()], ids=["noise", "halves"])
def test_agrees_with_pydensecrf(name: str, normalization: str, rgb: np.ndarray) -> None:
    pytest.importorskip("pydensecrf.densecrf")
    parameters = replace(PRESETS[name], normalization=normalization)
    energy = unary_energy(random_belief(6))
    theirs = pydensecrf_mean_field(energy.copy(), rgb, parameters, after_step=silent)
    ours = mean_field(energy, rgb, parameters, given=FREE, after_step=silent, device="cpu")
    assert np.array_equal(theirs.argmax(axis=0), ours.argmax(axis=0))
    assert np.abs(theirs - ours).mean() < 1e-3


@pytest.mark.parametrize("name", PRESETS)
def test_agrees_with_the_exact_sum_over_all_pairs(name: str) -> None:
    rgb = two_halves(24, 28, edge=13)
    labels = (np.arange(28) >= 11).astype(int) * np.ones((24, 1), dtype=int)
    labels[3:6, 20:22] = 2
    probabilities = belief(labels, classes=3, certainty=0.7)
    mixed = (0.7 * probabilities + 0.3 * random_belief(8, classes=3, size=(24, 28))).astype(np.float32)
    found = refine(mixed, rgb, PRESETS[name])
    exact = exact_mean_field(unary_energy(mixed), rgb, PRESETS[name])
    assert (found.argmax(axis=0) == exact.argmax(axis=0)).mean() >= 0.99


def test_no_steps_or_no_weight_change_nothing() -> None:
    probabilities = random_belief(1)
    for parameters in (replace(V1, iterations=0), replace(V1, bilateral_weight=0, position_weight=0)):
        assert np.allclose(refine(probabilities, noise(), parameters), probabilities, atol=1e-6)


def test_a_wrong_pixel_is_repaired_and_a_boundary_moves_to_the_edge() -> None:
    labels = np.zeros((40, 48), dtype=int)
    labels[20, 10] = 1
    grey = np.full((40, 48, 3), 128, dtype=np.uint8)
    assert not refine(belief(labels, classes=3), grey).argmax(axis=0).any()
    guess = (np.arange(48) >= 20).astype(int) * np.ones((40, 1), dtype=int)
    truth = (np.arange(48) >= 24).astype(int) * np.ones((40, 1), dtype=int)
    assert np.array_equal(refine(belief(guess, classes=2, certainty=0.7), two_halves(edge=24)).argmax(axis=0), truth)


@pytest.mark.parametrize("free", ["rows", "blob", "one", "none"])
def test_hard_pixels_alone_get_what_the_whole_gives_them(free: str) -> None:
    """Given labels enter as certain beliefs; both ways must give the free pixels the same."""
    probabilities, rgb = random_belief(3), noise(7)
    given = probabilities.argmax(axis=0).astype(np.uint8)
    y, x = np.mgrid[:40, :48]
    masks = {
        "rows": y % 5 == 0, "blob": (y - 20) ** 2 + (x - 20) ** 2 < 90, "one": (y == 3) & (x == 4),
        "none": np.zeros((40, 48), dtype=bool),
    }  # fmt: skip
    given[masks[free]] = 255
    found = refine(probabilities, rgb, V1, given)
    fixed = given != 255
    assert np.array_equal(found.argmax(axis=0)[fixed], given[fixed])
    assert found.max(axis=0)[fixed].min(initial=1.0) == 1.0
    energy = unary_energy(probabilities)
    fix_labels(energy, given)
    whole = mean_field(energy, rgb, V1, given=FREE, after_step=silent, device="cpu")
    assert np.abs(found - whole).max() < 1e-4


def test_progress_and_stop_between_steps() -> None:
    heard: list[float] = []

    def stop_at_half(fraction: float) -> None:
        heard.append(fraction)
        if fraction > 0.5:
            raise InterruptedError

    with pytest.raises(InterruptedError):
        mean_field(unary_energy(random_belief(1)), two_halves(), V1, given=FREE, after_step=stop_at_half, device="cpu")
    assert heard == sorted(heard)
    assert 0.5 < heard[-1] < 0.7
