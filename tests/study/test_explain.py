"""What the model goes by, found on people whose answer is known."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from leglift.errors import UsageError
from leglift.study import explain
from leglift.study.features import MODEL_FEATURES
from leglift.study.results import check_current

TELLS = "tilt_over_flat_deg"


def people(n: int, seed: int) -> pd.DataFrame:
    """Three reps each of `n` people; only the estimated tilt knows who arches."""
    rng = np.random.default_rng(seed)
    arched = rng.random(3 * n) < 0.5
    table = pd.DataFrame({name: rng.normal(size=3 * n) for name in MODEL_FEATURES})
    table[TELLS] = arched * 3.0 + rng.normal(size=3 * n)
    return table.assign(arched=arched, person_id=np.repeat([f"P{i:02d}" for i in range(n)], 3))


@pytest.fixture(scope="module")
def real() -> pd.DataFrame:
    return people(24, 1)


def test_the_decision_hangs_on_the_cue_that_knows(real: pd.DataFrame) -> None:
    rows = explain.importance(real, people(10, 2), n_draws=20)
    drops = {row["feature"]: row["auc_drop"]["value"] for row in rows}
    assert list(drops) == MODEL_FEATURES
    assert drops.pop(TELLS) > 0.2
    assert max(drops.values()) < 0.05


def test_drawn_people_are_as_many_as_asked_and_of_both_kinds(real: pd.DataFrame) -> None:
    ever = real.groupby("person_id")["arched"].any()
    drawn = explain.drawn_people(real, 8, np.random.default_rng(1))
    assert len(drawn) == len(set(drawn)) == 8
    assert abs(ever[drawn].sum() - 8 * ever.mean()) <= 0.5


def test_verdicts_of_other_predictions_are_refused() -> None:
    shipped = pd.DataFrame({"clip_id": ["c"], "rep": [1], "label": ["good"], "p_arched": [0.3]})
    check_current(shipped, shipped)
    for other in (
        shipped.assign(p_arched=0.6),
        shipped.assign(label="arched"),
        pd.concat([shipped, shipped.assign(rep=2)]),
    ):
        with pytest.raises(UsageError, match="run leglift explain"):
            check_current(shipped, other)
