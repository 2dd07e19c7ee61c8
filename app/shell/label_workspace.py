"""The Label workspace: images on the left, tools beside the canvas, classes and the cascade's help on the right."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QHideEvent, QShowEvent
from PySide6.QtWidgets import (
    QHBoxLayout,
    QLabel,
    QMenu,
    QMessageBox,
    QSizePolicy,
    QSlider,
    QSplitter,
    QStackedWidget,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from app.canvas.canvas import Canvas
from app.canvas.label_maps import LabelMap
from app.canvas.label_scene import LabelScene
from app.canvas.tools.kit import ToolKit
from app.label.model import LabelModel
from app.label.views import LabelPhoto, LearningView, PlaceKind, ProjectView, TourView
from app.panels.label.check_panel import CheckPanel
from app.panels.label.class_picker import ClassPicker
from app.panels.label.empty_state import LabelEmptyState
from app.panels.label.image_list import LabelImageList
from app.panels.label.learn_panel import LearnPanel
from app.panels.label.property_bar import PropertyBar
from app.panels.label.tool_strip import ToolStrip
from app.panels.label.tour_panel import TourPanel
from app.panels.label.widgets import class_name
from app.panels.problems import ProblemBanner
from app.panels.segmented import Choice, SegmentedControl
from app.services.settings import Settings
from app.shell.actions import ActionRegistry
from app.shell.docks import add_dock
from app.shell.fonts import figures
from app.shell.icons import icon
from app.shell.label_actions import TOOL_GROUPS, LabelActions
from app.shell.workspace import Workspace, WorkspaceFace
from engine.labels.provenance import provenance_name
from engine.labels.tools.picker import pick
from engine.project.records import Review
from engine.project.recovery import Recovered

_DOCK_WIDTHS = [228, 316]


class LabelWorkspace(Workspace):
    """See Workspace.

    Args:
        explore_photo: the photo that Explore shows, None for nothing.
    """

    def __init__(
        self,
        model: LabelModel,
        settings: Settings,
        actions: ActionRegistry,
        *,
        explore_photo: Callable[[], Path | None],
        parent: QWidget | None = None,
    ) -> None:
        face = WorkspaceFace(
            name="label",
            text=self.tr("Label"),
            glyph="brush",
            help=self.tr("Label: correct the hard pixels of a folder of photos"),
        )
        super().__init__(face, parent)
        self.model = model
        self._settings = settings
        self._explore_photo = explore_photo
        self._laid_out = False
        self._canvas = Canvas()
        self.commands = LabelActions(model, actions, host=self.window(), canvas=self._canvas)
        self.scene = LabelScene(model, self._canvas)
        self.commands.set_scene(self.scene)
        self.kit = ToolKit(model, self._canvas)
        self.banner = ProblemBanner(model, self)
        self.notice = QLabel(self)
        self.notice.setObjectName("notice")
        self.notice.setMargin(6)
        self.notice.setWordWrap(True)
        self.notice.setVisible(False)
        self.properties = PropertyBar(model, actions, self)
        self.tools = ToolStrip(actions, TOOL_GROUPS, self)
        self.empty = LabelEmptyState(model, actions, self)
        self.stack = QStackedWidget(self)
        self.stack.addWidget(self.empty)
        self.stack.addWidget(self._work_area())
        self.bar = self._bottom_bar(actions)
        self.setCentralWidget(self._centre())
        self.images = LabelImageList(model, self)
        self.order = self._order_button()
        self.image_dock = add_dock(
            self,
            self.images,
            name="labelImagesDock",
            title=self.tr("Images"),
            area=Qt.DockWidgetArea.LeftDockWidgetArea,
            extra=self._image_title(),
        )
        self.classes = ClassPicker(model, self)
        self.tour = TourPanel(model, actions, self)
        self.check = CheckPanel(model, actions, self)
        self.learn = LearnPanel(model, actions, self)
        self.side_dock = add_dock(
            self,
            self._side(),
            name="labelSideDock",
            title=self.tr("Classes"),
            area=Qt.DockWidgetArea.RightDockWidgetArea,
        )
        self._menu = self.commands.menu()
        self._connect()
        settings.changed.connect(self._follow_setting)
        self._follow_setting("view/outlines")
        self._show_stack(None)

    def _follow_setting(self, name: str) -> None:
        if name == "view/outlines":
            outlines = bool(self._settings.get(name))
            self.scene.show_outlines(outlines)
            self.classes.show_patterns(outlines)

    # Workspace

    @property
    def title(self) -> str:
        photo = self.model.photo
        return "" if photo is None else photo.path.name

    @property
    def note(self) -> str:
        editing = self.model.editing
        if editing.document is None:
            return ""
        if not editing.editable:
            return self.tr("looking only")
        saved = self.tr("saved") if editing.stored else self.tr("saving…") if editing.busy else self.tr("not saved")
        return self.tr("undo %1").replace("%1", str(editing.undo_count)) + " · " + saved

    @property
    def canvas(self) -> Canvas:
        return self._canvas

    def menus(self) -> Sequence[QMenu]:
        return (self._menu,)

    def take_paths(self, paths: Sequence[Path]) -> bool:
        return self.model.open_paths(paths)

    def activate(self) -> None:
        self.empty.offer(self._explore_photo())
        self.model.recent.look()
        self._canvas.setFocus()

    def save_state(self) -> None:
        if self._laid_out:
            self._settings.set_blob("label/state", self.saveState())
        self._settings.set("label/opacity", float(self._canvas.opacity))

    def shutdown(self) -> None:
        self.model.shutdown()

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        self.model.proposal.set_shown(True)
        if not self._laid_out:
            self._laid_out = True
            state = self._settings.blob("label/state")
            if state.isEmpty() or not self.restoreState(state):
                self.resizeDocks([self.image_dock, self.side_dock], _DOCK_WIDTHS, Qt.Orientation.Horizontal)

    def hideEvent(self, event: QHideEvent) -> None:
        super().hideEvent(event)
        self.model.proposal.set_shown(False)

    # Layout

    def _work_area(self) -> QWidget:
        area = QWidget(self)
        line = QHBoxLayout(area)
        line.setContentsMargins(0, 0, 0, 0)
        line.setSpacing(0)
        line.addWidget(self.tools)
        line.addWidget(self._canvas, 1)
        return area

    def _centre(self) -> QWidget:
        centre = QWidget(self)
        column = QVBoxLayout(centre)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        for widget in (self.banner, self.notice, self.properties):
            column.addWidget(widget)
        column.addWidget(self.stack, 1)
        column.addWidget(self.bar)
        return centre

    def _bottom_bar(self, actions: ActionRegistry) -> QWidget:
        bar = QWidget(self)
        bar.setObjectName("canvasBar")
        bar.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self.readout = QLabel(bar)
        self.readout.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)
        self.readout.setFont(figures(self.readout.font()))
        self.readout.setAccessibleName(self.tr("Under the cursor"))
        self.maps = SegmentedControl(
            [
                Choice(LabelMap.LABELS.value, self.tr("Labels"), self.tr("Labels, and faintly what is proposed")),
                Choice(LabelMap.DECIDED.value, self.tr("Decided"), self.tr("Only what is decided")),
                Choice(LabelMap.WHO.value, self.tr("Who"), self.tr("Who decided: a stage, the CRF or you")),
                Choice(LabelMap.HARD.value, self.tr("Hard"), self.tr("Hard pixels that you have not decided")),
                Choice(LabelMap.FLIPS.value, self.tr("Flips"), self.tr("Where a confident stage was overturned")),
            ],
            name=self.tr("Map over the photo"),
            parent=bar,
        )
        self.maps.follow_keys(actions, "label.next_map")
        self.maps.chosen.connect(lambda value: self.scene.choose(LabelMap(value)))
        self.opacity = QSlider(Qt.Orientation.Horizontal, bar)
        self.opacity.setRange(0, 100)
        self.opacity.setFixedWidth(84)
        self.opacity.setAccessibleName(self.tr("Opacity of the map"))
        self.opacity.setToolTip(self.tr("Opacity of the map; hold H to see the bare photo"))
        opacity = self._settings.number("label/opacity")
        self.opacity.setValue(round(opacity * 100))
        self._canvas.set_opacity(opacity)
        self.opacity.valueChanged.connect(lambda value: self._canvas.set_opacity(value / 100))
        self.zoom = QLabel(bar)
        self.zoom.setFont(figures(self.zoom.font()))
        self.zoom.setFixedWidth(self.zoom.fontMetrics().horizontalAdvance("4800 %") + 6)
        self.zoom.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self.zoom.setAccessibleName(self.tr("Zoom"))
        line = QHBoxLayout(bar)
        line.setContentsMargins(14, 3, 8, 3)
        line.setSpacing(6)
        line.addWidget(self.readout, 1)
        line.addWidget(self.maps)
        line.addSpacing(6)
        line.addWidget(self.opacity)
        for action_id in ("label.zoom_out", "", "label.zoom_in", "label.fit"):
            if not action_id:
                line.addWidget(self.zoom)
                continue
            button = QToolButton(bar)
            button.setIconSize(QSize(18, 18))
            button.setFocusPolicy(Qt.FocusPolicy.TabFocus)
            actions.bind(button, action_id)
            line.addWidget(button)
        return bar

    def _order_button(self) -> QToolButton:
        button = QToolButton(self)
        button.setText(self.tr("Name"))
        button.setIcon(icon("sort"))
        button.setIconSize(QSize(15, 15))
        button.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
        button.setToolTip(self.tr("Sort by name or by difficulty"))
        button.setAccessibleName(self.tr("Order of the images"))
        button.clicked.connect(self._next_order)
        return button

    def _image_title(self) -> QWidget:
        title = QWidget(self)
        self.count = QLabel(title)
        self.count.setProperty("quiet", True)
        line = QHBoxLayout(title)
        line.setContentsMargins(0, 0, 0, 0)
        line.setSpacing(4)
        line.addWidget(self.count, 1)
        line.addWidget(self.order)
        return title

    def _side(self) -> QWidget:
        self.pages = QStackedWidget(self)
        self.page = SegmentedControl(
            [
                Choice("tour", self.tr("Tour"), self.tr("Accept easy pixels, go through the hard ones")),
                Choice("check", self.tr("Check"), self.tr("Places where labels may be wrong; CRF")),
                Choice("learn", self.tr("Model"), self.tr("Run over the folder, learn from corrections")),
            ],
            name=self.tr("Help from the cascade"),
            parent=self,
        )
        panels = {"tour": self.tour, "check": self.check, "learn": self.learn}
        for panel in panels.values():
            self.pages.addWidget(panel)
        self.page.chosen.connect(lambda name: self.pages.setCurrentWidget(panels[name]))
        lower = QWidget(self)
        column = QVBoxLayout(lower)
        column.setContentsMargins(0, 8, 0, 0)
        column.setSpacing(0)
        around = QHBoxLayout()
        around.setContentsMargins(12, 0, 12, 4)
        around.addWidget(self.page)
        column.addLayout(around)
        column.addWidget(self.pages, 1)
        splitter = QSplitter(Qt.Orientation.Vertical, self)
        splitter.setChildrenCollapsible(False)
        splitter.addWidget(self.classes)
        splitter.addWidget(lower)
        splitter.setStretchFactor(0, 3)
        splitter.setStretchFactor(1, 4)
        splitter.setSizes([280, 400])
        return splitter

    def show_page(self, name: str) -> None:
        """ "tour", "check" or "learn"."""
        self.page.set_value(name)
        self.pages.setCurrentWidget({"tour": self.tour, "check": self.check, "learn": self.learn}[name])

    # What the model says

    def _connect(self) -> None:
        model = self.model
        self.empty.pathChosen.connect(lambda path: model.open_paths([path]))
        self._canvas.zoomChanged.connect(self._tell_zoom)
        self._canvas.hovered.connect(self._tell_pixel)
        self.scene.kindChanged.connect(lambda kind: self.maps.set_value(kind.value))
        model.photoChanged.connect(self._take_photo)
        model.project.changed.connect(self._take_project)
        model.project.damaged.connect(self._offer_recovery)
        model.project.recovered.connect(self._tell_recovered)
        model.editing.stateChanged.connect(self.noteChanged)
        model.images.countChanged.connect(lambda _count: self._tell_count())
        model.images.dataChanged.connect(lambda *_: self._tell_count())
        model.images.orderChanged.connect(self._tell_order)
        model.tour.changed.connect(self._take_tour)
        model.places.changed.connect(self._take_places)
        model.learning.changed.connect(self._take_learning)
        model.shutdownFinished.connect(self.finish_shutdown)

    def _take_photo(self, photo: LabelPhoto | None) -> None:
        self._show_stack(photo)
        self._tell_pixel(None)
        self.titleChanged.emit()
        self.noteChanged.emit()

    def _take_project(self, view: ProjectView | None) -> None:
        self.notice.setVisible(view is not None and not view.writable)
        self.notice.setText("" if view is None else view.why)
        self.image_dock.setToolTip("" if view is None else str(view.path))
        self._show_stack(self.model.photo)
        self._canvas.setFocus()

    def _show_stack(self, photo: LabelPhoto | None) -> None:
        empty = photo is None and self.model.view is None
        self.stack.setCurrentIndex(0 if empty else 1)
        for widget in (self.properties, self.bar):
            widget.setVisible(not empty)

    def _take_tour(self, view: TourView) -> None:
        if view.group is not None and self.pages.currentWidget() is not self.tour:
            self.show_page("tour")

    def _take_places(self) -> None:
        if self.model.places.kind in (PlaceKind.PROPOSAL, PlaceKind.AUDIT, PlaceKind.FLIPS):
            self.show_page("check")

    def _take_learning(self, view: LearningView) -> None:
        if view.state in ("preparing", "asking") and not self.model.tour.under_way:
            self.show_page("learn")

    def _tell_zoom(self, device_scale: float) -> None:
        percent = device_scale * 100
        self.zoom.setText(f"{percent:.0f} %" if percent >= 10 else f"{percent:.1f} %")

    def _tell_pixel(self, cursor: tuple[int, int] | None) -> None:
        photo, document, view = self.model.photo, self.model.document, self.model.view
        if photo is None or document is None or view is None:
            self.readout.setText("")
            return
        picked = None
        if cursor is not None:
            picked = pick(document.labels, document.provenance, row=cursor[1], column=cursor[0])
        if picked is None or cursor is None:
            height, width = photo.shape
            self.readout.setText(f"{photo.path.name}   {width} × {height}")
            return
        undecided = self.tr("undecided")
        name = class_name(view.classes, picked.label, undecided=undecided if picked.provenance == 0 else "ignore")
        parts = [name] if picked.provenance == 0 else [name, provenance_name(picked.provenance)]
        result = self.model.proposal.result
        if result is not None:
            proposed = int(result.label_map[cursor[1], cursor[0]])
            if proposed != picked.label:
                other = class_name(view.classes, proposed, undecided=undecided)
                parts.append(self.tr("proposed: %1").replace("%1", other))
        self.readout.setText("   ".join([*parts, f"{cursor[0]}, {cursor[1]}"]))

    def _tell_count(self) -> None:
        total = self.model.images.rowCount()
        done = self.model.images.count(Review.DONE) if total <= 5000 else 0
        text = f"{total:,}".replace(",", "\u202f") if total else ""
        self.count.setText(self.tr("%1 of %2 done").replace("%1", str(done)).replace("%2", text) if done else text)

    def _next_order(self) -> None:
        self.model.set_order("name" if self.model.images.order == "difficulty" else "difficulty")

    def _tell_order(self, order: str) -> None:
        self.order.setText(self.tr("Difficulty") if order == "difficulty" else self.tr("Name"))

    # A damaged project

    def _offer_recovery(self, path: Path) -> None:
        box = QMessageBox(self.window())
        box.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        box.setIcon(QMessageBox.Icon.Warning)
        box.setWindowTitle(self.tr("The project is damaged"))
        box.setText(self.tr("%1 cannot be read as it is.").replace("%1", path.name))
        box.setInformativeText(
            self.tr("What can be read of it can be saved into a new file beside it. The damaged one is kept.")
        )
        recover = box.addButton(self.tr("Recover"), QMessageBox.ButtonRole.AcceptRole)
        box.setDefaultButton(box.addButton(QMessageBox.StandardButton.Cancel))
        box.buttonClicked.connect(lambda button: self.model.project.recover(path) if button is recover else None)
        box.open()

    def _tell_recovered(self, path: Path, what: Recovered) -> None:
        text = self.tr("Recovered into %1: %2 images, %3 label maps, %4 steps.")
        for number, value in enumerate((path.name, what.images, what.label_maps, what.steps), start=1):
            text = text.replace(f"%{number}", str(value))
        lost = len(what.lost_label_maps)
        if lost:
            text += self.tr(" Lost: %1 label maps.").replace("%1", str(lost))
        self.notice.setText(text)
        self.notice.setVisible(True)
