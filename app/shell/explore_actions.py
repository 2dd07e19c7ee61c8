"""The actions of the window and its menus."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import partial
from pathlib import Path

from PySide6.QtCore import QObject, Qt
from PySide6.QtGui import QAction, QActionGroup
from PySide6.QtWidgets import QFileDialog, QMainWindow, QMenu

from app.canvas.canvas import Canvas
from app.explore.model import ExploreModel
from app.explore.rho_scale import nudged
from app.explore.views import Status
from app.services.models import available_models
from app.services.settings import Settings
from app.shell.about import AboutDialog
from app.shell.actions import ActionRegistry, ActionSpec, HoldKey
from app.shell.explore_workspace import ExploreWorkspace
from app.shell.model_actions import ModelActions
from app.shell.shortcut_sheet import ShortcutSheet
from app.shell.theme import ThemeController, ThemeMode
from app.shell.working_size_actions import WorkingSizeActions
from engine.data.image_formats import IMAGE_SUFFIXES

_STAGE_KEYS = 3
# What a person can do wherever they are; everything else acts on what Explore shows.
_EVERYWHERE = frozenset(
    {"file.quit", "view.full_screen", "help.shortcuts", "help.about", "model.open", "view.outlines"}
)


class ExploreActions(QObject):
    """Registers what can be done, builds the menus, and opens the dialogs that actions need."""

    def __init__(
        self,
        model: ExploreModel,
        settings: Settings,
        theme: ThemeController,
        actions: ActionRegistry,
        *,
        window: QMainWindow,
        canvas: Canvas,
    ) -> None:
        super().__init__(window)
        self._model = model
        self._settings = settings
        self._theme = theme
        self._actions = actions
        self._window = window
        self._canvas = canvas
        self._workspace: ExploreWorkspace | None = None
        self._theme_actions: dict[str, QAction] = {}
        self._recent_menu = QMenu(self.tr("Open &recent"), window)
        self._recent_menu.setToolTipsVisible(True)
        for spec in (*self._file_specs(), *self._image_specs(), *self._view_specs(), *self._model_specs()):
            scoped = spec if spec.id in _EVERYWHERE else replace(spec, scope="explore")
            window.addAction(actions.add(scoped))
        group = self.tr("View")
        actions.add_hold(HoldKey(group, self.tr("Show the bare photo while held"), "H"))
        actions.add_hold(HoldKey(group, self.tr("Pan by dragging while held"), self.tr("Space"), held="Space"))
        actions.add_hold(HoldKey(group, self.tr("Zoom about the cursor"), self.tr("Wheel")))
        model.resultChanged.connect(self._tell_saving)
        model.currentChanged.connect(self._tell_steps)
        model.images.countChanged.connect(self._tell_steps)
        model.imageChanged.connect(self._tell_canvas)
        model.statusChanged.connect(self._tell_cancel)
        model.recentChanged.connect(self._fill_recent)
        self._tell_saving(None)
        self._tell_steps(-1)
        self._tell_canvas(None)
        self._tell_cancel(model.status)
        self._fill_recent(model.recent)

    # The table

    def _file_specs(self) -> list[ActionSpec]:
        group = self.tr("File")
        return [
            ActionSpec(
                "file.open_images",
                self.tr("&Open images…"),
                group,
                self._open_images,
                "image-plus-outline",
                ("Ctrl+O",),
            ),
            ActionSpec(
                "file.open_folder",
                self.tr("Open &folder…"),
                group,
                self._open_folder,
                "folder-open-outline",
                ("Ctrl+U",),
            ),
            ActionSpec(
                "file.save_labels",
                self.tr("&Save label map…"),
                group,
                self._save_labels,
                "content-save-outline",
                ("Ctrl+S",),
                help=self.tr("Save the label map as a palette PNG whose pixels are class numbers"),
            ),
            ActionSpec(
                "file.save_overlay",
                self.tr("Save o&verlay…"),
                group,
                self._save_overlay,
                "image-multiple-outline",
                ("Ctrl+Shift+S",),
                help=self.tr("Save the photo with the labels over it, at the shown opacity"),
            ),
            ActionSpec(
                "file.save_stages",
                self.tr("Save stage &maps…"),
                group,
                self._save_stages,
                "layers-outline",
                ("Ctrl+Alt+S",),
                help=self.tr("Save the deciding stage and the confidence of every pixel into a folder"),
            ),
            ActionSpec("file.quit", self.tr("&Quit"), group, self._window.close, "exit-to-app", ("Ctrl+Q",)),
        ]

    def _image_specs(self) -> list[ActionSpec]:
        group = self.tr("Image")
        return [
            ActionSpec(
                "image.next", self.tr("&Next image"), group, lambda: self._model.step(1), "arrow-right", ("D", "PgDown")
            ),
            ActionSpec(
                "image.previous",
                self.tr("&Previous image"),
                group,
                lambda: self._model.step(-1),
                "arrow-left",
                ("A", "PgUp"),
            ),
        ]

    def _view_specs(self) -> list[ActionSpec]:
        group, canvas = self.tr("View"), self._canvas
        stages = [
            ActionSpec(
                f"view.stage{number}",
                self.tr("Stage &%1 on the canvas").replace("%1", str(number)),
                group,
                partial(self._choose_stage, number),
                "",
                (f"Alt+{number}",),
            )
            for number in range(1, _STAGE_KEYS + 1)
        ]
        return [
            ActionSpec("view.zoom_in", self.tr("Zoom &in"), group, canvas.zoom_in, "plus", ("Ctrl++", "Ctrl+=")),
            ActionSpec("view.zoom_out", self.tr("Zoom &out"), group, canvas.zoom_out, "minus", ("Ctrl+-",)),
            ActionSpec("view.fit", self.tr("&Fit to window"), group, canvas.fit, "fit-to-screen-outline", ("Ctrl+F",)),
            ActionSpec(
                "view.actual_size",
                self.tr("&Actual size"),
                group,
                canvas.actual_size,
                "",
                ("Ctrl+0",),
                help=self.tr("One pixel of the photo on one pixel of the screen"),
            ),
            ActionSpec("view.next_map", self.tr("Next &map"), group, self._next_map, "layers-outline", ("O",)),
            *stages,
            ActionSpec(
                "view.final",
                self.tr("Final answer on the &canvas"),
                group,
                partial(self._choose_stage, None),
                "",
                ("Alt+0",),
            ),
            ActionSpec(
                "view.outlines",
                self.tr("Patterns and ou&tlines"),
                group,
                partial(self._settings.set, "view/outlines"),
                "texture",
                help=self.tr("Tell classes apart by patterns and outlines, not by their colours alone"),
                checkable=True,
            ),
            ActionSpec("view.full_screen", self.tr("F&ull screen"), group, self._full_screen, "fullscreen", ("F11",)),
            ActionSpec(
                "help.shortcuts",
                self.tr("&Keyboard shortcuts"),
                self.tr("Help"),
                self._show_sheet,
                "keyboard-outline",
                ("F1",),
            ),
            ActionSpec(
                "help.about", self.tr("&About Rhoscope"), self.tr("Help"), self._show_about, "information-outline"
            ),
        ]

    def _model_specs(self) -> list[ActionSpec]:
        group = self.tr("Cascade")
        return [
            ActionSpec("model.lower_rho", self.tr("&Lower ρ"), group, partial(self._nudge, -1), "", (",",)),
            ActionSpec("model.raise_rho", self.tr("&Raise ρ"), group, partial(self._nudge, 1), "", (".",)),
            ActionSpec("model.default_rho", self.tr("The model's &own ρ"), group, self._default_rho, "", ("Ctrl+R",)),
            ActionSpec(
                "model.next_crf", self.tr("CRF: off, hard pixels, &full"), group, self._next_crf, "blur", ("C",)
            ),
            ActionSpec(
                "model.cancel", self.tr("&Cancel what is running"), group, self._model.cancel, "close", ("Esc",)
            ),
            ActionSpec(
                "model.open", self.tr("Open a c&heckpoint…"), group, self._open_checkpoint, "file-import-outline"
            ),
        ]

    # Menus

    def build_menus(self, workspace: ExploreWorkspace, *, model_menu: QMenu) -> None:
        """Fills the menu bar and the menu of the model's button."""
        self._workspace = workspace
        bar = self._window.menuBar()
        file_menu = bar.addMenu(self.tr("&File"))
        self._add(file_menu, "file.open_images", "file.open_folder")
        file_menu.addMenu(self._recent_menu)
        file_menu.addSeparator()
        self._add(file_menu, "file.save_labels", "file.save_overlay", "file.save_stages")
        file_menu.addSeparator()
        self._add(file_menu, "window.settings", "file.quit")

        view_menu = bar.addMenu(self.tr("&View"))
        self._add(view_menu, "view.zoom_in", "view.zoom_out", "view.fit", "view.actual_size")
        view_menu.addSeparator()
        self._add(view_menu, "view.next_map", "view.final")
        self._add(view_menu, *(f"view.stage{number}" for number in range(1, _STAGE_KEYS + 1)))
        view_menu.addSeparator()
        self._add(view_menu, "view.outlines")
        view_menu.addSeparator()
        for dock in (workspace.image_dock, workspace.cascade_dock):
            toggle = dock.toggleViewAction()
            toggle.setText(self.tr("Panel: %1").replace("%1", dock.windowTitle()))
            view_menu.addAction(toggle)
        view_menu.addMenu(self._theme_menu())
        self._add(view_menu, "view.full_screen")

        image_menu = bar.addMenu(self.tr("&Image"))
        self._add(image_menu, "image.next", "image.previous")

        cascade_menu = bar.addMenu(self.tr("&Model"))
        models = ModelActions(self._model, available_models(), self)
        for menu in (model_menu, cascade_menu):
            models.add_to(menu)
            # Models may have been imported or published since.
            menu.aboutToShow.connect(lambda: models.offer(available_models()))
            self._add(menu, "model.open")
        sizes = WorkingSizeActions(self._model, self)
        for menu in (model_menu, cascade_menu):
            menu.addSeparator()
            menu.addMenu(sizes.menu(menu))
        cascade_menu.addSeparator()
        self._add(cascade_menu, "model.lower_rho", "model.raise_rho", "model.default_rho", "model.next_crf")
        cascade_menu.addSeparator()
        self._add(cascade_menu, "model.cancel")

        help_menu = bar.addMenu(self.tr("&Help"))
        self._add(help_menu, "window.palette", "help.tour", "help.shortcuts", "help.change_shortcuts")
        help_menu.addSeparator()
        self._add(help_menu, "help.about")

    def _add(self, menu: QMenu, *action_ids: str) -> None:
        menu.setToolTipsVisible(True)
        for action_id in action_ids:
            menu.addAction(self._actions[action_id])

    def _theme_menu(self) -> QMenu:
        menu = QMenu(self.tr("&Theme"), self._window)
        group = QActionGroup(menu)
        for mode, text in (
            (ThemeMode.SYSTEM, self.tr("Follow the &system")),
            (ThemeMode.LIGHT, self.tr("&Light")),
            (ThemeMode.DARK, self.tr("&Dark")),
        ):
            action = menu.addAction(text)
            action.setCheckable(True)
            action.setChecked(mode is self._theme.mode)
            action.triggered.connect(partial(self._choose_theme, mode))
            group.addAction(action)
            self._theme_actions[mode.value] = action
        self._settings.changed.connect(self._follow_setting)
        self._follow_setting("view/outlines")
        return menu

    def _fill_recent(self, recent: list[Path]) -> None:
        self._recent_menu.clear()
        for number, path in enumerate(recent, start=1):
            mnemonic = f"&{number} " if number < 10 else ""
            action = self._recent_menu.addAction(mnemonic + path.name.replace("&", "&&"))
            action.setToolTip(str(path))
            action.triggered.connect(partial(self._open_recent, path))
        if recent:
            self._recent_menu.addSeparator()
            self._recent_menu.addAction(self.tr("&Clear this list")).triggered.connect(self._model.clear_recent)
        self._recent_menu.setEnabled(bool(recent))

    # What is possible just now

    def _tell_saving(self, _result: object) -> None:
        for action_id in ("file.save_labels", "file.save_overlay", "file.save_stages"):
            self._actions[action_id].setEnabled(self._model.can_save)

    def _tell_steps(self, _value: int) -> None:
        row, count = self._model.current_row, self._model.images.rowCount()
        self._actions["image.next"].setEnabled(row + 1 < count)
        self._actions["image.previous"].setEnabled(row > 0)

    def _tell_canvas(self, image: object) -> None:
        for action_id in ("view.zoom_in", "view.zoom_out", "view.fit", "view.actual_size"):
            self._actions[action_id].setEnabled(image is not None)

    def _tell_cancel(self, status: Status) -> None:
        self._actions["model.cancel"].setEnabled(status.cancellable)

    # Handlers

    def _open_images(self) -> None:
        patterns = " ".join(f"*{suffix}" for suffix in sorted(IMAGE_SUFFIXES))
        dialog = self._dialog(self.tr("Open images"), QFileDialog.FileMode.ExistingFiles, "files/last_open_folder")
        dialog.setNameFilters([self.tr("Images (%1)").replace("%1", patterns), self.tr("All files (*)")])
        dialog.filesSelected.connect(self._take_opened)
        dialog.open()

    def _open_folder(self) -> None:
        dialog = self._dialog(self.tr("Open folder"), QFileDialog.FileMode.Directory, "files/last_open_folder")
        dialog.filesSelected.connect(self._take_opened)
        dialog.open()

    def _take_opened(self, names: list[str]) -> None:
        paths = [Path(name) for name in names]
        if paths:
            self._settings.set("files/last_open_folder", str(paths[0].parent))
            self._model.open_paths(paths)

    def _open_recent(self, path: Path, _checked: bool = False) -> None:
        self._model.open_paths([path])

    def _open_checkpoint(self) -> None:
        dialog = self._dialog(self.tr("Open a checkpoint"), QFileDialog.FileMode.ExistingFile, "files/last_open_folder")
        dialog.setNameFilters([self.tr("Checkpoints (*.safetensors *.pth *.pt)"), self.tr("All files (*)")])
        dialog.fileSelected.connect(self._model.set_model)
        dialog.open()

    def _save_labels(self) -> None:
        self._ask_where(
            self.tr("Save label map"), "_labels.png", self.tr("Palette PNG (*.png)"), self._model.save_label_map
        )

    def _save_overlay(self) -> None:
        opacity = self._canvas.opacity
        self._ask_where(
            self.tr("Save overlay"),
            "_overlay.png",
            self.tr("Pictures (*.png *.jpg)"),
            lambda path: self._model.save_overlay(path, opacity),
        )

    def _ask_where(self, title: str, ending: str, name_filter: str, save: Callable[[Path], None]) -> None:
        source = self._model.current_path
        if source is None:
            return
        dialog = self._dialog(title, QFileDialog.FileMode.AnyFile, "files/last_save_folder")
        dialog.setAcceptMode(QFileDialog.AcceptMode.AcceptSave)
        dialog.setNameFilter(name_filter)
        dialog.setDefaultSuffix("png")
        dialog.selectFile(source.stem + ending)

        def take(name: str) -> None:
            self._settings.set("files/last_save_folder", str(Path(name).parent))
            save(Path(name))

        dialog.fileSelected.connect(take)
        dialog.open()

    def _save_stages(self) -> None:
        dialog = self._dialog(
            self.tr("Save stage maps into a folder"), QFileDialog.FileMode.Directory, "files/last_save_folder"
        )

        def take(name: str) -> None:
            self._settings.set("files/last_save_folder", name)
            self._model.save_stage_maps(Path(name))

        dialog.fileSelected.connect(take)
        dialog.open()

    def _dialog(self, title: str, mode: QFileDialog.FileMode, remembered: str) -> QFileDialog:
        """A file dialog that does not stop the event loop, starting where the last one ended."""
        dialog = QFileDialog(self._window, title)
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.setFileMode(mode)
        # The list of all suffixes is longer than the dialog.
        dialog.setOption(QFileDialog.Option.HideNameFilterDetails)
        folder = self._settings.text(remembered)
        current = self._model.current_path
        if not folder and current is not None:
            folder = str(current.parent)
        if folder and Path(folder).is_dir():
            dialog.setDirectory(folder)
        return dialog

    def _choose_stage(self, stage: int | None) -> None:
        if self._workspace is not None:
            self._workspace.scene.choose_stage(stage)

    def _next_map(self) -> None:
        if self._workspace is not None:
            self._workspace.scene.next_kind()

    def _next_crf(self) -> None:
        if self._workspace is not None:
            self._workspace.next_crf_mode()

    def _nudge(self, steps: int) -> None:
        self._model.set_rho(nudged(self._model.rho, steps))

    def _default_rho(self) -> None:
        summary = self._model.model_summary
        if summary is not None:
            self._model.set_rho(summary.default_rho)

    def _full_screen(self) -> None:
        if self._window.isFullScreen():
            self._window.showNormal()
        else:
            self._window.showFullScreen()

    def _choose_theme(self, mode: ThemeMode, _checked: bool = False) -> None:
        self._theme.set_mode(mode)
        self._settings.set("view/theme", mode.value)

    def _follow_setting(self, name: str) -> None:
        if name == "view/theme":
            self._theme_actions[self._settings.text(name)].setChecked(True)
        elif name == "view/outlines":
            self._actions["view.outlines"].setChecked(bool(self._settings.get(name)))

    def _show_sheet(self) -> None:
        ShortcutSheet(self._actions, self._window).show()

    def _show_about(self) -> None:
        AboutDialog(self._model.model_summary, self._window).show()
