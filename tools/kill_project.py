"""Kill processes that work on a project, at random moments, and look at what is left.

python -m tools.kill_project [ROUNDS] [SEED]     kills ROUNDS times (default 200), in turn strokes, saves, exports,
                                                 migrations, changes of classes and learning, and says what it found
                                                 as JSON; the first thing that is lost ends it with an error

Needs a system that forks. Every process is a fork of this one, which has imported everything and opened nothing.
"""

from __future__ import annotations

import json
import sys
import tempfile
from pathlib import Path
from typing import Final

from tools.kills.classes import kill_classes
from tools.kills.exports import kill_exports
from tools.kills.killing import Killed
from tools.kills.learning import kill_learning
from tools.kills.migrations import kill_migrations
from tools.kills.strokes import kill_saves, kill_strokes

KINDS: Final = (kill_strokes, kill_saves, kill_exports, kill_migrations, kill_classes, kill_learning)


def kill_once(folder: Path, seed: int) -> Killed:
    """One round; the kinds take turns with the seed."""
    return KINDS[seed % len(KINDS)](folder, seed // len(KINDS))


def main(rounds: int = 200, seed: int = 0) -> int:
    results: list[Killed] = []
    for number in range(seed, seed + rounds):
        with tempfile.TemporaryDirectory() as folder:
            try:
                results.append(kill_once(Path(folder), number))
            except BaseException:
                print(f"round {number} failed", file=sys.stderr)
                raise
    found = {
        kind: {
            "kills": sum(result.kind == kind for result in results),
            "steps_reported": sum(result.reported for result in results if result.kind == kind),
            "one_more_found": sum(result.found > result.reported for result in results if result.kind == kind),
        }
        for kind in dict.fromkeys(result.kind for result in results)
    }
    print(json.dumps({"kills": len(results), "by_kind": found}, indent=2))
    return 0


if __name__ == "__main__":
    sys.exit(main(*(int(word) for word in sys.argv[1:3])))
