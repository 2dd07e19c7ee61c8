"""Class tables as people write them, and refusal of those that cannot be meant."""

from __future__ import annotations

from pathlib import Path

import pytest

from engine.data.class_table import read_class_table
from engine.errors import DataError


def _table(folder: Path, name: str, text: str) -> Path:
    path = folder / name
    path.write_text(text, encoding="utf-8")
    return path


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("classes.txt", "# mine\n0 road 128 64 128\n7 traffic light #faaa1e\n9 void\n"),
        ("classes.txt", "0: road, 128, 64, 128\n7: traffic light, #FAAA1E\n9: void\n"),
        ("classes.csv", "id,name,r,g,b\n0,road,128,64,128\n7,traffic light,250,170,30\n9,Void,,,\n"),
        ("classes.csv", "name;".replace(";", ",") + "id,color\nroad,0,128 64 128\ntraffic light,7,#faaa1e\nvoid,9\n"),
        ("classes.csv", "0,road,128,64,128\n7,traffic light,250,170,30\n9,void\n"),
        (
            "classes.json",
            '{"classes": [{"id": 0, "name": "road", "colour": [128, 64, 128]},'
            ' {"id": 7, "name": "traffic light", "color": "#faaa1e"}, {"id": 9, "name": "ignore"}]}',
        ),
    ],
)
def test_all_forms_say_the_same(tmp_path: Path, name: str, text: str) -> None:
    convention = read_class_table(_table(tmp_path, name, text))
    assert convention.class_names == ("road", "traffic light")
    assert convention.ids == (0, 7)
    assert convention.void == {9, 255}
    assert convention.palette.tolist() == [[128, 64, 128], [250, 170, 30]]
    assert convention.colours == {(128, 64, 128): 0, (250, 170, 30): 1}


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("classes.txt", "sky\ntall tree\n\nroad\n"),
        ("classes.csv", "name\nsky\ntall tree\nroad\n"),
        ("classes.json", '["sky", "tall tree", "road"]'),
        ("classes.json", '{"0": "sky", "1": "tall tree", "2": "road"}'),
    ],
)
def test_without_ids_the_order_counts_and_without_colours_colour_masks_are_refused(
    tmp_path: Path, name: str, text: str
) -> None:
    convention = read_class_table(_table(tmp_path, name, text))
    assert (convention.class_names, convention.ids) == (("sky", "tall tree", "road"), (0, 1, 2))
    assert not convention.colours
    assert convention.palette.shape == (3, 3)


def test_a_class_may_have_the_value_255(tmp_path: Path) -> None:
    convention = read_class_table(_table(tmp_path, "classes.txt", "0 ground\n255 object\n"))
    assert (convention.ids, convention.void) == ((0, 255), frozenset())


@pytest.mark.parametrize(
    ("name", "text", "reason"),
    [
        ("classes.txt", "", "no class"),
        ("classes.txt", "255 void\n", "no class"),
        ("classes.txt", "0 a\nb\n", "does not: b"),
        ("classes.txt", "0 a\n0 b\n", "id 0 occurs twice: 0 a and 0 b"),
        ("classes.txt", "0 a\n1 a\n", "name a occurs twice"),
        ("classes.txt", "0 a #000000\n1 b 0 0 0\n", "colour .* occurs twice"),
        ("classes.txt", "0 a\n300 b\n", "id 300"),
        ("classes.txt", "0 a 0 0 256\n", "colour"),
        ("classes.csv", "id,name\nx,a\n", "'x' is no id"),
        ("classes.csv", "id,name\n1,\n", "class 1 has no name"),
        ("classes.csv", "id,name,colour\n1,a,reddish\n", "'reddish' is no colour"),
        ("classes.json", "{", "cannot be read"),
        ("classes.json", "3", "neither a list nor an object"),
        ("classes.json", "[3]", "entry 0"),
    ],
)
def test_tables_that_cannot_be_meant_are_refused_by_name(tmp_path: Path, name: str, text: str, reason: str) -> None:
    with pytest.raises(DataError, match=rf"{name}: .*{reason}"):
        read_class_table(_table(tmp_path, name, text))
