"""Stage classifiers of the layer cascade paper (reference §3): K scores a cell from a stage's features."""

from __future__ import annotations

from collections.abc import Sequence

from torch import nn

from engine.cascade.convolution import Conv2d, Pointwise
from engine.models.layers import ParallelSum

HIDDEN = 128
_DROPOUT = 0.1
_ASPP_DILATIONS = (6, 12, 18, 24, 1)


def stage_head(inputs: int, num_classes: int, *, aspp: bool) -> nn.Sequential:
    """Head of stages 1 and 2: 3×3 and 1×1 hidden convolutions with ReLU, dropout, classifier."""
    classifier = aspp_classifier(HIDDEN, num_classes) if aspp else _xavier(Conv2d(HIDDEN, num_classes, 1))
    return nn.Sequential(
        _xavier(Conv2d(inputs, HIDDEN, 3, padding=1)),
        Pointwise(nn.ReLU()),
        _xavier(Conv2d(HIDDEN, HIDDEN, 1)),
        Pointwise(nn.ReLU()),
        Pointwise(nn.Dropout(_DROPOUT)),
        classifier,
    )


def last_head(inputs: int, num_classes: int, *, aspp: bool) -> nn.Sequential:
    """Head of stage 3: dropout and one 3×3 classifier, or ASPP without dropout; no hidden convolutions."""
    if aspp:
        return nn.Sequential(aspp_classifier(inputs, num_classes))
    return nn.Sequential(Pointwise(nn.Dropout(_DROPOUT)), _xavier(Conv2d(inputs, num_classes, 3, padding=1)))


def aspp_classifier(inputs: int, num_classes: int, *, rates: Sequence[int] = _ASPP_DILATIONS) -> ParallelSum:
    """DeepLab-v2's classifier: the sum of 3×3 convolutions to K with dilations 6, 12, 18, 24 and, in cascades, 1."""
    terms = [Conv2d(inputs, num_classes, 3, padding=rate, dilation=rate) for rate in rates]
    for term in terms:
        nn.init.normal_(term.weight, std=0.01)
        assert term.bias is not None
        nn.init.zeros_(term.bias)
    return ParallelSum(*terms)


def _xavier(conv: Conv2d) -> Conv2d:
    nn.init.xavier_uniform_(conv.weight)
    assert conv.bias is not None
    nn.init.zeros_(conv.bias)
    return conv
