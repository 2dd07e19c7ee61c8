"""Our scores against cityscapesScripts, an implementation that shares nothing with ours."""

from __future__ import annotations

import importlib.util
import math
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from engine.cascade.result import IGNORE
from engine.data.label_files import write_label_map
from engine.data.palettes import CITYSCAPES_CLASSES, CITYSCAPES_IDS
from engine.evaluation.confusion import ConfusionMatrix

CLASSES = len(CITYSCAPES_CLASSES)


def _pair(seed: int, *, absent: tuple[int, ...]) -> tuple[np.ndarray, np.ndarray]:
    """Truth with void and without some classes, and a prediction of it with a third of its pixels wrong."""
    rng = np.random.default_rng(seed)
    present = np.setdiff1d(np.arange(CLASSES), absent)
    truth = rng.choice(present, (40, 50)).astype(np.uint8)
    wrong = rng.random(truth.shape) < 0.3
    prediction = np.where(wrong, rng.integers(0, CLASSES - 1, truth.shape), truth).astype(np.uint8)
    truth[rng.random(truth.shape) < 0.1] = IGNORE
    return truth, prediction


@pytest.mark.skipif(
    importlib.util.find_spec("cityscapesscripts") is None,
    reason="cityscapesScripts is not installed: pip install --no-deps cityscapesscripts==2.3.0 pyquaternion==0.9.9",
)
def test_iou_equals_cityscapes_scripts(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    from cityscapesscripts.evaluation import evalPixelLevelSemanticLabeling as oracle

    oracle.args.quiet = True
    oracle.args.JSONOutput = False
    oracle.args.evalInstLevelScore = False  # uses a function that NumPy 2.4 has not got
    matrix = ConfusionMatrix(CLASSES)
    truths, predictions = [], []
    # Class 4 is predicted but never true; class 18 occurs in neither.
    for seed in range(3):
        truth, prediction = _pair(seed, absent=(4, 18))
        matrix.add(truth, prediction)
        ids = np.zeros(256, dtype=np.uint8)  # void becomes id 0, which is ignored there
        ids[:CLASSES] = CITYSCAPES_IDS
        truths.append(str(tmp_path / f"town_{seed:06}_000000_gtFine_labelIds.png"))
        Image.fromarray(ids[truth]).save(truths[-1])
        written = tmp_path / f"town_{seed:06}_000000.png"
        write_label_map(written, prediction, format="cityscapes")
        predictions.append(str(written))
    theirs = oracle.evaluateImgLists(predictions, truths, oracle.args)
    ours = matrix.scores()
    assert ours.mean_iou == pytest.approx(theirs["averageScoreClasses"], abs=1e-12)
    for name, value in zip(CITYSCAPES_CLASSES, ours.per_class.tolist(), strict=True):
        expected = theirs["classScores"][name]
        assert (math.isnan(value) and math.isnan(expected)) or value == pytest.approx(expected, abs=1e-12), name
    assert ours.per_class[4] == 0.0
    assert math.isnan(ours.per_class[18])
    capsys.readouterr()
