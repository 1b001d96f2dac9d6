"""`leglift measure`, the calibration by the person's own back, and leglift from a program."""

from __future__ import annotations

from io import StringIO
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import leglift
from clips import DEMO, demo_reps, write_shot
from command import assert_failed
from factories import CURVE, MODEL, Back, Body, Clip, Lifts, still
from leglift.errors import UsageError
from leglift.instrument.calibrated import (
    OFF,
    Span,
    calibrated,
    find_span,
    own_scale,
    own_span,
    rises,
    span_of,
)
from leglift.params import load_params
from leglift.verdict.judge import Task
from leglift.verdict.measure import DIGITS, measure_video

PARAMS = load_params()
SET = Lifts(n=2)
ARCHING = Back(rise_norm=0.15)


@pytest.fixture
def measured(as_video):

    def measured(body: Body, span: Span | None = None) -> pd.DataFrame:
        with as_video(Clip(body)):
            return measure_video(Path("a.mp4"), Task(None, MODEL, PARAMS, calibration=span))

    return measured


def test_a_row_a_moment_ten_a_second(measured):
    table = measured(Body(near_leg=SET.course, back=ARCHING))
    assert list(table.columns) == list(DIGITS)
    assert table["time_s"].diff().dropna().median() == pytest.approx(0.1, abs=0.02)
    assert table["back_visible"].between(0, 1).all()
    low = table[table["leg_angle_deg"] < 20]
    high = table[table["leg_angle_deg"] > 70]
    assert low["gap_norm"].median() > high["gap_norm"].median() + 0.05
    assert low["p_lifted"].median() > 0.8 > 0.2 > high["p_lifted"].median()


def test_no_leg_lift_is_needed(measured):
    table = measured(Body(near_leg=still(10.0, 4.0)))
    assert len(table) > 30
    assert table[["gap_norm", "p_lifted"]].notna().mean().min() > 0.9


def test_where_the_back_is_hidden_nothing_is_said_of_it(measured):
    table = measured(Body(near_leg=SET.course, back=ARCHING, arm="along_waist"))
    assert (table["back_visible"] < 0.5).all()
    assert table["p_lifted"].isna().all()


def an_edge(*height_norm: float, seen: float = 1.0) -> pd.DataFrame:
    time_s = np.arange(len(height_norm)) / 10
    return pd.DataFrame({"time_s": time_s, "height_norm": height_norm, "back_visible": seen})


def test_own_flat_and_own_arch_are_the_ends_of_the_scale():
    edge = an_edge(*np.linspace(0.10, 0.15, 21))
    assert own_scale(edge, Span(0, 2)) == pytest.approx((0.105, 0.145))
    p = calibrated(edge, CURVE, Span(0, 2))["p_lifted"]
    assert p.iloc[0] < 0.2 < 0.8 < p.iloc[-1]
    assert np.interp(0.125, edge["height_norm"], p) == pytest.approx(0.5, abs=0.01)
    edge.loc[20, "back_visible"] = 0.0
    assert np.isnan(calibrated(edge, CURVE, Span(0, 2))["p_lifted"].iloc[20])


@pytest.mark.parametrize(
    ("edge", "words"),
    [
        (an_edge(0.0, 0.1, 0.2, seen=0.0), "not visible in these seconds"),
        (an_edge(0.050, 0.052, 0.055), "not told apart"),
        (an_edge(), "not visible"),
    ],
    ids=["hidden", "does not move", "nothing there"],
)
def test_a_calibration_that_shows_nothing_is_refused(edge, words):
    with pytest.raises(UsageError, match=words):
        own_scale(edge, Span(0, 2))


@pytest.mark.parametrize("text", ["", "5", "8-0", "3-3", "a-b", "-1-4", "0-nan", "0-inf", "0-8-9"])
def test_a_span_is_from_and_to(text):
    with pytest.raises(UsageError, match="--calibration"):
        span_of(text)


def before_a_set(*height_norm: float, leg_deg: float = 8.0) -> pd.DataFrame:
    """Still legs with these heights, a second and a half each, and then a rep."""
    height = np.repeat([*height_norm, 0.03], 15)
    rep = np.r_[np.zeros(len(height) - 15), np.ones(15)].astype(int)
    legs = np.where(rep > 0, np.linspace(leg_deg, 90, len(height)), leg_deg)
    return an_edge(*height).assign(rep=rep, shot_idx=0, leg_angle_deg=legs)


def test_the_own_scale_is_found_before_the_set():
    edge = before_a_set(0.02, 0.08, 0.02)
    assert find_span(edge) == own_span(edge, None) == span_of("0-4.4")
    assert own_span(edge, Span(1, 2)) == Span(1, 2)
    assert own_span(edge, OFF) is None
    assert span_of("off") == OFF
    assert str(span_of("1.5-4")) == "1.5-4"


SHOWN = before_a_set(0.02, 0.08, 0.02)
NO_SCALE = {
    "hardly rises": before_a_set(0.02, 0.04, 0.02),
    "stays up": before_a_set(0.02, 0.08, 0.08),
    "goes down": before_a_set(0.08, 0.02, 0.08),
    "hidden": SHOWN.assign(back_visible=0.0),
    "legs move": SHOWN.assign(leg_angle_deg=np.arange(60) * 1.5),
    "no rep": SHOWN.assign(rep=0),
    "too short": before_a_set(0.08),
}


@pytest.mark.parametrize("kind", NO_SCALE)
def test_what_is_no_own_scale_is_not_taken_for_one(kind):
    assert find_span(NO_SCALE[kind]) is None


@pytest.mark.parametrize(
    ("heights", "times"),
    [
        ((0.02, 0.08, 0.02, 0.08, 0.02), 2),
        ((0.08, 0.02, 0.08), 2),
        ((0.02, 0.05, 0.08, 0.05, 0.08), 1),
        ((0.020, 0.024, 0.020), 0),
    ],
    ids=["up twice", "up at first", "half way down is not down", "hardly moves"],
)
def test_how_often_the_back_comes_up_is_counted_in_its_own_range(heights, times):
    edge = an_edge(*np.repeat(heights, 15))
    found = rises(edge)
    assert len(found) == times
    assert all(span.start_s <= span.end_s for span in found)
    assert rises(edge.assign(back_visible=0.0)) is None


def test_a_calibrated_video_is_judged_by_the_own_scale(measured):
    body = Body(near_leg=SET.course, back=Back(flat_norm=0.05, rise_norm=0.1))
    plain, own = measured(body), measured(body, Span(0.0, 20.0))
    assert own["gap_norm"].equals(plain["gap_norm"])
    high = own["leg_angle_deg"] > 70
    assert own.loc[high, "p_lifted"].median() < plain.loc[high, "p_lifted"].median()


@pytest.mark.parametrize(
    ("told", "code", "said"),
    [
        (["judge", "a.mp4", "--calibration", "8"], 2, ["--calibration 8"]),
        (["measure", "a.mp4", "--calibration", "8"], 2, ["--calibration 8"]),
        (["measure", DEMO, "--model", "gap-rule"], 5, ["gap-rule", "measures nothing"]),
        (["measure", DEMO, "--csv", "mine.csv"], 2, ["exists"]),
    ],
)
def test_what_cannot_be_measured_is_one_line(here, tmp_path, monkeypatch, told, code, said):
    monkeypatch.chdir(tmp_path)
    Path("mine.csv").write_text("mine")
    assert_failed(here(*told), code, *said)
    assert Path("mine.csv").read_text() == "mine"


def test_an_unknown_name_of_the_package_is_an_attribute_error():
    with pytest.raises(AttributeError, match="nonsense"):
        leglift.nonsense  # noqa: B018


@pytest.mark.slow
def test_command_and_program_say_the_same(here, tmp_path):
    film = write_shot(tmp_path / "rep.mp4", demo_reps(3, 3, step=3))
    result = leglift.judge(film)
    (document,) = here("judge", "--json", film).documents
    assert dict(result) == document
    assert result["set"]["n_reps"] == len(result.reps) == 1
    assert result.reps["verdict"].tolist() == ["arched"]
    assert "Point of control" in str(result)
    ran = here("measure", film)
    assert (ran.code, ran.err) == (0, "")
    table = pd.read_csv(StringIO(ran.out))
    pd.testing.assert_frame_equal(table, leglift.measure(film), check_dtype=False)
    assert table["back_visible"].ge(0.5).mean() > 0.9
