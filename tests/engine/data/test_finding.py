"""Finding images: order, suffixes, loops, folders that cannot be read, and speed."""

from __future__ import annotations

import os
import time
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.cancel import Cancelled, CancelToken
from engine.data.finding import natural_key
from engine.data.images import find_images
from engine.errors import ImageError
from tests.engine.data.files import save


def found(*paths: Path) -> tuple[list[str], list[ImageError]]:
    problems: list[ImageError] = []
    names = [path.name for path in find_images(paths, on_problem=problems.append)]
    return names, problems


def touch(folder: Path, *names: str) -> None:
    for name in names:
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(b"x")


def test_natural_order_files_before_subfolders_any_case(tmp_path: Path) -> None:
    touch(tmp_path, "img10.jpg", "IMG2.JPG", "img1.jpeg", "b/1.png", "a10/1.PNG", "a2/1.TiFf", "notes.txt", "c")
    assert found(tmp_path) == (["img1.jpeg", "IMG2.JPG", "img10.jpg", "1.TiFf", "1.PNG", "1.png"], [])


def test_hidden_files_and_folders_are_left_out(tmp_path: Path) -> None:
    touch(tmp_path, ".hidden.jpg", ".thumbnails/a.jpg", "._a.jpg", "seen.jpg")
    assert found(tmp_path) == (["seen.jpg"], [])


def test_nothing_comes_twice(tmp_path: Path) -> None:
    touch(tmp_path, "a.jpg", "sub/b.jpg")
    names, problems = found(tmp_path / "a.jpg", tmp_path, tmp_path / "sub", tmp_path / "sub" / ".." / "a.jpg")
    assert (names, problems) == (["a.jpg", "b.jpg"], [])


def test_missing_path_is_reported_and_the_rest_goes_on(tmp_path: Path) -> None:
    touch(tmp_path, "a.jpg")
    names, problems = found(tmp_path / "gone.jpg", tmp_path / "gone", tmp_path / "a.jpg")
    assert names == ["a.jpg"]
    assert [p.path for p in problems] == [tmp_path / "gone.jpg", tmp_path / "gone"]
    assert all("no such file" in str(p) for p in problems)


def test_a_file_named_outright_is_judged_by_its_content(tmp_path: Path) -> None:
    save(tmp_path / "a.png", np.zeros((4, 4, 3), dtype=np.uint8))
    (tmp_path / "a.png").rename(tmp_path / "photo")
    touch(tmp_path, "notes.txt")
    names, problems = found(tmp_path / "photo", tmp_path / "notes.txt")
    assert names == ["photo"]
    assert [p.path for p in problems] == [tmp_path / "notes.txt"]
    assert "text file" in str(problems[0])
    assert found(tmp_path) == ([], [])


@pytest.mark.skipif(os.name == "nt", reason="links need rights on Windows")
def test_a_directory_loop_is_reported_and_left(tmp_path: Path) -> None:
    touch(tmp_path, "a.jpg", "sub/b.jpg")
    (tmp_path / "sub" / "up").symlink_to(tmp_path)
    names, problems = found(tmp_path)
    assert names == ["a.jpg", "b.jpg"]
    assert [p.path for p in problems] == [tmp_path / "sub" / "up"]
    assert "leads back" in str(problems[0])


@pytest.mark.skipif(os.name == "nt", reason="links need rights on Windows")
def test_links_that_lead_nowhere_or_to_themselves_are_reported(tmp_path: Path) -> None:
    touch(tmp_path, "a.jpg")
    (tmp_path / "dangling.jpg").symlink_to(tmp_path / "gone.jpg")
    (tmp_path / "self.jpg").symlink_to(tmp_path / "self.jpg")
    (tmp_path / "self").symlink_to(tmp_path / "self")
    names, problems = found(tmp_path)
    assert names == ["a.jpg"]
    assert {p.path.name for p in problems if p.path} == {"dangling.jpg", "self.jpg", "self"}
    names, problems = found(tmp_path / "self")
    assert (names, len(problems)) == ([], 1)


@pytest.mark.skipif(os.name == "nt", reason="links need rights on Windows")
def test_a_folder_linked_from_two_places_comes_once(tmp_path: Path) -> None:
    touch(tmp_path, "real/a.jpg")
    (tmp_path / "again").symlink_to(tmp_path / "real")
    assert found(tmp_path) == (["a.jpg"], [])


def test_an_unreadable_folder_is_reported_and_the_rest_goes_on(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    touch(tmp_path, "a.jpg", "closed/b.jpg", "open/c.jpg")
    scan = os.scandir

    def guarded(folder: Path) -> object:
        if Path(folder).name == "closed":
            raise PermissionError(13, "Permission denied", str(folder))
        return scan(folder)

    with monkeypatch.context() as patch:
        patch.setattr(os, "scandir", guarded)
        names, problems = found(tmp_path)
    assert names == ["a.jpg", "c.jpg"]
    assert [p.path for p in problems] == [tmp_path / "closed"]
    assert "permission denied" in str(problems[0])


def test_problems_are_logged_where_nobody_listens(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    assert list(find_images([tmp_path / "gone.jpg"])) == []
    assert "gone.jpg" in caplog.text


def test_cancel_stops_the_search(tmp_path: Path) -> None:
    touch(tmp_path, *(f"{i}.jpg" for i in range(20)))
    token = CancelToken()
    images = find_images([tmp_path], cancel=token)
    assert next(images).name == "0.jpg"
    token.cancel()
    with pytest.raises(Cancelled):
        next(images)


def test_images_come_before_the_search_is_over(tmp_path: Path) -> None:
    touch(tmp_path, "a.jpg", "later/b.jpg")
    images = find_images([tmp_path])
    assert next(images).name == "a.jpg"
    touch(tmp_path, "later/c.jpg")
    assert [path.name for path in images] == ["b.jpg", "c.jpg"]


def test_a_deep_tree_is_no_problem(tmp_path: Path) -> None:
    folder = tmp_path
    for _ in range(300):
        folder = folder / "d"
    folder.mkdir(parents=True)
    touch(folder, "deep.jpg")
    assert found(tmp_path) == (["deep.jpg"], [])


def test_20_000_files_are_found_at_once(tmp_path: Path) -> None:
    for i in range(20_000):
        (tmp_path / f"{i}.jpg").touch()
    start = time.perf_counter()
    names, problems = found(tmp_path)
    assert time.perf_counter() - start < 2.0
    assert names == [f"{i}.jpg" for i in range(20_000)]
    assert problems == []


@given(st.lists(st.text(max_size=12), max_size=12))
def test_natural_order_is_an_order(names: list[str]) -> None:
    """Sorting never fails on odd digits, and gives one answer whatever the order it starts from."""
    assert sorted(names, key=natural_key) == sorted(reversed(names), key=natural_key)


@given(st.integers(0, 10**9), st.integers(0, 10**9))
def test_numbers_sort_by_value(first: int, second: int) -> None:
    assert (natural_key(f"p{first}.jpg") < natural_key(f"p{second}.jpg")) == (first < second)
