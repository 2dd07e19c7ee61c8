"""What the program remembers between starts: one schema, one INI file. A broken file never stops the program."""

from __future__ import annotations

import base64
import json
import logging
import math
import os
from dataclasses import dataclass
from pathlib import Path
from typing import Final, TypeAlias, TypeVar

from PySide6.QtCore import (
    QByteArray,
    QCoreApplication,
    QObject,
    QSettings,
    QStandardPaths,
    QTimer,
    Signal,
)

from app.services.translation_mark import QT_TRANSLATE_NOOP

_log = logging.getLogger(__name__)

SettingValue: TypeAlias = "bool | int | float | str | bytes | tuple[str, ...]"

_T = TypeVar("_T")

_RECENT_KEPT: Final = 12
_WRITE_AFTER_MILLISECONDS: Final = 3000


@dataclass(frozen=True)
class Setting:
    """One remembered value.

    Texts for people are marked for translation here and translated, in the context "Settings", where they are shown.

    Attributes:
        name: "group/name" in the file.
        default: its type is the setting's type.
        minimum, maximum: limits of a number; a value outside is taken to the nearer one.
        choices: allowed values; empty = any.
        help: what it is, for people.
        page: heading under which the settings dialog offers it; "" where it is remembered and not chosen there.
        title: what the dialog calls it.
        choice_titles: what it calls the choices.
        unit: behind a number, e.g. "MiB".
        from_next_start: a change takes effect when the program starts again.
    """

    name: str
    default: SettingValue
    help: str
    minimum: float | None = None
    maximum: float | None = None
    choices: tuple[str | int, ...] = ()
    page: str = ""
    title: str = ""
    choice_titles: tuple[str, ...] = ()
    unit: str = ""
    from_next_start: bool = False


_LOOK: Final = QT_TRANSLATE_NOOP("Settings", "Appearance")
_SEGMENTING: Final = QT_TRANSLATE_NOOP("Settings", "Segmenting")
_COMPUTING: Final = QT_TRANSLATE_NOOP("Settings", "Computing")

SCHEMA: Final[tuple[Setting, ...]] = (
    Setting(
        "view/theme",
        "system",
        QT_TRANSLATE_NOOP("Settings", "Colours of the window. Class colours are data and stay as they are."),
        choices=("system", "light", "dark"),
        page=_LOOK,
        title=QT_TRANSLATE_NOOP("Settings", "Theme"),
        choice_titles=(
            QT_TRANSLATE_NOOP("Settings", "Follow the system"),
            QT_TRANSLATE_NOOP("Settings", "Light"),
            QT_TRANSLATE_NOOP("Settings", "Dark"),
        ),
    ),
    Setting(
        "view/language",
        "",
        QT_TRANSLATE_NOOP("Settings", "Language of the window."),
        choices=("", "en", "zh_CN"),
        page=_LOOK,
        title=QT_TRANSLATE_NOOP("Settings", "Language"),
        # Languages are called by their own names, so that those who cannot read the present one find theirs.
        choice_titles=(QT_TRANSLATE_NOOP("Settings", "Follow the system"), "English", "简体中文"),
        from_next_start=True,
    ),
    Setting(
        "view/opacity",
        0.6,
        QT_TRANSLATE_NOOP("Settings", "How strongly labels cover the photo, 0 to 1."),
        minimum=0.0,
        maximum=1.0,
    ),
    Setting(
        "view/outlines",
        False,
        QT_TRANSLATE_NOOP("Settings", "Classes are told apart by patterns and outlines, not by their colours alone."),
        page=_LOOK,
        title=QT_TRANSLATE_NOOP("Settings", "Patterns and outlines"),
    ),
    Setting(
        "explore/working_side",
        -1,
        QT_TRANSLATE_NOOP(
            "Settings",
            "Long side to which photos are brought for the network. Larger sizes find finer parts and take more time; "
            "a photo's own size is computed in tiles where it is large.",
        ),
        minimum=-1,
        choices=(-1, 640, 1024, 0),
        page=_SEGMENTING,
        title=QT_TRANSLATE_NOOP("Settings", "Working size"),
        choice_titles=(
            QT_TRANSLATE_NOOP("Settings", "The model's own"),
            QT_TRANSLATE_NOOP("Settings", "640 pixels"),
            QT_TRANSLATE_NOOP("Settings", "1024 pixels"),
            QT_TRANSLATE_NOOP("Settings", "Each photo's own"),
        ),
    ),
    Setting(
        "explore/crf",
        "off",
        QT_TRANSLATE_NOOP(
            "Settings", "A conditional random field draws borders along the photo's edges; it takes seconds a photo."
        ),
        choices=("off", "hard", "full"),
        page=_SEGMENTING,
        title=QT_TRANSLATE_NOOP("Settings", "CRF refinement"),
        choice_titles=(
            QT_TRANSLATE_NOOP("Settings", "Off"),
            QT_TRANSLATE_NOOP("Settings", "Hard pixels"),
            QT_TRANSLATE_NOOP("Settings", "Every pixel"),
        ),
    ),
    Setting(
        "compute/device",
        "auto",
        QT_TRANSLATE_NOOP("Settings", "Where the network runs. Automatic takes a graphics card where there is one."),
        choices=("auto", "cpu", "cuda"),
        page=_COMPUTING,
        title=QT_TRANSLATE_NOOP("Settings", "Device"),
        choice_titles=(
            QT_TRANSLATE_NOOP("Settings", "Automatic"),
            QT_TRANSLATE_NOOP("Settings", "Processor (CPU)"),
            QT_TRANSLATE_NOOP("Settings", "Graphics card (CUDA)"),
        ),
    ),
    Setting(
        "compute/precision",
        "auto",
        QT_TRANSLATE_NOOP(
            "Settings", "bf16 is quicker where the processor has it and rounds more; automatic takes it there."
        ),
        choices=("auto", "fp32", "bf16"),
        page=_COMPUTING,
        title=QT_TRANSLATE_NOOP("Settings", "Precision"),
        choice_titles=(QT_TRANSLATE_NOOP("Settings", "Automatic"), "fp32", "bf16"),
    ),
    Setting(
        "compute/threads",
        0,
        QT_TRANSLATE_NOOP("Settings", "Threads of the processor that the network may use; 0 = all cores."),
        minimum=0,
        maximum=256,
        page=_COMPUTING,
        title=QT_TRANSLATE_NOOP("Settings", "Threads"),
    ),
    Setting(
        "compute/memory",
        256,
        QT_TRANSLATE_NOOP("Settings", "Memory in which an opened photo keeps its answers for recent values of ρ."),
        minimum=16,
        maximum=65536,
        page=_COMPUTING,
        title=QT_TRANSLATE_NOOP("Settings", "Memory for answers"),
        unit="MiB",
    ),
    Setting("explore/model", "default", "model that was used last: a registered name or a checkpoint's path"),
    Setting("explore/rho", -1.0, "ρ that was used last; -1 = the model's own default", minimum=-1.0, maximum=1.0),
    Setting("view/mode", "labels", "what lies over the photo"),
    Setting("keys/chosen", "", "keys that the person gave to actions, as JSON: {action: [key, …]}"),
    Setting("palette/recent", (), "commands used last from the palette, latest first"),
    Setting("help/tour_seen", False, "whether the first-run tour was shown"),
    Setting("label/opacity", 0.6, "opacity of the labels in the Label workspace", minimum=0.0, maximum=1.0),
    Setting("label/recent", (), "project files that were labelled last, latest first"),
    Setting("label/state", b"", "docks of the Label workspace, as Qt packs them"),
    Setting("files/recent", (), "images and folders opened last, latest first"),
    Setting("files/last_open_folder", "", "where the Open dialog starts"),
    Setting("files/last_save_folder", "", "where the Save dialogs start"),
    Setting("window/geometry", b"", "size and place of the window, as Qt packs it"),
    Setting("window/state", b"", "docks of the window, as Qt packs them"),
    Setting("models/state", b"", "docks of the Models workspace, as Qt packs them"),
    Setting("window/splitter", b"", "widths of the window's parts, as Qt packs them"),
    Setting("window/workspace", "explore", "workspace that was shown last"),
)
_BY_NAME: Final = {setting.name: setting for setting in SCHEMA}


class Settings(QObject):
    """The settings file. Belongs to the window's thread.

    Args:
        path: of the INI file; RHOSCOPE_SETTINGS or the system's place for it where missing.

    Attributes:
        path: of the file.
        problem: why remembered values could not be read or will not be kept, None where all is well.

    Signals: changed(str) - the name of the setting that has another value now.
    """

    changed = Signal(str)

    def __init__(self, path: Path | None = None) -> None:
        super().__init__()
        self.path = path or default_path()
        self.problem: str | None = None
        self._values: dict[str, SettingValue] = {}
        self._unwritten: set[str] = set()
        # A slider changes its value sixty times a second, and QSettings would write the file as often.
        self._later = QTimer(self)
        self._later.setSingleShot(True)
        self._later.setInterval(_WRITE_AFTER_MILLISECONDS)
        self._later.timeout.connect(self.sync)
        self._store = self._opened()

    # --- any setting of the schema

    def get(self, name: str) -> SettingValue:
        """The remembered value, always of the default's type and within limits."""
        setting = _BY_NAME[name]
        if name not in self._values:
            self._values[name] = _understood(setting, self._store.value(name))
        return self._values[name]

    def set(self, name: str, value: SettingValue) -> None:
        """Remember a value; it is written some seconds later, or with sync()."""
        setting = _BY_NAME[name]
        value = _limited(setting, value)
        if self.get(name) != value:
            self._values[name] = value
            self._unwritten.add(name)
            # Without an application there is no event loop to wait in; whoever has none calls sync().
            if not self._later.isActive() and QCoreApplication.instance() is not None:
                self._later.start()
            self.changed.emit(name)

    def text(self, name: str) -> str:
        return _as(str, self.get(name), name)

    def number(self, name: str) -> float:
        return _as(float, self.get(name), name)

    def whole(self, name: str) -> int:
        return _as(int, self.get(name), name)

    def blob(self, name: str) -> QByteArray:
        """Packed bytes for QWidget.restoreGeometry and its like; empty where nothing is remembered."""
        return QByteArray(_as(bytes, self.get(name), name))

    def set_blob(self, name: str, value: QByteArray) -> None:
        self.set(name, bytes(value.data()))

    # --- recent files

    @property
    def recent(self) -> list[Path]:
        """Latest first."""
        return [Path(text) for text in _as(tuple, self.get("files/recent"), "files/recent")]

    def add_recent(self, paths: list[Path]) -> None:
        fresh = [str(path) for path in paths]
        known = [str(path) for path in self.recent]
        self.set("files/recent", tuple(dict.fromkeys([*fresh, *known]))[:_RECENT_KEPT])

    def remove_recent(self, path: Path) -> None:
        self.set("files/recent", tuple(str(known) for known in self.recent if known != path))

    def clear_recent(self) -> None:
        self.set("files/recent", ())

    def sync(self) -> bool:
        """Write to the disk; False, with `problem` set, where that fails."""
        self._later.stop()
        for name in sorted(self._unwritten):
            self._store.setValue(name, _stored(self._values[name]))
        self._unwritten.clear()
        self._store.sync()
        if self._store.status() == QSettings.Status.NoError:
            return True
        self.problem = f"{self.path}: settings cannot be written, they last until the window closes"
        return False

    def _opened(self) -> QSettings:
        store = QSettings(str(self.path), QSettings.Format.IniFormat)
        # Reading is lazy: asking for the keys brings out a damaged file.
        store.allKeys()
        if store.status() == QSettings.Status.NoError:
            return store
        kept = self.path.with_name(f"{self.path.name}.broken")
        self.problem = f"{self.path}: settings cannot be read, starting with the defaults"
        try:
            self.path.replace(kept)
            self.problem += f" (the old file is kept as {kept.name})"
        except OSError as error:
            _log.warning("%s cannot be put aside: %s", self.path, error)
        return QSettings(str(self.path), QSettings.Format.IniFormat)


def schema_of(name: str) -> Setting:
    return _BY_NAME[name]


def default_path() -> Path:
    """RHOSCOPE_SETTINGS where set, else rhoscope/settings.ini in the system's place for settings."""
    given = os.environ.get("RHOSCOPE_SETTINGS")
    if given:
        return Path(given)
    folder = QStandardPaths.writableLocation(QStandardPaths.StandardLocation.GenericConfigLocation)
    return Path(folder) / "rhoscope" / "settings.ini"


def _understood(setting: Setting, raw: object) -> SettingValue:
    """The value that a text of the file stands for, the default where it makes no sense."""
    if not isinstance(raw, str):
        return setting.default
    try:
        return _limited(setting, _parsed(setting.default, raw))
    except ValueError:
        _log.warning("setting %s: %r is not understood, using the default", setting.name, raw)
        return setting.default


def _parsed(default: SettingValue, raw: str) -> SettingValue:
    match default:
        case bool():
            if raw not in ("true", "false"):
                raise ValueError(raw)
            return raw == "true"
        case int():
            return int(raw)
        case float():
            number = float(raw)
            if not math.isfinite(number):
                raise ValueError(raw)
            return number
        case bytes():
            return base64.b64decode(raw, validate=True)
        case tuple():
            items = json.loads(raw)
            if not isinstance(items, list) or not all(isinstance(item, str) for item in items):
                raise ValueError(raw)
            return tuple(items)
        case str():
            return raw


def _stored(value: SettingValue) -> str:
    # All values are stored as plain text: QSettings' own forms for lists and bytes change with their contents.
    match value:
        case bool():
            return "true" if value else "false"
        case bytes():
            return base64.b64encode(value).decode("ascii")
        case tuple():
            return json.dumps(value, ensure_ascii=False)
        case _:
            return str(value)


def _limited(setting: Setting, value: SettingValue) -> SettingValue:
    """The value within the setting's limits; ValueError where it is of another type or no choice of it."""
    if type(value) is not type(setting.default):
        raise ValueError(f"{setting.name} takes {type(setting.default).__name__}, got {type(value).__name__}")
    if isinstance(value, str) and setting.choices and value not in setting.choices:
        raise ValueError(f"{setting.name} is one of {', '.join(map(str, setting.choices))}, got {value!r}")
    if isinstance(value, int | float) and not isinstance(value, bool):
        limited = value
        if setting.minimum is not None:
            limited = max(limited, type(value)(setting.minimum))
        if setting.maximum is not None:
            limited = min(limited, type(value)(setting.maximum))
        return limited
    return value


def _as(kind: type[_T], value: SettingValue, name: str) -> _T:
    if not isinstance(value, kind):
        raise TypeError(f"setting {name} is no {kind.__name__}")
    return value
