"""Kill a process that paints into a project, at random moments, and look at what is left.

python -m tools.kill_strokes [ROUNDS]     tries ROUNDS times (default 200) and says what it found
python -m tools.kill_strokes paint FILE SEED     paints until it is killed; one line on standard output a finished step
"""

from __future__ import annotations

import itertools
import random
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from engine.labels.area import Area
from engine.labels.document import LabelDocument
from engine.labels.selection import Selection, painted
from engine.project.project import Project

SHAPE = (600, 500)


@dataclass(frozen=True)
class Killed:
    """One round: steps that the process had reported, and steps found in the project afterwards."""

    reported: int
    found: int


def paint(project_file: Path, seed: int) -> None:
    """Steps decided by the seed alone, each reported once it is done, snapshots in between; never ends."""
    with Project.open(project_file) as project:
        document = project.open_document(1)
        for number in itertools.count():
            step(document, seed, number)
            print(number + 1, flush=True)
            if number % 7 == 6:
                project.save_document(1, document)


def step(document: LabelDocument, seed: int, number: int) -> None:
    """The step with this number: a rectangle, an undo or a redo. Each leaves its mark on the revision."""
    dice = random.Random(f"{seed} {number}")
    kind = dice.random()
    if kind < 0.2 and document.can_undo:
        document.undo()
    elif kind < 0.3 and document.can_redo:
        document.redo()
    else:
        top, left = dice.randrange(SHAPE[0] - 60), dice.randrange(SHAPE[1] - 60)
        height, width = dice.randrange(1, 60), dice.randrange(1, 60)
        mask = np.ones((height, width), dtype=bool)
        # A corner pixel takes a class that it does not have, so that the step changes something.
        corner = document.labels[top, left]
        label = dice.choice([value for value in range(20) if value != corner])
        document.apply(painted(Selection(Area(top, left, top + height, left + width), mask), label))


def kill_once(folder: Path, seed: int, *, seconds: float) -> Killed:
    """Let a process paint, kill it `seconds` after its first step, and check the project.

    Raises:
        AssertionError: the project does not open, or is in a state that the steps do not lead to.
    """
    file = folder / f"{seed}.rhoscope"
    with Project.open(file, create=True) as project:
        project.add_images([folder / "a.png"], root=folder)
        project.open_document(1, shape=SHAPE)
    command = [sys.executable, "-m", "tools.kill_strokes", "paint", str(file), str(seed)]
    with subprocess.Popen(command, stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        first = process.stdout.readline()
        time.sleep(seconds)
        process.kill()
        rest = process.stdout.read()
    # A line cut off by the kill was no report.
    lines = [line for line in (first + rest).split(b"\n")[:-1] if line]
    reported = int(lines[-1]) if lines else 0
    with Project.open(file) as project:
        assert project.writable, "the lock of a dead process is still held"
        document = project.open_document(1)
        expected = LabelDocument.empty(SHAPE)
        found = document.revision
        for number in range(found):
            step(expected, seed, number)
        assert found in (reported, reported + 1), f"{reported} steps were reported, {found} are there"
        assert np.array_equal(document.labels, expected.labels)
        assert np.array_equal(document.provenance, expected.provenance)
        assert document.history.state == expected.history.state
        while document.undo():
            pass
        assert (document.labels == 255).all(), "undo does not lead back to the beginning"
    return Killed(reported, found)


def main(rounds: int) -> int:
    dice = random.Random(0)
    results = []
    for seed in range(rounds):
        with tempfile.TemporaryDirectory() as folder:
            results.append(kill_once(Path(folder), seed, seconds=dice.uniform(0.0, 0.4)))
    print(
        f"{rounds} times killed after {min(r.reported for r in results)} to {max(r.reported for r in results)} steps: "
        f"every project opened, no reported step is missing, {sum(r.found > r.reported for r in results)} times one "
        "more was there than had been reported"
    )
    return 0


if __name__ == "__main__":
    if sys.argv[1:2] == ["paint"]:
        paint(Path(sys.argv[2]), int(sys.argv[3]))
    sys.exit(main(int(sys.argv[1]) if len(sys.argv) > 1 else 200))
