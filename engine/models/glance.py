"""A glance at the whole photo, and what it says of each of its cells.

Which class a cell is of depends on whether the photo holds that class at all. A network that learns cell by cell from
few images takes much of a rare thing for background, and bits of background for things that are not there. Here two
witnesses are asked about the photo as a whole: the scores of all its cells together, and features as ImageNet left
them, which tell what a photo is of better than features that were trained further on few images. Classes that they
agree on gain in every cell of that photo, unless they have been found there already; classes that they miss lose.
"""

from __future__ import annotations

from typing import Final, Protocol, runtime_checkable

import torch
from torch import Tensor, nn
from torch.nn import functional as F

# Of the mean over cells: between the mean and the maximum, as in generalised-mean pooling (Radenović et al., TPAMI
# 2019, eq. 3). A power of two, so that it is a few multiplications.
_POWER: Final = 8
# A class gains where the logit of its presence is above the threshold, and loses below, fully at a width from it.
_PHOTO_WEIGHT: Final = 0.5
_THRESHOLD: Final = -1.5
_WIDTH: Final = 1.5
_GAIN: Final = 1.0
_LOSS: Final = 2.0
# What is looked for among the unsure cells is what was missed: a class that holds a part of the photo for sure gains
# less, and nothing from this share of it on.
_SURE: Final = 0.95
_FOUND: Final = 0.25
_LEAST: Final = 1e-3  # keeps the logit finite


@runtime_checkable
class ClassifiesPhotos(Protocol):
    """A network that can say which classes a photo holds, whatever stands where."""

    def photo_scores(self, image: Tensor) -> Tensor:
        """N×K logits of normalised images N×3×H×W."""
        ...


class PhotoClassifier(nn.Module):
    """Says which classes a photo holds, from the mean feature of its own copy of the backbone's deeper blocks.

    At first all its logits are zero: it knows nothing yet.

    Args:
        blocks: those behind the block whose map it is given; they learn nothing.
        features: channels of the last of them.
    """

    _HIDDEN = 128

    def __init__(self, blocks: nn.ModuleList, features: int, num_classes: int) -> None:
        super().__init__()
        self.blocks = blocks
        self.hidden = nn.Conv2d(features, self._HIDDEN, 1)
        self.classifier = nn.Conv2d(self._HIDDEN, num_classes, 1)
        nn.init.zeros_(self.classifier.weight)
        if self.classifier.bias is not None:
            nn.init.zeros_(self.classifier.bias)

    def forward(self, features: Tensor) -> Tensor:
        """N×K logits, from the N×C×h×w map before `blocks`."""
        with torch.no_grad():
            for block in self.blocks:
                features = block(features)
        # ReLU6's means are small; at this scale the hidden layer learns at the rate of the others.
        mean = 3.0 * features.mean(dim=(2, 3), keepdim=True)
        mean = F.dropout(mean, 0.5, self.training)
        hidden = F.dropout(F.relu(self.hidden(mean)), 0.3, self.training)
        logits: Tensor = self.classifier(hidden)
        return logits.flatten(1)


def class_offsets(scores: Tensor, photo: Tensor) -> Tensor:
    """What a photo as a whole adds to the scores of its cells.

    Class 0, which all others stand before (background, sky, void), stays as it is. The constants were chosen with the
    first network that had this, on the VOC validation images; the result changes little around them. No gradient flows
    back.

    Args:
        scores: N×K×h×w logits of all cells.
        photo: N×K logits of what the photo holds.

    Returns:
        N×K in the dtype of `scores`, between -2 and 1.
    """
    probabilities = torch.softmax(scores.detach().float(), dim=1).flatten(2)
    powers = probabilities
    for _ in range(_POWER.bit_length() - 1):
        powers = powers * powers
    pooled = powers.mean(dim=2).clamp(min=1e-30) ** (1.0 / _POWER)
    evidence = torch.logit(pooled, eps=_LEAST) + _PHOTO_WEIGHT * photo.detach().float()
    sureness = ((evidence - _THRESHOLD) / _WIDTH).clamp(-1.0, 1.0)
    found = (probabilities > _SURE).float().mean(dim=2)
    gain = _GAIN * (1.0 - found / _FOUND).clamp(min=0.0)
    offsets = torch.where(sureness > 0, gain * sureness, _LOSS * sureness)
    return torch.cat([torch.zeros_like(offsets[:, :1]), offsets[:, 1:]], dim=1).to(scores.dtype)


def small_photo(image: Tensor) -> Tensor:
    """The image N×3×H×W at half its size, both sides rounded to multiples of 32."""
    height, width = (max(32, round(side / 64) * 32) for side in image.shape[2:])
    return F.interpolate(image, (height, width), mode="bilinear", align_corners=False)
