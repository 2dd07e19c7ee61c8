"""Networks train with the losses of their own that the references give them."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
import torch
from torch import Tensor
from torch.nn import functional as F

from engine.cascade.network import StagedNetwork
from engine.errors import SettingError
from engine.models.deeplab_v2_lc import DeepLabV2Lc
from engine.models.deeplab_v2_resnet import DeepLabV2ResNet, multi_scale_loss, multi_scale_scores
from engine.models.exfuse import ExFuse, ExFuseForm
from engine.models.pspnet import PspNet
from engine.models.pspnet_lc import PspNetLc
from engine.models.resnet import ResNetForm
from engine.models.supervision import Term
from engine.training.loop import Hook, StepReport, Trainer
from engine.training.own_loss import own_loss, own_terms
from engine.training.recipe import Recipe
from engine.training.stream import SampleStream
from tests.engine.cascade.one_stage import OneStageNetwork
from tests.engine.training.tiny import CLASS_NAMES, Squares, recipe

K = len(CLASS_NAMES)
BLOCKS = (1, 1, 1, 1)
STATISTICS = {"batch_statistics": ["*"], "train_affine": ["*"]}
# What each learns from, and the phase that says so.
SYSTEMS: dict[str, tuple[Callable[[], StagedNetwork], dict[str, object], set[str]]] = {
    "pspnet": (lambda: PspNet(K, ResNetForm(BLOCKS)), {"crop": 33}, {"main", "aux"}),
    "exfuse": (
        lambda: ExFuse(K, ExFuseForm(ResNetForm(BLOCKS, dilated=False), kernel=5, semantic=True)),
        {"crop": 32},
        {"main", "ECRE", "SS"},
    ),
    "deeplab-v2": (
        lambda: DeepLabV2ResNet(K, ResNetForm(BLOCKS)),
        {"crop": 33, "scales": [0.75, 0.5]},
        {"main", "full scale", "smaller scale 1", "smaller scale 2"},
    ),
    "deeplab-v1's way": (
        lambda: OneStageNetwork(classes=K),
        {"crop": 65, "loss_stride": 8, "iterations": 60, "lr": 3e-2},
        {"main"},
    ),
    "pspnet-lc": (
        lambda: PspNetLc(K, ResNetForm(BLOCKS)),
        {"crop": 32, "loss": "stages", "loss_weights": [0.33, 0.33, 0.8], "all_pixels_weight": 0.2},
        {"stage1", "stage2", "stage3", "all"},
    ),
    "deeplab-v2-lc": (
        lambda: DeepLabV2Lc(K, ResNetForm(BLOCKS)),
        {"crop": 32, "loss": "stages", "loss_weights": [0.33, 0.33, 0.8], "all_pixels_weight": 0.2},
        {"stage1", "stage2", "stage3", "all"},
    ),
}


class Losses(Hook):
    def __init__(self) -> None:
        self.reports: list[StepReport] = []

    def after_step(self, trainer: Trainer, report: StepReport) -> None:
        self.reports.append(report)


def job(**phase: object) -> Recipe:
    settings = {"iterations": 8, "batch": 2, "lr": 3e-3, "loss": "own", "loss_weights": [1.0], **phase}
    return recipe(settings, optimiser={"kind": "adamw", "weight_decay": 0.0, **STATISTICS})


@pytest.mark.parametrize("system", SYSTEMS)
def test_each_system_learns_with_its_own_losses(system: str) -> None:
    build, phase, terms = SYSTEMS[system]
    torch.set_num_threads(1)
    torch.manual_seed(0)
    settings, seen = job(**phase), Losses()
    trainer = Trainer(build(), SampleStream(Squares(8), seed=0), settings, hooks=[seen])
    assert trainer.run() == "finished"
    assert set(seen.reports[0].terms) == terms
    first, last = (np.mean([r.loss for r in part]) for part in (seen.reports[:2], seen.reports[-2:]))
    assert last < 0.9 * first


def test_the_loss_is_the_weighted_sum_of_what_the_network_says() -> None:
    torch.manual_seed(0)
    network, image = PspNet(K, ResNetForm(BLOCKS)).eval().requires_grad_(False), torch.randn(2, 3, 65, 65)
    labels = torch.randint(0, K, (2, 65, 65))
    labels[:, :9] = 255
    loss = own_loss(own_terms(network, image, scales=()), labels)
    main, auxiliary = (
        F.cross_entropy(
            F.interpolate(t.scores, (65, 65), mode="bilinear", align_corners=True), labels, ignore_index=255
        )
        for t in network.training_terms(image)
    )
    assert torch.allclose(loss.total, main + 0.4 * auxiliary)
    assert loss.terms == pytest.approx({"main": main.item(), "aux": auxiliary.item()})


def test_the_loss_over_scales_is_deeplabs() -> None:
    torch.manual_seed(0)
    network, image = DeepLabV2ResNet(K, ResNetForm(BLOCKS)).eval(), torch.randn(1, 3, 65, 65)
    labels = torch.randint(0, K, (1, 65, 65))
    wanted = multi_scale_loss(multi_scale_scores(lambda x: network.all_scores(x)[-1], image), labels)
    assert torch.allclose(own_loss(own_terms(network, image, scales=(0.75, 0.5)), labels).total, wanted)


@pytest.mark.parametrize(("side", "aligned"), [(65, True), (64, False)])
def test_the_crop_says_how_cells_lie_on_pixels(side: int, aligned: bool) -> None:
    scores = torch.randn(1, K, (side + 7) // 8, (side + 7) // 8)
    labels = torch.randint(0, K, (1, side, side))
    shown = F.interpolate(scores, (side, side), mode="bilinear", align_corners=aligned)
    wanted = F.cross_entropy(shown, labels)
    assert torch.allclose(own_loss([Term("main", scores, 1.0)], labels).total, wanted)


def test_every_eighth_pixel_of_an_aligned_crop_is_a_cell() -> None:
    scores, labels = torch.randn(1, K, 9, 9), torch.randint(0, K, (1, 65, 65))
    found = own_loss([Term("main", scores, 1.0)], labels, stride=8).total
    assert torch.allclose(found, F.cross_entropy(scores, labels[:, ::8, ::8]))


def test_an_image_without_a_label_teaches_nothing() -> None:
    scores = torch.randn(1, K, 9, 9, requires_grad=True)
    loss = own_loss([Term("main", scores, 1.0)], torch.full((1, 65, 65), 255))
    loss.total.backward()  # type: ignore[no-untyped-call]
    assert loss.terms == {}
    assert scores.grad is not None
    assert not scores.grad.any()


def test_processes_share_means() -> None:
    """The losses of two halves of a batch, each divided by the counts of both, add up to the loss of the whole."""
    scores, labels = torch.randn(2, K, 9, 9), torch.randint(0, K, (2, 65, 65))
    labels[0, :40] = 255
    whole = own_loss([Term("main", scores, 1.0)], labels).total
    counts: list[Tensor] = []

    def note(found: Tensor) -> Tensor:
        counts.append(found)
        return found

    for half in (slice(0, 1), slice(1, 2)):
        own_loss([Term("main", scores[half], 1.0)], labels[half], over_all=note)
    both = counts[0] + counts[1]
    parts = [
        own_loss([Term("main", scores[half], 1.0)], labels[half], over_all=lambda _: both).total
        for half in (slice(0, 1), slice(1, 2))
    ]
    assert torch.allclose(parts[0] + parts[1], whole)


def test_a_cascade_has_no_loss_of_its_own() -> None:
    with pytest.raises(SettingError, match="3 stages has no loss of its own"):
        Trainer(PspNetLc(K, ResNetForm(BLOCKS)), SampleStream(Squares(2), seed=0), job(crop=64))


def test_pairs_of_settings_that_do_not_fit_are_named() -> None:
    for phase, words in (
        ({"crop": 65, "loss": "stages"}, "multiple of 32"),
        ({"crop": 64, "loss": "stages", "scales": [0.5]}, "belong to loss = 'own'"),
        ({"crop": 65, "scales": [1.5]}, "scales lie between 0 and 1"),
        ({"crop": 65, "loss_stride": 5}, "loss_stride"),
    ):
        with pytest.raises(SettingError, match=words):
            job(**phase)
