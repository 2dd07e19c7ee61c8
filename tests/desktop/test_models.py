"""The Models workspace in the whole window: drops find their way, a model goes to Explore, the window leaves."""

from __future__ import annotations

from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QWidget
from pytestqt.qtbot import QtBot

from app.services.model_library import Inspection
from app.services.settings import Settings
from app.shell.models_workspace import ModelsWorkspace
from app.shell.window import MainWindow
from tests.app.fakes import FakeBackend
from tests.app.library.fakes import FakeLibrary, entry, outcome
from tests.desktop.test_window import _drop

pytestmark = pytest.mark.desktop
DEADLINE = 20_000


@pytest.fixture
def library() -> FakeLibrary:
    return FakeLibrary()


@pytest.fixture
def models(window: MainWindow, settings: Settings, library: FakeLibrary) -> ModelsWorkspace:
    workspace = ModelsWorkspace(
        window.model, settings, show_explore=lambda: window.show_workspace("explore"), backend=library, parent=window
    )
    window.add_workspace(workspace)
    window.show_workspace("models")
    return workspace


def test_weights_are_imported_where_they_are_dropped_and_photos_go_to_explore(
    qtbot: QtBot, window: MainWindow, models: ModelsWorkspace, library: FakeLibrary, photos: list[Path], tmp_path: Path
) -> None:
    takers = [type(child).__name__ for child in models.findChildren(QWidget) if child.acceptDrops()]
    assert takers == []
    weights = tmp_path / "train_epoch_50.pth"
    weights.touch()
    _drop(window, [weights])
    assert window.current_workspace is models
    assert models.page.panel.isVisible()
    library.answer("inspect", Inspection(weights, "semseg's PSPNet", ("pspnet:resnet50",), False))
    qtbot.mouseClick(models.page.panel.confirm, Qt.MouseButton.LeftButton)
    path = Path("/models/pspnet-resnet50.safetensors")
    library.listed = (library.listed[0], entry("pspnet:resnet50", "imported", path=path))
    library.answer("import", outcome("pspnet:resnet50", path))
    assert models.page.use.isEnabled()
    _drop(window, photos[:1])
    assert window.current_workspace is None
    qtbot.waitUntil(lambda: window.model.image is not None, timeout=DEADLINE)


def test_what_a_person_trained_is_said_to_stand_among_their_own_models(
    qtbot: QtBot, window: MainWindow, models: ModelsWorkspace, library: FakeLibrary, tmp_path: Path
) -> None:
    weights = tmp_path / "mine.safetensors"
    weights.touch()
    panel = models.page.panel
    for ours, words in ((True, "among your own models now, as mine"), (False, "serve segnet now")):
        _drop(window, [weights])
        library.answer("inspect", Inspection(weights, "a checkpoint of Rhoscope", ("segnet",), ours))
        qtbot.mouseClick(panel.confirm, Qt.MouseButton.LeftButton)
        library.answer("import", outcome("segnet", Path("/models/mine.safetensors")))
        assert words in panel.text.text()
        qtbot.mouseClick(panel.dismiss, Qt.MouseButton.LeftButton)


def test_a_model_is_taken_to_explore(
    qtbot: QtBot, window: MainWindow, models: ModelsWorkspace, library: FakeLibrary, backend: FakeBackend
) -> None:
    library.listed = (library.listed[0], entry("pspnet:resnet50", "imported"))
    backend.labels["pspnet:resnet50"] = "pspnet:resnet50"
    backend.stage_count = 1
    models.library.refresh()
    models.library.select_label("pspnet:resnet50")
    qtbot.mouseClick(models.page.use, Qt.MouseButton.LeftButton)
    assert window.current_workspace is None

    def loaded() -> bool:
        summary = window.model.model_summary
        return summary is not None and summary.spec == "pspnet:resnet50"

    qtbot.waitUntil(loaded, timeout=DEADLINE)
    assert window.explore.panel.rho.isHidden()
    assert not window.explore.strip.isVisible()


def test_the_window_leaves_with_an_import_under_way(
    qtbot: QtBot, window: MainWindow, models: ModelsWorkspace, library: FakeLibrary
) -> None:
    models.library.begin_import(Path("a.pth"))
    with qtbot.waitSignal(window.left, timeout=DEADLINE):
        window.close()
    assert library.closed
