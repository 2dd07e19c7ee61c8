"""Importing torch while the window goes on: an ordinary import stops every thread for some tenths of a second."""

from __future__ import annotations

import ctypes
import gc
import importlib.util
import logging
import os
import sys
from pathlib import Path
from typing import Final

_log = logging.getLogger(__name__)

# How often torch's threads look whether the others have finished before they sleep. By default they look for
# milliseconds, and where the window (or another program) needs the processor they keep the very thread from running
# that they wait for: on two busy cores a photo took 600 ms by default, 120 ms with this.
_SPIN_COUNT: Final = "3000"


def import_torch() -> None:
    """Import torch in a thread that is not the window's; does nothing the second time.

    Two things in an ordinary import hold Python's global lock for longer than a frame: the loading of libtorch (about
    0.3 s), and the garbage collector, which walks over everything that the import makes, several times.
    """
    if "torch" in sys.modules:
        return
    os.environ.setdefault("GOMP_SPINCOUNT", _SPIN_COUNT)
    _load_libraries()
    collecting = gc.isenabled()
    gc.disable()
    try:
        import torch  # noqa: F401
    finally:
        # What was made lives as long as the program: no later collection has to walk over it.
        gc.freeze()
        if collecting:
            gc.enable()


def _load_libraries() -> None:
    """Load torch's libraries without the global lock; the import then finds them loaded.

    ctypes.CDLL(path) would keep the lock while it loads; the C library's own dlopen, called through ctypes, does not.
    Best effort: where this fails the import does all itself.
    """
    if not sys.platform.startswith("linux"):
        return
    spec = importlib.util.find_spec("torch")
    if spec is None or not spec.submodule_search_locations:
        return
    library = Path(spec.submodule_search_locations[0], "lib", "libtorch_python.so")
    try:
        dlopen = ctypes.CDLL(None).dlopen
    except (OSError, AttributeError) as error:
        _log.debug("no dlopen here: %s", error)
        return
    dlopen.argtypes = [ctypes.c_char_p, ctypes.c_int]
    dlopen.restype = ctypes.c_void_p
    if library.is_file() and not dlopen(os.fsencode(library), os.RTLD_NOW):
        _log.debug("%s cannot be loaded ahead", library)
