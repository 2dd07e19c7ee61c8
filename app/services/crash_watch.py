"""Catches what nobody expected: exceptions that reach the top of any thread, and Qt's own alarms."""

from __future__ import annotations

import logging
import sys
import threading
import traceback
from dataclasses import dataclass
from types import TracebackType
from typing import Any

from PySide6.QtCore import QMessageLogContext, QObject, QtMsgType, Signal, qInstallMessageHandler

_log = logging.getLogger(__name__)
_qt_log = logging.getLogger("qt")
_QT_LEVELS = {
    QtMsgType.QtDebugMsg: logging.DEBUG,
    QtMsgType.QtInfoMsg: logging.INFO,
    QtMsgType.QtWarningMsg: logging.WARNING,
    QtMsgType.QtCriticalMsg: logging.ERROR,
    QtMsgType.QtFatalMsg: logging.CRITICAL,
}


@dataclass(frozen=True)
class Crash:
    """An unexpected error.

    Attributes:
        summary: one line, e.g. "ValueError: no such row".
        details: the traceback, or what Qt said.
        where: file and line of the place, by which repetitions are known.
    """

    summary: str
    details: str
    where: str


class CrashWatch(QObject):
    """Logs every unexpected error, and tells each cause once.

    Signals: crashed(object) - Crash; emitted in the thread of the error, so connect it to a QObject of the window's.
    """

    crashed = Signal(object)

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._told: set[str] = set()
        self._lock = threading.Lock()
        self._inside = threading.local()
        self._former: tuple[Any, Any, Any] | None = None

    def install(self) -> None:
        self._former = sys.excepthook, threading.excepthook, qInstallMessageHandler(self._take_qt)
        sys.excepthook = self.take
        threading.excepthook = self._take_thread

    def remove(self) -> None:
        """Puts back what was there before install()."""
        if self._former is not None:
            sys.excepthook, threading.excepthook, qt_handler = self._former
            qInstallMessageHandler(qt_handler)
            self._former = None

    def take(self, kind: type[BaseException], error: BaseException | None, trace: TracebackType | None) -> None:
        """An exception that nobody caught; Ctrl+C is none."""
        if issubclass(kind, KeyboardInterrupt):
            sys.__excepthook__(kind, error or kind(), trace)
            return
        frames = traceback.extract_tb(trace)
        last = f"{frames[-1].filename}:{frames[-1].lineno}" if frames else ""
        summary = traceback.format_exception_only(kind, error)[-1].strip()
        self._tell(Crash(summary, "".join(traceback.format_exception(kind, error, trace)), f"{kind.__name__} {last}"))

    def _take_thread(self, arguments: threading.ExceptHookArgs) -> None:
        self.take(arguments.exc_type, arguments.exc_value, arguments.exc_traceback)

    def _take_qt(self, kind: QtMsgType, context: QMessageLogContext, text: str) -> None:
        level = _QT_LEVELS.get(kind, logging.WARNING)
        _qt_log.log(level, "%s", text)
        if level >= logging.ERROR:
            self._tell(Crash(f"Qt: {text}", f"{text}\n{context.file}:{context.line} {context.function}", f"Qt {text}"))

    def _tell(self, crash: Crash) -> None:
        if getattr(self._inside, "active", False):
            return  # telling failed, and telling of that would fail again
        self._inside.active = True
        try:
            with self._lock:
                known = crash.where in self._told
                self._told.add(crash.where)
            if known:
                _log.error("again: %s", crash.summary)
                return
            _log.error("unexpected error\n%s", crash.details)
            self.crashed.emit(crash)
        finally:
            self._inside.active = False
