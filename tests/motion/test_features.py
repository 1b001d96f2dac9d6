import pytest

from factories import Back, Body, Camera, Lifts, still
from leglift.motion.features import FEATURES, QUALITY, rep_features

NAN = float("nan")
SET = Lifts(n=2)


@pytest.fixture(scope="session")
def features_of(motion_of, params):
    def features_of(camera=None, near_leg=SET.course, **body):
        return rep_features(motion_of(Body(near_leg=near_leg, **body), camera), params)

    return features_of


@pytest.mark.parametrize(("course", "reps"), [(SET.course, [1, 2]), (still(10.0, 3.0), [])])
def test_a_row_a_rep_with_every_feature(features_of, course, reps):
    features = features_of(near_leg=course)
    assert features["rep"].tolist() == reps
    assert set(FEATURES) | set(QUALITY) <= set(features.columns)


@pytest.mark.parametrize(("low_deg", "top_deg"), [(10, 85), (0, 60), (-5, 95), (30, 200)])
def test_lowest_and_highest_angle(features_of, low_deg, top_deg):
    lifts = Lifts(n=2, low_deg=low_deg, top_deg=top_deg)
    features = features_of(near_leg=lifts.course, knee_deg=150.0)
    assert features["knee_angle_min_deg"].tolist() == pytest.approx([150] * 2, abs=0.5)
    travel = top_deg - low_deg
    assert features["top_leg_angle_deg"].tolist() == pytest.approx([top_deg] * 2, abs=0.5)
    for lowest in features["lowest_leg_angle_deg"]:
        assert low_deg - 0.1 <= lowest <= low_deg + 0.02 * travel


@pytest.mark.parametrize(("lift_s", "lowering_s"), [(1.0, 1.0), (0.8, 3.0), (2.0, 1.2)])
def test_lift_and_lowering_take_their_time(features_of, lift_s, lowering_s):
    """The peak speed of a minimum-jerk movement is 15/8 of the mean speed, here of 60 deg."""
    lifts = Lifts(n=1, low_deg=10, top_deg=70, lift_s=lift_s, lowering_s=lowering_s)
    row = features_of(near_leg=lifts.course).iloc[0]
    assert row["lift_s"] == pytest.approx(lift_s, rel=0.05)
    assert row["lowering_s"] == pytest.approx(lowering_s, rel=0.05)
    peak = 60 / min(lift_s, lowering_s) * 15 / 8
    assert row["peak_speed_deg_s"] == pytest.approx(peak, rel=0.03)


@pytest.mark.parametrize(
    ("flat_norm", "rise_norm"), [(0.02, 0), (0.05, 0), (0.08, 0), (0.02, 0.04), (0.02, 0.12)]
)
def test_the_gap_rises_over_the_rep_s_own_flattest_moment(features_of, flat_norm, rise_norm):
    """A hollow that is always there is no rise, and lifts at no angle."""
    features = features_of(back=Back(flat_norm, rise_norm))
    assert features["gap_flattest_norm"].tolist() == pytest.approx([flat_norm] * 2, abs=0.002)
    assert features["gap_rise_norm"].tolist() == pytest.approx([rise_norm] * 2, abs=0.003)
    assert features["back_lift_angle_deg"].isna().tolist() == [rise_norm == 0] * 2


@pytest.mark.parametrize("onset_deg", [25.0, 45.0, 70.0])
def test_leg_angle_at_which_the_back_lifts(features_of, onset_deg):
    """The gap grows by 0.08 within 5 deg below the onset and passes 0.03 after 2 of them."""
    back = Back(flat_norm=0.02, rise_norm=0.08, onset_deg=onset_deg, full_deg=onset_deg - 5)
    angles = features_of(back=back)["back_lift_angle_deg"]
    assert angles.tolist() == pytest.approx([onset_deg - 2] * 2, abs=4)


def test_a_back_that_lifts_too_shortly_does_not_rise(features_of):
    """Arched only below 11.5 deg, passed through in a blink between two lifts without rest."""
    back = Back(flat_norm=0.02, rise_norm=0.08, onset_deg=12.0, full_deg=11.0)
    quick = Lifts(n=2, rest_s=0.0, lift_s=0.4, lowering_s=0.4)
    features = features_of(Camera(fps=60.0), quick.course, back=back)
    assert (features["gap_rise_norm"] < 0.03).all()


@pytest.mark.parametrize(
    ("arm", "cover"), [("overhead", 0.0), ("on_belly", 0.0), ("along_waist", 1.0)]
)
def test_quality_of_the_view(features_of, arm, cover):
    features = features_of(arm=arm)
    assert features["arm_cover_frac"].tolist() == pytest.approx([cover] * 2)
    assert features["outline_frac"].tolist() == pytest.approx([1.0] * 2, abs=0.1)
