"""The window's language: that of the system, or the one that was chosen; English where there is no translation."""

from __future__ import annotations

import logging
from typing import Final

from PySide6.QtCore import QCoreApplication, QLibraryInfo, QLocale, QTranslator

from engine.resources import resource_path

_log = logging.getLogger(__name__)
_LOADED: Final = "rhoscopeTranslator"


def language_of(chosen: str, system: QLocale | None = None) -> str:
    """The language to load, as in the files' names: "zh_CN" or "en".

    Args:
        chosen: the setting; "" = the system's.
    """
    if chosen:
        return chosen
    for name in (system or QLocale.system()).uiLanguages():
        language = QLocale(name).language()
        if language == QLocale.Language.Chinese:
            return "zh_CN"
        if language == QLocale.Language.English:
            return "en"
    return "en"


def install_language(application: QCoreApplication, language: str) -> bool:
    """Translates everything that is built from now on; False where there is no such translation.

    Replaces what an earlier call has installed.
    """
    for former in application.findChildren(QTranslator, _LOADED):
        application.removeTranslator(former)
        former.deleteLater()
    if language == "en":
        return True
    # Qt's own words, for file dialogs and text fields; where they are missing, those alone stay English.
    for name, folder in (
        (f"qtbase_{language}", QLibraryInfo.path(QLibraryInfo.LibraryPath.TranslationsPath)),
        (f"rhoscope_{language}", str(resource_path("translations"))),
    ):
        translator = QTranslator(application)
        translator.setObjectName(_LOADED)
        if translator.load(name, folder):
            application.installTranslator(translator)
        else:
            _log.warning("there is no translation %s", name)
            translator.deleteLater()
            if name.startswith("rhoscope"):
                return False
    return True
