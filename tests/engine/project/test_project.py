"""The project file: what it keeps, what it refuses, and how it survives."""

from __future__ import annotations

import contextlib
import sqlite3
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.errors import ProjectError
from engine.labels.area import Area
from engine.labels.document import LabelDocument
from engine.labels.selection import Edit, Selection, painted
from engine.project.connection import Database
from engine.project.project import Project
from engine.project.records import ProjectClass, Review
from engine.project.recovery import recover
from engine.project.schema import APPLICATION_ID, MIGRATIONS, TABLES, VERSION, migrate, version_of

SHAPE = (60, 70)


def new_project(folder: Path, *, images: int = 2) -> Project:
    project = Project.open(folder / "work.rhoscope", create=True)
    names = [folder / "photos" / f"img{number}.jpg" for number in range(images)]
    project.add_images(names, root=folder / "photos")
    return project


def square(place: int, label: int) -> Edit:
    return painted(Selection(Area(place, place, place + 9, place + 9), np.ones((9, 9), dtype=bool)), label)


def noise(seed: int) -> Edit:
    random = np.random.default_rng(seed)
    return Edit(
        Area(0, 0, *SHAPE), np.ones(SHAPE, dtype=bool), random.integers(0, 200, SHAPE, np.uint8),
        random.integers(0, 4, SHAPE, np.uint8),
    )  # fmt: skip


def test_everything_is_there_again_after_reopening(tmp_path: Path) -> None:
    with new_project(tmp_path) as project:
        first, second = project.image_ids()
        project.set_classes([ProjectClass(0, "background", (0, 0, 0)), ProjectClass(3, "猫", (1, 2, 3), "c")])
        project.set_setting("view", {"opacity": 0.5})
        project.set_image_facts(first, size=SHAPE, orientation=6, hash="abc")
        project.set_difficulty(second, 0.25)
        project.set_review(second, Review.DONE)
    with Project.open(tmp_path / "work.rhoscope") as project:
        assert project.image(first).path == tmp_path / "photos" / "img0.jpg"
        assert (project.image(first).size, project.image(first).orientation) == (SHAPE, 6)
        assert (project.image(second).difficulty, project.image(second).review) == (0.25, Review.DONE)
        assert project.image_ids(order="difficulty") == [second, first]
        assert project.classes()[1] == ProjectClass(3, "猫", (1, 2, 3), "c")
        assert project.setting("view") == {"opacity": 0.5}
        assert project.setting("absent", 7) == 7
        with pytest.raises(ProjectError, match="no image 99"):
            project.image(99)


def test_names_sort_as_people_do_and_come_once(tmp_path: Path) -> None:
    with Project.open(tmp_path / "p.rhoscope", create=True) as project:
        names = [tmp_path / name for name in ("b10.png", "B2.png", "a.png", "b1.png")]
        assert project.add_images(names, root=tmp_path) == 4
        assert project.add_images([*names, tmp_path / "sub" / "c.png"], root=tmp_path) == 1
        listed = [image.path.relative_to(tmp_path).as_posix() for image in project.images(project.image_ids())]
        assert listed == ["a.png", "b1.png", "B2.png", "b10.png", "sub/c.png"]
        with pytest.raises(ProjectError, match="not below"):
            project.add_images([tmp_path.parent / "x.png"], root=tmp_path)
        assert project.image_count() == 5


STEPS = st.lists(st.sampled_from(["edit", "edit", "undo", "redo", "save", "reopen"]), max_size=16)


@given(STEPS)
@settings(max_examples=30, deadline=None)
def test_labels_and_history_survive_reopening_at_any_point(
    tmp_path_factory: pytest.TempPathFactory, steps: list[str]
) -> None:
    folder = tmp_path_factory.mktemp("project")
    project = new_project(folder)
    kept = LabelDocument.empty(SHAPE)
    document = project.open_document(1, shape=SHAPE)
    for number, step in enumerate([*steps, "reopen"]):
        if step == "edit":
            assert (document.apply(noise(number)) is None) == (kept.apply(noise(number)) is None)
        elif step == "undo":
            assert document.undo() == kept.undo()
        elif step == "redo":
            assert document.redo() == kept.redo()
        elif step == "save":
            project.save_document(1, document)
            assert not document.dirty
        else:
            project.close()
            project = Project.open(folder / "work.rhoscope")
            document = project.open_document(1, shape=SHAPE)
        np.testing.assert_array_equal(document.labels, kept.labels)
        np.testing.assert_array_equal(document.provenance, kept.provenance)
        assert (document.history.state, document.revision) == (kept.history.state, kept.revision)
    project.close()


def test_a_photo_that_changed_size_is_told_and_its_labels_kept(tmp_path: Path) -> None:
    with new_project(tmp_path) as project:
        project.open_document(1, shape=SHAPE).apply(square(3, 1))
        with pytest.raises(ProjectError, match="70×60 pixels for this image, which is now 5×4"):
            project.open_document(1, shape=(4, 5))
        assert project.open_document(1, shape=SHAPE).labels[5, 5] == 1
        with pytest.raises(ProjectError, match="does not know the size"):
            project.open_document(2)


def test_files_that_changed_or_vanished_are_noticed(tmp_path: Path) -> None:
    photo = tmp_path / "photos" / "img0.jpg"
    photo.parent.mkdir()
    photo.write_bytes(b"one")
    with new_project(tmp_path, images=1) as project:
        assert project.file_state(1) == "unknown"
        project.set_image_facts(1, size=SHAPE)
        assert project.file_state(1) == "same"
        photo.write_bytes(b"another")
        assert project.file_state(1) == "changed"
        photo.unlink()
        assert project.file_state(1) == "missing"


def test_the_second_window_reads_only_and_knows_who_writes(tmp_path: Path) -> None:
    with new_project(tmp_path) as project:
        project.open_document(1, shape=SHAPE).apply(square(3, 1))
        with Project.open(tmp_path / "work.rhoscope") as second:
            assert not second.writable
            assert second.other_owner is not None
            assert "process" in str(second.other_owner)
            document = second.open_document(1)
            assert document.labels[5, 5] == 1
            assert document.undo() is not None
            with pytest.raises(ProjectError, match="reading only"):
                document.apply(square(9, 2))
            with pytest.raises(ProjectError, match="reading only"):
                second.open_document(2, shape=SHAPE).apply(square(9, 2))
            with pytest.raises(ProjectError, match="reading only"):
                second.set_setting("a", 1)
        assert project.open_document(1).labels[5, 5] == 1
    with Project.open(tmp_path / "work.rhoscope") as third:
        assert third.writable


def test_a_project_and_its_photos_move_together_and_apart(tmp_path: Path) -> None:
    old, new = tmp_path / "old", tmp_path / "new"
    (old / "photos").mkdir(parents=True)
    (old / "photos" / "img0.jpg").write_bytes(b"x")
    new_project(old, images=1).close()
    old.rename(new)
    with Project.open(new / "work.rhoscope") as project:
        assert project.image(1).path == new / "photos" / "img0.jpg"
        away = tmp_path / "away"
        (new / "photos").rename(away)
        with pytest.raises(ProjectError, match="none of the 1 images"):
            project.relink(new / "photos", tmp_path / "elsewhere")
        with pytest.raises(ProjectError, match="no folder"):
            project.relink(tmp_path / "elsewhere", away)
        assert project.relink(new / "photos", away) == 1
        assert project.image(1).path == away / "img0.jpg"
        assert project.roots() == [away]


def test_newer_foreign_and_missing_files_are_refused_untouched(tmp_path: Path) -> None:
    new_project(tmp_path).close()
    path = tmp_path / "work.rhoscope"
    with sqlite3.connect(path) as connection:
        connection.execute(f"PRAGMA user_version = {VERSION + 1}")
    connection.close()
    before = path.read_bytes()
    with pytest.raises(ProjectError, match="newer Rhoscope"):
        Project.open(path)
    assert path.read_bytes() == before
    with sqlite3.connect(tmp_path / "other.db") as connection:
        connection.execute("CREATE TABLE mine (x)")
    connection.close()
    with pytest.raises(ProjectError, match="no Rhoscope project"):
        Project.open(tmp_path / "other.db")
    with pytest.raises(ProjectError, match="does not exist"):
        Project.open(tmp_path / "absent.rhoscope")
    assert not (tmp_path / "absent.rhoscope").exists()
    (tmp_path / "text").write_text("not a data base " * 99)
    with pytest.raises(ProjectError, match="damaged"):
        Project.open(tmp_path / "text")


def test_a_file_of_the_first_version_becomes_new_and_keeps_its_rows(tmp_path: Path) -> None:
    path = tmp_path / "old.rhoscope"
    connection = sqlite3.connect(path, isolation_level=None)
    migrate(connection, to=1)
    connection.execute("INSERT INTO settings VALUES ('a', '5')")
    connection.close()
    with Project.open(path) as project:
        assert project.setting("a") == 5
    connection = sqlite3.connect(path)
    assert version_of(connection) == VERSION
    names = {row[0] for row in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")}
    connection.close()
    assert names == set(TABLES)


def test_a_migration_that_fails_leaves_the_old_version(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "old.rhoscope"
    connection = sqlite3.connect(path, isolation_level=None)
    migrate(connection, to=1)
    monkeypatch.setattr("engine.project.schema.MIGRATIONS", (*MIGRATIONS[:1], "CREATE TABLE x (y);\nNONSENSE;\n"))
    with pytest.raises(sqlite3.Error):
        migrate(connection, to=2)
    assert version_of(connection) == 1
    assert connection.execute("SELECT count(*) FROM sqlite_master WHERE name = 'x'").fetchone()[0] == 0
    connection.close()


def test_a_save_that_fails_leaves_the_old_one_and_the_document_dirty(tmp_path: Path) -> None:
    with new_project(tmp_path) as project:
        document = project.open_document(1, shape=SHAPE)
        document.apply(square(3, 1))
        project.save_document(1, document)
        pages = project._database.rows("PRAGMA page_count")[0][0]
        project._database.rows(f"PRAGMA max_page_count = {pages}")  # as a full disk
        while not document.dirty or document.history.stored:
            with contextlib.suppress(ProjectError):
                document.apply(noise(document.revision))
        assert document.dirty
        with pytest.raises(ProjectError, match="disk is full"):
            project.save_document(1, document)
        steps = document.history.state.length
        project._database.rows("PRAGMA max_page_count = 100000")
        project.save_document(1, document)
        assert not document.dirty
        again = project.open_document(1)
        assert again.history.state.length == steps
        np.testing.assert_array_equal(again.labels, document.labels)


def damage(path: Path, random: np.random.Generator, *, spare: int) -> None:
    data = bytearray(path.read_bytes())
    for _ in range(3):
        start = int(random.integers(spare, len(data) - 600))
        data[start : start + 600] = random.bytes(600)
    path.write_bytes(data)


@pytest.mark.parametrize("seed", range(12))
def test_recovery_saves_what_can_be_read_and_keeps_the_original(tmp_path: Path, seed: int) -> None:
    kept = {}
    with new_project(tmp_path, images=6) as project:
        for image in project.image_ids():
            document = project.open_document(image, shape=SHAPE)
            for step in range(4):
                document.apply(noise(10 * image + step))
            project.save_document(image, document)
            kept[image] = document.labels.copy()
    path, target = tmp_path / "work.rhoscope", tmp_path / "saved.rhoscope"
    damage(path, np.random.default_rng(seed), spare=4096 * 12)  # the tables' roots and the image list are whole
    before = path.read_bytes()
    found = recover(path, target)
    assert path.read_bytes() == before
    assert found.images == 6
    with Project.open(target) as project:
        same = 0
        for image in project.labelled_ids():
            document = project.open_document(image)
            same += np.array_equal(document.labels, kept[image])
            while document.undo():
                pass
        assert found.label_maps == len(project.labelled_ids())
        assert found.label_maps + len(found.lost_label_maps) <= 6
        assert same >= 3
    with pytest.raises(ProjectError, match="exists already"):
        recover(path, target)


def test_a_file_without_anything_readable_is_told(tmp_path: Path) -> None:
    path = tmp_path / "x.rhoscope"
    path.write_bytes(b"\0" * 5000)
    with pytest.raises(ProjectError, match="nothing that can be read"):
        recover(path, tmp_path / "y.rhoscope")
    assert not (tmp_path / "y.rhoscope").exists()


def test_a_lost_step_is_told_and_recovered_without_its_history(tmp_path: Path) -> None:
    with new_project(tmp_path) as project:
        document = project.open_document(1, shape=SHAPE)
        for place in (1, 20, 40):
            document.apply(square(place, place))
    path = tmp_path / "work.rhoscope"
    connection = sqlite3.connect(path)
    connection.execute("DELETE FROM journal WHERE position = 1")
    connection.commit()
    connection.close()
    with Project.open(path) as project, pytest.raises(ProjectError, match="lost step 2 of image 1"):
        project.open_document(1)
    found = recover(path, tmp_path / "new.rhoscope")
    assert found.without_history == (1,)
    with Project.open(tmp_path / "new.rhoscope") as project:
        document = project.open_document(1)
        assert [int(document.labels[p, p]) for p in (3, 22, 42)] == [1, 255, 40]
        assert not document.can_undo


def test_a_data_base_says_what_it_is(tmp_path: Path) -> None:
    Database(tmp_path / "a.rhoscope", writable=True).close()
    assert int.from_bytes((tmp_path / "a.rhoscope").read_bytes()[68:72], "big") == APPLICATION_ID
