"""The pieces of ExFuse's decoder (exfuse reference §1, §2). None of them has a batch norm, as drawn."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor, nn
from torch.nn import functional as F

_SEMANTIC_WIDTH = 512


class GlobalConvolution(nn.Module):
    """A large k×k kernel as k×1 after 1×k and 1×k after k×1, added; nothing non-linear inside."""

    def __init__(self, inputs: int, outputs: int, *, kernel: int) -> None:
        super().__init__()
        tall, wide = (kernel, 1), (1, kernel)
        half = kernel // 2
        self.left = nn.Sequential(
            nn.Conv2d(inputs, outputs, tall, padding=(half, 0)), nn.Conv2d(outputs, outputs, wide, padding=(0, half))
        )
        self.right = nn.Sequential(
            nn.Conv2d(inputs, outputs, wide, padding=(0, half)), nn.Conv2d(outputs, outputs, tall, padding=(half, 0))
        )

    def forward(self, features: Tensor) -> Tensor:
        total: Tensor = self.left(features) + self.right(features)
        return total


class BoundaryRefinement(nn.Module):
    """x + conv(ReLU(conv(x))), 3×3."""

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.conv1 = nn.Conv2d(channels, channels, 3, padding=1)
        self.conv2 = nn.Conv2d(channels, channels, 3, padding=1)

    def forward(self, scores: Tensor) -> Tensor:
        refined: Tensor = scores + self.conv2(F.relu(self.conv1(scores)))
        return refined


class SemanticEmbedding(nn.Module):
    """SEB: a map times a projection of every higher map, resized to it.

    Projections start near 1, so that training begins near the identity.
    """

    def __init__(self, channels: int, higher: Sequence[int]) -> None:
        super().__init__()
        self.projections = nn.ModuleList(nn.Conv2d(inputs, channels, 3, padding=1) for inputs in higher)
        for projection in self.projections:
            assert isinstance(projection, nn.Conv2d)
            assert projection.bias is not None
            nn.init.normal_(projection.weight, std=0.001)
            nn.init.ones_(projection.bias)

    def forward(self, features: Tensor, higher: Sequence[Tensor]) -> Tensor:
        size = (features.shape[2], features.shape[3])
        for projection, above in zip(self.projections, higher, strict=True):
            factor = F.interpolate(projection(above), size, mode="bilinear", align_corners=False)
            features = features * factor
        return features


class SubPixel(nn.Sequential):
    """ECRE's upsampling ×2: 3×3 to four times the channels, which a pixel shuffle lays out in space."""

    def __init__(self, channels: int) -> None:
        super().__init__(nn.Conv2d(channels, 4 * channels, 3, padding=1), nn.PixelShuffle(2))


class DenselyAdjacent(nn.Module):
    """DAP: every pixel's scores are the mean of what its k×k neighbourhood predicts for it.

    Channel (l·k + m)·K + c holds what a cell says of class c at its neighbour: the pixel (i, j) averages group l·k + m
    at (i + l - ⌊k/2⌋, j + m - ⌊k/2⌋), which is zero outside the map. The divisor is always k².

    Args:
        side: k, odd; 1 leaves the map as it is.
    """

    def __init__(self, num_classes: int, side: int) -> None:
        super().__init__()
        self.num_classes = num_classes
        self.side = side

    def forward(self, predictions: Tensor) -> Tensor:
        if self.side == 1:
            return predictions
        height, width = predictions.shape[2:]
        half = self.side // 2
        padded = F.pad(predictions, (half, half, half, half))
        shifted = [
            padded[
                :,
                group * self.num_classes : (group + 1) * self.num_classes,
                down : down + height,
                right : right + width,
            ]
            for group, (down, right) in enumerate((d, r) for d in range(self.side) for r in range(self.side))
        ]
        return sum(shifted[1:], start=shifted[0]) / self.side**2


class SemanticSupervision(nn.Module):
    """SS: scores of image classes from an encoder's map: two 3×3 convolutions, mean over space, two linear layers."""

    def __init__(self, inputs: int, num_classes: int) -> None:
        super().__init__()
        width = _SEMANTIC_WIDTH
        self.features = nn.Sequential(
            nn.Conv2d(inputs, width, 3, padding=1, bias=False), nn.BatchNorm2d(width), nn.ReLU(inplace=True),
            nn.Conv2d(width, width, 3, padding=1, bias=False), nn.BatchNorm2d(width), nn.ReLU(inplace=True),
        )  # fmt: skip
        self.classifier = nn.Sequential(nn.Linear(width, width), nn.ReLU(inplace=True), nn.Linear(width, num_classes))

    def forward(self, features: Tensor) -> Tensor:
        scores: Tensor = self.classifier(self.features(features).mean(dim=(2, 3)))
        return scores


def deconvolution(inputs: int, outputs: int) -> nn.ConvTranspose2d:
    """Upsampling ×2 that starts as bilinear interpolation, class by class.

    Where there are more outputs than inputs, as before DAP, output o starts as input o modulo their number.
    """
    layer = nn.ConvTranspose2d(inputs, outputs, 4, stride=2, padding=1, bias=False)
    line = torch.tensor([0.25, 0.75, 0.75, 0.25])
    kernel = line[:, None] * line
    with torch.no_grad():
        layer.weight.zero_()
        for output in range(outputs):
            layer.weight[output % inputs, output] = kernel
    return layer
