"""A window with the Train workspace that starts the run in a folder wherever it can be started; made to be killed.

python -m tests.desktop.kill_window RUNS
"""

from __future__ import annotations

import sys
from pathlib import Path

from PySide6.QtWidgets import QMainWindow

from app.services.training_runs import Run
from app.shell.application import make_application
from app.shell.train_workspace import TrainWorkspace
from app.training.model import TrainingModel
from engine.jobs.job_queue import JobQueue


def main() -> int:
    application = make_application(sys.argv[:1])
    model = TrainingModel(JobQueue(Path(sys.argv[1])))
    window = QMainWindow()
    workspace = TrainWorkspace(model, window)
    window.setCentralWidget(workspace)

    def go_on(runs: tuple[Run, ...]) -> None:
        startable = [run for run in runs if run.state.can_start]
        if startable:
            model.jobs.start(startable)

    model.runsChanged.connect(go_on)
    window.show()
    workspace.activate()
    return application.exec()


if __name__ == "__main__":
    sys.exit(main())
