"""The Explore workspace: images on the left, stages above the canvas, the cascade on the right."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QResizeEvent, QShowEvent
from PySide6.QtWidgets import QLabel, QMainWindow, QMenu, QStackedWidget, QVBoxLayout, QWidget

from app.canvas.canvas import Canvas
from app.canvas.maps import MapChoice, MapKind
from app.canvas.readout import Reading
from app.canvas.scene import Scene
from app.explore.model import ExploreModel
from app.explore.views import ModelSummary, OpenImage
from app.panels.canvas_bar import CanvasBar
from app.panels.cascade_panel import CascadePanel
from app.panels.empty_state import EmptyState
from app.panels.image_list import ImageList
from app.panels.problems import ProblemBanner
from app.panels.stage_strip import StageStrip
from app.services.settings import Settings
from app.shell.actions import ActionRegistry
from app.shell.docks import add_dock

# The strip takes its share of the window's height between these limits.
_STRIP_SHARE = 0.19
_STRIP_LIMITS = (108, 220)
_DOCK_WIDTHS = [228, 316]


class ExploreWorkspace(QMainWindow):
    """A window within the window, so that its docks are its own and other workspaces can have theirs.

    Signals: sampleChosen(object) - Path of a sample photo.
    """

    sampleChosen = Signal(object)

    def __init__(
        self,
        model: ExploreModel,
        settings: Settings,
        actions: ActionRegistry,
        *,
        canvas: Canvas,
        model_menu: QMenu,
        samples: Sequence[Path],
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self.setWindowFlags(Qt.WindowType.Widget)
        self.setObjectName("explore")
        # Drops are the whole window's business.
        self.setAcceptDrops(False)
        self._model = model
        self._settings = settings
        self._laid_out = False
        self.canvas = canvas
        self.scene = Scene(model, canvas)
        self.strip = StageStrip(model, self)
        self.bar = CanvasBar(actions, self)
        self.banner = ProblemBanner(model, self)
        self.empty = EmptyState(model, actions, samples=samples, parent=self)
        self.stack = QStackedWidget(self)
        self.stack.addWidget(self.empty)
        self.stack.addWidget(canvas)
        self.setCentralWidget(self._centre())
        self.images = ImageList(model, self)
        self.panel = CascadePanel(model, model_menu=model_menu, parent=self)
        self.panel.kinds.follow_keys(actions, "view.next_map")
        self.panel.crf.follow_keys(actions, "model.next_crf")
        self.count = QLabel(self)
        self.count.setProperty("quiet", True)
        self.image_dock = add_dock(
            self,
            self.images,
            name="imagesDock",
            title=self.tr("Images"),
            area=Qt.DockWidgetArea.LeftDockWidgetArea,
            extra=self.count,
        )
        self.cascade_dock = add_dock(
            self,
            self.panel,
            name="cascadeDock",
            title=self.tr("Cascade"),
            area=Qt.DockWidgetArea.RightDockWidgetArea,
            extra=self.panel.model_button,
        )
        self._connect()
        self._restore()
        self._tell_idle()
        self._tell_count(model.images.rowCount())

    def save_state(self) -> None:
        """Remembers docks, map and opacity."""
        if self._laid_out:
            self._settings.set_blob("window/state", self.saveState())
        self._settings.set("view/opacity", float(self.canvas.opacity))
        self._settings.set("view/mode", self.scene.choice.kind.value)

    def next_crf_mode(self) -> None:
        modes = ("off", "hard", "full")
        self._model.set_crf_mode(modes[(modes.index(self._model.crf_mode) + 1) % len(modes)])

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        if not self._laid_out:
            # Only now are there real widths to share out; before, the docks would be squeezed to their minimum.
            self._laid_out = True
            state = self._settings.blob("window/state")
            if state.isEmpty() or not self.restoreState(state):
                self.resizeDocks([self.image_dock, self.cascade_dock], _DOCK_WIDTHS, Qt.Orientation.Horizontal)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        low, high = _STRIP_LIMITS
        self.strip.setFixedHeight(round(min(max(self.height() * _STRIP_SHARE, low), high)))

    def _centre(self) -> QWidget:
        centre = QWidget(self)
        column = QVBoxLayout(centre)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addWidget(self.banner)
        column.addWidget(self.strip)
        column.addWidget(self.stack, 1)
        column.addWidget(self.bar)
        return centre

    def _connect(self) -> None:
        model, scene = self._model, self.scene
        self.strip.stageChosen.connect(scene.choose_stage)
        self.panel.kindChosen.connect(scene.choose_kind)
        self.panel.changesToggled.connect(scene.show_changes)
        self.panel.isolated.connect(scene.isolate)
        scene.choiceChanged.connect(self._show_choice)
        scene.readingChanged.connect(self._show_reading)
        self.bar.opacityChanged.connect(self.canvas.set_opacity)
        self.canvas.zoomChanged.connect(self.bar.set_zoom)
        self._settings.changed.connect(self._follow_setting)
        self.empty.sampleChosen.connect(self.sampleChosen)
        model.imageChanged.connect(self._take_image)
        model.modelChanged.connect(self._take_model)
        model.images.countChanged.connect(self._tell_count)

    def _restore(self) -> None:
        opacity = self._settings.number("view/opacity")
        self.canvas.set_opacity(opacity)
        self.bar.set_opacity(opacity)
        known = {kind.value: kind for kind in MapKind}
        self.scene.choose_kind(known.get(self._settings.text("view/mode"), MapKind.LABELS))
        self._show_choice(self.scene.choice)
        self._follow_setting("view/outlines")
        self._show_stack(self._model.image)

    def _follow_setting(self, name: str) -> None:
        if name == "view/outlines":
            outlines = bool(self._settings.get(name))
            self.scene.show_outlines(outlines)
            self.panel.classes.show_patterns(outlines)

    def _show_choice(self, choice: MapChoice) -> None:
        self.panel.show_choice(choice)
        self.strip.show_chosen(choice.stage)

    def _show_reading(self, reading: Reading | None) -> None:
        result = self._model.result
        self.bar.readout.set_reading(reading, None if result is None else result.palette)

    def _take_image(self, image: OpenImage | None) -> None:
        self._show_stack(image)
        self._tell_idle()

    def _show_stack(self, image: OpenImage | None) -> None:
        # A photo that cannot be read leaves the canvas bare; the lesson is for those who have opened nothing.
        empty = image is None and self._model.images.rowCount() == 0
        self.stack.setCurrentWidget(self.empty if empty else self.canvas)
        # Where one stage decides everything there is nothing to see stage by stage, and the photo takes the room.
        self.strip.setVisible(not empty and not self._single_stage)
        self.bar.setVisible(not empty)

    @property
    def _single_stage(self) -> bool:
        summary = self._model.model_summary
        return summary is not None and summary.stage_count == 1

    def _take_model(self, _summary: ModelSummary | None) -> None:
        if self._single_stage:
            self.scene.choose_stage(None)
        self._show_stack(self._model.image)

    def _tell_idle(self) -> None:
        image = self._model.image
        if image is None:
            self.bar.readout.set_idle("")
            return
        height, width = image.size
        facts = [image.path.name, f"{width} × {height}", *image.notes]
        self.bar.readout.set_idle("   ".join(facts))

    def _tell_count(self, count: int) -> None:
        self.count.setText(f"{count:,}".replace(",", "\u202f") if count else "")
        self._show_stack(self._model.image)
