"""Inception-ResNet-v2 at output stride 8, in the two forms of the reference: timm's widths (§10) and the paper's (§2).

Both reach 1/8 in the stem; what follows has stride 1 and dilations that keep the receptive field.
"""

from __future__ import annotations

from functools import partial

from torch import nn

from engine.cascade.convolution import Conv2d
from engine.cascade.pooling import MaxPool2d
from engine.models.layers import Branches, ConvUnit, Residual

_timm = partial(ConvUnit, eps=1e-3)
_paper = partial(ConvUnit, eps=1e-5)

# Dilations that stand in for the strides that the reductions gave up.
_DILATION_B = 2
_DILATION_C = 4


class TimmStem(nn.Module):
    """3 → 320 channels at 1/8, with mixed_5b; every map padded, so that 512 → 64 exactly ("aligned")."""

    channels = 320

    def __init__(self) -> None:
        super().__init__()
        self.conv2d_1a = _timm(3, 32, 3, stride=2)
        self.conv2d_2a = _timm(32, 32, 3)
        self.conv2d_2b = _timm(32, 64, 3)
        self.maxpool_3a = MaxPool2d(stride=2)
        self.conv2d_3b = _timm(64, 80, 1)
        self.conv2d_4a = _timm(80, 192, 3)
        self.maxpool_5a = MaxPool2d(stride=2)
        self.mixed_5b = Branches(
            _timm(192, 96, 1),
            nn.Sequential(_timm(192, 48, 1), _timm(48, 64, 5)),
            nn.Sequential(_timm(192, 64, 1), _timm(64, 96, 3), _timm(96, 96, 3)),
            nn.Sequential(nn.AvgPool2d(3, 1, 1, count_include_pad=False), _timm(192, 64, 1)),
        )


def timm_a(count: int) -> nn.Sequential:
    """Block35: 320 wide, scale 0.17."""
    return nn.Sequential(
        *(
            Residual(
                _timm(320, 32, 1),
                nn.Sequential(_timm(320, 32, 1), _timm(32, 32, 3)),
                nn.Sequential(_timm(320, 32, 1), _timm(32, 48, 3), _timm(48, 64, 3)),
                project=Conv2d(128, 320, 1),
                scale=0.17,
            )
            for _ in range(count)
        )
    )


def timm_mixed_6a(*, identity_pool: bool) -> Branches:
    """320 → 1088, stride 1."""
    return Branches(
        _timm(320, 384, 3),
        nn.Sequential(_timm(320, 256, 1), _timm(256, 256, 3), _timm(256, 384, 3)),
        _pool(identity=identity_pool),
    )


def timm_b(count: int) -> nn.Sequential:
    """Block17: 1088 wide, scale 0.10, dilated by 2."""
    return nn.Sequential(
        *(
            Residual(
                _timm(1088, 192, 1),
                nn.Sequential(
                    _timm(1088, 128, 1),
                    _timm(128, 160, (1, 7), dilation=_DILATION_B),
                    _timm(160, 192, (7, 1), dilation=_DILATION_B),
                ),
                project=Conv2d(384, 1088, 1),
                scale=0.10,
            )
            for _ in range(count)
        )
    )


def timm_mixed_7a(*, identity_pool: bool) -> Branches:
    """1088 → 2080, stride 1, 3×3 convolutions dilated by 2."""
    spatial = partial(_timm, kernel=3, dilation=_DILATION_B)
    return Branches(
        nn.Sequential(_timm(1088, 256, 1), spatial(256, 384)),
        nn.Sequential(_timm(1088, 256, 1), spatial(256, 288)),
        nn.Sequential(_timm(1088, 256, 1), spatial(256, 288), spatial(288, 320)),
        _pool(identity=identity_pool),
    )


def timm_c(*, scale: float = 0.20, relu: bool = True) -> Residual:
    """Block8: 2080 wide, dilated by 4; the network's last one has scale 1 and no ReLU."""
    return Residual(
        _timm(2080, 192, 1),
        nn.Sequential(
            _timm(2080, 192, 1),
            _timm(192, 224, (1, 3), dilation=_DILATION_C),
            _timm(224, 256, (3, 1), dilation=_DILATION_C),
        ),
        project=Conv2d(448, 2080, 1),
        scale=scale,
        relu=relu,
    )


def paper_stem() -> nn.Sequential:
    """3 → 384 channels at 1/8. Pools are unpadded in ceil mode, which ends at the size of the padded convolution."""
    return nn.Sequential(
        _paper(3, 32, 3, stride=2),
        _paper(32, 32, 3),
        _paper(32, 64, 3),
        Branches(nn.MaxPool2d(3, 2, ceil_mode=True), _paper(64, 96, 3, stride=2)),
        Branches(
            nn.Sequential(_paper(160, 64, 1), _paper(64, 96, 3)),
            nn.Sequential(_paper(160, 64, 1), _paper(64, 64, (7, 1)), _paper(64, 64, (1, 7)), _paper(64, 96, 3)),
        ),
        Branches(nn.MaxPool2d(3, 2, ceil_mode=True), _paper(192, 192, 3, stride=2)),
    )


def paper_a(count: int) -> nn.Sequential:
    """384 wide."""
    return nn.Sequential(
        *(
            Residual(
                nn.Sequential(_paper(384, 32, 1), _paper(32, 48, 3), _paper(48, 64, 3)),
                nn.Sequential(_paper(384, 32, 1), _paper(32, 32, 3)),
                _paper(384, 32, 1),
                project=_paper(128, 384, 1, relu=False),
                scale=_PAPER_SCALE,
            )
            for _ in range(count)
        )
    )


def paper_reduction_a() -> Branches:
    """384 → 1152, stride 1; the pooling branch is the identity."""
    return Branches(
        nn.Sequential(_paper(384, 256, 1), _paper(256, 256, 3), _paper(256, 384, 3)),
        _paper(384, 384, 3),
        nn.Identity(),
    )


def paper_b(count: int) -> nn.Sequential:
    """1152 wide, dilated by 2."""
    return nn.Sequential(
        *(
            Residual(
                nn.Sequential(
                    _paper(1152, 128, 1),
                    _paper(128, 160, (1, 7), dilation=_DILATION_B),
                    _paper(160, 192, (7, 1), dilation=_DILATION_B),
                ),
                _paper(1152, 192, 1),
                project=_paper(384, 1152, 1, relu=False),
                scale=_PAPER_SCALE,
            )
            for _ in range(count)
        )
    )


def paper_reduction_b() -> Branches:
    """1152 → 2048, stride 1, 3×3 convolutions dilated by 2; the pooling branch is the identity."""
    spatial = partial(_paper, kernel=3, dilation=_DILATION_B)
    return Branches(
        nn.Sequential(_paper(1152, 256, 1), spatial(256, 256), spatial(256, 256)),
        nn.Sequential(_paper(1152, 256, 1), spatial(256, 256)),
        nn.Sequential(_paper(1152, 256, 1), spatial(256, 384)),
        nn.Identity(),
    )


def paper_c(count: int) -> nn.Sequential:
    """2048 wide, dilated by 4."""
    return nn.Sequential(
        *(
            Residual(
                nn.Sequential(
                    _paper(2048, 192, 1),
                    _paper(192, 224, (1, 3), dilation=_DILATION_C),
                    _paper(224, 256, (3, 1), dilation=_DILATION_C),
                ),
                _paper(2048, 192, 1),
                project=_paper(448, 2048, 1, relu=False),
                scale=_PAPER_SCALE,
            )
            for _ in range(count)
        )
    )


_PAPER_SCALE = 0.3


def _pool(*, identity: bool) -> nn.Module:
    """The pooling branch of a reduction at stride 1 (D2): 3×3 max, closer to what timm's weights saw, or nothing."""
    return nn.Identity() if identity else MaxPool2d()
