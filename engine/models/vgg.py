"""VGG-16's convolutions under torchvision's names, with the pooling and dilation of whoever builds on them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from torch import Tensor, nn

from engine.cascade.convolution import Conv2d, Pointwise
from engine.models.optimise import fused_module

# Output channels of the convolutions, block by block; all of them 3×3.
BLOCKS: Final = ((64, 64), (128, 128), (256, 256, 256), (512, 512, 512), (512, 512, 512))
CHANNELS: Final = tuple(block[-1] for block in BLOCKS)


class VggFeatures(nn.Sequential):
    """The thirteen convolutions; keys 0.weight … 28.bias as in torchvision's vgg16.features.

    Args:
        pools: one module after each of the five blocks.
        last_dilation: of the fifth block's convolutions.
    """

    def __init__(self, pools: Sequence[nn.Module], *, last_dilation: int = 1) -> None:
        layers: list[nn.Module] = []
        ends = []
        inputs = 3
        for number, (outputs, pool) in enumerate(zip(BLOCKS, pools, strict=True), start=1):
            dilation = last_dilation if number == len(BLOCKS) else 1
            for width in outputs:
                layers += [he_conv(inputs, width, 3, dilation=dilation), Pointwise(nn.ReLU())]
                inputs = width
            layers.append(pool)
            ends.append(len(layers))
        super().__init__(*layers)
        self._starts = (0, *ends[:-1])
        self._ends = tuple(ends)

    def blocks(self) -> tuple[nn.Sequential, ...]:
        """The five blocks, each with its pool; they share their modules with this one."""
        children = list(self)
        return tuple(nn.Sequential(*children[a:b]) for a, b in zip(self._starts, self._ends, strict=True))

    def forward(self, image: Tensor) -> list[Tensor]:
        """The output of every pool: N×C×h×w with C = 64, 128, 256, 512, 512."""
        outputs: list[Tensor] = []
        features = image
        for number, layer in enumerate(self, start=1):
            features = layer(features)
            if number in self._ends:
                outputs.append(features)
        return outputs


class FusedVggFeatures(nn.Module):
    """VggFeatures for inference."""

    def __init__(self, features: VggFeatures) -> None:
        super().__init__()
        self.blocks = nn.ModuleList(fused_module(block) for block in features.blocks())

    def forward(self, image: Tensor) -> list[Tensor]:
        outputs: list[Tensor] = []
        features = image
        for block in self.blocks:
            features = block(features)
            outputs.append(features)
        return outputs


def fused_children(network: nn.Module) -> dict[str, nn.Module | None]:
    """The inference forms of a network's children, by name."""
    return {
        name: FusedVggFeatures(child) if isinstance(child, VggFeatures) else fused_module(child)
        for name, child in network.named_children()
    }


def he_conv(inputs: int, outputs: int, kernel: int, *, dilation: int = 1) -> Conv2d:
    """A convolution with bias for a ReLU to follow, initialised after He et al.

    The map keeps its size; dilation·(kernel - 1) is even.
    """
    conv = Conv2d(inputs, outputs, kernel, padding=dilation * (kernel - 1) // 2, dilation=dilation)
    nn.init.kaiming_normal_(conv.weight, nonlinearity="relu")
    assert conv.bias is not None
    nn.init.zeros_(conv.bias)
    return conv
