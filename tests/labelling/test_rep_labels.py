import numpy as np
import pandas as pd
import pytest

from leglift.labelling.reps import rep_labels

NAN = float("nan")


@pytest.mark.parametrize(
    ("said", "label", "flat_deg", "lifted_deg"),
    [
        ("top 90 no, lowering 45 no, lowering 30 yes", "arched", 45, 30),
        ("top 90 no, lowering 45 no, lowest 10 no", "good", 10, NAN),
        ("top 90 no, lowering 60 no, lowering 45 no, lowest 10 -", "cant_tell", 45, NAN),
        ("top 90 no, lowering 45 unknown, lowest 10 no", "cant_tell", 10, NAN),
        ("top 90 -, lowering 45 -, lowest 10 -", "cant_tell", None, None),
        ("top 90 no, lowest 10 no", "cant_tell", None, None),
        ("top 90 yes, lowest 10 yes", "arched", np.inf, 90),
    ],
    ids=["any moment is lifted", "flat to the bottom", "not seen low", "one unknown", "never seen",
         "one moment on the way down", "lifted from the top"],
)  # fmt: skip
def test_a_rep_is_good_only_if_it_was_seen_to_stay_down(said, label, flat_deg, lifted_deg):
    """Phase, leg angle and what is known of the back, "-" where it is not visible."""
    rows = [
        {
            "clip_id": "c1", "rep": 1, "phase": phase, "time_s": float(i),
            "leg_angle_deg": float(angle), "visible": lifted != "-",
            "lifted": lifted.replace("-", "unknown"),
        }
        for i, (phase, angle, lifted) in enumerate(m.split() for m in said.split(", "))
    ]  # fmt: skip
    found = rep_labels(pd.DataFrame(rows)).iloc[0]
    assert found["label"] == label
    if flat_deg is not None:
        known = found[["flat_deg", "lifted_deg"]].astype(float).tolist()
        assert known == pytest.approx([flat_deg, lifted_deg], nan_ok=True)
