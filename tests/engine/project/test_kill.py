"""A process that is killed while it paints loses at most the stroke under way."""

from __future__ import annotations

import random
from pathlib import Path

import pytest

from tools.kill_strokes import kill_once


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(20))
def test_a_killed_process_leaves_all_finished_strokes(tmp_path: Path, seed: int) -> None:
    killed = kill_once(tmp_path, seed, seconds=random.Random(seed).uniform(0.0, 0.3))
    assert killed.reported >= 1
    assert killed.reported <= killed.found <= killed.reported + 1
