"""Where a person's own models lie."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Final

import platformdirs

FOLDER_VARIABLE: Final = "RHOSCOPE_MODELS"


def user_model_folder() -> Path:
    """RHOSCOPE_MODELS, else the platform's place for data of programs; it need not be there yet."""
    given = os.environ.get(FOLDER_VARIABLE)
    return Path(given).expanduser() if given else platformdirs.user_data_path("rhoscope", appauthor=False) / "models"
