"""SBD's MATLAB files become index PNGs; VOC's own masks come first, and nothing is left out in silence."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from engine.data.sbd import convert_sbd
from engine.errors import DataError, SettingError
from tests.engine.data.voc_folder import write_voc

scipy_io = pytest.importorskip("scipy.io")


def _mat(path: Path, labels: np.ndarray) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    boundaries = np.empty((2, 1), dtype=object)
    boundaries[:, 0] = [np.zeros((2, 2)), np.ones((2, 2))]
    truth = {"Segmentation": labels, "Boundaries": boundaries, "CategoriesPresent": np.array([[1], [20]])}
    scipy_io.savemat(path, {"GTcls": truth}, do_compression=True)


@pytest.fixture
def sbd(tmp_path: Path) -> Path:
    root = tmp_path / "benchmark_RELEASE"
    labels = np.arange(21, dtype=np.uint8).reshape(3, 7)
    for name in ("2007_a", "2008_val", "2009_x"):
        _mat(root / "dataset" / "cls" / f"{name}.mat", labels)
    return root


def _labels(path: Path) -> np.ndarray:
    with Image.open(path) as image:
        assert image.mode == "L"
        return np.array(image)


def test_ids_arrive_as_they_are(sbd: Path, tmp_path: Path) -> None:
    problems: list[DataError] = []
    result = convert_sbd(sbd, tmp_path / "out", on_problem=problems.append)
    assert (result.converted, result.from_voc, result.failed, problems) == (3, 0, 0, [])
    assert np.array_equal(_labels(tmp_path / "out" / "2009_x.png"), np.arange(21).reshape(3, 7))


def test_voc_masks_come_first_and_the_list_holds_nothing_of_val(sbd: Path, tmp_path: Path) -> None:
    voc = write_voc(tmp_path / "VOC2012", train=["2007_a", "2007_b"], val=["2008_val", "2008_other"])
    listed = voc / "ImageSets" / "SegmentationAug" / "train_aug.txt"
    out = voc / "SegmentationClassAug"
    result = convert_sbd(sbd, out, voc_root=voc, list_file=listed, on_problem=lambda _: pytest.fail("no problem here"))
    assert (result.converted, result.from_voc, result.listed, result.in_val) == (1, 4, 3, 1)
    assert listed.read_text(encoding="utf-8").split() == ["2007_a", "2007_b", "2009_x"]
    assert 255 in _labels(out / "2007_a.png")  # VOC's void border, which SBD has not
    assert _labels(out / "2009_x.png").max() == 20


def test_damaged_and_strange_files_are_named_and_the_others_done(sbd: Path, tmp_path: Path) -> None:
    cls = sbd / "dataset" / "cls"
    (cls / "bad.mat").write_bytes(b"MATLAB 5.0 MAT-file" + b"\0" * 200)
    _mat(cls / "high.mat", np.full((2, 2), 21, dtype=np.uint8))
    scipy_io.savemat(cls / "other.mat", {"x": 1})
    problems: list[DataError] = []
    result = convert_sbd(cls, tmp_path / "out", on_problem=problems.append)
    assert (result.converted, result.failed) == (3, 3)
    assert [problem.path.name for problem in problems if problem.path] == ["bad.mat", "high.mat", "other.mat"]


def test_what_is_missing_is_said_before_anything_is_written(sbd: Path, tmp_path: Path) -> None:
    empty = tmp_path / "empty"
    empty.mkdir()
    with pytest.raises(DataError, match=r"no \.mat files: looked here and in cls"):
        convert_sbd(empty, tmp_path / "out", on_problem=print)
    with pytest.raises(SettingError, match="--voc"):
        convert_sbd(sbd, tmp_path / "out", list_file=tmp_path / "l.txt", on_problem=print)
    assert not (tmp_path / "out").exists()
