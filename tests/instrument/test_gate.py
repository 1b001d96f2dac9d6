"""What hides the edge of the back has a name, and the weakest condition decides."""

import numpy as np
import pandas as pd
import pytest

from factories import CLEAR
from leglift.instrument.gate import (
    NOT_VISIBLE,
    REASONS,
    SEEN_AT,
    back_visible,
    conditions,
    why_hidden,
)

HIDDEN = {
    "arm": {"arm_cover_frac": 0.9}, "posture": {"tilt_deg": 40.0}, "curl": {"curl_norm": 0.2},
    "view": {"off_axis_deg": 55.0}, "height": {"raised_deg": 60.0}, "small": {"trunk_px": 40.0},
    "contrast": {"contrast": 0.0}, "outline": {"outline_frac": 0.1},
}  # fmt: skip


@pytest.fixture(scope="module")
def gate(params):
    return params.gate


def moments(n: int = 5, **changed: float) -> pd.DataFrame:
    return pd.DataFrame([{**CLEAR, **changed}] * n)


def test_a_clear_view_is_seen(gate):
    assert back_visible(moments(), gate).tolist() == [1.0] * 5
    assert why_hidden(moments(), gate) == f"{NOT_VISIBLE}{REASONS['outline']}"


@pytest.mark.parametrize("reason", REASONS)
def test_each_reason_hides_the_back_by_itself_and_says_what_to_change(gate, reason):
    hidden = moments(**HIDDEN[reason])
    assert back_visible(hidden, gate).max() < SEEN_AT
    assert why_hidden(hidden, gate) == f"{NOT_VISIBLE}{REASONS[reason]}"
    assert all(REASONS[reason].partition("; "))


@pytest.mark.parametrize("column", sorted(CLEAR.keys() - {"shot_idx"}))
def test_what_is_unknown_counts_as_hidden(gate, column):
    assert back_visible(moments(**{column: np.nan}), gate).max() == 0.0


def test_at_its_limit_a_condition_counts_half(gate):
    at = moments(arm_cover_frac=gate.max_arm_frac, trunk_px=gate.min_trunk_px)
    held = conditions(at, gate)
    assert (*held["arm"], *held["small"]) == pytest.approx([0.5] * 10)
    assert back_visible(at, gate).min() >= SEEN_AT


def test_most_of_the_hidden_moments_name_the_reason(gate):
    mixed = pd.concat(
        [moments(9), moments(2, **HIDDEN["small"]), moments(3, **HIDDEN["arm"])], ignore_index=True
    )
    assert why_hidden(mixed, gate).endswith(REASONS["arm"])
