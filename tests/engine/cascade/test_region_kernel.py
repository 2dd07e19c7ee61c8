"""The compiled kernels against sums in float64, at every size of tile, panel and remainder."""

from __future__ import annotations

import copy
import logging
from collections.abc import Iterator
from pathlib import Path

import pytest
import torch
from hypothesis import example, given
from hypothesis import strategies as st
from torch import Tensor
from torch.nn import functional as F

from engine.cascade.fields import Rows
from engine.cascade.kernels import library
from engine.cascade.kernels.library import runs_region_steps
from engine.cascade.packed import Activation, activate_
from engine.cascade.program_plan import Place
from engine.cascade.region import RegionIndex, Window
from engine.cascade.region_kernel import RegionKernel
from engine.cascade.region_program import RegionProgram

needs_kernels = pytest.mark.skipif(
    not runs_region_steps(torch.float32), reason="no kernels: no C++ compiler, or a processor without AVX2"
)
DTYPES = [dtype for dtype in (torch.float32, torch.bfloat16) if runs_region_steps(dtype)] or [torch.float32]
WINDOWS = (Window((1, 1)), Window((1, 3), padding=(0, 1)), Window((3, 3), (2, 2), padding=(2, 2)))
ACTIVATIONS: tuple[Activation, ...] = ("none", "relu", "relu6")


def region(count: int) -> RegionIndex:
    """Some of the cells of a 9×11 map, at most 99."""
    return RegionIndex(torch.randperm(99)[:count].sort().values, (1, 9, 11))


def reference(rows: Tensor, index: RegionIndex, window: Window, weight: Tensor, bias: Tensor) -> Tensor:
    """n×C_out in float64; weight C_out×taps×C_in, or C_out×taps×1 for a depthwise convolution."""
    padded = torch.cat([rows, rows.new_zeros(1, rows.shape[1])]).double()
    table = index.neighbours(window) if window.taps > 1 else torch.arange(len(index))[:, None]
    neighbours = padded[table]
    if weight.shape[2] == 1 and rows.shape[1] == weight.shape[0]:
        return (neighbours * weight[:, :, 0].double().t()).sum(1) + bias.double()
    return torch.einsum("ntc,otc->no", neighbours, weight.double()) + bias.double()


def run(
    kernel: RegionKernel, rows: Tensor, index: RegionIndex, window: Window, *,
    onto: Tensor | None = None, out: Tensor | None = None,
) -> Tensor:  # fmt: skip
    """The kernel on rows m×C, what it is summed onto behind them in a wider array."""
    given = rows if onto is None else torch.cat([rows, onto], dim=1)
    program = RegionProgram(given.shape[1])
    channels, outputs = kernel.channels, kernel.outputs
    beside = None if onto is None else Place(0, channels, outputs)
    program.add(kernel, window, source=Place(0, 0, channels), to=program.array(outputs), onto=beside)
    return program(Rows(given, index), out=out).values


def close(found: Tensor, wanted: Tensor, dtype: torch.dtype) -> bool:
    tolerance = 1e-5 if dtype == torch.float32 else 1.0 / 128
    return torch.allclose(found.double(), wanted, rtol=tolerance, atol=tolerance)


@needs_kernels
@given(
    count=st.integers(0, 99), channels=st.integers(1, 70), outputs=st.integers(1, 70),
    window=st.sampled_from(WINDOWS), dtype=st.sampled_from(DTYPES), activation=st.sampled_from(ACTIVATIONS),
    sums=st.booleans(), threads=st.integers(1, 3), seed=st.integers(0, 99),
)  # fmt: skip
@example(
    count=29, channels=64, outputs=64, window=WINDOWS[2], dtype=DTYPES[-1], activation="relu", sums=True, threads=2,
    seed=0,
)  # fmt: skip
def test_a_kernel_equals_sums_in_float64(
    count: int, channels: int, outputs: int, window: Window, dtype: torch.dtype, activation: Activation,
    sums: bool, threads: int, seed: int,
) -> None:  # fmt: skip
    torch.manual_seed(seed)
    before = torch.get_num_threads()
    torch.set_num_threads(threads)
    try:
        index = region(count)
        wide = torch.randn(count, channels + 5).to(dtype)
        rows = wide[:, 3 : 3 + channels]  # columns of a wider array
        weight = (torch.randn(outputs, window.taps, channels) / (channels * window.taps) ** 0.5).to(dtype)
        bias, onto = torch.randn(outputs), torch.randn(count, outputs).to(dtype)
        kernel = RegionKernel(weight, bias, activation=activation)
        around = torch.full((count, outputs + 4), 7.0, dtype=dtype)
        out = around[:, 2 : 2 + outputs]
        run(kernel, rows, index, window, onto=onto if sums else None, out=out)
        wanted = reference(rows, index, window, weight, bias)
        wanted = activate_(wanted + onto.double() if sums else wanted, activation)
        assert close(out, wanted, dtype)
        assert (around[:, :2] == 7.0).all()
        assert (around[:, 2 + outputs :] == 7.0).all()
    finally:
        torch.set_num_threads(before)


@needs_kernels
@given(
    count=st.integers(0, 99), channels=st.integers(1, 150), window=st.sampled_from(WINDOWS[1:]),
    dtype=st.sampled_from(DTYPES), activation=st.sampled_from(ACTIVATIONS), seed=st.integers(0, 99),
)  # fmt: skip
def test_a_depthwise_kernel_equals_sums_in_float64(
    count: int, channels: int, window: Window, dtype: torch.dtype, activation: Activation, seed: int
) -> None:
    torch.manual_seed(seed)
    index, rows = region(count), torch.randn(count, channels).to(dtype)
    weight, bias = torch.randn(channels, window.taps, 1).to(dtype), torch.randn(channels)
    kernel = RegionKernel(weight, bias, activation=activation, depthwise=True)
    found = run(kernel, rows, index, window)
    assert close(found, activate_(reference(rows, index, window, weight, bias), activation), dtype)


@needs_kernels
@pytest.mark.parametrize("dtype", DTYPES)
def test_a_row_has_the_same_sums_with_any_number_of_others(dtype: torch.dtype) -> None:
    rows = torch.randn(99, 80).to(dtype)
    kernel = RegionKernel(torch.randn(40, 1, 80).to(dtype), torch.randn(40))
    every = run(kernel, rows, region(99), Window((1, 1)))
    for count in (1, 13, 14, 15, 28, 50):
        assert torch.equal(run(kernel, rows[:count], region(count), Window((1, 1))), every[:count])


@needs_kernels
def test_a_program_hands_arrays_on_and_returns_the_last() -> None:
    torch.manual_seed(0)
    index, rows = region(40), torch.randn(40, 24)
    windows = WINDOWS[0], WINDOWS[2], WINDOWS[0]
    shapes = (8, 1, 24), (16, 9, 8), (24, 1, 24)
    weights = [torch.randn(shape) / 8 for shape in shapes]
    first, second, last = (RegionKernel(weight, torch.zeros(len(weight)), activation="relu") for weight in weights)
    program = RegionProgram(24)
    joined, inner, result = program.array(24), program.array(8), program.array(24)
    program.add(first, windows[0], source=program.given, to=inner)
    program.add(first, windows[0], source=program.given, to=_part(joined, 16, 8))
    program.add(second, windows[1], source=inner, to=_part(joined, 0, 16))
    program.add(last, windows[2], source=joined, to=result, onto=program.given, activation="none")
    found = program(Rows(rows, index)).values

    def convolved(x: Tensor, number: int) -> Tensor:
        weight = weights[number]
        return reference(x, index, windows[number], weight, torch.zeros(len(weight))).float()

    inside = convolved(rows, 0).relu()
    wanted = convolved(torch.cat([convolved(inside, 1).relu(), inside], dim=1), 2) + rows
    assert torch.allclose(found, wanted, atol=1e-4)
    assert torch.equal(program(Rows(rows, index)).values, found)
    assert program(Rows(rows[:0], region(0))).values.shape == (0, 24)


def _part(place: Place, first: int, width: int) -> Place:
    return Place(place.array, first, width)


@needs_kernels
@pytest.mark.parametrize("stride", [1, 2])
@pytest.mark.parametrize("size", [(1, 1), (5, 8), (6, 7)])
def test_a_program_on_a_map_equals_convolutions(size: tuple[int, int], stride: int) -> None:
    """An inverted residual, whose depthwise convolution may have a stride."""
    torch.manual_seed(0)
    features = torch.randn(2, 12, *size)
    expand, spatial, project = torch.randn(24, 12, 1, 1), torch.randn(24, 1, 3, 3), torch.randn(12, 24, 1, 1) / 5
    window = Window((3, 3), stride=(stride, stride), padding=(1, 1))
    kernels = [
        RegionKernel(expand[:, :, 0].permute(0, 2, 1), torch.zeros(24), activation="relu6"),
        RegionKernel(spatial.flatten(2).permute(0, 2, 1), torch.zeros(24), activation="relu6", depthwise=True),
        RegionKernel(project[:, :, 0].permute(0, 2, 1), torch.zeros(12)),
    ]
    program = RegionProgram(12)
    wide, spread, result = program.array(24), program.array(24), program.array(12)
    program.add(kernels[0], Window((1, 1)), source=program.given, to=wide)
    program.add(kernels[1], window, source=wide, to=spread)
    program.add(kernels[2], Window((1, 1)), source=spread, to=result)
    inside = F.conv2d(features, expand).clamp(0, 6)
    inside = F.conv2d(inside, spatial, stride=stride, padding=1, groups=24).clamp(0, 6)
    wanted = F.conv2d(inside, project)
    for given_map in (features, features.contiguous(memory_format=torch.channels_last)):
        assert torch.allclose(program.on_map(given_map), wanted, atol=1e-4)
    if stride == 2:
        with pytest.raises(ValueError, match="keep the map's size"):
            program(Rows(torch.randn(4, 12), region(4)))
        with pytest.raises(ValueError, match="one strided"):
            program.add(kernels[1], window, source=wide, to=spread)


@needs_kernels
def test_a_copy_outlives_its_original() -> None:
    rows, index = torch.randn(20, 32), region(20)
    kernel = RegionKernel(torch.randn(32, 1, 32), torch.randn(32))
    wanted = run(kernel, rows, index, Window((1, 1)))
    clone = copy.deepcopy(kernel)
    del kernel
    assert torch.equal(run(clone, rows, index, Window((1, 1))), wanted)


@needs_kernels
def test_what_does_not_fit_is_refused() -> None:
    kernel, plain = RegionKernel(torch.randn(6, 1, 5), torch.randn(6)), Window((1, 1))
    program = RegionProgram(5)
    result = program.array(6)
    wrong = [
        {"source": Place(0, 0, 4), "to": result},
        {"source": program.given, "to": Place(1, 0, 5)},
        {"source": program.given, "to": result, "onto": program.given},
    ]
    for places in wrong:
        with pytest.raises(ValueError, match="wanted"):
            program.add(kernel, plain, **places)
    with pytest.raises(ValueError, match="wanted"):
        program.add(kernel, WINDOWS[1], source=program.given, to=result)
    program.add(kernel, plain, source=program.given, to=result)
    index, rows = region(4), torch.randn(4, 5)
    for given_rows, out in (
        (torch.randn(4, 6), None),
        (rows.bfloat16(), None),
        (rows, torch.empty(3, 6)),
        (rows, torch.empty(4, 6).bfloat16()),
        (rows, torch.empty(6, 4).t()),
    ):
        with pytest.raises(ValueError, match="wanted"):
            program(Rows(given_rows, index), out=out)
    turned = rows.t().contiguous().t()  # columns apart in memory
    assert torch.equal(program(Rows(turned, index)).values, program(Rows(rows, index)).values)


@pytest.fixture
def fresh_library(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """Where a library is looked for, once and for this test alone."""
    place = tmp_path / "region_kernels.library"
    monkeypatch.setattr(library, "LIBRARY", place)
    monkeypatch.setattr(library, "_found", library._found.__wrapped__)
    monkeypatch.setattr(library, "_precisions", library._precisions.__wrapped__)
    return place


def test_without_a_library_there_are_no_kernels(fresh_library: Path) -> None:
    assert not runs_region_steps(torch.float32)


def test_a_file_that_is_no_library_is_left_alone_and_named(
    fresh_library: Path, caplog: pytest.LogCaptureFixture
) -> None:
    fresh_library.write_bytes(b"not a library")
    with caplog.at_level(logging.WARNING):
        assert not runs_region_steps(torch.float32)
    assert str(fresh_library) in caplog.text


@pytest.fixture
def narrow_kernels(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """The kernels for AVX2, on a processor that has wider ones too."""
    monkeypatch.setenv("RHOSCOPE_KERNELS", "avx2")
    library._precisions.cache_clear()
    yield
    monkeypatch.undo()
    library._precisions.cache_clear()
    runs_region_steps(torch.float32)  # chooses for the tests that follow


@needs_kernels
@pytest.mark.usefixtures("narrow_kernels")
@pytest.mark.parametrize("activation", ACTIVATIONS)
@pytest.mark.parametrize(("channels", "outputs"), [(1, 1), (16, 16), (40, 21), (70, 70)])
@pytest.mark.parametrize("count", [0, 1, 6, 7, 13, 99])
def test_the_kernels_for_avx2_compute_the_same(count: int, channels: int, outputs: int, activation: Activation) -> None:
    assert runs_region_steps(torch.float32)
    assert not runs_region_steps(torch.bfloat16)
    torch.manual_seed(0)
    index, rows, bias = region(count), torch.randn(count, channels), torch.randn(outputs)
    for window in WINDOWS:
        weight, onto = torch.randn(outputs, window.taps, channels) / 8, torch.randn(count, outputs)
        kernel = RegionKernel(weight, bias, activation=activation)
        found = run(kernel, rows, index, window, onto=onto)
        wanted = reference(rows, index, window, weight, bias) + onto.double()
        assert close(found, activate_(wanted, activation), torch.float32)
    window, weight = WINDOWS[2], torch.randn(channels, 9, 1)
    kernel = RegionKernel(weight, torch.zeros(channels), activation=activation, depthwise=True)
    wanted = reference(rows, index, window, weight, torch.zeros(channels))
    assert close(run(kernel, rows, index, window), activate_(wanted, activation), torch.float32)


@needs_kernels
@pytest.mark.parametrize(("wish", "warned"), [("none", False), ("avx1024", True)])
def test_the_environment_chooses(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture, wish: str, warned: bool
) -> None:
    monkeypatch.setenv("RHOSCOPE_KERNELS", wish)
    monkeypatch.setattr(library, "_precisions", library._precisions.__wrapped__)
    with caplog.at_level(logging.WARNING):
        assert runs_region_steps(torch.float32) == warned
    assert ("avx1024" in caplog.text) == warned
    monkeypatch.undo()
    library._precisions.cache_clear()
    assert runs_region_steps(torch.float32)


@needs_kernels
def test_a_library_of_other_sources_is_left_alone(
    monkeypatch: pytest.MonkeyPatch, fresh_library: Path, caplog: pytest.LogCaptureFixture
) -> None:
    fresh_library.write_bytes((Path(library.__file__).parent / "region_kernels.library").read_bytes())
    monkeypatch.setattr(library, "_INTERFACE", -1)
    with caplog.at_level(logging.WARNING):
        assert not runs_region_steps(torch.float32)
    assert "other sources" in caplog.text
