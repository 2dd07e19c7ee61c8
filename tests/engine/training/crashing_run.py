"""python -m engine.training, whose second process dies in the third step of the first attempt."""

from __future__ import annotations

import os
import sys

from engine.training.__main__ import main
from engine.training.loop import Trainer

whole = Trainer.normalised
steps = 0


def normalised(self: Trainer, rgb: object) -> object:
    global steps
    steps += 1
    if steps == 3 and os.environ["RANK"] == "1" and os.environ["TORCHELASTIC_RESTART_COUNT"] == "0":
        os._exit(13)
    return whole(self, rgb)  # type: ignore[arg-type]


if __name__ == "__main__":
    Trainer.normalised = normalised  # type: ignore[method-assign, assignment]
    sys.exit(main())
