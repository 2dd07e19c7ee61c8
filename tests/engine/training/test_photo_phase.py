"""A phase in which only the classifier of whole photos learns."""

from __future__ import annotations

import pytest
import torch
from torch import Tensor, nn

from engine.errors import SettingError
from engine.training.loop import Hook, StepReport, Trainer
from engine.training.stream import SampleStream
from tests.engine.training.tiny import CLASS_NAMES, Squares, TinyNetwork, recipe

PHASE: dict[str, object] = {
    "iterations": 60, "batch": 8, "crop": 64, "lr": 0.2, "loss": "photo", "loss_weights": [1.0, 0.0, 0.0],
}  # fmt: skip


class WithPhoto(TinyNetwork):
    """Tells photos apart by their mean colour."""

    def __init__(self) -> None:
        super().__init__()
        self.photo = nn.Linear(3, len(CLASS_NAMES))

    def photo_scores(self, image: Tensor) -> Tensor:
        return torch.as_tensor(self.photo(image.mean(dim=(2, 3))))


class Losses(Hook):
    def __init__(self) -> None:
        self.values: list[float] = []

    def after_step(self, trainer: Trainer, report: StepReport) -> None:
        assert set(report.terms) == {"photo"}
        self.values.append(report.loss)


def test_only_the_photos_classifier_learns_and_it_learns_what_photos_hold() -> None:
    torch.manual_seed(0)
    network = WithPhoto()
    before = {key: value.clone() for key, value in network.state_dict().items()}
    losses = Losses()
    settings = recipe(PHASE, optimiser={"kind": "adamw", "weight_decay": 0.0})
    Trainer(network, SampleStream(Squares(8), seed=0), settings, hooks=(losses,)).run()
    moved = {key for key, value in network.state_dict().items() if not torch.equal(value, before[key])}
    assert moved
    assert all(key.startswith("photo.") for key in moved)
    assert losses.values[0] > 0.5
    # Knowing only how often each class occurs leaves 0.46.
    assert sum(losses.values[-5:]) / 5 < 0.3


def test_a_network_without_one_is_refused_by_name() -> None:
    with pytest.raises(SettingError, match="tiny has no classifier of whole photos"):
        Trainer(TinyNetwork(), SampleStream(Squares(4), seed=0), recipe(PHASE))
