"""Publishing: the default ρ that a sweep earns."""

from __future__ import annotations

import numpy as np
import pytest

from engine.evaluation.confusion import Scores
from engine.evaluation.evaluate import RhoRow
from engine.training.publish import cheapest_good_rho


def row(rho: float, mean_iou: float) -> RhoRow:
    return RhoRow(rho, Scores(np.array([mean_iou]), mean_iou, 0.9, 0.9), (0.5, 0.3, 0.2), 10.0, 12.0)


@pytest.mark.parametrize(
    ("sweep", "chosen"),
    [
        ([(1.0, 0.70), (0.98, 0.71), (0.95, 0.708), (0.9, 0.69)], 0.95),
        ([(1.0, 0.70), (0.98, 0.69), (0.95, 0.68)], 1.0),
        ([(1.0, 0.70), (0.98, 0.70), (0.5, 0.70)], 0.5),
    ],
)
def test_the_lowest_rho_that_costs_almost_nothing(sweep: list[tuple[float, float]], chosen: float) -> None:
    assert cheapest_good_rho([row(*point) for point in sweep]) == chosen
