"""The CRF itself, called directly: everything here needs pydensecrf."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from engine.refine import PRESETS
from engine.refine.dense_crf import fix_labels, mean_field, unary_energy
from tests.engine.refine.pictures import belief, exact_mean_field, random_belief, two_halves

densecrf = pytest.importorskip("pydensecrf.densecrf")

V1 = PRESETS["deeplab_v1"]


def refine(probabilities, rgb, parameters=V1):
    return mean_field(unary_energy(probabilities), rgb, parameters, after_step=lambda _: None)


@pytest.mark.parametrize("name", PRESETS)
@pytest.mark.parametrize("normalization", ["after", "symmetric"])
def test_equals_a_plain_call_of_pydensecrf(name, normalization):
    parameters = replace(PRESETS[name], normalization=normalization)
    rgb = np.random.default_rng(5).integers(0, 256, (40, 48, 3)).astype(np.uint8)
    energy = unary_energy(random_belief(6))
    how = {"after": densecrf.NORMALIZE_AFTER, "symmetric": densecrf.NORMALIZE_SYMMETRIC}[normalization]
    crf = densecrf.DenseCRF2D(48, 40, 4)
    crf.setUnaryEnergy(energy.reshape(4, -1).copy())
    crf.addPairwiseGaussian(sxy=parameters.position_xy, compat=parameters.position_weight, normalization=how)
    crf.addPairwiseBilateral(
        sxy=parameters.bilateral_xy,
        srgb=parameters.bilateral_rgb,
        rgbim=rgb,
        compat=parameters.bilateral_weight,
        normalization=how,
    )
    expected = np.array(crf.inference(10)).reshape(4, 40, 48)
    ours = mean_field(energy, rgb, parameters, after_step=lambda _: None)
    assert np.array_equal(ours, expected)


def test_normalisations_differ():
    probabilities, rgb = random_belief(6), two_halves()
    other = refine(probabilities, rgb, replace(V1, normalization="symmetric"))
    assert np.abs(refine(probabilities, rgb) - other).max() > 1e-2


def test_no_steps_give_the_probabilities_back():
    probabilities = random_belief(1)
    refined = refine(probabilities, two_halves(), replace(V1, iterations=0))
    assert np.allclose(refined, probabilities, atol=1e-6)


def test_kernels_without_weight_change_nothing():
    probabilities = random_belief(2)
    refined = refine(probabilities, two_halves(), replace(V1, bilateral_weight=0, position_weight=0))
    assert np.allclose(refined, probabilities, atol=1e-6)


def test_a_constant_for_all_classes_of_a_pixel_changes_nothing():
    energy, rgb = unary_energy(random_belief(3)), two_halves()
    shift = np.random.default_rng(4).random((1, 40, 48)).astype(np.float32) * 4
    plain = mean_field(energy, rgb, V1, after_step=lambda _: None)
    shifted = mean_field(energy + shift, rgb, V1, after_step=lambda _: None)
    assert np.abs(plain - shifted).max() < 1e-4


def test_wrong_pixel_in_an_even_region_is_repaired():
    labels = np.zeros((40, 48), dtype=int)
    labels[20, 10] = 1
    rgb = np.full((40, 48, 3), 128, dtype=np.uint8)
    assert not refine(belief(labels, classes=3), rgb).argmax(axis=0).any()


def test_boundary_moves_to_the_edge_in_the_photo():
    guess = (np.arange(48) >= 20).astype(int) * np.ones((40, 1), dtype=int)
    truth = (np.arange(48) >= 24).astype(int) * np.ones((40, 1), dtype=int)
    refined = refine(belief(guess, classes=2, certainty=0.7), two_halves(edge=24)).argmax(axis=0)
    assert np.array_equal(refined, truth)


@pytest.mark.parametrize("name", PRESETS)
def test_agrees_with_the_exact_sum_over_all_pairs(name):
    rgb = two_halves(24, 28, edge=13)
    labels = (np.arange(28) >= 11).astype(int) * np.ones((24, 1), dtype=int)
    labels[3:6, 20:22] = 2
    probabilities = belief(labels, classes=3, certainty=0.7)
    noise = random_belief(8, classes=3, size=(24, 28))
    mixed = (0.7 * probabilities + 0.3 * noise).astype(np.float32)
    parameters = PRESETS[name]
    lattice = refine(mixed, rgb, parameters)
    exact = exact_mean_field(unary_energy(mixed), rgb, parameters)
    assert (lattice.argmax(axis=0) == exact.argmax(axis=0)).mean() >= 0.99
    assert np.abs(lattice - exact).mean() < 0.02


def test_energy_is_not_clipped_and_stays_finite():
    energy = unary_energy(np.array([1.0, 1e-7, 1e-30, 0.0], dtype=np.float32))
    assert energy == pytest.approx([0.0, 16.118, 69.078, 87.337], abs=1e-3)


def test_fixed_labels_are_kept_and_heard():
    # Two classes equally likely everywhere; the given column decides for all that looks like it.
    energy = unary_energy(np.full((2, 40, 48), 0.5, dtype=np.float32))
    given = np.full((40, 48), 255, dtype=np.uint8)
    given[:, :2] = 1
    given[:, -2:] = 0
    fix_labels(energy, given)
    refined = mean_field(energy, two_halves(edge=24), V1, after_step=lambda _: None)
    assert np.array_equal(refined.argmax(axis=0)[:, :2], given[:, :2])
    assert refined[1, :, :2].min() == 1.0
    assert (refined.argmax(axis=0) == (np.arange(48) < 24)).all()


def test_progress_and_stop_between_steps():
    heard: list[float] = []

    def stop_at_half(fraction: float) -> None:
        heard.append(fraction)
        if fraction > 0.5:
            raise InterruptedError

    with pytest.raises(InterruptedError):
        mean_field(unary_energy(random_belief(1)), two_halves(), V1, after_step=stop_at_half)
    assert heard == sorted(heard)
    assert 0.5 < heard[-1] < 0.7
