"""Whether a window can be shown here at all, asked before Qt is: Qt would abort the process where it cannot."""

from __future__ import annotations

import ctypes
import os
import sys

_ADVICE = "`make demo` (or `rhoscope demo`) does the main job without a display."


def missing_display() -> str | None:
    """Why no window can be shown, as a message for people; None where one can."""
    if not sys.platform.startswith("linux") or os.environ.get("QT_QPA_PLATFORM"):
        return None
    if os.environ.get("WAYLAND_DISPLAY"):
        return None
    display = os.environ.get("DISPLAY")
    if not display:
        return f"Rhoscope needs a display: neither DISPLAY nor WAYLAND_DISPLAY is set.\n{_ADVICE}"
    if not _x_server_answers():
        return f"Rhoscope needs a display: nothing answers at DISPLAY={display}.\n{_ADVICE}"
    return None


def _x_server_answers() -> bool:
    """True also where it cannot be found out: then Qt may try."""
    try:
        xcb = ctypes.CDLL("libxcb.so.1")
    except OSError:
        return True
    xcb.xcb_connect.restype = ctypes.c_void_p
    xcb.xcb_connect.argtypes = [ctypes.c_char_p, ctypes.c_void_p]
    xcb.xcb_connection_has_error.argtypes = [ctypes.c_void_p]
    xcb.xcb_disconnect.argtypes = [ctypes.c_void_p]
    connection = xcb.xcb_connect(None, None)
    answers = xcb.xcb_connection_has_error(connection) == 0
    xcb.xcb_disconnect(connection)
    return bool(answers)
