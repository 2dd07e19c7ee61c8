"""rhoscope predict with a fake model: files, JSON, exit codes, and inputs that fail without stopping the others."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from engine.cli import predict
from engine.cli.main import main
from engine.data.images import read_image
from engine.data.label_files import read_label_map
from engine.data.palettes import CITYSCAPES_CLASSES
from engine.errors import CheckpointError, RefinementError
from tests.engine.cli.fake_model import FakeModel
from tests.engine.data.files import jpeg_with_orientation, png_claiming, save


def half_bright(height: int = 30, width: int = 40) -> np.ndarray:
    rgb = np.zeros((height, width, 3), dtype=np.uint8)
    rgb[:, : width // 4] = 250
    return rgb


@pytest.fixture
def model(monkeypatch: pytest.MonkeyPatch) -> FakeModel:
    fake = FakeModel()
    monkeypatch.setattr(predict, "open_model", fake.open)
    return fake


@pytest.fixture
def photos(tmp_path: Path) -> Path:
    folder = tmp_path / "photos"
    folder.mkdir()
    save(folder / "a.png", half_bright())
    save(folder / "b.png", half_bright(64, 20))
    return folder


def run(*arguments: object) -> int:
    return main(["predict", *map(str, arguments)])


def run_json(out: Path, *arguments: object) -> tuple[int, dict[str, Any]]:
    target = out.parent / "report.json"
    code = run(*arguments, "--out", out, "--json", target)
    return code, json.loads(target.read_text(encoding="utf-8"))


def test_label_maps_for_a_folder(model: FakeModel, photos: Path, tmp_path: Path) -> None:
    out = tmp_path / "new" / "out"
    assert run(photos, "--out", out) == 0
    assert sorted(p.name for p in out.iterdir()) == ["a.png", "b.png"]
    assert np.array_equal(read_label_map(out / "a.png") == 8, half_bright()[..., 0] > 0)
    with Image.open(out / "a.png") as image:
        assert image.mode == "P"


def test_the_json_has_the_documented_shape(model: FakeModel, photos: Path, tmp_path: Path) -> None:
    code, report = run_json(tmp_path / "out", photos / "a.png")
    assert code == 0
    assert {k: report[k] for k in ("model", "device", "precision", "threads")} == {
        "model": "fake", "device": "cpu", "precision": "fp32", "threads": 1,
    }  # fmt: skip
    (image,) = report["images"]
    assert image["path"] == str(photos / "a.png")
    assert (image["width"], image["height"]) == (40, 30)
    assert image["rho"] == [0.5, 0.5]
    assert len(image["shares"]) == 3
    assert sum(image["shares"]) == pytest.approx(1.0)
    times = image["milliseconds"]
    assert set(times) == {"decode", "stage1", "stage2", "stage3", "merge", "crf", "encode", "total"}
    assert times["decode"] > 0
    assert times["encode"] > 0
    assert times["total"] >= times["decode"] + times["encode"]
    assert (times["stage1"], times["crf"]) == (3.0, 0.0)
    assert image["classes"] == {"background": 0.75, "cat": 0.25}
    assert image["error"] is None


def test_json_alone_on_standard_output(
    model: FakeModel, photos: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    model.before = lambda rgb: print("a library that talks")  # noqa: T201 - as libraries do
    assert run(photos, tmp_path / "gone.jpg", "--out", tmp_path / "out", "--json", "-") == 1
    captured = capsys.readouterr()
    report = json.loads(captured.out)
    assert len(report["images"]) == 3
    assert "gone.jpg: no such file" in captured.err
    assert "a library that talks" in captured.err


def test_quiet_says_problems_only(
    model: FakeModel, photos: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(photos, "--out", tmp_path / "out", "--quiet") == 0
    assert capsys.readouterr() == ("", "")
    assert run(photos, tmp_path / "gone.jpg", "--out", tmp_path / "out", "-q") == 1
    assert len(capsys.readouterr().err.splitlines()) == 1


def test_stages_and_overlay(model: FakeModel, photos: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    assert run(photos / "a.png", "--out", out, "--stages", "--overlay", "--rho", ".75,.25") == 0
    assert sorted(p.name for p in out.iterdir()) == ["a.confidence.png", "a.overlay.jpg", "a.png", "a.stage.png"]
    with Image.open(out / "a.stage.png") as stage:
        assert stage.mode == "L"
        # Confidence grows from left to right: the left is hard, the right is easy.
        assert np.array(stage)[0].tolist() == [3] * 12 + [2] * 16 + [1] * 12
    with Image.open(out / "a.confidence.png") as confidence:
        assert (np.array(confidence) == 200).all()
        assert confidence.size == (40, 30)
    with Image.open(out / "a.overlay.jpg") as overlay:
        assert overlay.size == (40, 30)


def test_an_overlay_too_wide_for_jpeg_is_a_png(model: FakeModel, tmp_path: Path) -> None:
    path = save(tmp_path / "wide.png", half_bright(2, 66_000))
    code, report = run_json(tmp_path / "out", path, "--overlay")
    assert code == 0
    assert report["images"][0]["files"]["overlay"].endswith("wide.overlay.png")
    assert (tmp_path / "out" / "wide.overlay.png").exists()


@pytest.mark.parametrize(("form", "mode", "cat"), [("voc", "P", 8), ("index", "L", 8), ("cityscapes", "L", 21)])
def test_formats(model: FakeModel, photos: Path, tmp_path: Path, form: str, mode: str, cat: int) -> None:
    if form == "cityscapes":
        model.class_names = CITYSCAPES_CLASSES
    assert run(photos / "a.png", "--out", tmp_path / "out", "--format", form) == 0
    with Image.open(tmp_path / "out" / "a.png") as image:
        assert image.mode == mode
        assert np.array(image)[0, 0] == cat


def test_cityscapes_ids_need_cityscapes_classes(
    model: FakeModel, photos: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(photos, "--out", tmp_path / "out", "--format", "cityscapes") == 2
    assert "19 Cityscapes classes" in capsys.readouterr().err


def test_orientation_reaches_the_label_map(model: FakeModel, tmp_path: Path) -> None:
    upright = half_bright(32, 48)
    path = jpeg_with_orientation(tmp_path / "a.jpg", np.ascontiguousarray(np.rot90(upright, 1)), 6)
    assert run(path, "--out", tmp_path / "out") == 0
    assert np.array_equal(read_label_map(tmp_path / "out" / "a.png") == 8, read_image(path).rgb[..., 0] > 127)
    assert read_label_map(tmp_path / "out" / "a.png").shape == (32, 48)


def test_bad_images_are_named_and_the_others_are_done(
    model: FakeModel, photos: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (photos / "empty.jpg").touch()
    (photos / "letter.jpg").write_text("Dear reader, " * 50, encoding="utf-8")
    (photos / "cut.png").write_bytes((photos / "a.png").read_bytes()[:60])
    png_claiming(photos / "bomb.png", 100_000, 100_000)
    (photos / "loop").symlink_to(photos)
    code, report = run_json(tmp_path / "out", photos, tmp_path / "gone", tmp_path / "letter.txt")
    assert code == 1
    errors = {Path(i["path"]).name: i["error"] for i in report["images"]}
    assert errors.pop("a.png") is None
    assert errors.pop("b.png") is None
    for name, reason in {
        "empty.jpg": "empty",
        "letter.jpg": "text file",
        "cut.png": "damaged",
        "bomb.png": "megapixels",
        "loop": "leads back",
        "gone": "no such file",
        "letter.txt": "no such file",
    }.items():
        assert reason in errors[name]
        assert name in errors[name]
    said = capsys.readouterr().err
    assert all(error in said for error in errors.values())
    assert sorted(p.name for p in (tmp_path / "out").iterdir()) == ["a.png", "b.png"]


@pytest.mark.parametrize("error", [MemoryError(), RuntimeError("CUDA out of\nmemory"), CheckpointError("odd")])
def test_a_model_that_fails_on_one_image_does_the_others(
    model: FakeModel, photos: Path, tmp_path: Path, error: Exception
) -> None:
    def fail(rgb: np.ndarray) -> None:
        if rgb.shape[0] == 30:
            raise error

    model.before = fail
    code, report = run_json(tmp_path / "out", photos)
    assert code == 1
    assert [i["error"] is None for i in report["images"]] == [False, True]


@pytest.mark.parametrize("rho", ["1.5", "-0.1", "nan", "inf", ".9,2"])
def test_rho_outside_0_to_1_is_bad_input(
    model: FakeModel, photos: Path, tmp_path: Path, rho: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(photos, "--out", tmp_path / "out", f"--rho={rho}", "--json", "-") == 1
    captured = capsys.readouterr()
    assert "ρ must lie between 0 and 1" in captured.err
    assert "between 0 and 1" in json.loads(captured.out)["error"]
    assert model.choices == []
    assert not (tmp_path / "out").exists()


def test_the_number_of_thresholds_must_fit_the_model(
    model: FakeModel, photos: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(photos, "--out", tmp_path / "out", "--rho", ".9,.8,.7") == 1
    assert "3 values of ρ given, the model has 2 thresholds" in capsys.readouterr().err


@pytest.mark.parametrize(
    "arguments",
    [
        ["--rho", "high"],
        ["--rho", ""],
        ["--rho", ".9,"],
        ["--threads", "0"],
        ["--threads", "many"],
        ["--max-side", "-1"],
        ["--crf", "some"],
        ["--format", "coco"],
        ["--precision", "fp8"],
        ["--unknown"],
        ["--json"],
    ],
)
def test_wrong_usage(model: FakeModel, photos: Path, tmp_path: Path, arguments: list[str]) -> None:
    assert run(photos, "--out", tmp_path / "out", *arguments) == 2
    assert model.choices == []


def test_out_and_paths_are_needed(photos: Path, tmp_path: Path) -> None:
    assert run(photos) == 2
    assert run("--out", tmp_path / "out") == 2


def test_the_models_choice_is_handed_on(model: FakeModel, photos: Path, tmp_path: Path) -> None:
    run(photos, "--out", tmp_path / "o", "--model", "m", "--device", "cpu", "--precision", "bf16", "--threads", 2)
    run(photos, "--out", tmp_path / "o", "--max-side", 0)
    first, second = model.choices
    assert (first.model, first.device, first.precision, first.threads) == ("m", "cpu", "bf16", 2)
    assert (first.max_side, second.max_side) == (None, 0)
    assert (second.model, second.device, second.precision, second.threads) == ("default", "auto", "auto", None)


def test_a_checkpoint_that_cannot_be_loaded(
    photos: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def missing(_: object) -> None:
        raise CheckpointError("no such checkpoint", path=Path("m.safetensors"), cure="check the name")

    monkeypatch.setattr(predict, "open_model", missing)
    assert run(photos, "--out", tmp_path / "out", "--model", "m.safetensors", "--json", "-") == 1
    captured = capsys.readouterr()
    assert "m.safetensors: no such checkpoint (check the name)" in captured.err
    assert json.loads(captured.out)["images"] == []


def test_no_images(model: FakeModel, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "empty").mkdir()
    assert run(tmp_path / "empty", "--out", tmp_path / "out") == 1
    assert "no images found" in capsys.readouterr().err
    assert model.choices == []


def test_same_stems_from_different_folders_do_not_replace_each_other(
    model: FakeModel, photos: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    other = tmp_path / "others"
    other.mkdir()
    save(other / "A.bmp", np.full((5, 5, 3), 250, dtype=np.uint8))
    code, report = run_json(tmp_path / "out", photos, other)
    assert code == 0
    assert sorted(p.name for p in (tmp_path / "out").iterdir()) == ["A-2.png", "a.png", "b.png"]
    assert read_label_map(tmp_path / "out" / "a.png").shape == (30, 40)
    assert read_label_map(tmp_path / "out" / "A-2.png").shape == (5, 5)
    image = next(i for i in report["images"] if i["path"].endswith("A.bmp"))
    assert image["files"]["label_map"] == str(tmp_path / "out" / "A-2.png")
    assert str(photos / "a.png") in image["notes"][0]
    assert "A-2.png" in capsys.readouterr().err


def test_images_are_never_replaced(model: FakeModel, photos: Path, capsys: pytest.CaptureFixture[str]) -> None:
    save(photos / "c.jpg", half_bright())
    before = (photos / "a.png").read_bytes()
    assert run(photos, "--out", photos) == 1
    assert "would replace an image that is read" in capsys.readouterr().err
    assert (photos / "a.png").read_bytes() == before
    # What replaces nothing is written there all the same.
    assert (photos / "c.png").exists()


@pytest.mark.skipif(os.name == "nt", reason="links need rights on Windows")
def test_images_are_not_replaced_through_links_either(model: FakeModel, photos: Path, tmp_path: Path) -> None:
    (tmp_path / "out").symlink_to(photos)
    before = (photos / "a.png").read_bytes()
    assert run(photos, "--out", tmp_path / "out") == 1
    assert (photos / "a.png").read_bytes() == before


def test_json_never_replaces_an_image(model: FakeModel, photos: Path, tmp_path: Path) -> None:
    before = (photos / "a.png").read_bytes()
    assert run(photos, "--out", tmp_path / "out", "--json", photos / "a.png") == 2
    assert (photos / "a.png").read_bytes() == before


def test_results_of_an_earlier_run_are_not_taken_for_photos(model: FakeModel, photos: Path) -> None:
    out = photos / "out"
    for _ in range(2):
        code, report = run_json(out, photos, "--stages")
        assert code == 0
        assert [Path(i["path"]).name for i in report["images"]] == ["a.png", "b.png"]


def test_a_folder_that_cannot_be_made(
    model: FakeModel, photos: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "out").touch()
    assert run(photos, "--out", tmp_path / "out") == 1
    assert "a folder is needed" in capsys.readouterr().err
    assert model.choices == []


def test_a_result_that_cannot_be_written_is_named_and_the_others_are_done(
    model: FakeModel, photos: Path, tmp_path: Path
) -> None:
    (tmp_path / "out" / "a.png").mkdir(parents=True)
    code, report = run_json(tmp_path / "out", photos)
    assert code == 1
    assert "cannot be written" in report["images"][0]["error"]
    assert report["images"][1]["error"] is None


def test_json_that_cannot_be_written(
    model: FakeModel, photos: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(photos, "--out", tmp_path / "out", "--json", tmp_path / "no" / "r.json") == 1
    assert "r.json: cannot be written" in capsys.readouterr().err


def test_interrupt_keeps_what_is_done(
    model: FakeModel, photos: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    def stop(rgb: np.ndarray) -> None:
        if rgb.shape[0] == 64:
            raise KeyboardInterrupt

    model.before = stop
    assert run(photos, "--out", tmp_path / "out", "--json", "-") == 130
    captured = capsys.readouterr()
    report = json.loads(captured.out)
    assert [Path(i["path"]).name for i in report["images"]] == ["a.png"]
    assert report["error"] == "interrupted"
    assert "stopped; 1 image" in captured.err
    assert sorted(p.name for p in (tmp_path / "out").iterdir()) == ["a.png"]


@pytest.mark.skipif(os.name == "nt", reason="Windows stores names as Unicode")
def test_names_that_are_no_unicode(model: FakeModel, photos: Path, tmp_path: Path) -> None:
    name = os.fsdecode(b"caf\xe9.png")
    try:
        (photos / "a.png").rename(photos / name)
    except OSError:
        pytest.skip("this file system takes Unicode names only")
    code, report = run_json(tmp_path / "out", photos)
    assert code == 0
    assert {Path(i["path"]).name for i in report["images"]} == {name, "b.png"}
    assert (tmp_path / "out" / name).exists()


def test_notes_about_an_image_are_passed_on(
    model: FakeModel, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    save(tmp_path / "deep.png", np.arange(600, dtype=np.uint16).reshape(20, 30))
    code, report = run_json(tmp_path / "out", tmp_path / "deep.png")
    assert code == 0
    assert report["images"][0]["notes"] == ["16-bit grey, stretched from 0..599"]
    assert "stretched" in capsys.readouterr().err


def test_contact_sheet(model: FakeModel, photos: Path, tmp_path: Path) -> None:
    (photos / "broken.jpg").touch()
    sheet = tmp_path / "sheet.png"
    assert run(photos, "--out", tmp_path / "out", "--contact-sheet", sheet) == 1
    with Image.open(sheet) as picture:
        assert picture.width > 600


def test_a_missing_crf_is_said_once_before_anything_is_done(
    model: FakeModel, photos: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("engine.refine.refiner.crf_missing", lambda _: "The CRF is not installed")
    assert run(photos, "--out", tmp_path / "out", "--crf", "full") == 1
    assert capsys.readouterr().err.count("The CRF is not installed") == 1
    assert model.choices == []
    assert run(photos, "--out", tmp_path / "out") == 0


class FakeWorker:
    """Turns every label into dog (12), fails where told to, and remembers whether it was closed."""

    closed = 0
    error: Exception | None = None

    def submit(self, request: Any) -> Any:
        from engine.refine import CrfResult

        worker = self

        class Task:
            def result(self) -> CrfResult:
                if worker.error is not None:
                    raise worker.error
                labels = np.full_like(request.label_map, 12)
                return CrfResult(
                    label_map=labels, changed=labels != request.label_map, milliseconds=1.0,
                    working_size=labels.shape, note=f"mode {request.mode}",
                )  # fmt: skip

        return Task()

    def close(self) -> None:
        self.closed += 1


@pytest.fixture
def worker(monkeypatch: pytest.MonkeyPatch) -> FakeWorker:
    fake = FakeWorker()
    monkeypatch.setattr("engine.refine.refiner.CrfWorker", lambda: fake)
    monkeypatch.setattr("engine.refine.refiner.crf_missing", lambda _: None)
    return fake


@pytest.mark.parametrize("mode", ["full", "hard"])
def test_the_crf_refines_what_is_written(
    model: FakeModel, worker: FakeWorker, photos: Path, tmp_path: Path, mode: str
) -> None:
    code, report = run_json(tmp_path / "out", photos, "--crf", mode)
    assert code == 0
    assert report["images"][0]["classes"] == {"dog": 1.0}
    assert report["images"][0]["milliseconds"]["crf"] > 0
    assert report["images"][0]["notes"] == [f"mode {mode}"]
    assert (read_label_map(tmp_path / "out" / "a.png") == 12).all()
    assert worker.closed == 1


def test_a_crf_that_fails_is_named(model: FakeModel, worker: FakeWorker, photos: Path, tmp_path: Path) -> None:
    worker.error = RefinementError("the CRF's process ended")
    code, report = run_json(tmp_path / "out", photos, "--crf", "full")
    assert code == 1
    assert all("process ended" in i["error"] for i in report["images"])
    assert worker.closed == 1


def test_the_crf_worker_is_closed_on_interrupt(
    model: FakeModel, worker: FakeWorker, photos: Path, tmp_path: Path
) -> None:
    def stop(rgb: np.ndarray) -> None:
        if rgb.shape[0] == 64:
            raise KeyboardInterrupt

    model.before = stop
    assert run(photos, "--out", tmp_path / "out", "--crf", "full") == 130
    assert worker.closed == 1
