"""Every kind of problem is named with its file, and the counts are those of the pixels."""

from __future__ import annotations

import threading
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from engine.cancel import Cancelled, CancelToken
from engine.data.folder import FolderData
from engine.data.preflight import Problem, check_before_training, preflight, shared_images
from engine.errors import DataError


def _folder(root: Path, count: int = 20) -> Path:
    """Photos of 6×4 with ids 0 and 7, and one void pixel each."""
    (root / "images").mkdir(parents=True)
    (root / "masks").mkdir()
    (root / "classes.txt").write_text("0 ground\n7 object\n9 rare\n", encoding="utf-8")
    labels = np.zeros((4, 6), dtype=np.uint8)
    labels[1:3, 1:4] = 7
    labels[0, 0] = 255
    for number in range(count):
        noise = np.random.default_rng(number).integers(0, 256, (4, 6, 3), dtype=np.uint8)
        Image.fromarray(noise).save(root / "images" / f"{number:02}.jpg", quality=100)
        Image.fromarray(labels).save(root / "masks" / f"{number:02}.png")
    return root


def _spoil(root: Path) -> dict[str, str]:
    """One problem of each kind; returns kind → file name."""
    photo = root / "images" / "02.jpg"
    photo.write_bytes(photo.read_bytes()[:-40])
    (root / "masks" / "03.png").write_bytes(b"no png")
    Image.new("RGB", (6, 4)).save(root / "masks" / "04.png")
    Image.new("L", (6, 4), 8).save(root / "masks" / "05.png")
    Image.new("L", (5, 4)).save(root / "masks" / "06.png")
    (root / "masks" / "07.png").unlink()
    (root / "images" / "08.jpg").unlink()
    return {
        "unreadable image": "02.jpg", "unreadable labels": "03.png", "wrong mode": "04.png",
        "ids outside the table": "05.png", "sizes differ": "06.png", "image without labels": "07.jpg",
        "labels without image": "08.png",
    }  # fmt: skip


def test_a_sound_folder_is_counted_exactly(tmp_path: Path) -> None:
    report = preflight(FolderData(_folder(tmp_path)))
    assert (report.pairs, report.checked, report.unusable, report.problem_count) == (20, 20, 0, 0)
    assert [(c.id, c.name, c.pixels, c.images) for c in report.classes] == [
        (0, "ground", 20 * 17, 20), (7, "object", 20 * 6, 20), (9, "rare", 0, 0)
    ]  # fmt: skip
    assert (report.pixels, report.void_share, report.void_images) == (480, 1 / 24, 0)
    assert [(s.width, s.height, s.images) for s in report.sizes] == [(6, 4, 20)]


def test_each_problem_is_named_by_kind_and_file(tmp_path: Path) -> None:
    root = _folder(tmp_path)
    expected = _spoil(root)
    told: list[Problem] = []
    report = preflight(FolderData(root), on_problem=told.append)
    assert {problem.kind: problem.path.name for problem in report.problems} == expected
    assert all(problem.path.is_relative_to(root) for problem in report.problems)
    assert tuple(told) == report.problems
    assert dict(report.problem_counts) == dict.fromkeys(expected, 1)
    assert (report.pairs, report.unusable) == (18, 5)
    assert [(f.value, f.pixels, f.images) for f in report.foreign] == [("8", 24, 1)]
    # Foreign pixels are no void pixels: 15 sound or spoilt-photo maps hold one void pixel each.
    assert report.void_share * report.pixels == pytest.approx(14)


def test_the_list_of_problems_is_bounded_and_all_are_counted(tmp_path: Path) -> None:
    root = _folder(tmp_path)
    for path in (root / "masks").iterdir():
        Image.new("L", (6, 4), 100).save(path)
    told: list[Problem] = []
    report = preflight(FolderData(root), limit=3, on_problem=told.append)
    assert (len(report.problems), len(told), report.problem_count) == (3, 3, 20)
    assert [problem.path.name for problem in report.problems] == ["00.png", "01.png", "02.png"]


def test_headers_alone_find_all_but_damaged_pixels(tmp_path: Path) -> None:
    root = _folder(tmp_path)
    expected = _spoil(root)
    report = preflight(FolderData(root), whole_images=False)
    assert {problem.kind for problem in report.problems} == set(expected) - {"unreadable image"}
    (root / "images" / "02.jpg").write_bytes(b"")
    report = preflight(FolderData(root), whole_images=False)
    assert {problem.kind for problem in report.problems} == set(expected)


def test_before_training_a_few_problems_are_told_and_many_stop_it(tmp_path: Path) -> None:
    root = _folder(tmp_path)
    for number in (3, 9):
        Image.new("L", (6, 4), 8).save(root / "masks" / f"{number:02}.png")
    told: list[Problem] = []
    assert check_before_training(FolderData(root), on_problem=told.append).unusable == 2
    assert [problem.path.name for problem in told] == ["03.png", "09.png"]
    Image.new("RGB", (6, 4)).save(root / "masks" / "10.png")
    with pytest.raises(DataError, match=r"3 of the first 11 pairs of all cannot be used, e\.g\. .*03\.png: .* 8 \(24"):
        check_before_training(FolderData(root))


def test_images_in_both_lists_are_named(tmp_path: Path) -> None:
    root = _folder(tmp_path)
    (root / "train.txt").write_text("01\n02\n03\n", encoding="utf-8")
    (root / "val.txt").write_text("04\n03\n", encoding="utf-8")
    train, val = FolderData(root, split="train"), FolderData(root, split="val")
    assert shared_images(train, val) == ("03",)
    assert shared_images(train, train) == ("01", "02", "03")


def test_it_can_be_cancelled_and_leaves_no_thread(tmp_path: Path) -> None:
    before = threading.active_count()
    token = CancelToken()
    token.cancel()
    with pytest.raises(Cancelled):
        preflight(FolderData(_folder(tmp_path)), cancel=token)
    assert threading.active_count() == before
