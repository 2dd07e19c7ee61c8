"""Fused convolutions: every window, group and activation equals the plain layers; packed or not, dense or on rows."""

from __future__ import annotations

import threading

import pytest
import torch
from torch import nn
from torch.nn import functional as F

from engine.cascade import packed
from engine.cascade.convolution import Conv2d
from engine.cascade.fields import Masked, Rows, gather
from engine.cascade.fused import FusedConv2d, fuse, joined, pack_maps, pack_regions
from engine.cascade.packed import Activation, Product
from engine.cascade.pooling import MaxPool2d
from engine.cascade.region import RegionIndex
from engine.cascade.scratch import scratch
from tests.engine.cascade.masks import KINDS, make_mask

ACTIVATIONS: dict[Activation, nn.Module] = {"none": nn.Identity(), "relu": nn.ReLU(), "relu6": nn.ReLU6()}
SIZE = (7, 9)


def conv(name: str) -> Conv2d:
    torch.manual_seed(0)
    return {
        "1x1": Conv2d(12, 20, 1),
        "1x1 without bias": Conv2d(12, 20, 1, bias=False),
        "3x3": Conv2d(12, 20, 3, padding=1),
        "3x3 to few": Conv2d(12, 5, 3, padding=1),
        "3x3 dilated to few": Conv2d(12, 6, 3, padding=6, dilation=6),
        "1x7 dilated": Conv2d(12, 10, (1, 7), padding=(0, 6), dilation=2),
        "depthwise": Conv2d(12, 12, 3, padding=2, dilation=2, groups=12),
    }[name]


CONVS = ("1x1", "1x1 without bias", "3x3", "3x3 to few", "3x3 dilated to few", "1x7 dilated", "depthwise")


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("activation", ACTIVATIONS)
@pytest.mark.parametrize("name", CONVS)
@pytest.mark.usefixtures("either_way")
def test_fused_equals_plain(name: str, activation: Activation, kind: str) -> None:
    plain, act = conv(name), ACTIVATIONS[activation]
    features = torch.randn(2, 12, *SIZE).contiguous(memory_format=torch.channels_last) * 4
    mask = make_mask(kind, (2, *SIZE))
    index = RegionIndex.from_mask(mask)
    with torch.inference_mode():
        dense = act(plain(features))
        region = act(gather(plain(Masked(features, mask.unsqueeze(1))).values, index).values)
        fused = fuse(plain, activation=activation)
        for _ in range(2):
            rows = fused(gather(features, index))
            assert isinstance(rows, Rows)
            assert torch.allclose(rows.values, region, atol=1e-5)
            masked = fused(Masked(features, mask.unsqueeze(1)))
            assert isinstance(masked, Masked)
            assert torch.allclose(gather(masked.values, index).values, region, atol=1e-5)
            assert torch.allclose(fused(features), dense, atol=1e-5)
            pack_regions(fused)


@pytest.mark.parametrize("activation", ACTIVATIONS)
@pytest.mark.parametrize("stride", [1, 2])
@pytest.mark.parametrize("small_maps", [False, True])
@pytest.mark.parametrize("name", CONVS)
def test_packed_for_maps_equals_plain(name: str, small_maps: bool, stride: int, activation: Activation) -> None:
    plain, act = conv(name), ACTIVATIONS[activation]
    plain.stride = (stride, stride)
    fused = fuse(plain, activation=activation)
    fused.small_maps = small_maps
    with torch.inference_mode():
        pack_maps(fused)
        assert fused.packed_for_maps
        for shape in ((2, 12, *SIZE), (1, 12, 1, 1), (1, 12, 64, 64)):
            features = torch.randn(shape) * 4
            wanted = act(plain(features))
            for given in (features, features.contiguous(memory_format=torch.channels_last)):
                assert torch.allclose(fused(given), wanted, atol=1e-5)
        assert fused.state_dict().keys() == {"bias"}  # the plain weights are given up


def test_packed_for_maps_takes_no_region() -> None:
    fused = fuse(conv("1x1"))
    pack_maps(fused)
    index = RegionIndex.from_mask(make_mask("random", (1, *SIZE)))
    with torch.inference_mode(), pytest.raises(TypeError, match="no region"):
        fused(gather(torch.randn(1, 12, *SIZE), index))


def test_without_onednn_maps_are_computed_plainly(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("engine.cascade.fused.packing_available", lambda dtype: False)
    plain = conv("3x3")
    fused, features = fuse(plain), torch.randn(1, 12, *SIZE)
    with torch.inference_mode():
        pack_maps(fused)
        assert not fused.packed_for_maps
        assert torch.allclose(fused(features), plain(features), atol=1e-5)


def test_batch_norm_is_folded() -> None:
    plain, norm = conv("3x3"), nn.BatchNorm2d(20).eval()
    nn.init.uniform_(norm.weight, 0.5, 2.0)
    nn.init.normal_(norm.bias)
    assert norm.running_mean is not None
    assert norm.running_var is not None
    norm.running_mean.normal_()
    norm.running_var.uniform_(0.2, 2.0)
    features = torch.randn(1, 12, *SIZE)
    with torch.inference_mode():
        assert torch.allclose(fuse(plain, norm, activation="relu")(features), norm(plain(features)).relu(), atol=1e-5)


def test_joined_convolutions_stand_side_by_side_and_divide_again() -> None:
    parts = [fuse(conv("1x1"), activation="relu"), fuse(conv("1x1"), activation="relu")]
    features = torch.randn(1, 12, *SIZE)
    with torch.inference_mode():
        both = joined(parts)
        wanted = torch.cat([part(features) for part in parts], dim=1)
        assert torch.allclose(both(features), wanted, atol=1e-6)
        divided = both.divided([20, 20])
        assert torch.allclose(torch.cat([part(features) for part in divided], dim=1), wanted, atol=1e-6)


@pytest.mark.usefixtures("either_way")
def test_packing_gives_up_the_dense_weights() -> None:
    fused = fuse(conv("3x3"))
    fused.pack()
    assert fused.packed
    assert fused.weight is None
    assert fused.state_dict().keys() == {"bias"}


@pytest.mark.usefixtures("without_kernels")
def test_long_gathers_are_split_without_a_seam(monkeypatch: pytest.MonkeyPatch) -> None:
    fused = fuse(conv("3x3"))
    fused.pack()
    features, index = torch.randn(1, 12, *SIZE), RegionIndex.from_mask(make_mask("random", (1, *SIZE)))
    with torch.inference_mode():
        whole = fused(gather(features, index)).values
        monkeypatch.setattr("engine.cascade.gathered_product._GATHER_BYTES", 9 * 12 * 4 * 5)
        assert torch.equal(fused(gather(features, index)).values, whole)


@pytest.mark.parametrize("kind", KINDS)
def test_depthwise_in_parts_equals_the_whole(monkeypatch: pytest.MonkeyPatch, kind: str) -> None:
    torch.manual_seed(0)
    plain = Conv2d(80, 80, 3, padding=2, dilation=2, groups=80)
    features, mask = torch.randn(2, 80, *SIZE), make_mask(kind, (2, *SIZE))
    index = RegionIndex.from_mask(mask)
    monkeypatch.setattr("engine.cascade.row_depthwise._MAP_BYTES", 1)  # the least: 32 channels at a time, 16 at the end
    with torch.inference_mode():
        truth = gather(plain(Masked(features, mask.unsqueeze(1))).values, index).values
        assert torch.allclose(fuse(plain)(gather(features, index)).values, truth, atol=1e-5)


@pytest.mark.parametrize("kernel", [(3, 3), (1, 3), (5, 3)])
@pytest.mark.parametrize("dilation", [1, 2, 4])
@pytest.mark.parametrize("kind", KINDS)
def test_depthwise_along_a_strip_equals_the_masked_reference(
    monkeypatch: pytest.MonkeyPatch, kind: str, dilation: int, kernel: tuple[int, int]
) -> None:
    torch.manual_seed(0)
    padding = (dilation * (kernel[0] // 2), dilation * (kernel[1] // 2))
    plain = Conv2d(8, 8, kernel, padding=padding, dilation=dilation, groups=8)
    features, mask = torch.randn(2, 8, *SIZE), make_mask(kind, (2, *SIZE))
    index = RegionIndex.from_mask(mask)
    monkeypatch.setattr("engine.cascade.row_depthwise._STRIP_SHARE", 0)  # whatever the density
    with torch.inference_mode():
        truth = gather(plain(Masked(features, mask.unsqueeze(1))).values, index).values
        fused = fuse(plain, activation="relu6")
        for fused.overwrites in (False, True):
            rows = fused(gather(features, index))
            assert torch.allclose(rows.values, truth.clamp(0, 6), atol=1e-5)


@pytest.mark.parametrize("dtype", [torch.float32, torch.bfloat16])
def test_products_without_onednn(monkeypatch: pytest.MonkeyPatch, dtype: torch.dtype) -> None:
    x, weight, bias = torch.randn(5, 8), torch.randn(6, 8), torch.randn(6)
    x, weight, bias = x.to(dtype), weight.to(dtype), bias.to(dtype)
    wanted = F.linear(x, weight, bias).clamp(0.0, 6.0)
    with torch.inference_mode():
        assert torch.allclose(Product(weight, bias, activation="relu6")(x), wanted, atol=0.05)
        monkeypatch.setattr(packed, "packing_available", lambda dtype: False)
        assert torch.equal(Product(weight, bias, activation="relu6")(x), wanted)
        assert Product(weight, bias)(x[:0]).shape == (0, 6)


def test_missing_onednn_operators_are_noticed(monkeypatch: pytest.MonkeyPatch) -> None:
    packed.packing_available.cache_clear()
    monkeypatch.setattr(packed, "_ops", lambda: object())
    try:
        assert not packed.packing_available(torch.float32)
    finally:
        packed.packing_available.cache_clear()


@pytest.mark.parametrize("kind", KINDS)
def test_pooling_on_rows_equals_the_masked_reference(kind: str) -> None:
    features, mask = torch.randn(2, 6, *SIZE), make_mask(kind, (2, *SIZE))
    index, pool = RegionIndex.from_mask(mask), MaxPool2d()
    truth = gather(pool(Masked(features, mask.unsqueeze(1))).values, index).values
    assert torch.equal(pool(gather(features, index)).values, truth)
    if kind == "full":
        assert torch.equal(truth, gather(pool(features), index).values)


@pytest.mark.parametrize("size", [(1, 1), (1, 5), (6, 1), (7, 9)])
@pytest.mark.parametrize("dtype", [torch.float32, torch.bfloat16])
@pytest.mark.parametrize("layout", [torch.contiguous_format, torch.channels_last])
def test_pooling_without_gradients_equals_pytorchs(
    size: tuple[int, int], dtype: torch.dtype, layout: torch.memory_format
) -> None:
    features = torch.randn(2, 3, *size).to(dtype).contiguous(memory_format=layout)
    pooled = MaxPool2d()(features)
    assert torch.equal(pooled, F.max_pool2d(features, 3, 1, 1))
    assert pooled.is_contiguous(memory_format=layout)


def test_strided_pooling_refuses_a_region() -> None:
    index = RegionIndex.from_mask(make_mask("blob", (1, *SIZE)))
    with pytest.raises(ValueError, match="stride 2"):
        MaxPool2d(stride=2)(gather(torch.randn(1, 6, *SIZE), index))


def test_scratch_is_reused_by_its_own_thread_alone() -> None:
    like = torch.zeros(1)
    mine = scratch("test", 4, 4, like=like)
    mine.fill_(1.0)
    other: list[torch.Tensor] = []
    thread = threading.Thread(target=lambda: other.append(scratch("test", 4, 4, like=like).fill_(2.0)))
    thread.start()
    thread.join()
    assert scratch("test", 2, 3, like=like).data_ptr() == mine.data_ptr()
    assert other[0].data_ptr() != mine.data_ptr()
    assert bool((mine == 1.0).all())


@pytest.mark.usefixtures("either_way")
def test_a_network_packed_in_one_thread_runs_in_another() -> None:
    fused: FusedConv2d = fuse(conv("3x3"))
    fused.pack()
    features, index = torch.randn(1, 12, *SIZE), RegionIndex.from_mask(make_mask("blob", (1, *SIZE)))
    results: list[torch.Tensor] = []

    def work() -> None:
        with torch.inference_mode():
            results.append(fused(gather(features, index)).values)

    work()
    thread = threading.Thread(target=work)
    thread.start()
    thread.join()
    assert torch.equal(results[0], results[1])
