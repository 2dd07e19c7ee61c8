"""From a folder of photos to saved labels and back, on a fake engine and a real project file."""

from __future__ import annotations

import sqlite3
import threading
from contextlib import closing
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from pytestqt.qtbot import QtBot

from app.label.model import LabelModel
from app.label.tour import SMALLEST_CELLS
from app.label.views import PlaceKind
from app.services.project_files import project_file
from engine.cascade.result import IGNORE
from engine.errors import ProjectError
from engine.labels.answers import ranked
from engine.labels.area import Area
from engine.labels.formats.png_formats import IndexFormat
from engine.labels.hard_pixels import hard_groups
from engine.labels.provenance import CRF, HUMAN
from engine.labels.selection import Selection
from engine.project.class_plan import ClassDraft
from engine.project.project import Project
from engine.project.records import ProjectClass, Review
from tests.app.fakes import FakeBackend, FakeCrf
from tests.app.label.conftest import WAIT, MakeLabel, answered, idle, opened, shut_down


def square(top: int, left: int, side: int) -> Selection:
    return Selection(Area(top, left, top + side, left + side), np.ones((side, side), dtype=bool))


def stroke(model: LabelModel, *places: Selection) -> None:
    model.editing.begin_stroke()
    for place in places:
        model.stroke(place)
    model.editing.end_stroke()


def planes(model: LabelModel) -> tuple[np.ndarray, np.ndarray]:
    document = model.document
    assert document is not None
    return document.labels.copy(), document.provenance.copy()


class TestOpening:
    def test_a_folder_becomes_a_project_beside_its_photos(self, qtbot: QtBot, label: LabelModel, folder: Path) -> None:
        opened(qtbot, label, folder)
        assert (folder / "photos.rhoscope").is_file()
        assert label.images.rowCount() == 4
        assert label.photo is not None
        assert label.photo.path.name == "photo 1.png"
        assert label.view is not None
        assert [one.name for one in label.view.classes][:2] == ["background", "aeroplane"]
        assert label.view.classes[3].key == "3"
        assert label.document is not None
        assert (label.document.labels == IGNORE).all()

    def test_a_photo_opens_its_folder_and_is_shown(self, qtbot: QtBot, label: LabelModel, folder: Path) -> None:
        opened(qtbot, label, folder / "photo 3.png")
        assert label.photo is not None
        assert label.photo.path.name == "photo 3.png"

    def test_an_empty_folder_says_so_and_makes_nothing(self, qtbot: QtBot, label: LabelModel, tmp_path: Path) -> None:
        empty = tmp_path / "empty"
        empty.mkdir()
        label.open_paths([empty])
        qtbot.waitUntil(lambda: bool(label.problems), timeout=WAIT)
        assert "holds no images" in label.problems[0].text
        assert list(empty.iterdir()) == []

    def test_the_second_window_may_look_only(self, qtbot: QtBot, make_label: MakeLabel, folder: Path) -> None:
        first, second = make_label(), make_label()
        opened(qtbot, first, folder)
        opened(qtbot, second, folder)
        assert second.view is not None
        assert not second.view.writable
        assert "process" in second.view.why
        stroke(second, square(0, 0, 4))
        assert second.editing.undo_count == 0

    def test_another_project_takes_nothing_from_the_one_before(
        self, qtbot: QtBot, label: LabelModel, folder: Path, tmp_path: Path
    ) -> None:
        other = tmp_path / "other"
        other.mkdir()
        for path in sorted(folder.glob("*.png")):
            (other / path.name).write_bytes(path.read_bytes())
        opened(qtbot, label, folder)
        stroke(label, square(0, 0, 8))
        opened_before = label.project.project
        label.open_paths([other])
        qtbot.waitUntil(lambda: label.project.project is not opened_before, timeout=WAIT)
        answered(qtbot, label)
        assert label.photo is not None
        assert label.photo.path.parent == other
        assert (planes(label)[0] == IGNORE).all()
        second = label.project.project
        label.open_paths([folder])
        qtbot.waitUntil(lambda: label.project.project is not second, timeout=WAIT)
        answered(qtbot, label)
        assert label.view is not None
        assert label.view.writable
        assert (planes(label)[0][:8, :8] == 1).all()
        assert label.editing.undo_count == 1

    def test_a_project_that_is_open_is_found_again_with_new_photos(
        self, qtbot: QtBot, label: LabelModel, folder: Path
    ) -> None:
        opened(qtbot, label, folder)
        stroke(label, square(0, 0, 8))
        idle(qtbot, label)
        (folder / "photo 7.png").write_bytes((folder / "photo 1.png").read_bytes())
        label.open_paths([folder / "photo 7.png"])
        qtbot.waitUntil(lambda: label.photo is not None and label.photo.path.name == "photo 7.png", timeout=WAIT)
        answered(qtbot, label)
        assert label.images.rowCount() == 5
        assert label.view is not None
        assert label.view.writable
        label.step(-10)
        qtbot.waitUntil(lambda: label.photo is not None and label.photo.path.name == "photo 1.png", timeout=WAIT)
        assert (planes(label)[0][:8, :8] == 1).all()

    def test_a_damaged_project_is_recovered_into_a_new_file(
        self, qtbot: QtBot, make_label: MakeLabel, folder: Path
    ) -> None:
        first = make_label()
        opened(qtbot, first, folder)
        stroke(first, square(0, 0, 8))
        idle(qtbot, first)
        shut_down(qtbot, first)
        file = folder / "photos.rhoscope"
        with closing(sqlite3.connect(file)) as database:
            page = database.execute("SELECT rootpage FROM sqlite_master WHERE name = 'images_by_name'").fetchone()[0]
            size = database.execute("PRAGMA page_size").fetchone()[0]
        data = bytearray(file.read_bytes())
        data[(page - 1) * size : page * size] = b"\0" * size
        file.write_bytes(bytes(data))
        second = make_label()
        damaged: list[Path] = []
        recovered: list[Path] = []
        second.project.damaged.connect(damaged.append)
        second.project.recovered.connect(lambda path, _what: recovered.append(path))
        second.open_paths([folder])
        qtbot.waitUntil(lambda: bool(damaged), timeout=WAIT)
        assert damaged == [file]
        assert "is damaged" in second.problems[0].text
        second.project.recover(file)
        qtbot.waitUntil(lambda: second.document is not None, timeout=WAIT)
        assert recovered == [folder / "photos-recovered.rhoscope"]
        assert (planes(second)[0][:8, :8] == 1).all()
        assert second.images.rowCount() == 4
        assert bytes(data) == file.read_bytes()
        # From now on the folder means the recovered project.
        assert project_file(folder) == recovered[0]

    def test_a_photo_that_is_no_photo_is_named_and_the_rest_goes_on(
        self, qtbot: QtBot, label: LabelModel, folder: Path
    ) -> None:
        (folder / "photo 0.png").write_text("no picture", encoding="utf-8")
        label.open_paths([folder])
        qtbot.waitUntil(lambda: bool(label.problems), timeout=WAIT)
        assert label.problems[0].path == folder / "photo 0.png"
        label.step(1)
        answered(qtbot, label)

    def test_a_photo_that_changed_its_size_keeps_its_labels(
        self, qtbot: QtBot, make_label: MakeLabel, folder: Path
    ) -> None:
        first = make_label()
        opened(qtbot, first, folder)
        stroke(first, square(0, 0, 8))
        idle(qtbot, first)
        shut_down(qtbot, first)
        path = folder / "photo 1.png"
        kept = path.read_bytes()
        Image.new("RGB", (30, 20)).save(path)
        second = make_label()
        second.open_paths([folder])
        qtbot.waitUntil(lambda: bool(second.problems), timeout=WAIT)
        assert "which is now 30×20" in second.problems[0].text
        shut_down(qtbot, second)
        path.write_bytes(kept)
        third = make_label()
        opened(qtbot, third, folder)
        assert planes(third)[0][0, 0] == 1

    def test_a_photo_that_was_changed_is_told(self, qtbot: QtBot, make_label: MakeLabel, folder: Path) -> None:
        first = make_label()
        opened(qtbot, first, folder)
        stroke(first, square(0, 0, 8))
        idle(qtbot, first)
        shut_down(qtbot, first)
        path = folder / "photo 1.png"
        Image.open(path).rotate(180).save(path)
        second = make_label()
        opened(qtbot, second, folder)
        assert "was changed since" in second.problems[0].text
        assert planes(second)[0][0, 0] == 1


class TestEditing:
    def test_strokes_undo_redo_and_switching_images_survive_a_restart(
        self, qtbot: QtBot, make_label: MakeLabel, folder: Path
    ) -> None:
        label = make_label()
        opened(qtbot, label, folder)
        label.tools.choose_label(5)
        stroke(label, square(2, 2, 10), square(6, 6, 10))
        stroke(label, square(30, 30, 6))
        label.editing.undo()
        idle(qtbot, label)
        assert (label.editing.undo_count, label.editing.redo_count) == (1, 1)
        before = planes(label)
        assert (before[0] == 5).sum() == 10 * 10 + 10 * 10 - 6 * 6
        label.step(1)
        answered(qtbot, label)
        label.step(-1)
        answered(qtbot, label)
        assert (label.editing.undo_count, label.editing.redo_count) == (1, 1)
        shut_down(qtbot, label)
        again = make_label()
        opened(qtbot, again, folder)
        assert all(np.array_equal(*pair) for pair in zip(before, planes(again), strict=True))
        again.editing.redo()
        idle(qtbot, again)
        assert (planes(again)[0][30:36, 30:36] == 5).all()
        assert again.images.image(again.current or 0).review is Review.STARTED

    def test_what_is_drawn_while_the_disk_is_slow_is_kept_in_its_order(
        self, qtbot: QtBot, label: LabelModel, folder: Path
    ) -> None:
        opened(qtbot, label, folder)
        gate = threading.Event()
        label._context.project.do(gate.wait)
        for number in range(1, 6):
            label.tools.choose_label(number)
            stroke(label, square(number, 0, 8))
        assert not label.editing.stored
        assert label.editing.undo_count == 0
        gate.set()
        idle(qtbot, label)
        assert label.editing.undo_count == 5
        assert planes(label)[0][:13, 0].tolist() == [IGNORE, 1, 2, 3, 4, *[5] * 8]

    def test_a_full_disk_is_told_and_the_stroke_is_stored_with_the_next_one(
        self, qtbot: QtBot, label: LabelModel, folder: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        opened(qtbot, label, folder)
        from engine.project import journal as module

        real = module.Journal.append
        fails = [True]

        def append(journal: object, *args: object, **more: object) -> None:
            if fails[0]:
                raise ProjectError("cannot be written: the disk is full", cure="free some space")
            real(journal, *args, **more)  # type: ignore[arg-type]

        monkeypatch.setattr(module.Journal, "append", append)
        stroke(label, square(0, 0, 8))
        qtbot.waitUntil(lambda: bool(label.problems) and not label.editing.busy, timeout=WAIT)
        assert "disk is full" in label.problems[0].text
        assert not label.editing.stored
        assert (planes(label)[0][:8, :8] == 1).all()
        fails[0] = False
        stroke(label, square(20, 20, 8))
        idle(qtbot, label)
        assert label.editing.undo_count == 2

    def test_locks_keep_classes_human_pixels_and_all_that_is_not_hard(
        self, qtbot: QtBot, label: LabelModel, folder: Path
    ) -> None:
        opened(qtbot, label, folder)
        stroke(label, square(0, 0, 16))
        label.tools.choose_label(2)
        label.tools.set(keep_human=True)
        stroke(label, square(8, 8, 16))
        idle(qtbot, label)
        assert (planes(label)[0][8:16, 8:16] == 1).all()
        label.tools.set(keep_human=False)
        label.tools.toggle_lock(1)
        stroke(label, square(0, 0, 24))
        idle(qtbot, label)
        assert (planes(label)[0][:16, :16] == 1).all()
        label.tools.set(locked=frozenset(), undecided_only=True)
        whole = Selection(Area(0, 0, 64, 96), np.ones((64, 96), dtype=bool))
        label.tools.choose_label(7)
        label.paint(whole)
        idle(qtbot, label)
        result = label.proposal.complete
        assert result is not None
        hard = result.hard.repeat(8, axis=0).repeat(8, axis=1)
        assert np.array_equal(planes(label)[0] == 7, hard)


class TestCascade:
    def test_accept_easy_spares_human_pixels_and_is_one_step(
        self, qtbot: QtBot, label: LabelModel, folder: Path
    ) -> None:
        opened(qtbot, label, folder)
        label.tools.choose_label(9)
        stroke(label, square(0, 0, 16))
        label.accept_easy(1)
        idle(qtbot, label)
        labels, provenance = planes(label)
        result = label.proposal.complete
        assert result is not None
        assert (labels[:16, :16] == 9).all()
        assert (provenance[:16, :16] == HUMAN).all()
        taken = provenance == 1
        assert taken.any()
        assert np.array_equal(labels[taken], result.label_map[taken])
        assert label.editing.undo_count == 2
        label.editing.undo()
        idle(qtbot, label)
        assert not (planes(label)[1] == 1).any()

    def test_the_tour_goes_through_all_groups_and_counts_to_the_end(
        self, qtbot: QtBot, label: LabelModel, folder: Path
    ) -> None:
        opened(qtbot, label, folder)
        total = label.tour.view.total
        label.tour.step(1)
        for done in range(total):
            group = label.tour.view.group
            assert group is not None
            assert label.tour.view.reviewed == done
            label.tour.accept(0)
            qtbot.waitUntil(lambda done=done: label.tour.view.reviewed == done + 1, timeout=WAIT)
            idle(qtbot, label)
        assert label.tour.view.share == 1.0
        assert not label.tour.under_way
        assert label.editing.undo_count == total
        label.editing.undo()
        idle(qtbot, label)
        assert label.tour.view.reviewed == total - 1

    def test_the_second_answer_and_the_chosen_class_paint_the_group(
        self, qtbot: QtBot, label: LabelModel, folder: Path
    ) -> None:
        opened(qtbot, label, folder)
        label.tour.step(1)
        view = label.tour.view
        assert view.group is not None
        assert view.selection is not None
        second = view.group.candidates[1].label
        label.tour.accept(1)
        idle(qtbot, label)
        assert (planes(label)[0][view.selection.area.slices][view.selection.mask] == second).all()
        label.tour.step(-1)
        again = label.tour.view
        assert again.group is view.group
        label.tour.decide(11)
        idle(qtbot, label)
        assert (planes(label)[0][view.selection.area.slices][view.selection.mask] == 11).all()

    def test_the_first_stage_is_shown_before_the_last(
        self, qtbot: QtBot, label: LabelModel, folder: Path, backend: FakeBackend
    ) -> None:
        backend.stage_gate.hold()
        label.open_paths([folder])
        qtbot.waitUntil(lambda: label.document is not None, timeout=WAIT)
        qtbot.waitUntil(lambda: backend.stage_gate.waiting == 1, timeout=WAIT)
        backend.stage_gate.step()
        qtbot.waitUntil(lambda: label.proposal.result is not None, timeout=WAIT)
        assert label.proposal.complete is None
        label.accept_easy(1)
        assert label.editing.undo_count == 0
        backend.stage_gate.release()
        answered(qtbot, label)

    def test_nothing_is_asked_for_while_nobody_looks(
        self, qtbot: QtBot, make_label: MakeLabel, folder: Path, backend: FakeBackend
    ) -> None:
        label = make_label(shown=False)
        label.open_paths([folder])
        qtbot.waitUntil(lambda: label.document is not None, timeout=WAIT)
        for rho in (0.7, 0.8, 0.9):
            label.proposal.set_rho(rho)
        assert backend.runs == []
        label.proposal.set_shown(True)
        answered(qtbot, label)
        assert backend.runs == [0.9]

    def test_a_model_of_other_classes_proposes_nothing(self, qtbot: QtBot, label: LabelModel, folder: Path) -> None:
        opened(qtbot, label, folder)
        two = (ProjectClass(0, "one", (0, 0, 0)), ProjectClass(1, "two", (9, 9, 9)))
        label.proposal.set_classes(two, (("one",), ("two",)))
        label.proposal.request()
        assert "no class in common" in label.proposal.misfit

    def test_corrections_of_a_class_that_the_model_does_not_know_are_not_learnt(
        self, qtbot: QtBot, label: LabelModel, folder: Path, backend: FakeBackend
    ) -> None:
        opened(qtbot, label, folder)
        view = label.view
        assert view is not None
        plan = ClassDraft.of(view.classes).merged(1, 2).added("sky", (1, 2, 3)).plan
        label.change_classes(plan)
        qtbot.waitUntil(lambda: label.view is not None and len(label.view.classes) == 21, timeout=WAIT)
        answered(qtbot, label)
        label.tools.choose_label(20)
        stroke(label, square(0, 0, 8))
        label.tools.choose_label(1)  # bicycle, which aeroplane became part of
        stroke(label, square(20, 20, 28))
        idle(qtbot, label)
        label.learning.start()
        qtbot.waitUntil(lambda: label.learning.view.state == "asking", timeout=WAIT)
        (sample,) = backend.tuned[-1].corrections
        assert set(np.unique(sample.labels)) == {2, 255}
        label.learning.roll_back()


class TestClock:
    def test_a_clock_that_is_set_back_writes_over_no_model(
        self, qtbot: QtBot, label: LabelModel, folder: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        opened(qtbot, label, folder)
        monkeypatch.setattr("app.label.learning.time.strftime", lambda _format: "20250101-000000")
        stroke(label, square(0, 0, 8))
        idle(qtbot, label)
        for count in (1, 2):
            label.learning.start()
            qtbot.waitUntil(lambda: label.learning.view.state == "asking", timeout=WAIT)
            label.learning.keep()
            qtbot.waitUntil(lambda count=count: len(label.learning.versions) == count, timeout=WAIT)
            answered(qtbot, label)
        first, second = label.learning.versions
        assert (first.path.name, second.path.name) == ("20250101-000000.safetensors", "20250101-000000-2.safetensors")


class TestTourOrder:
    def test_what_was_gone_past_comes_again_at_last_and_back_goes_the_way_that_was_come(
        self, qtbot: QtBot, label: LabelModel, folder: Path
    ) -> None:
        opened(qtbot, label, folder)
        tour, total = label.tour, label.tour.view.total
        seen = []
        for _ in range(total):
            tour.step(1)
            assert tour.view.group is not None
            seen.append(tour.view.group.number)
        assert len(set(seen)) == total
        tour.step(-1)
        assert tour.view.group is not None
        assert tour.view.group.number == seen[-2]
        tour.step(-1)
        assert tour.view.group.number == seen[-3]
        tour.step(1)
        assert tour.view.group is not None  # round once more
        tour.end()
        tour.step(-1)
        assert tour.under_way

    def test_answers_and_the_folders_classes_change_what_comes_next(
        self, qtbot: QtBot, label: LabelModel, folder: Path
    ) -> None:
        opened(qtbot, label, folder)
        label.batch.start()
        qtbot.waitUntil(lambda: label.batch.view.state == "done", timeout=WAIT)
        project = label.project.project
        assert project is not None
        qtbot.waitUntil(lambda: project.proposed_classes().images == 4, timeout=WAIT)
        label.step(1)
        answered(qtbot, label)
        result = label.proposal.complete
        assert result is not None
        weights = project.proposed_classes().weights(classes=21, images=4)
        assert weights is not None
        expected = hard_groups(result, at_least=SMALLEST_CELLS, weights=weights).tour
        label.tour.step(1)
        first = label.tour.view.group
        assert first is not None
        assert (first.number, first.gain) == (expected[0].number, pytest.approx(expected[0].gain))
        other = next(one.id for one in label.view.classes if one.id != first.label) if label.view else 0
        label.tour.decide(other)
        idle(qtbot, label)
        rest = [group for group in expected if group.number != first.number]
        following = label.tour.view.group
        assert following is not None
        assert following.number == ranked(rest, [(first.label, other)], weights=weights)[0].number


class TestPlaces:
    def test_crf_differences_are_accepted_by_part_and_spare_human_pixels(
        self, qtbot: QtBot, label: LabelModel, folder: Path, crf: FakeCrf
    ) -> None:
        opened(qtbot, label, folder)
        label.tools.choose_label(3)
        stroke(label, square(0, 0, 32))
        label.accept_easy(3)
        idle(qtbot, label)
        label.places.propose_crf("full")
        qtbot.waitUntil(lambda: label.places.kind is PlaceKind.PROPOSAL, timeout=WAIT)
        places = label.places.places
        assert len(places) > 1
        assert {place.after for place in places} == {crf.label}
        label.places.go(1)
        chosen = places[1]
        label.places.accept()
        idle(qtbot, label)
        labels, provenance = planes(label)
        assert (labels[chosen.selection.area.slices][chosen.selection.mask] == crf.label).all()
        assert (provenance[chosen.selection.area.slices][chosen.selection.mask] == CRF).all()
        assert len(label.places.places) == len(places) - 1
        label.places.reject()
        label.places.accept_all()
        idle(qtbot, label)
        labels, provenance = planes(label)
        assert (labels[provenance != HUMAN] == crf.label).all()
        assert (labels[:32, :32] == 3).all()
        assert np.array_equal(crf.requests[0].result.label_map[:32, :32], labels[:32, :32])

    def test_audit_lists_labels_that_stage_1_contradicts(self, qtbot: QtBot, label: LabelModel, folder: Path) -> None:
        opened(qtbot, label, folder)
        label.accept_easy(3)
        label.tools.choose_label(17)
        stroke(label, square(8, 0, 16))
        idle(qtbot, label)
        label.places.audit()
        qtbot.waitUntil(lambda: bool(label.places.places), timeout=WAIT)
        assert {place.before for place in label.places.places} == {17}
        before = len(label.places.places)
        label.places.go(0)
        label.places.accept()
        idle(qtbot, label)
        assert len(label.places.places) == before - 1
        assert (planes(label)[0] == 17).sum() < 256

    def test_a_box_is_looked_at_again(self, qtbot: QtBot, label: LabelModel, folder: Path) -> None:
        opened(qtbot, label, folder)
        stroke(label, square(10, 10, 4))
        idle(qtbot, label)
        label.places.look_again(Area(8, 8, 40, 60))
        qtbot.waitUntil(lambda: label.places.kind is PlaceKind.PROPOSAL, timeout=WAIT)
        label.places.accept_all()
        idle(qtbot, label)
        labels, provenance = planes(label)
        assert (labels[10:14, 10:14] == 1).all()
        assert (labels[8:40, 8:60] != IGNORE).all()
        assert (labels[:8] == IGNORE).all()
        assert set(np.unique(provenance[14:40, 14:60])) <= {1, 2, 3}


class TestTransfer:
    @pytest.mark.parametrize("format", ["voc", "index", "coco", "coco-polygons", "labelme", "yolo-seg"])
    def test_every_format_is_looked_through_written_and_taken_again(
        self, qtbot: QtBot, label: LabelModel, folder: Path, tmp_path: Path, format: str
    ) -> None:
        opened(qtbot, label, folder)
        label.accept_easy(3)
        idle(qtbot, label)
        before = planes(label)[0]
        views = []
        label.transfer.exportChanged.connect(views.append)
        target = tmp_path / "out"
        label.transfer.look(format=format, folder=target)
        qtbot.waitUntil(lambda: bool(views) and views[-1].step == "looked", timeout=WAIT)
        assert views[-1].summary.images == 1
        assert not target.exists()
        label.transfer.write(format=format, folder=target)
        qtbot.waitUntil(lambda: views[-1].step in ("done", "failed"), timeout=WAIT)
        assert views[-1].step == "done", views[-1].problem
        label.editing.undo()
        idle(qtbot, label)
        taken = []
        label.transfer.importChanged.connect(taken.append)
        label.transfer.look_into(format=format, folder=target)
        qtbot.waitUntil(lambda: bool(taken) and taken[-1].step == "looked", timeout=WAIT)
        assert (taken[-1].found, taken[-1].matched) == (1, 1)
        label.take_labels(format=format, folder=target)
        qtbot.waitUntil(lambda: taken[-1].step in ("done", "failed"), timeout=WAIT)
        assert (taken[-1].step, taken[-1].changed) == ("done", 1)
        answered(qtbot, label)
        assert np.array_equal(planes(label)[0], before)

    def test_pixels_that_cityscapes_has_no_class_for_are_counted(
        self, qtbot: QtBot, label: LabelModel, folder: Path, tmp_path: Path
    ) -> None:
        opened(qtbot, label, folder)
        label.accept_easy(3)
        idle(qtbot, label)
        views = []
        label.transfer.exportChanged.connect(views.append)
        label.transfer.write(format="cityscapes", folder=tmp_path / "out")
        qtbot.waitUntil(lambda: bool(views) and views[-1].step in ("done", "failed"), timeout=WAIT)
        assert views[-1].step == "done"
        pixels, known = views[-1].summary.pixels, {2, 6, 7, 15, 19}  # bicycle, bus, car, person, train
        assert views[-1].summary.loss.changed == sum(pixels[label] for label in set(pixels) - known - {IGNORE}) > 0

    def test_what_was_drawn_a_moment_ago_is_in_the_export(
        self, qtbot: QtBot, label: LabelModel, folder: Path, tmp_path: Path
    ) -> None:
        opened(qtbot, label, folder)
        views = []
        label.transfer.exportChanged.connect(views.append)
        stroke(label, square(0, 0, 8))
        label.transfer.write(format="index", folder=tmp_path / "out")
        qtbot.waitUntil(lambda: bool(views) and views[-1].step == "done", timeout=WAIT)
        with Project.open(folder / "photos.rhoscope") as project:
            from engine.project.export_source import project_classes

            read = IndexFormat(tmp_path / "out", project_classes(project)).read("photo 1", shape=(64, 96))
        assert (read[:8, :8] == 1).all()

    def test_exported_label_maps_are_no_photos(self, qtbot: QtBot, make_label: MakeLabel, folder: Path) -> None:
        label = make_label()
        opened(qtbot, label, folder)
        views = []
        label.transfer.exportChanged.connect(views.append)
        stroke(label, square(0, 0, 8))
        label.transfer.write(format="voc", folder=folder / "out")
        qtbot.waitUntil(lambda: bool(views) and views[-1].step == "done", timeout=WAIT)
        shut_down(qtbot, label)
        again = make_label()
        opened(qtbot, again, folder)
        assert again.images.rowCount() == 4


class TestBatch:
    def test_difficulties_stream_in_and_order_the_list(self, qtbot: QtBot, label: LabelModel, folder: Path) -> None:
        opened(qtbot, label, folder)
        label.set_order("difficulty")
        label.batch.start()
        qtbot.waitUntil(lambda: label.batch.view.state == "done", timeout=WAIT)
        found = [label.images.image(image_id).difficulty for image_id in label.images.ids]
        assert None not in found
        assert found == sorted(found, reverse=True)  # type: ignore[type-var]

    def test_it_pauses_and_goes_on_after_a_restart(
        self, qtbot: QtBot, make_label: MakeLabel, folder: Path, backend: FakeBackend
    ) -> None:
        label = make_label()
        opened(qtbot, label, folder)
        backend.stage_gate.hold()
        label.batch.start()
        qtbot.waitUntil(lambda: backend.stage_gate.waiting == 1, timeout=WAIT)
        shut_down(qtbot, label)
        backend.stage_gate.release()
        runs = len(backend.finished)
        again = make_label()
        opened(qtbot, again, folder)
        qtbot.waitUntil(lambda: again.batch.view.state == "done", timeout=WAIT)
        # Three that were left; the open photo's proposal is not part of the run.
        assert len(backend.finished) - runs <= 4 + 1
        assert again.batch.view.done == 4
        again.batch.start()
        qtbot.waitUntil(lambda: again.batch.view.state == "done", timeout=WAIT)

    def test_another_rho_means_anew_and_a_bad_file_is_counted(
        self, qtbot: QtBot, label: LabelModel, folder: Path
    ) -> None:
        (folder / "photo 9.png").write_text("no", encoding="utf-8")
        opened(qtbot, label, folder)
        label.batch.start()
        qtbot.waitUntil(lambda: label.batch.view.state == "done", timeout=WAIT)
        assert (label.batch.view.done, label.batch.view.failed) == (4, 1)
        label.proposal.set_rho(0.6)
        label.batch.start()
        qtbot.waitUntil(lambda: label.batch.view.state == "running", timeout=WAIT)
        qtbot.waitUntil(lambda: label.batch.view.state == "done", timeout=WAIT)
        assert label.batch.view.done >= 4


class TestLearning:
    def test_learning_asks_and_a_kept_version_serves(
        self, qtbot: QtBot, label: LabelModel, folder: Path, backend: FakeBackend
    ) -> None:
        opened(qtbot, label, folder)
        stroke(label, square(0, 0, 8))
        idle(qtbot, label)
        label.learning.start()
        qtbot.waitUntil(lambda: label.learning.view.state == "asking", timeout=WAIT)
        view = label.learning.view
        assert (view.step, view.total, len(view.losses)) == (label.learning.steps,) * 2 + (label.learning.steps,)
        assert [probe.name for probe in view.probes] == ["photo 2.png", "photo 3.png", "photo 4.png"]
        assert view.probes[0].flipped == 1.0
        assert view.version is not None
        label.learning.keep()
        qtbot.waitUntil(lambda: len(label.learning.versions) == 1, timeout=WAIT)
        qtbot.waitUntil(lambda: backend.loads[-1] == str(view.version), timeout=WAIT)
        assert view.version.is_file()
        assert "100.0%" in label.learning.versions[0].note

    def test_going_back_leaves_nothing_and_cancelling_neither(
        self, qtbot: QtBot, label: LabelModel, folder: Path, backend: FakeBackend
    ) -> None:
        opened(qtbot, label, folder)
        stroke(label, square(0, 0, 8))
        idle(qtbot, label)
        label.learning.start()
        qtbot.waitUntil(lambda: label.learning.view.state == "asking", timeout=WAIT)
        version = label.learning.view.version
        assert version is not None
        label.learning.roll_back()
        qtbot.waitUntil(lambda: not version.exists(), timeout=WAIT)
        backend.tune_gate.hold()
        label.learning.start()
        qtbot.waitUntil(lambda: label.learning.view.state == "running", timeout=WAIT)
        label.learning.cancel()
        backend.tune_gate.release()
        assert label.learning.view.state == "idle"
        assert backend.loads == ["default"]

    def test_without_corrections_it_says_what_is_missing(self, qtbot: QtBot, label: LabelModel, folder: Path) -> None:
        opened(qtbot, label, folder)
        label.learning.start()
        qtbot.waitUntil(lambda: label.learning.view.state == "failed", timeout=WAIT)
        assert "decide some pixels yourself" in label.problems[-1].text

    def test_a_photo_is_answered_while_the_model_learns(
        self, qtbot: QtBot, label: LabelModel, folder: Path, backend: FakeBackend
    ) -> None:
        opened(qtbot, label, folder)
        stroke(label, square(0, 0, 8))
        idle(qtbot, label)
        backend.tune_gate.hold()
        label.learning.start()
        qtbot.waitUntil(lambda: backend.tune_gate.waiting == 1, timeout=WAIT)
        label.step(1)
        qtbot.waitUntil(lambda: label.document is not None, timeout=WAIT)
        backend.tune_gate.step()
        answered(qtbot, label)
        assert label.learning.view.state == "running"
        backend.tune_gate.release()
