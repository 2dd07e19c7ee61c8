"""Every kind of block that runs on regions, built small enough to test: name → (channels in, builder)."""

from __future__ import annotations

import copy
import functools
from collections.abc import Callable

import torch
from torch import nn

from engine.models import inception_resnet as pieces
from engine.models.heads import last_head, stage_head
from engine.models.inverted_residual import InvertedResidual
from engine.models.mobilenetv2_cascade import Head

REGION_BLOCKS: dict[str, tuple[int, Callable[[], nn.Module]]] = {
    "timm B": (1088, lambda: pieces.timm_b(1)),
    "timm mixed_7a": (1088, lambda: pieces.timm_mixed_7a(identity_pool=False)),
    "timm mixed_7a, identity": (1088, lambda: pieces.timm_mixed_7a(identity_pool=True)),
    "timm C": (2080, pieces.timm_c),
    "timm block8": (2080, lambda: pieces.timm_c(scale=1.0, relu=False)),
    "paper B": (1152, lambda: pieces.paper_b(1)),
    "paper Reduction-B": (1152, pieces.paper_reduction_b),
    "paper C": (2048, lambda: pieces.paper_c(1)),
    "simple head 2": (96, lambda: stage_head(96, 5, aspp=False)),
    "ASPP head 2": (96, lambda: stage_head(96, 5, aspp=True)),
    "simple head 3": (96, lambda: last_head(96, 5, aspp=False)),
    "ASPP head 3": (96, lambda: last_head(96, 5, aspp=True)),
    "inverted residual": (96, lambda: InvertedResidual(96, 96, expansion=6, dilation=2)),
    "inverted residual, wider": (96, lambda: InvertedResidual(96, 160, expansion=6, dilation=4)),
    "MobileNet head": (160, lambda: Head(160, 5)),
}


def build_block(name: str) -> tuple[int, nn.Module]:
    """Channels in and a block of its own in eval mode, with batch-norm statistics that a forgotten fold would show."""
    return REGION_BLOCKS[name][0], copy.deepcopy(_built(name))


@functools.cache
def _built(name: str) -> nn.Module:
    torch.manual_seed(0)
    block = REGION_BLOCKS[name][1]().eval()
    spread_norms(block)
    return block


def spread_norms(module: nn.Module) -> None:
    for norm in module.modules():
        if isinstance(norm, nn.BatchNorm2d):
            assert norm.running_mean is not None
            assert norm.running_var is not None
            norm.running_mean.normal_(0.0, 0.1)
            norm.running_var.uniform_(0.5, 1.5)
            nn.init.uniform_(norm.weight, 0.5, 1.5)
            nn.init.normal_(norm.bias, 0.0, 0.1)
