"""Sets at a ρ between finished runs."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from app.explore.sets import sets_at
from tests.app.fakes import STAGES, fake_result

PHOTO = np.full((64, 128, 3), 90, dtype=np.uint8)
rhos = st.floats(min_value=0.0, max_value=1.0)


@given(rhos)
def test_at_the_results_own_rho_the_sets_are_the_results(rho: float) -> None:
    result = fake_result(PHOTO, rho)
    np.testing.assert_array_equal(sets_at(result.stages, rho, stage_count=STAGES), result.deciding_stage)


@given(rhos, rhos)
def test_what_stage_1_accepts_is_known_at_every_rho(run_at: float, asked: float) -> None:
    result = fake_result(PHOTO, run_at)
    sets = sets_at(result.stages, asked, stage_count=STAGES)
    np.testing.assert_array_equal(sets == 1, result.stages[0].confidence > np.float32(asked))
    if asked <= run_at:
        assert sets.all()
