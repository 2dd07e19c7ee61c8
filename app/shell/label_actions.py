"""What can be done in the Label workspace: its actions and its menu."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from pathlib import Path

from PySide6.QtCore import QObject
from PySide6.QtGui import QActionGroup
from PySide6.QtWidgets import QMenu, QWidget

from app.canvas.canvas import Canvas
from app.canvas.label_maps import LabelMap
from app.canvas.label_scene import LabelScene
from app.explore.model import ExploreModel
from app.label.model import LabelModel
from app.label.tool_state import ToolSettings
from app.label.views import ToolKind
from app.shell.actions import ActionRegistry, ActionSpec
from app.shell.label_cascade_actions import LabelCascadeActions
from app.shell.label_dialogs import LabelDialogs
from app.shell.label_spec import label_spec
from engine.cascade.result import IGNORE
from engine.project.records import Review

TOOL_GROUPS = (
    ("label.tool.brush", "label.tool.eraser", "label.tool.superpixels"),
    ("label.tool.polygon", "label.tool.lasso", "label.tool.rectangle", "label.tool.scissors", "label.tool.grabcut"),
    ("label.tool.fill", "label.tool.wand", "label.tool.picker"),
    ("label.tool.look_again",),
)
_SCOPE = "label"


class LabelActions(QObject):
    """Registers actions and fills the menu.

    Args:
        host: the window whose shortcuts they are.
    """

    def __init__(
        self,
        model: LabelModel,
        actions: ActionRegistry,
        *,
        host: QWidget,
        canvas: Canvas,
    ) -> None:
        super().__init__(host)
        self._model = model
        self._actions = actions
        self._host = host
        self._canvas = canvas
        self._dialogs = LabelDialogs(model, host)
        self._cascade = LabelCascadeActions(model, canvas, host)
        self._scene: LabelScene | None = None
        for spec in (*self._file_specs(), *self._tool_specs(), *self._step_specs(), *self._cascade.specs()):
            host.addAction(actions.add(spec))
        for spec in self._view_specs():
            host.addAction(actions.add(spec))
        self._tool_group = QActionGroup(self)
        for kind in ToolKind:
            self._tool_group.addAction(actions[f"label.tool.{kind.value}"])
        actions["label.tool.brush"].setChecked(True)
        model.tools.changed.connect(self._take_settings)
        model.editing.stateChanged.connect(self._tell)
        model.photoChanged.connect(lambda _photo: self._tell())
        model.project.changed.connect(lambda _view: self._tell())
        model.proposal.changed.connect(lambda _result: self._tell())
        model.tour.changed.connect(lambda _view: self._tell())
        model.learning.changed.connect(lambda _view: self._tell())
        self._tell()

    def set_scene(self, scene: LabelScene) -> None:
        self._scene = scene

    def offer_to(self, explore: ExploreModel, begin: Callable[[Path], object]) -> None:
        """From Explore's File menu straight to the workbench.

        Args:
            begin: given the photo that Explore shows.
        """

        def go() -> None:
            if explore.current_path is not None:
                begin(explore.current_path)

        action = self._actions.add(
            ActionSpec(
                "file.label_folder",
                self.tr("&Label this folder"),
                self.tr("File"),
                go,
                "brush",
                ("Ctrl+L",),
                self.tr("Correct the hard pixels of the photos in this folder"),
                scope="explore",
            )
        )
        self._host.addAction(action)
        before = self._actions["file.save_labels"]
        for place in before.associatedObjects():
            if isinstance(place, QMenu):
                place.insertAction(before, action)
        explore.currentChanged.connect(lambda row: action.setEnabled(row >= 0))
        action.setEnabled(explore.current_row >= 0)

    # The table

    def _file_specs(self) -> list[ActionSpec]:
        group, spec, model, dialogs = self.tr("Project"), label_spec, self._model, self._dialogs
        return [
            spec(
                "open_folder",
                self.tr("Label a &folder…"),
                group,
                dialogs.open_folder,
                "folder-edit-outline",
                ("Ctrl+U",),
            ),
            spec(
                "open_project",
                self.tr("Open a &project…"),
                group,
                dialogs.open_project,
                "folder-open-outline",
                ("Ctrl+O",),
            ),
            spec(
                "save",
                self.tr("&Save"),
                group,
                model.save,
                "content-save-outline",
                ("Ctrl+S",),
                help=self.tr("Every stroke is on the disk already; this makes opening quicker"),
            ),
            spec("export", self.tr("&Export…"), group, dialogs.export_labels, "export-variant", ("Ctrl+Shift+E",)),
            spec("import", self.tr("&Import labels…"), group, dialogs.import_labels, "import", ()),
            spec("relink", self.tr("The photos have &moved…"), group, dialogs.relink, "folder-move-outline", ()),
            spec("classes", self.tr("&Classes…"), group, dialogs.edit_classes, "palette-outline"),
            spec("next", self.tr("&Next image"), group, partial(model.step, 1), "arrow-right", ("D", "PgDown")),
            spec("previous", self.tr("&Previous image"), group, partial(model.step, -1), "arrow-left", ("A", "PgUp")),
            spec(
                "done",
                self.tr("&Done, next image"),
                group,
                self._done,
                "check",
                ("Ctrl+Return",),
                help=self.tr("Mark the image as done and go to the next one"),
            ),
        ]

    def _tool_specs(self) -> list[ActionSpec]:
        group = self.tr("Tools")
        rows = [
            (ToolKind.BRUSH, self.tr("&Brush"), "brush", "B"),
            (ToolKind.ERASER, self.tr("&Eraser"), "eraser", "E"),
            (ToolKind.SUPERPIXELS, self.tr("Superpixels"), "puzzle-outline", "Q"),
            (ToolKind.POLYGON, self.tr("&Polygon"), "vector-polygon", "P"),
            (ToolKind.LASSO, self.tr("&Lasso"), "lasso", "L"),
            (ToolKind.RECTANGLE, self.tr("&Rectangle"), "rectangle-outline", "R"),
            (ToolKind.SCISSORS, self.tr("&Scissors"), "content-cut", "S"),
            (ToolKind.GRABCUT, self.tr("&Cut out"), "selection-ellipse", "G"),
            (ToolKind.FILL, self.tr("&Fill"), "format-color-fill", "F"),
            (ToolKind.WAND, self.tr("Magic &wand"), "auto-fix", "W"),
            (ToolKind.PICKER, self.tr("P&icker"), "eyedropper", "I"),
            (ToolKind.LOOK_AGAIN, self.tr("Look &again"), "magnify-scan", "T"),
        ]
        return [
            label_spec(f"tool.{kind.value}", text, group, partial(self._choose, kind), icon, (key,), checkable=True)
            for kind, text, icon, key in rows
        ]

    def _step_specs(self) -> list[ActionSpec]:
        group, spec, model = self.tr("Labelling"), label_spec, self._model
        tools = model.tools
        digits = [
            spec(
                f"digit{number}",
                self.tr("Class or answer %1").replace("%1", str(number)),
                group,
                partial(self._digit, number),
                "",
                (str(number),),
            )
            for number in range(10)
        ]
        return [
            spec("undo", self.tr("&Undo"), group, model.editing.undo, "undo", ("Ctrl+Z",)),
            spec("redo", self.tr("&Redo"), group, model.editing.redo, "redo", ("Ctrl+Shift+Z", "Ctrl+Y")),
            spec("smaller", self.tr("Smaller brush"), group, partial(tools.resize, -1), "", ("[",)),
            spec("larger", self.tr("Larger brush"), group, partial(tools.resize, 1), "", ("]",)),
            spec("swap", self.tr("S&wap classes"), group, tools.swap_labels, "swap-horizontal", ("X",)),
            *digits,
            spec("ignore", self.tr("Ignore as class"), group, partial(tools.choose_label, IGNORE), "", ("`",)),
            spec(
                "keep_human",
                self.tr("Keep my pixels"),
                group,
                partial(self._set, "keep_human"),
                "account-lock-outline",
                ("K",),
                help=self.tr("What you decided yourself is not painted over"),
                checkable=True,
            ),
            spec(
                "undecided_only",
                self.tr("Hard pixels only"),
                group,
                partial(self._set, "undecided_only"),
                "target",
                ("U",),
                help=self.tr("Paint only the pixels that no stage was sure about"),
                checkable=True,
            ),
        ]

    def _view_specs(self) -> list[ActionSpec]:
        group, canvas, spec = self.tr("View"), self._canvas, label_spec
        return [
            spec("zoom_in", self.tr("Zoom &in"), group, canvas.zoom_in, "plus", ("Ctrl++", "Ctrl+=")),
            spec("zoom_out", self.tr("Zoom &out"), group, canvas.zoom_out, "minus", ("Ctrl+-",)),
            spec("fit", self.tr("&Fit to window"), group, canvas.fit, "fit-to-screen-outline", ("Ctrl+F",)),
            spec("actual_size", self.tr("&Actual size"), group, canvas.actual_size, "", ("Ctrl+0",)),
            spec("next_map", self.tr("Next &map"), group, self._next_map, "layers-outline", ("O",)),
        ]

    # The menu

    def menu(self) -> QMenu:
        menu = QMenu(self.tr("&Label"), self._host)
        menu.setToolTipsVisible(True)
        self._fill(menu, "open_folder", "open_project")
        menu.addMenu(self._dialogs.recent_menu(menu))
        self._fill(menu, "save", None, "import", "export", "classes", "relink", None)
        self._fill(menu, "undo", "redo", None, "next", "previous", "done", None)
        tools = menu.addMenu(self.tr("&Tools"))
        self._fill(tools, *(f"tool.{kind.value}" for kind in ToolKind), None, "smaller", "larger", "swap")
        self._fill(tools, "keep_human", "undecided_only")
        cascade = menu.addMenu(self.tr("&Cascade"))
        self._fill(cascade, "accept_easy", "accept_two", "accept_all", None, "next_group", "previous_group", None)
        self._fill(cascade, "audit", "flips", "crf_hard", "crf_full", None, "batch", None)
        self._fill(cascade, "learn", "learn_keep", "learn_forget")
        view = menu.addMenu(self.tr("&View"))
        self._fill(view, "next_map", None, "zoom_in", "zoom_out", "fit", "actual_size")
        return menu

    def _fill(self, menu: QMenu, *names: str | None) -> None:
        for name in names:
            if name is None:
                menu.addSeparator()
            else:
                menu.addAction(self._actions[f"label.{name}"])

    # What is possible just now

    def _tell(self) -> None:
        model, actions = self._model, self._actions
        editing, open_ = model.editing, model.view is not None
        writable = model.view is not None and model.view.writable
        answered = model.proposal.complete is not None and editing.document is not None
        touring = model.tour.under_way
        state = {
            "undo": editing.editable and editing.undo_count > 0,
            "redo": editing.editable and editing.redo_count > 0,
            "save": editing.editable,
            "export": open_,
            "import": writable,
            "relink": open_,
            "classes": writable,
            "done": writable and editing.document is not None,
            "accept_easy": answered and editing.editable,
            "accept_two": answered and editing.editable,
            "accept_all": answered and editing.editable,
            "next_group": editing.document is not None,
            "previous_group": editing.document is not None,
            "tour_chosen": touring and editing.editable,
            "audit": answered,
            "flips": answered,
            "crf_hard": answered,
            "crf_full": answered,
            "batch": writable,
            "learn": writable and model.learning.view.state in ("idle", "failed"),
            "learn_keep": model.learning.view.state == "asking",
            "learn_forget": model.learning.view.state == "asking",
        }
        for name, enabled in state.items():
            actions[f"label.{name}"].setEnabled(enabled)
        words = self.tr("Next &hard group") if touring else self.tr("Go through the &hard pixels")
        actions["label.next_group"].setText(words)

    def _take_settings(self, settings: ToolSettings) -> None:
        self._actions[f"label.tool.{settings.kind.value}"].setChecked(True)
        self._actions["label.keep_human"].setChecked(settings.keep_human)
        self._actions["label.undecided_only"].setChecked(settings.undecided_only)

    # Handlers

    def _choose(self, kind: ToolKind, checked: bool) -> None:
        if checked:
            self._model.tools.set(kind=kind)

    def _set(self, name: str, checked: bool) -> None:
        self._model.tools.set(**{name: checked})

    def _digit(self, number: int) -> None:
        if self._model.tour.under_way and number:
            self._model.tour.accept(number - 1)
            return
        view = self._model.view
        classes = () if view is None else view.classes
        chosen = next((one.id for one in classes if one.key == str(number)), None)
        if chosen is not None:
            self._model.tools.choose_label(chosen)

    def _done(self) -> None:
        self._model.mark(Review.DONE)
        self._model.step(1)

    def _next_map(self) -> None:
        if self._scene is not None:
            self._scene.next_kind()

    def choose_map(self, kind: LabelMap) -> None:
        if self._scene is not None:
            self._scene.choose(kind)
