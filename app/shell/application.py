"""The running application: style, theme, window, and how it leaves."""

from __future__ import annotations

import logging
import os
import signal
import socket
import sys
from collections.abc import Sequence
from pathlib import Path
from types import FrameType

from PySide6.QtCore import QObject, QSocketNotifier, Qt, QTimer
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QApplication

from app.explore.model import ExploreModel
from app.label.model import LabelModel
from app.services.compute_options import compute_options
from app.services.crash_watch import CrashWatch
from app.services.log_file import LogFile
from app.services.settings import Settings
from app.services.torch_backend import TorchBackend
from app.shell.app_icon import app_icon
from app.shell.crash_dialog import CrashReporter, former_end
from app.shell.label_workspace import LabelWorkspace
from app.shell.languages import install_language, language_of
from app.shell.models_workspace import ModelsWorkspace
from app.shell.settings_effects import SettingsEffects
from app.shell.theme import ThemeController, ThemeMode
from app.shell.train_on_labels import join_label_and_train
from app.shell.train_workspace import TrainWorkspace
from app.shell.window import MainWindow
from app.training.model import TrainingModel
from engine.data.image_formats import IMAGE_SUFFIXES
from engine.resources import resource_path
from engine.version import VERSION

_log = logging.getLogger(__name__)

# A person who closes the window may wait for a large file to be written; whoever sends a signal expects an end soon.
_CLOSE_SECONDS = 10.0
_SIGNAL_SECONDS = 2.5
# The window is looked at first; then it is shown around.
_TOUR_AFTER_MILLISECONDS = 600


def run(paths: Sequence[Path]) -> int:
    """Opens the window on the given images and folders and runs until it is closed."""
    logging.basicConfig(level=logging.WARNING, format="%(levelname)s %(name)s: %(message)s")
    log = LogFile()
    log.open()
    application = make_application(sys.argv[:1])
    watch = CrashWatch(application)
    watch.install()
    settings = Settings()
    install_language(application, language_of(settings.text("view/language")))
    theme = ThemeController(application, mode=ThemeMode(settings.text("view/theme")))
    backend = TorchBackend(compute_options(settings))
    model = ExploreModel(settings, backend=backend, shutdown_seconds=_CLOSE_SECONDS)
    SettingsEffects(settings, model, theme, backend=backend)
    window = MainWindow(model, settings, theme, samples=sample_photos())
    add_workspaces(window, settings)
    window.left.connect(application.quit)
    reporter = CrashReporter(watch, window, log, model=lambda: model.model_summary)
    leaver = SignalLeaver(window)
    window.show()
    samples = resource_path("samples")
    ours = all(path.absolute() == samples or samples in path.absolute().parents for path in paths)
    if paths:
        # Samples shown at the first start are not what people mean by recent files.
        QTimer.singleShot(0, model, lambda: model.open_paths(paths, remember=not ours))
    fault = log.take_fault()
    if fault:
        QTimer.singleShot(0, reporter, lambda: reporter.show_crash(former_end(fault)))
    elif ours and not settings.get("help/tour_seen"):
        # Whoever comes with photos wants to see those; the tour waits for a start without any.
        QTimer.singleShot(_TOUR_AFTER_MILLISECONDS, window, window.tour.start)
    code = application.exec()
    leaver.close()
    watch.remove()
    if not window.is_shut_down:
        # What still runs, such as torch being loaded, cannot be stopped and holds nothing worth waiting for.
        log.close()
        logging.shutdown()
        os._exit(code)
    log.close()
    return code


def add_workspaces(window: MainWindow, settings: Settings) -> None:
    """Label, Train and Models, below Explore."""
    label = add_label_workspace(window, settings)
    train = make_train_workspace(window)
    window.add_workspace(train)
    join_label_and_train(window.actions_registry, label, train, show_train=lambda: window.show_workspace("train"))
    window.add_workspace(
        ModelsWorkspace(window.model, settings, show_explore=lambda: window.show_workspace("explore"), parent=window)
    )


def add_label_workspace(window: MainWindow, settings: Settings, *, label: LabelModel | None = None) -> LabelWorkspace:
    """Puts Label beside Explore: one engine thread, one model and one ρ serve both."""
    explore = window.model
    model = label or LabelModel(settings, explore.engine, shutdown_seconds=_CLOSE_SECONDS)

    workspace = LabelWorkspace(
        model, settings, window.actions_registry, explore_photo=lambda: explore.current_path, parent=window
    )
    model.setParent(workspace)
    explore.modelChanged.connect(model.set_model)
    explore.rhoChanged.connect(model.proposal.set_rho)
    model.learning.modelWanted.connect(explore.set_model)
    model.proposal.set_rho(explore.rho)
    model.set_model(explore.model_summary)
    window.add_workspace(workspace)

    def begin(photo: Path) -> None:
        window.show_workspace("label")
        workspace.take_paths([photo])

    workspace.commands.offer_to(explore, begin)
    return workspace


def make_train_workspace(window: MainWindow) -> TrainWorkspace:
    """The Train workspace, with its ways into Explore."""
    training = TrainingModel(shutdown_seconds=_CLOSE_SECONDS, parent=window)
    workspace = TrainWorkspace(training, window)

    def look_at(paths: Sequence[Path]) -> None:
        window.show_workspace("explore")
        window.model.open_paths(paths)

    def use(checkpoint: Path) -> None:
        window.model.set_model(str(checkpoint))
        window.show_workspace("explore")

    training.openPhotos.connect(look_at)
    training.openModel.connect(use)
    return workspace


def make_application(arguments: list[str]) -> QApplication:
    """A QApplication with everything set that must be set before the first window."""
    # Fractional scale factors as they are: rounding would make 150 % either cramped or huge.
    QGuiApplication.setHighDpiScaleFactorRoundingPolicy(Qt.HighDpiScaleFactorRoundingPolicy.PassThrough)
    application = QApplication(arguments)
    application.setApplicationName("Rhoscope")
    application.setApplicationDisplayName("Rhoscope")
    application.setApplicationVersion(VERSION)
    application.setDesktopFileName("rhoscope")
    application.setStyle("Fusion")
    application.setWindowIcon(app_icon())
    # The window leaves when everything has stopped, which is later than when it disappears.
    application.setQuitOnLastWindowClosed(False)
    return application


def sample_photos() -> list[Path]:
    """The photos that ship with the program, in order of their names."""
    folder = resource_path("samples")
    return sorted(path for path in folder.glob("*") if path.suffix.lower() in IMAGE_SUFFIXES)


class SignalLeaver(QObject):
    """Turns SIGTERM and SIGINT into closing the window, without waiting long for what runs."""

    def __init__(self, window: MainWindow) -> None:
        super().__init__(window)
        self._window = window
        # Python's handlers run between bytecodes only; the byte written here wakes Qt's event loop so that they do.
        self._reader, self._writer = socket.socketpair()
        self._reader.setblocking(False)
        self._writer.setblocking(False)
        self._old_descriptor = signal.set_wakeup_fd(self._writer.fileno(), warn_on_full_buffer=False)
        self._old_handlers = {number: signal.signal(number, self._take) for number in (signal.SIGTERM, signal.SIGINT)}
        self._notifier = QSocketNotifier(self._reader.fileno(), QSocketNotifier.Type.Read, self)
        self._notifier.activated.connect(self._drain)

    def close(self) -> None:
        """Puts the old handlers back."""
        self._notifier.setEnabled(False)
        signal.set_wakeup_fd(self._old_descriptor)
        for number, handler in self._old_handlers.items():
            signal.signal(number, handler)
        self._reader.close()
        self._writer.close()

    def _take(self, _number: int, _frame: FrameType | None) -> None:
        QTimer.singleShot(0, self._window, self._window.close)
        QTimer.singleShot(round(_SIGNAL_SECONDS * 1000), self._window, QApplication.quit)

    def _drain(self) -> None:
        try:
            self._reader.recv(64)
        except BlockingIOError:
            _log.debug("woken without a signal")
