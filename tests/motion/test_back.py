import pandas as pd
import pytest

from factories import LYING_STILL, Back, Body, Lifts
from leglift.motion.back import GapRule, cannot_tell, judge_back

NAN = float("nan")
SET = Lifts(n=2)
FLAT = Body(near_leg=SET.course, back=Back(flat_norm=0.02))
ARCHED = Body(
    near_leg=SET.course, back=Back(flat_norm=0.02, rise_norm=0.08, onset_deg=45.0, full_deg=40.0)
)
WELL_SEEN = {
    "gap_rise_norm": 0.0, "back_lift_angle_deg": NAN, "off_axis_deg": 5.0, "trunk_px": 200.0,
    "arm_cover_frac": 0.0, "outline_frac": 1.0,
}  # fmt: skip
NO_MOMENTS = pd.DataFrame()


def table(*rows):
    return pd.DataFrame([{**WELL_SEEN, **row} for row in rows])


def changed(params, part, **values):
    return params.model_copy(update={part: getattr(params, part).model_copy(update=values)})


def test_gap_rule_at_its_threshold(params):
    """It has no probability, and no answer where nothing is known."""
    rows = [{"gap_rise_norm": rise} for rise in (-0.01, 0.0, 0.0299, 0.03, 0.2, NAN)]
    rule = GapRule(changed(params, "back", gap_rise_norm=0.03))
    said = rule.predict(table(*rows), NO_MOMENTS)
    assert said["arched"].tolist() == [False, False, False, True, True, pd.NA]
    assert said["p_arched"].isna().all()
    assert rule.sha256 != GapRule(changed(params, "back", gap_rise_norm=0.5)).sha256


@pytest.mark.parametrize(
    ("row", "word"),
    [
        ({"off_axis_deg": 34.9, "trunk_px": 61.0}, ""),
        ({"off_axis_deg": 36.0}, "36 deg off side-on"),
        ({"trunk_px": 40.0}, "40 pixels"),
        ({"outline_frac": 0.1}, "outline"),
        ({"gap_rise_norm": NAN}, "outline"),
        ({"arm_cover_frac": 0.9}, "arm"),
    ],
)
def test_cannot_tell_says_why(params, row, word):
    params = changed(params, "view", max_off_axis_deg=35.0, min_trunk_px=60.0)
    reason = cannot_tell(table(row).iloc[0], params)
    assert word in reason
    assert bool(reason) == bool(word)


class Oracle:
    model_id = "oracle"
    sha256 = ""
    own_gate = True

    def predict(self, features: pd.DataFrame, moments: pd.DataFrame) -> pd.DataFrame:
        return pd.DataFrame(
            {
                "p_arched": [0.9, 0.1, NAN, 0.9],
                "arched": pd.array([True, False, pd.NA, True], "boolean"),
                "lift_deg": [40.0, NAN, NAN, 40.0],
                "found": ["it left the floor", "it stayed down", "too close to call", "it left"],
            },
            index=features.index,
        )


def test_a_model_with_a_gate_of_its_own_is_believed_but_of_what_no_body_does(params):
    """Not the gap counts, nor arms, outline and view; `p_arched` is given in any case."""
    hidden = {"arm_cover_frac": 1.0, "off_axis_deg": 50.0, "outline_frac": 0.0}
    up = {"gap_rise_norm": 0.2}
    features = table(hidden, up, up, {"knee_angle_min_deg": 2.0})
    judged = judge_back(features, NO_MOMENTS, Oracle(), params)
    assert judged["verdict"].tolist() == ["arched", "good", "cant_tell", "cant_tell"]
    assert judged["p_arched"].tolist() == pytest.approx([0.9, 0.1, NAN, 0.9], nan_ok=True)
    assert judged["reason"].iloc[2] == "too close to call"


def test_no_reps_no_verdicts(judged):
    reps = judged(LYING_STILL)
    assert reps.empty
    assert {"verdict", "p_arched", "reason"} <= set(reps.columns)


def test_flat_is_good_and_arched_is_arched_however_it_is_seen(judged, camera):
    """Gap 0.08 over the flattest, from 45 deg down: past the rule's 0.03 at 43 deg."""
    assert judged(FLAT, camera)["verdict"].tolist() == ["good", "good"]
    reps = judged(ARCHED, camera)
    assert reps["verdict"].tolist() == ["arched", "arched"]
    assert reps["back_lift_angle_deg"].tolist() == pytest.approx([43, 43], abs=6)
    assert reps["reason"].str.contains("8.").all()


def test_only_the_rep_that_goes_too_low_is_arched(judged):
    """Two lifts down to 50 deg, then two down to 10: the back lifts below 45."""
    high, low = Lifts(n=2, low_deg=50.0, top_deg=88.0), Lifts(n=2, low_deg=10.0, top_deg=88.0)
    course = (*high.course, (1.0, 50.0), (1.0, 88.0), (0.4, 88.0), *low.course[4:])
    reps = judged(Body(near_leg=course, back=ARCHED.back))
    assert reps["verdict"].tolist() == ["good", "good", "arched", "arched"]
