"""Two real processes score a data set together as one does alone."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest
import torch

from engine.cancel import CancelToken
from engine.cascade.bundle import CascadeModel, ModelInfo
from engine.cascade.layer_cascade import LayerCascade
from engine.evaluation.evaluate import ScoringOptions, tally_images
from engine.evaluation.processes import merged_over_processes, own_share
from engine.evaluation.tally import Tally
from tests.conftest import ROOT
from tests.engine.training.tiny import CLASS_NAMES, Squares, TinyNetwork

SCRIPT = """
import sys
from pathlib import Path
import torch.distributed as dist
from tests.engine.evaluation.test_processes import facts
rank, folder = int(sys.argv[1]), Path(sys.argv[2])
dist.init_process_group("gloo", init_method=f"file://{folder / 'meeting'}", rank=rank, world_size=2)
(folder / f"{rank}.json").write_text(facts(), encoding="utf-8")
dist.destroy_process_group()
"""


def facts() -> str:
    """What this process, with the others where there are some, finds out about five images."""
    torch.manual_seed(1)
    torch.set_num_threads(1)
    info = ModelInfo("tiny", "", "", CLASS_NAMES, Squares.palette, (0.5,) * 3, (0.25,) * 3, 0.5)
    model = CascadeModel(info, LayerCascade(TinyNetwork().eval()), "cpu", "fp32", 1)
    tally = Tally([0.6, 0.45], class_count=3, stage_count=3, boundary=True, dense_stages=True)
    data = Squares(5, unreadable=frozenset({2}))
    options = ScoringOptions(boundary=True, dense_stages=True)
    tally_images(tally, model, data, options=options, indices=own_share(range(5)), cancel=CancelToken())
    result = merged_over_processes(tally).evaluation()
    rows = [[row.scores.per_class.tolist(), row.shares, row.boundary_iou] for row in result.rows]
    return json.dumps([result.images, result.failed, rows, [stage.per_class.tolist() for stage in result.stages]])


@pytest.mark.skipif(not torch.distributed.is_gloo_available(), reason="this PyTorch has no gloo")
def test_two_processes_equal_one(tmp_path: Path) -> None:
    started = [
        subprocess.Popen([sys.executable, "-c", SCRIPT, str(rank), str(tmp_path)], cwd=ROOT, stderr=subprocess.PIPE)
        for rank in range(2)
    ]
    try:
        for process in started:
            _, said = process.communicate(timeout=100)
            assert process.returncode == 0, said.decode()
    finally:
        for process in started:
            process.kill()
    alone = json.loads(facts())
    assert alone[0] == 4
    for rank in range(2):
        assert json.loads((tmp_path / f"{rank}.json").read_text(encoding="utf-8")) == alone
