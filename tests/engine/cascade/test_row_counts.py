"""Numbers of rows are brought to few without growing much, and nothing but time changes by it."""

from __future__ import annotations

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch.nn import functional as F

from engine.cascade.packed import PackedConvolution, Product, packing_available
from engine.cascade.region import Window
from engine.cascade.row_counts import rounded_up


@given(st.integers(1, 200_000))
def test_a_count_grows_by_31_or_an_eighth_at_most(count: int) -> None:
    rounded = rounded_up(count)
    assert count <= rounded <= max(count + 31, count * 9 // 8)
    assert rounded_up(rounded) == rounded


def test_few_counts_occur() -> None:
    assert len({rounded_up(count) for count in range(1, 4097)}) == 16 + 3 * 8


@pytest.mark.parametrize("count", [1, 31, 32, 33, 250, 513])
def test_a_product_gives_each_row_what_it_gives_it_alone(count: int) -> None:
    torch.manual_seed(0)
    weight, bias, x = torch.randn(24, 16), torch.randn(24), torch.randn(count, 16)
    product = Product(weight, bias, activation="relu6")
    with torch.inference_mode():
        found = product(x)
        again = product(x)
    assert found.shape == (count, 24)
    torch.testing.assert_close(found, F.linear(x, weight, bias).clamp(0.0, 6.0))
    assert torch.equal(found, again)


def test_a_convolution_takes_maps_of_many_sizes_in_turns() -> None:
    if not packing_available(torch.float32):
        pytest.skip("no laid-out convolutions here")
    torch.manual_seed(0)
    weight, bias = torch.randn(8, 4, 3, 3), torch.randn(8)
    window = Window((3, 3), padding=(1, 1))
    convolution = PackedConvolution(weight, bias, window=window, size=(6, 9))
    with torch.inference_mode():
        for size in ((6, 9), (9, 6), (12, 5), (6, 9), (3, 3), (9, 6)):
            x = torch.randn(1, 4, *size).contiguous(memory_format=torch.channels_last)
            torch.testing.assert_close(
                convolution(x), F.conv2d(x, weight, bias, padding=1), atol=1e-4, rtol=1e-4, check_stride=False
            )
