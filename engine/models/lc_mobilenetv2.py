"""lc-mobilenetv2: the cascade on MobileNetV2 with a prior from the photo as a whole.

Stage 1 looks twice, at the photo and at the photo at half its size, where things that fill it are told better, and adds
what the photo as a whole says (engine.models.glance): the prior, a share of every stage's scores. The cascade itself is
that of engine.models.mobilenetv2_cascade.
"""

from __future__ import annotations

import copy
from collections.abc import Mapping
from typing import Final, Self

import torch
from torch import Tensor

from engine.cascade.fields import Field, pointwise
from engine.cascade.network import Part
from engine.models.glance import PhotoClassifier, class_offsets, small_photo
from engine.models.mobilenetv2_cascade import MobileNetV2Cascade, for_small_maps, fuse_named
from engine.models.mobilenetv2_look import JOINT, QUARTER, WIDTHS, Look, Seen, backbone, upsampled

# The first block whose maps, at 1/4 of the photo at half its size, are small enough for the kernels for rows.
_SMALL_MAPS_FROM_AT_HALF: Final = 2
# Shares of a cell's own score and of the small photo's. Their sum is above 1 because a mean of scores is less sure.
_NEAR: Final = 0.7
_FAR: Final = 0.7


class LcMobileNetV2(MobileNetV2Cascade):
    """See the module's text. Behind the joint features travel the prior's K scores."""

    def __init__(self, num_classes: int = 21) -> None:
        super().__init__(num_classes)
        self.photo = PhotoClassifier(backbone()[QUARTER + 1 :], WIDTHS[18], num_classes)
        # The inference form looks at the small photo with a copy of its own, laid out for maps of that size.
        self.small: Look | None = None

    @property
    def travelling(self) -> int:
        return JOINT + self.num_classes

    def first(self, image: Tensor) -> Tensor:
        near = self.look()(image)
        return torch.cat([*self.first_maps(near), self._prior(image, near)], dim=1)

    def _prior(self, image: Tensor, near: Seen) -> Tensor:
        """What the small photo and the photo as a whole add to a cell's scores, N×K×h×w; nothing in training.

        Two looks that learn together divide the work and err together, and of photos that it learns from the network
        knows what they hold (docs/adr/0013). So each is learnt alone: the small photo is one more scale.
        """
        if self.training:
            images, _, height, width = near.joint.shape
            return near.joint.new_zeros(images, self.num_classes, height, width)
        look = self.look() if self.small is None else self.small
        far: Seen = look(small_photo(image))
        prior = _FAR * upsampled(look.classifier(far.joint), near.joint)
        offsets = class_offsets(_NEAR * self.classifier(near.joint) + prior, self.photo(far.at_4))
        return prior + offsets[:, :, None, None]

    def photo_scores(self, image: Tensor) -> Tensor:
        """N×K logits of whether a class occurs anywhere in the normalised images N×3×H×W."""
        values = small_photo(image)
        for block in self.features[: QUARTER + 1]:
            values = block(values)
        return torch.as_tensor(self.photo(values))

    def starting_tensors(self, tensors: Mapping[str, Tensor]) -> dict[str, Tensor]:
        """The photo's classifier starts with the backbone's blocks where the weights bring it none."""
        known = self.state_dict()
        started = dict(tensors)
        for key, value in tensors.items():
            part, _, rest = key.partition(".")
            number, _, name = rest.partition(".")
            if part == "features" and number.isdigit():
                copied = f"photo.blocks.{int(number) - QUARTER - 1}.{name}"
                if copied in known:
                    started.setdefault(copied, value)
        return started

    def classify(self, stage: int, features: Field) -> Field:
        classes = self.num_classes
        scores = super().classify(stage, pointwise(lambda values: values[:, :-classes], features))
        if self.training:
            return scores
        return pointwise(_with_prior, scores, pointwise(lambda values: values[:, -classes:], features))

    def optimised(self) -> Self:
        network = super().optimised()
        fuse_named(network.photo, "hidden", "classifier")
        network.small = copy.deepcopy(network.look())
        for_small_maps(*network.small.features[_SMALL_MAPS_FROM_AT_HALF:], network.small.decoder, network.photo)
        return network

    def further_parts(self) -> tuple[Part, ...]:
        copied = () if self.small is None else (Part("small photo", 1, (self.small,)),)
        return (*copied, Part("whole photo", 1, (self.photo,)))


def build(variant: str, num_classes: int) -> LcMobileNetV2:
    """The network, untrained; there is one variant."""
    return LcMobileNetV2(num_classes)


def _with_prior(scores: Tensor, prior: Tensor) -> Tensor:
    return _NEAR * scores + prior
