"""Names of results under any set of inputs."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.cli.output_names import OutputNames
from engine.errors import OutputError

SUFFIXES = (".png", ".stage.png", ".confidence.png")
STEMS = st.sampled_from(["cat", "Cat", "CAT", "cat-2", "cat.stage", "cat.stage-2", "cat.confidence", "dog"])


@given(st.lists(STEMS, max_size=12))
def test_no_file_of_any_kind_is_written_twice(stems: list[str]) -> None:
    images = [Path(f"in{i}") / f"{stem}.jpg" for i, stem in enumerate(stems)]
    names = OutputNames(Path("out"), SUFFIXES, inputs=images)
    taken = [names.take(image)[0] for image in images]
    files = [f"{stem}{suffix}".casefold() for stem in taken for suffix in SUFFIXES]
    assert len(files) == len(set(files))


def test_the_first_keeps_its_name_and_the_second_learns_of_it() -> None:
    first, second = Path("a/cat.jpg"), Path("b/cat.png")
    names = OutputNames(Path("out"), SUFFIXES, inputs=[first, second])
    assert names.take(first) == ("cat", None)
    assert names.take(second) == ("cat-2", first)


def test_inputs_are_never_replaced(tmp_path: Path) -> None:
    image = tmp_path / "cat.png"
    image.touch()
    names = OutputNames(tmp_path / "x" / "..", SUFFIXES, inputs=[image])
    (tmp_path / "x").mkdir()
    with pytest.raises(OutputError, match="would replace an image"):
        names.take(image)
