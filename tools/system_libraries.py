"""Which libraries of the system Qt still lacks, and the Debian packages that bring them. Standard library only."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

# What Qt's core and its two platform plug-ins load on Linux and does not bring itself.
_PACKAGES = {
    "libEGL.so.1": "libegl1",
    "libGL.so.1": "libgl1",
    "libX11.so.6": "libx11-6",
    "libX11-xcb.so.1": "libx11-xcb1",
    "libdbus-1.so.3": "libdbus-1-3",
    "libfontconfig.so.1": "libfontconfig1",
    "libfreetype.so.6": "libfreetype6",
    "libglib-2.0.so.0": "libglib2.0-0",
    "libgthread-2.0.so.0": "libglib2.0-0",
    "libxcb.so.1": "libxcb1",
    "libxcb-cursor.so.0": "libxcb-cursor0",
    "libxcb-icccm.so.4": "libxcb-icccm4",
    "libxcb-image.so.0": "libxcb-image0",
    "libxcb-keysyms.so.1": "libxcb-keysyms1",
    "libxcb-randr.so.0": "libxcb-randr0",
    "libxcb-render.so.0": "libxcb-render0",
    "libxcb-render-util.so.0": "libxcb-render-util0",
    "libxcb-shape.so.0": "libxcb-shape0",
    "libxcb-shm.so.0": "libxcb-shm0",
    "libxcb-sync.so.1": "libxcb-sync1",
    "libxcb-util.so.1": "libxcb-util1",
    "libxcb-xfixes.so.0": "libxcb-xfixes0",
    "libxcb-xkb.so.1": "libxcb-xkb1",
    "libxkbcommon.so.0": "libxkbcommon0",
    "libxkbcommon-x11.so.0": "libxkbcommon-x11-0",
    "libwayland-client.so.0": "libwayland-client0",
    "libwayland-cursor.so.0": "libwayland-cursor0",
    "libwayland-egl.so.1": "libwayland-egl1",
}


def qt_lacks(site_packages: Path, *, platform: str) -> tuple[list[str], list[str]]:
    """Asks the loader what Qt and a platform plug-in ("offscreen", "xcb", "wayland") cannot find.

    Returns:
        The missing libraries, and the Debian packages that hold those that are known; both empty off Linux.
    """
    if not sys.platform.startswith("linux"):
        return [], []
    qt = site_packages / "PySide6" / "Qt"
    asked = [
        qt / "lib" / "libQt6Core.so.6",
        qt / "lib" / "libQt6Gui.so.6",
        qt / "lib" / "libQt6Widgets.so.6",
        qt / "lib" / "libQt6DBus.so.6",
        qt / "plugins" / "platforms" / f"libq{platform}.so",
    ]
    missing: set[str] = set()
    for library in asked:
        if library.exists():
            missing |= _not_found(library)
    return sorted(missing), sorted({_PACKAGES[name] for name in missing if name in _PACKAGES})


def _not_found(library: Path) -> set[str]:
    try:
        listed = subprocess.run(["ldd", str(library)], capture_output=True, text=True, check=False).stdout
    except OSError:
        # No ldd (as on some minimal systems): then Qt's own message has to do.
        return set()
    return {line.split()[0] for line in listed.splitlines() if line.rstrip().endswith("not found")}
