"""What DeepLab v1 and v2 share on VGG-16: the hole algorithm's convolutions and the converted dense layers.

Figures are the reference's (deeplab.md §2), read from the authors' network files.
"""

from __future__ import annotations

from collections import OrderedDict

from torch import nn

from engine.cascade.convolution import Conv2d, Pointwise
from engine.models.vgg import CHANNELS, VggFeatures, he_conv

# Element-wise, after fc6 and fc7.
_DROPOUT = 0.5
_LAST_DILATION = 2


def deeplab_features() -> VggFeatures:
    """Output stride 8: every pool 3×3 with padding 1 in ceil mode, the last two with stride 1, block 5 dilated by 2."""
    pools = [nn.MaxPool2d(3, stride, padding=1, ceil_mode=True) for stride in (2, 2, 2, 1, 1)]
    return VggFeatures(pools, last_dilation=_LAST_DILATION)


def dense_layers(*, kernel: int, rate: int, width: int) -> OrderedDict[str, nn.Module]:
    """fc6 and fc7 as convolutions on 512 channels, each with ReLU and dropout.

    Args:
        kernel: of fc6, which has holes of `rate`; 3 with 1024 wide layers is LargeFOV.
    """
    return OrderedDict(
        fc6=he_conv(CHANNELS[-1], width, kernel, dilation=rate),
        relu6=Pointwise(nn.ReLU()),
        drop6=Pointwise(nn.Dropout(_DROPOUT)),
        fc7=he_conv(width, width, 1),
        relu7=Pointwise(nn.ReLU()),
        drop7=Pointwise(nn.Dropout(_DROPOUT)),
    )


def classifier(inputs: int, num_classes: int) -> Conv2d:
    """fc8: a 1×1 convolution to K, started from σ = 0.01 and bias 0."""
    conv = Conv2d(inputs, num_classes, 1)
    nn.init.normal_(conv.weight, std=0.01)
    assert conv.bias is not None
    nn.init.zeros_(conv.bias)
    return conv
