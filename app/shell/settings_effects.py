"""What a changed setting changes at once, wherever it was changed: dialog, menu, palette."""

from __future__ import annotations

from PySide6.QtCore import QObject

from app.explore.model import ExploreModel
from app.services.compute_options import NAMES as COMPUTE
from app.services.compute_options import compute_options
from app.services.settings import Settings
from app.services.torch_backend import TorchBackend
from app.shell.theme import ThemeController, ThemeMode


class SettingsEffects(QObject):
    """Watches the settings for as long as it lives.

    Args:
        backend: told how models are to be loaded; the present one is loaded again so that it shows.
    """

    def __init__(
        self, settings: Settings, model: ExploreModel, theme: ThemeController, *, backend: TorchBackend | None = None
    ) -> None:
        super().__init__(model)
        self._settings = settings
        self._model = model
        self._theme = theme
        self._backend = backend
        settings.changed.connect(self._apply)

    def _apply(self, name: str) -> None:
        settings = self._settings
        if name == "view/theme":
            self._theme.set_mode(ThemeMode(settings.text(name)))
        elif name == "explore/working_side":
            side = settings.whole(name)
            self._model.set_working_side(None if side < 0 else side)
        elif name == "explore/crf":
            self._model.set_crf_mode(settings.text(name))
        elif name in COMPUTE and self._backend is not None:
            self._backend.options = compute_options(settings)
            summary = self._model.model_summary
            self._model.set_model(settings.text("explore/model") if summary is None else summary.spec)
