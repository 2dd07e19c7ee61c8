"""The loss rules against loops that spell them out pixel by pixel."""

from __future__ import annotations

import math

import numpy as np
import pytest
import torch
from torch import Tensor

from engine.cascade.result import IGNORE
from engine.training.losses import LossRule, StageScores, cascade_loss, dropped_pixels
from engine.training.recipe import DropRule


def _case(seed: int, *, stages: int = 3, classes: int = 4, side: int = 16) -> tuple[list[Tensor], Tensor]:
    generator = torch.Generator().manual_seed(seed)
    scores = [3.0 * torch.randn(2, classes, side, side, generator=generator) for _ in range(stages)]
    labels = torch.randint(0, classes, (2, side, side), generator=generator)
    labels[torch.rand(labels.shape, generator=generator) < 0.2] = IGNORE
    return scores, labels


def _dropped_by_hand(probabilities: np.ndarray, label: int, *, rho: float, rule: str) -> bool:
    if rule == "test" or label == IGNORE:
        return bool(probabilities.max() > rho)
    return bool(probabilities[label] > rho)


@pytest.mark.parametrize("rule", ["true-class", "test"])
@pytest.mark.parametrize("rho", [0.5, 0.9])
def test_dropped_pixels_follow_the_rule_at_every_pixel(rule: DropRule, rho: float) -> None:
    (scores, *_), labels = _case(0)
    log_probabilities = torch.log_softmax(scores, dim=1)
    dropped = dropped_pixels(log_probabilities, labels, rho=rho, rule=rule)
    probabilities = log_probabilities.exp().numpy()
    expected = np.zeros(labels.shape, dtype=bool)
    for n, y, x in np.ndindex(*labels.shape):
        expected[n, y, x] = _dropped_by_hand(probabilities[n, :, y, x], int(labels[n, y, x]), rho=rho, rule=rule)
    assert 0 < expected.sum() < expected.size
    np.testing.assert_array_equal(dropped.numpy(), expected)


def test_a_confidently_wrong_pixel_goes_on_being_learnt_by_default_only() -> None:
    log_probabilities = torch.log(torch.tensor([0.99, 0.01])).reshape(1, 2, 1, 1)
    labels = torch.tensor([[[1]]])
    assert not dropped_pixels(log_probabilities, labels, rho=0.9, rule="true-class").any()
    assert dropped_pixels(log_probabilities, labels, rho=0.9, rule="test").all()


@pytest.mark.parametrize("rule", ["true-class", "test"])
def test_rho_one_drops_nothing(rule: DropRule) -> None:
    log_probabilities = torch.log_softmax(torch.tensor([200.0, 0.0]).reshape(1, 2, 1, 1), dim=1)
    assert not dropped_pixels(log_probabilities, torch.tensor([[[0]]]), rho=1.0, rule=rule).any()


@pytest.mark.parametrize("rule", ["true-class", "test"])
def test_loss_equals_the_sum_over_pixels_spelt_out(rule: DropRule) -> None:
    scores, labels = _case(1)
    weights, all_weight, rho = (0.33, 0.25, 0.8), 0.2, 0.6
    loss = cascade_loss([StageScores(s) for s in scores], labels, LossRule(weights, all_weight, rho, rule))

    probabilities = [torch.softmax(s.double(), dim=1).numpy() for s in scores]
    sums, counts = np.zeros(4), np.zeros(4)
    for n, y, x in np.ndindex(*labels.shape):
        label = int(labels[n, y, x])
        alive = True
        for stage in range(3):
            if alive and label != IGNORE:
                sums[stage] -= math.log(probabilities[stage][n, label, y, x])
                counts[stage] += 1
            alive = alive and not _dropped_by_hand(probabilities[stage][n, :, y, x], label, rho=rho, rule=rule)
        if label != IGNORE:
            sums[3] -= math.log(probabilities[2][n, label, y, x])
            counts[3] += 1
    means = sums / counts
    assert loss.terms == pytest.approx(dict(zip(("stage1", "stage2", "stage3", "all"), means, strict=True)), rel=1e-5)
    assert float(loss.total) == pytest.approx(float(np.dot(means, [*weights, all_weight])), rel=1e-5)
    assert loss.kept == pytest.approx(tuple(counts[:3] / counts[3]))
    assert counts[0] > counts[1] > counts[2] > 0


def test_scores_are_upsampled_bilinearly_to_the_labels() -> None:
    generator = torch.Generator().manual_seed(2)
    scores = torch.randn(1, 3, 4, 4, generator=generator)
    labels = torch.randint(0, 3, (1, 32, 32), generator=generator)
    rule = LossRule((1.0, 0.0, 0.0), 0.0, 1.0)
    expected = torch.nn.functional.cross_entropy(
        torch.nn.functional.interpolate(scores, scale_factor=8, mode="bilinear", align_corners=False), labels
    )
    assert float(cascade_loss([StageScores(scores)], labels, rule).total) == pytest.approx(float(expected), rel=1e-6)


def test_a_loss_stride_looks_at_every_nth_pixel() -> None:
    scores = torch.zeros(1, 2, 4, 4)
    labels = torch.full((1, 8, 8), IGNORE)
    labels[:, 1::2, 1::2] = 1
    loss = cascade_loss([StageScores(scores)], labels, LossRule((1.0, 0.0), 0.0, 1.0, stride=2))
    assert float(loss.total) == pytest.approx(math.log(2))


def test_terms_without_a_valid_pixel_are_left_out_and_the_rest_stays_finite() -> None:
    scores = [torch.zeros(1, 2, 4, 4, requires_grad=True) for _ in range(2)]
    sure = torch.zeros(1, 2, 4, 4)
    sure[:, 0] = 50.0
    labels = torch.zeros(1, 4, 4, dtype=torch.long)
    loss = cascade_loss([StageScores(sure), StageScores(scores[1])], labels, LossRule((1.0, 1.0), 0.0, 0.9))
    assert set(loss.terms) == {"stage1"}
    assert loss.kept == (1.0, 0.0)

    nothing = cascade_loss([StageScores(scores[0])], torch.full((1, 4, 4), IGNORE), LossRule((1.0, 1.0), 0.0, 0.9))
    assert nothing.terms == {}
    nothing.total.backward()
    assert scores[0].grad is not None
    assert torch.count_nonzero(scores[0].grad) == 0


def test_void_pixels_have_no_influence() -> None:
    scores, labels = _case(3)
    rule = LossRule((0.3, 0.3, 1.0), 0.2, 0.7)
    before = float(cascade_loss([StageScores(s) for s in scores], labels, rule).total)
    void = (labels == IGNORE).unsqueeze(1)
    changed = [torch.where(void, torch.randn_like(s), s) for s in scores]
    assert float(cascade_loss([StageScores(s) for s in changed], labels, rule).total) == pytest.approx(before)


def test_cells_outside_a_stages_region_are_not_learnt_by_it() -> None:
    scores = torch.randn(1, 2, 4, 4, requires_grad=True)
    region = torch.zeros(1, 4, 4, dtype=torch.bool)
    region[0, 1, 2] = True
    labels = torch.zeros(1, 4, 4, dtype=torch.long)
    first = torch.zeros(1, 2, 4, 4)
    loss = cascade_loss([StageScores(first), StageScores(scores, region)], labels, LossRule((1.0, 1.0), 1.0, 1.0))
    loss.total.backward()
    assert scores.grad is not None
    touched = scores.grad.abs().sum(dim=1) > 0
    assert torch.equal(touched, region)
    assert loss.kept == (1.0, 1 / 16)


def test_random_dropping_takes_the_drawn_pixels_nested() -> None:
    scores, labels = _case(4)
    generator = torch.Generator().manual_seed(5)
    draws = torch.rand(2, 2, 16, 16, generator=generator)
    rule = LossRule((0.2, 0.2, 1.0), 0.0, 0.98, "random", drop_rates=(0.5, 0.25))
    loss = cascade_loss([StageScores(s) for s in scores], labels, rule, draws=draws)
    learnt = labels != IGNORE
    expected = []
    for stage, rate in enumerate((0.5, 0.25, None)):
        each = torch.nn.functional.cross_entropy(scores[stage], labels, ignore_index=IGNORE, reduction="none")
        expected.append(float(each[learnt].mean()))
        if rate is not None:
            learnt = learnt & (draws[:, stage] >= rate)
    assert list(loss.terms.values()) == pytest.approx(expected, rel=1e-5)
    assert loss.kept[0] == 1.0
    assert loss.kept[1] == pytest.approx(0.5, abs=0.08)
    assert loss.kept[2] == pytest.approx(0.375, abs=0.08)
    with pytest.raises(ValueError, match="needs draws"):
        cascade_loss([StageScores(s) for s in scores], labels, rule)


def test_each_stage_may_have_a_threshold_of_its_own() -> None:
    scores, labels = _case(6)
    stages = [StageScores(s) for s in scores]
    loss = cascade_loss(stages, labels, LossRule((1.0, 1.0, 1.0), 0.0, (1.0, 0.6)))
    assert loss.kept[0] == loss.kept[1] == 1.0
    same = cascade_loss(stages[1:], labels, LossRule((1.0, 1.0), 0.0, 0.6))
    assert loss.kept[2] == same.kept[1] < 1.0


@pytest.mark.parametrize("split", [1, 2, 3])
def test_parts_of_a_batch_add_up_to_the_whole(split: int) -> None:
    """What processes rely on: with the counts of all, losses and gradients of the parts sum to those of the batch."""
    generator = torch.Generator().manual_seed(split)
    scores = [(2.0 * torch.randn(4, 3, 8, 8, generator=generator)).requires_grad_() for _ in range(3)]
    labels = torch.randint(0, 3, (4, 8, 8), generator=generator)
    labels[0] = IGNORE
    labels[1, :5] = IGNORE
    rule = LossRule((0.3, 0.3, 0.8), 0.2, 0.6)
    whole = cascade_loss([StageScores(s) for s in scores], labels, rule)
    expected = torch.autograd.grad(whole.total, scores)

    parts = [slice(0, split), slice(split, 4)]
    counted: list[Tensor] = []

    def count(counts: Tensor) -> Tensor:
        counted.append(counts)
        return counts

    for part in parts:
        cascade_loss([StageScores(s[part]) for s in scores], labels[part], rule, over_all=count)
    of_all = counted[0] + counted[1]
    losses = [
        cascade_loss([StageScores(s[part]) for s in scores], labels[part], rule, over_all=lambda _: of_all)
        for part in parts
    ]
    assert sum(float(loss.total.detach()) for loss in losses) == pytest.approx(float(whole.total.detach()), rel=1e-5)
    assert {loss.kept for loss in losses} == {whole.kept}
    for name, term in whole.terms.items():
        assert sum(loss.terms[name] for loss in losses) == pytest.approx(term, rel=1e-5)
    gradients = torch.autograd.grad(sum((loss.total for loss in losses), torch.zeros(())), scores)
    for ours, theirs in zip(gradients, expected, strict=True):
        torch.testing.assert_close(ours, theirs)
