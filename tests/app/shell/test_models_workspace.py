"""The Models workspace as a person sees it: list, page, import, and what it does to Explore."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from PySide6.QtCore import QPoint, Qt
from pytestqt.qtbot import QtBot

from app.explore.model import ExploreModel
from app.panels.import_panel import report_text
from app.panels.swipe_view import SwipeView
from app.services.model_library import Comparison, Inspection, KeyReport, Side
from app.services.settings import Settings
from app.shell.models_workspace import ModelsWorkspace
from engine.errors import CheckpointError
from tests.app.fakes import DEADLINE, FakeBackend
from tests.app.library.fakes import FakeLibrary, description, entry, outcome

FILE = Path("/downloads/train_epoch_50.pth")


@pytest.fixture
def library_backend() -> FakeLibrary:
    return FakeLibrary()


@pytest.fixture
def shown() -> list[str]:
    return []


@pytest.fixture
def workspace(
    qtbot: QtBot, explore: ExploreModel, settings: Settings, library_backend: FakeLibrary, shown: list[str]
) -> Iterator[ModelsWorkspace]:
    made = ModelsWorkspace(explore, settings, show_explore=lambda: shown.append("explore"), backend=library_backend)
    made.resize(1100, 700)
    made.show()
    made.activate()
    yield made
    with qtbot.waitSignal(made.shutdownFinished, timeout=int(DEADLINE * 1000)):
        made.shutdown()
    assert library_backend.closed
    made.close()
    made.deleteLater()


def test_the_list_filters_by_words_and_by_weights(workspace: ModelsWorkspace) -> None:
    models = workspace.list
    assert models.shown() == ["lc-mobilenetv2", "pspnet:resnet50", "pspnet:resnet101"]
    models.search.setText("PSP 101")
    assert models.shown() == ["pspnet:resnet101"]
    models.search.setText("")
    models.usable.setChecked(True)
    assert models.shown() == ["lc-mobilenetv2"]


def test_the_page_tells_what_a_model_costs(workspace: ModelsWorkspace, library_backend: FakeLibrary) -> None:
    page = workspace.page
    assert page.name.text() == "lc-mobilenetv2"
    assert page.params.value.text() == "…"
    library_backend.answer("describe", description("lc-mobilenetv2", stages=3, card="# lc\n\nMade for CPUs."))
    assert page.params.value.text() == "49.08 M"
    assert page.macs.value.text() == "6.0 G"
    assert page.stages.value.text() == "3"
    assert [row.name for row in page.stage_bars.rows] == ["stage 1", "stage 2", "stage 3"]
    assert [row.text for row in page.part_bars.rows] == ["46.72 M", "2.37 M"]
    assert page.card.text() == "Made for CPUs."
    workspace.library.select_label("pspnet:resnet50")
    library_backend.answer("describe", description("pspnet:resnet50"))
    assert not page.stage_bars.isVisible()
    assert "Import public ones" in page.weights.text()


def test_what_cannot_be_described_is_named(workspace: ModelsWorkspace, library_backend: FakeLibrary) -> None:
    library_backend.answer("describe", CheckpointError("damaged", path=FILE, cure="copy it again"))
    assert workspace.page.problem.isVisible()
    assert "copy it again" in workspace.page.problem.text()


def test_a_model_is_used_in_explore(
    qtbot: QtBot,
    workspace: ModelsWorkspace,
    explore: ExploreModel,
    backend: FakeBackend,
    library_backend: FakeLibrary,
    shown: list[str],
) -> None:
    library_backend.listed = (entry("lc-mobilenetv2", "bundled"), entry("pspnet:resnet50", "imported"))
    backend.labels["pspnet:resnet50"] = "pspnet:resnet50"
    workspace.library.refresh()
    workspace.library.select_label("pspnet:resnet50")
    with qtbot.waitSignal(explore.modelChanged, timeout=int(DEADLINE * 1000)):
        qtbot.mouseClick(workspace.page.use, Qt.MouseButton.LeftButton)
    assert backend.loads == ["pspnet:resnet50"]
    assert shown == ["explore"]
    assert workspace.page.use.text() == "In use in Explore"
    assert not workspace.page.use.isEnabled()


def test_a_model_without_weights_cannot_be_used(workspace: ModelsWorkspace) -> None:
    workspace.library.select_label("pspnet:resnet50")
    assert not workspace.page.use.isEnabled()
    assert workspace.page.use.toolTip() == "It needs weights first"


def test_a_dropped_file_is_imported_and_reported(
    qtbot: QtBot, workspace: ModelsWorkspace, library_backend: FakeLibrary
) -> None:
    assert not workspace.take_paths([Path("a.jpg")])
    assert workspace.take_paths([Path("a.jpg"), FILE])
    panel = workspace.page.panel
    assert panel.isVisible()
    assert panel.progress.isVisible()
    labels = ("pspnet:resnet50", "pspnet-lc:resnet50")
    library_backend.answer("inspect", Inspection(FILE, "semseg's PSPNet", labels, False))
    assert panel.target.isVisible()
    assert "semseg's PSPNet" in panel.text.text()
    qtbot.mouseClick(panel.confirm, Qt.MouseButton.LeftButton)
    path = Path("/models/pspnet-resnet50.safetensors")
    library_backend.listed = (entry("lc-mobilenetv2", "bundled"), entry("pspnet:resnet50", "imported", path=path))
    library_backend.answer("import", outcome("pspnet:resnet50", path))
    assert "train the model before use" in panel.text.text()
    assert "head.0.weight" in panel.report.toPlainText()
    assert workspace.page.name.text() == "pspnet:resnet50"
    qtbot.mouseClick(panel.dismiss, Qt.MouseButton.LeftButton)
    assert not panel.isVisible()


def test_the_report_lists_every_key() -> None:
    text = report_text(
        KeyReport(3, missing=("a",), unexpected=("b",), ignored=("c", "d"), differing=("e (1,) for (2,)",), preset={})
    )
    for line in ("3 tensors taken over", "1 missing", "1 unexpected", "2 ignored", "1 of another shape", "    d"):
        assert line in text


def test_the_dock_s_width_is_remembered(workspace: ModelsWorkspace, settings: Settings) -> None:
    workspace.save_state()
    assert not settings.blob("models/state").isEmpty()


def compared(**changes: object) -> Comparison:
    red, blue = (np.full((40, 60, 3), colour, dtype=np.uint8) for colour in ((200, 0, 0), (0, 0, 200)))
    first, second = Side("lc-mobilenetv2", red, 60.0, (1.0,)), Side("pspnet:resnet50", blue, 900.0, (1.0,))
    values = {"difference": red, "agreement": 0.75, "pairs": (("background", "cat", 0.25),), **changes}
    return Comparison(first=first, second=second, **values)  # type: ignore[arg-type]


def test_two_models_are_compared_on_the_open_photo(
    qtbot: QtBot,
    workspace: ModelsWorkspace,
    explore: ExploreModel,
    library_backend: FakeLibrary,
    photos: list[Path],
) -> None:
    library_backend.listed = (entry("lc-mobilenetv2", "bundled"), entry("pspnet:resnet50", "imported"))
    workspace.library.refresh()
    workspace.library.select_label("pspnet:resnet50")
    qtbot.mouseClick(workspace.page.compare, Qt.MouseButton.LeftButton)
    page = workspace.compare
    assert page.isVisible()
    assert "Open a photo in Explore first" in page.words.text()
    assert not page.go.isEnabled()
    with qtbot.waitSignal(explore.imageChanged, timeout=int(DEADLINE * 1000)):
        explore.open_paths(photos[:1])
    page.refresh()
    assert (page.first.currentText(), page.second.currentText()) == ("lc-mobilenetv2", "pspnet:resnet50")
    qtbot.mouseClick(page.go, Qt.MouseButton.LeftButton)
    assert library_backend.asked[-1][1] == (photos[0], "default", "pspnet:resnet50")
    assert page.cancel.isVisible()
    library_backend.answer("compare", compared())
    assert "agree on 75.0 %" in page.words.text()
    assert "background / cat 25.0 %" in page.words.text()
    assert not page.view.grab().isNull()
    page.difference.setChecked(True)
    assert not page.view.grab().isNull()
    qtbot.mouseClick(page.back, Qt.MouseButton.LeftButton)
    assert workspace.page.isVisible()


def test_a_comparison_that_fails_is_named_and_a_late_one_not_heard(
    workspace: ModelsWorkspace, library_backend: FakeLibrary
) -> None:
    comparison = workspace.comparison
    comparison.start(FILE, "default", "other")
    library_backend.answer("compare", CheckpointError("damaged", path=FILE, cure="copy it again"))
    assert comparison.state is not None
    assert comparison.state.problem == "Damaged. Copy it again."
    comparison.start(FILE, "default", "other")
    comparison.cancel()
    assert comparison.state is None
    library_backend.answer("compare", compared())
    assert comparison.state is None


def test_the_handle_follows_mouse_and_keys(qtbot: QtBot) -> None:
    view = SwipeView()
    qtbot.addWidget(view)
    view.resize(424, 324)
    view.show()
    pictures = [np.full((300, 400, 3), colour, dtype=np.uint8) for colour in ((200, 0, 0), (0, 0, 200))]
    view.set_pictures(pictures[0], pictures[1], names=("one", "two"))
    qtbot.mouseClick(view, Qt.MouseButton.LeftButton, pos=QPoint(12 + 100, 160))
    assert view.position == pytest.approx(0.25, abs=0.01)
    shown = view.grab().toImage()
    assert shown.pixelColor(60, 300).red() > 150
    assert shown.pixelColor(300, 300).blue() > 150
    qtbot.keyClick(view, Qt.Key.Key_Right)
    assert view.position == pytest.approx(0.30, abs=0.01)
    qtbot.keyClick(view, Qt.Key.Key_Home)
    assert view.position == 0.0
