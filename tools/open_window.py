"""Opens the app on the sample photos, or says why it cannot. Standard library only."""

from __future__ import annotations

import os
import subprocess
import sys

from setup_environment import ROOT, program, shown, site_packages  # type: ignore[import-not-found]  # run as a script
from system_libraries import qt_lacks  # type: ignore[import-not-found]  # run as a script


def main() -> int:
    if sys.platform.startswith("linux") and "QT_QPA_PLATFORM" not in os.environ:
        display = next((name for name in ("WAYLAND_DISPLAY", "DISPLAY") if os.environ.get(name)), None)
        if display is None:
            print("There is no display here (neither DISPLAY nor WAYLAND_DISPLAY is set), so no window can be shown.")
            print("make demo does the main job without one: it segments the sample photos into out/demo/")
            return 1
        # Qt's Wayland plug-in falls back to X11, so only X11's libraries must be there, and only where X11 is.
        missing, packages = qt_lacks(site_packages(), platform="xcb")
        if display == "DISPLAY" and missing:
            print(f"Qt cannot open a window here; these libraries are missing: {', '.join(missing)}")
            if packages:
                print(f"    apt-get install {' '.join(packages)}")
            return 1
    samples = ROOT / "resources" / "samples"
    print(f"Opening {shown(samples)} in Rhoscope", flush=True)
    command = [str(program("rhoscope")), str(samples)]
    if os.name == "posix":
        # In this process's place, so that signals and Ctrl+C reach the app itself, which closes cleanly.
        os.execv(command[0], command)
    return subprocess.run(command, check=False).returncode


if __name__ == "__main__":
    sys.exit(main())
