"""The contact sheet: what it holds, and names of any kind."""

from __future__ import annotations

import numpy as np
import pytest

from engine.rendering import contact_sheet, resize_photo, sheet_row, stage_tile
from engine.rendering.contact_sheet import _shortened, _width
from tests.engine.rendering.results import PALETTE, photo, thirds


def test_a_row_has_photo_stages_labels_and_deciding_stage() -> None:
    rgb, result = photo(320, 480), thirds(cell=80)
    row = sheet_row("cat.jpg", rgb, result, side=100)
    assert [tile.caption[0] for tile in row.tiles] == [
        "photo", "stage 1", "stage 2", "stage 3", "labels", "deciding stage",
    ]  # fmt: skip
    assert {tile.picture.shape for tile in row.tiles} == {(89, 133, 3)}
    assert np.array_equal(row.tiles[2].picture, stage_tile(resize_photo(rgb, (89, 133)), result, 2))
    assert row.tiles[1].caption[1] == "decided 33% · 20 ms"
    assert row.facts == "ρ 0.9   47 ms"
    assert row.classes == (("background 50%", (0, 0, 0)), ("cat 50%", tuple(PALETTE[1])))


def test_the_sheet_shows_every_tile_unchanged() -> None:
    rows = [sheet_row(f"{i}.jpg", photo(60, 80, seed=i), thirds(), side=60) for i in range(3)]
    sheet = contact_sheet(rows, title="test")
    assert sheet.dtype == np.uint8
    for row in rows:
        for tile in row.tiles:
            height, width = tile.picture.shape[:2]
            windows = np.lib.stride_tricks.sliding_window_view(sheet[..., 0], (1, width))[:, :, 0]
            places = np.argwhere((windows == tile.picture[0, :, 0]).all(axis=2))
            assert any(np.array_equal(sheet[y : y + height, x : x + width], tile.picture) for y, x in places)


@pytest.mark.parametrize("name", ["写真 🦉.jpg", "a\nb\x00\udcff.jpg", "", "x" * 4000])
def test_names_of_any_kind_are_drawn(name: str) -> None:
    plain = contact_sheet([sheet_row("a.jpg", photo(), thirds())], title="t")
    assert contact_sheet([sheet_row(name, photo(), thirds())], title=name[:20]).shape == plain.shape


def test_long_names_lose_their_middle() -> None:
    short = _shortened("holiday " * 40 + "0042.jpg", 200, size=14)
    assert _width(short, size=14) <= 200
    assert short.startswith("holiday")
    assert short.endswith("0042.jpg")
    assert "…" in short


@pytest.mark.parametrize("size", [(1, 1), (10, 3000), (3000, 10)])
def test_extreme_photos_have_a_row(size: tuple[int, int]) -> None:
    sheet = contact_sheet([sheet_row("a.jpg", photo(*size), thirds(), side=120)], title="t")
    assert sheet.shape[1] < 3000


def test_a_sheet_without_rows_is_refused() -> None:
    with pytest.raises(ValueError, match="at least one row"):
        contact_sheet([], title="t")
