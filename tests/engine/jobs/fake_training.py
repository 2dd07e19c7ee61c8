"""A job's process without torch: it claims its run, writes events, and obeys the files in the folder.

python fake_training.py [RECIPE --folder RUN | --resume RUN] [--steps N] …
"""

from __future__ import annotations

import sys
import time
from pathlib import Path

from engine.errors import RhoscopeError
from engine.jobs.run_folder import CHECKPOINTS, LAST, PAUSE_FILE, RECIPE_FILE, STOP_FILE
from engine.jobs.run_process import claimed
from engine.training.events import EventLog

STEPS, SECONDS = 60, 0.05


def main() -> int:
    arguments = sys.argv[1:]
    folder = Path(arguments[arguments.index("--folder" if "--folder" in arguments else "--resume") + 1])
    if (folder / "fail").exists():
        sys.stderr.write("no data here\nrhoscope train: the data set is gone\n")
        return 1
    with claimed(folder):
        return work(folder)


def work(folder: Path) -> int:
    (folder / STOP_FILE).unlink(missing_ok=True)
    (folder / CHECKPOINTS).mkdir(exist_ok=True)
    (folder / RECIPE_FILE).write_text("{}", encoding="utf-8")
    last = folder / CHECKPOINTS / LAST
    begun = int(last.read_text(encoding="utf-8")) if last.exists() else 0
    log = EventLog(folder)
    log.write("resumed" if begun else "started", step=begun, recipe="fake", device="cpu", iterations=STEPS)
    paused = False
    step = begun
    while step < STEPS:
        while (folder / PAUSE_FILE).exists() and not (folder / STOP_FILE).exists():
            if not paused:
                last.write_text(str(step), encoding="utf-8")
                log.write("paused", step=step)
                paused = True
            time.sleep(SECONDS)
        if paused:
            log.write("released", step=step)
            paused = False
        if (folder / STOP_FILE).exists():
            break
        step += 1
        log.write("step", step=step, phase="all", loss=1.0 / step, lr=0.1, images_per_second=1.0, eta_seconds=1.0)
        if step % 5 == 0:
            last.write_text(str(step), encoding="utf-8")
        time.sleep(SECONDS)
    last.write_text(str(step), encoding="utf-8")
    log.write("end", step=step, outcome="finished" if step == STEPS else "stopped", best=1.0)
    return 0


if __name__ == "__main__":
    try:
        sys.exit(main())
    except RhoscopeError as error:
        sys.stderr.write(f"{error}\n")
        sys.exit(1)
