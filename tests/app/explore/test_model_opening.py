"""Opening files and folders and going through them: nothing blocks, nothing stale is shown."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from pytestqt.qtbot import QtBot

from app.explore.model import ExploreModel
from app.explore.views import OpenImage, Problem
from app.services.settings import Settings
from engine.cancel import CancelToken
from engine.data.images import DecodedImage
from engine.errors import ImageError
from tests.app.conftest import MakeModel
from tests.app.fakes import FakeBackend, Gate
from tests.app.responsive import responsive


def opened(qtbot: QtBot, model: ExploreModel, paths: Sequence[Path]) -> None:
    """Open and wait until the list is complete and its first image is shown."""
    with qtbot.waitSignal(model.imageChanged):
        model.open_paths(list(paths))
    qtbot.waitUntil(lambda: not model.status.busy)


def listed(model: ExploreModel) -> list[str]:
    return [path.name for row in range(model.images.rowCount()) if (path := model.images.path_at(row)) is not None]


class SlowReader:
    """Decodes in memory; each file waits at a gate of its own where one is set."""

    def __init__(self) -> None:
        self.gates: dict[str, Gate] = {}
        self.read: list[str] = []
        self.threads: set[int] = set()

    def __call__(self, path: Path) -> DecodedImage:
        self.threads.add(threading.get_ident())
        self.read.append(path.name)
        if path.name in self.gates:
            self.gates[path.name].wait()
        if not path.suffix:
            raise ImageError("is no image", path=path)
        return DecodedImage(path, np.zeros((16, 16, 3), dtype=np.uint8), (), 1.0)


def test_a_folder_is_listed_and_its_first_image_shown(qtbot: QtBot, explore: ExploreModel, photos: list[Path]) -> None:
    opened(qtbot, explore, [photos[0].parent])
    assert listed(explore) == [path.name for path in photos]
    assert explore.image is not None
    assert explore.image.path == explore.current_path == photos[0]
    assert explore.image.size == (40, 64)
    assert explore.image.levels[0].pixelColor(0, 0).getRgb()[:3] == (20, 20, 20)
    assert (explore.current_row, explore.problems) == (0, [])


def test_a_mix_opens_what_it_can_and_lists_what_it_could_not(
    qtbot: QtBot, explore: ExploreModel, photos: list[Path], tmp_path: Path
) -> None:
    text = tmp_path / "notes.txt"
    text.write_text("no image", encoding="utf-8")
    missing = tmp_path / "gone.png"
    opened(qtbot, explore, [text, photos[2], missing, photos[0].parent])
    assert listed(explore)[0] == photos[2].name
    assert sorted(listed(explore)) == [path.name for path in photos]
    assert {problem.path for problem in explore.problems} == {text, missing}
    assert all(problem.text for problem in explore.problems)


def test_nothing_found_leaves_the_open_images_and_says_so(
    qtbot: QtBot, explore: ExploreModel, photos: list[Path], tmp_path: Path
) -> None:
    opened(qtbot, explore, photos)
    empty = tmp_path / "empty"
    empty.mkdir()
    with qtbot.waitSignal(explore.problem) as told:
        explore.open_paths([empty])
    assert told.args == [Problem(empty, "no images here")]
    assert len(listed(explore)) == 6
    assert explore.recent[0] != empty


def test_the_newly_opened_replace_the_list(qtbot: QtBot, explore: ExploreModel, photos: list[Path]) -> None:
    opened(qtbot, explore, photos[:3])
    opened(qtbot, explore, photos[4:])
    assert listed(explore) == [path.name for path in photos[4:]]
    assert explore.current_path == photos[4]


def test_recent_files_are_remembered(
    qtbot: QtBot, explore: ExploreModel, photos: list[Path], settings: Settings
) -> None:
    opened(qtbot, explore, [photos[0].parent])
    with qtbot.waitSignal(explore.recentChanged):
        opened(qtbot, explore, [photos[1]])
    assert explore.recent == [photos[1], photos[0].parent]
    assert settings.sync()
    assert Settings(settings.path).recent == explore.recent


def test_samples_need_not_be_remembered(qtbot: QtBot, explore: ExploreModel, photos: list[Path]) -> None:
    with qtbot.waitSignal(explore.imageChanged):
        explore.open_paths(photos, remember=False)
    qtbot.waitUntil(lambda: not explore.status.busy)
    assert explore.recent == []


def test_an_unreadable_image_is_named_and_the_next_one_opens(
    qtbot: QtBot, explore: ExploreModel, photos: list[Path]
) -> None:
    photos[1].write_bytes(b"")
    opened(qtbot, explore, photos)
    with qtbot.waitSignal(explore.imageChanged) as told:
        explore.step(1)
    assert told.args == [None]
    assert explore.image is None
    assert explore.current_path == photos[1]
    assert [problem.path for problem in explore.problems] == [photos[1]]
    assert explore.images.data(explore.images.index(1), explore.images.ErrorRole)
    with qtbot.waitSignal(explore.imageChanged):
        explore.step(1)
    assert explore.image is not None
    # Back at the broken one: it stays unreadable, and is not told a second time.
    with qtbot.waitSignal(explore.imageChanged):
        explore.step(-1)
    assert len(explore.problems) == 1


def test_a_repaired_file_opens(qtbot: QtBot, explore: ExploreModel, photos: list[Path]) -> None:
    whole = photos[0].read_bytes()
    photos[0].write_bytes(b"")
    opened(qtbot, explore, photos)
    assert explore.image is None
    explore.step(1)
    qtbot.waitUntil(lambda: explore.image is not None)
    photos[0].write_bytes(whole)
    explore.step(-1)
    qtbot.waitUntil(lambda: explore.image is not None and explore.image.path == photos[0])
    assert explore.images.data(explore.images.index(0), explore.images.ErrorRole) is None


def test_stepping_stops_at_the_ends(qtbot: QtBot, explore: ExploreModel, photos: list[Path]) -> None:
    opened(qtbot, explore, photos)
    explore.step(-1)
    assert explore.current_row == 0
    explore.step(100)
    assert explore.current_row == 5
    explore.select(17)
    explore.select(-1)
    assert explore.current_row == 5


def test_a_late_decode_never_replaces_what_was_selected_after_it(qtbot: QtBot, make_model: MakeModel) -> None:
    reader = SlowReader()
    paths = [Path(f"/photos/{name}.png") for name in "abc"]
    reader.gates["a.png"] = Gate()
    reader.gates["a.png"].hold()
    model = make_model(read_image=reader, find_images=listing(paths))
    shown: list[Path] = []
    model.imageChanged.connect(lambda image: shown.append(image.path))
    model.open_paths(paths)
    qtbot.waitUntil(lambda: "a.png" in reader.read)
    model.select(2)
    qtbot.waitUntil(lambda: bool(shown))
    reader.gates["a.png"].release()
    qtbot.waitUntil(lambda: not model.status.busy)
    qtbot.wait(30)
    assert shown == [paths[2]]
    assert threading.get_ident() not in reader.threads


def test_two_hundred_quick_steps_show_the_right_image(
    qtbot: QtBot, explore: ExploreModel, photos: list[Path], backend: FakeBackend
) -> None:
    explore.start()
    opened(qtbot, explore, photos)
    stale: list[Path] = []

    def compare(image: OpenImage | None) -> None:
        if image is not None and image.path != explore.current_path:
            stale.append(image.path)

    explore.imageChanged.connect(compare)
    rows = np.random.default_rng(3).integers(0, 6, 200)
    with responsive():
        for row in rows:
            explore.select(int(row))
            qtbot.wait(int(row))
        qtbot.waitUntil(lambda: not explore.status.busy)
    assert stale == []
    assert explore.image is not None
    assert explore.image.path == photos[rows[-1]]
    assert explore.result is not None
    assert explore.result.image_size == explore.image.size


def test_a_changed_file_is_read_again_as_a_new_revision(
    qtbot: QtBot, explore: ExploreModel, photos: list[Path]
) -> None:
    opened(qtbot, explore, photos)
    first = explore.image
    explore.step(1)
    qtbot.waitUntil(lambda: explore.image is not first)
    Image.fromarray(np.full((24, 24, 3), 250, dtype=np.uint8)).save(photos[0])
    explore.step(-1)
    qtbot.waitUntil(lambda: explore.image is not None and explore.image.path == photos[0])
    assert first is not None
    assert explore.image is not None
    assert (explore.image.size, explore.image.document) == ((24, 24), first.document)
    assert explore.image.revision == first.revision + 1


def test_a_forty_megapixel_photo_leaves_the_window_free(qtbot: QtBot, explore: ExploreModel, tmp_path: Path) -> None:
    path = tmp_path / "large.jpg"
    Image.new("RGB", (7800, 5200), (90, 120, 60)).save(path, quality=50)
    with responsive():
        opened(qtbot, explore, [path])
    assert explore.image is not None
    assert explore.image.size == (5200, 7800)
    assert [level.width() for level in explore.image.levels] == [7800, 3900, 1950, 975, 487]


def test_twenty_thousand_files_stream_in(qtbot: QtBot, make_model: MakeModel) -> None:
    paths = [Path(f"/photos/{number:05d}.png") for number in range(20_000)]
    model = make_model(read_image=SlowReader(), find_images=listing(paths))
    with responsive():
        with qtbot.waitSignal(model.imageChanged, timeout=2000):
            model.open_paths([Path("/photos")])
        qtbot.waitUntil(lambda: not model.status.busy, timeout=10_000)
    assert model.images.rowCount() == 20_000
    assert model.current_row == 0


def test_reading_a_folder_can_be_cancelled_and_keeps_what_was_found(qtbot: QtBot, make_model: MakeModel) -> None:
    def endless(
        paths: Sequence[Path], *, cancel: CancelToken | None, on_problem: Callable[[ImageError], None] | None
    ) -> Iterator[Path]:
        number = 0
        while True:
            if cancel is not None:
                cancel.check()
            yield Path(f"/photos/{number}.png")
            number += 1
            time.sleep(0.0005)  # stands for the disk

    model = make_model(read_image=SlowReader(), find_images=endless)
    model.open_paths([Path("/photos")])
    qtbot.waitUntil(lambda: model.images.rowCount() > 20)
    assert model.status.cancellable
    model.cancel()
    qtbot.waitUntil(lambda: not model.status.busy)
    assert model.status.text == "stopped"
    assert model.images.rowCount() > 20


def test_a_second_open_abandons_the_first_scan(qtbot: QtBot, make_model: MakeModel) -> None:
    gate = Gate()

    def find(
        paths: Sequence[Path], *, cancel: CancelToken | None, on_problem: Callable[[ImageError], None] | None
    ) -> Iterator[Path]:
        for path in paths:
            yield path / "1.png"
            if path.name == "slow":
                gate.wait()
            yield path / "2.png"

    model = make_model(read_image=SlowReader(), find_images=find)
    gate.hold()
    model.open_paths([Path("/slow")])
    qtbot.waitUntil(lambda: model.images.rowCount() == 1)
    model.open_paths([Path("/quick")])
    gate.release()
    qtbot.waitUntil(lambda: not model.status.busy)
    assert [model.images.path_at(row) for row in range(model.images.rowCount())] == [
        Path("/quick/1.png"),
        Path("/quick/2.png"),
    ]


def listing(found: list[Path]) -> Callable[..., Iterator[Path]]:
    def find(
        paths: Sequence[Path], *, cancel: CancelToken | None, on_problem: Callable[[ImageError], None] | None
    ) -> Iterator[Path]:
        yield from found

    return find


@pytest.fixture(autouse=True)
def _stamps_of_made_up_files(monkeypatch: pytest.MonkeyPatch) -> None:
    """Files below /photos exist in these tests alone."""
    from app.services import opening

    stamp = opening._stamp
    made_up = ("/photos", "/slow", "/quick")
    monkeypatch.setattr(opening, "_stamp", lambda path: (0, 0) if str(path).startswith(made_up) else stamp(path))
