"""The JSON document of `leglift judge`: its schema, and what it says of the demo clip."""

from __future__ import annotations

import copy
import csv
import hashlib
import json
from dataclasses import replace
from pathlib import Path

import jsonschema
import pytest

from clips import BUNDLE, DEMO, MODEL, TRUTH
from factories import Back, Body, Camera, Clip, Lifts, still
from leglift.params import load_params

TRUE = json.loads(TRUTH.read_text("utf-8"))
CARD = json.loads(MODEL.with_suffix(".json").read_text("utf-8"))
NEAR = {
    "start_s": 0.4, "top_s": 0.4, "end_s": 0.4, "lift_s": 0.8, "lowering_s": 0.8,
    "lowest_leg_angle_deg": 6, "top_leg_angle_deg": 6,
}  # fmt: skip
"""How near to the truth a measure of a rep is near enough."""


def test_demo_ran_clean_and_is_valid(demo_run, demo_document, judge_schema):
    assert (demo_run.code, demo_run.err, demo_run.left) == (0, "", [])
    assert len(demo_run.out.splitlines()) == 1
    judge_schema.validate(demo_document)


def test_demo_reps_are_the_true_ones(demo_document):
    assert [rep["rep"] for rep in demo_document["reps"]] == [1, 2, 3]
    for rep, true in zip(demo_document["reps"], TRUE["reps"], strict=True):
        assert rep["rep"] == true["rep"]
        assert rep["verdict"] == ("arched" if true["label"] == "arched" else "good")
        for key, near in NEAR.items():
            truth = true[key.replace("angle", "elevation")]
            assert rep[key] == pytest.approx(truth, abs=near), (rep["rep"], key)


def test_demo_set_is_over_where_the_truth_has_it(demo_document):
    said = demo_document["set"]
    assert (said["exercise"], said["n_reps"]) == ("lying_leg_raise", 3)
    assert (said["n_arched"], said["set_over_at_rep"]) == (1, 3)
    start_s, end_s = said["own_scale_s"]
    assert start_s < 1.5 < 4 < end_s < demo_document["reps"][0]["start_s"] + 0.5


def test_demo_point_of_control_has_the_truth_in_its_interval_and_a_margin_above(demo_document):
    """Unsafe advice is worse than none: it is to stop before the back lifts."""
    said, onset_deg = demo_document["set"], TRUE["reps"][2]["onset_deg"]
    deg, low, high = (said[f"point_of_control_{key}"] for key in ("deg", "low_deg", "high_deg"))
    assert deg == demo_document["reps"][2]["back_lift_angle_deg"]
    assert abs(deg - onset_deg) <= 8
    assert low < min(deg, onset_deg) <= max(deg, onset_deg) < high
    assert said["point_of_control_censored"] is False
    assert said["point_of_control_error_deg"] == pytest.approx(CARD["error_sd_deg"], abs=0.05)
    assert high - deg >= 1.96 * CARD["error_sd_deg"] - 0.1
    assert said["stop_height_cm"] > 50


def test_demo_back_lifts_only_in_the_arched_rep(demo_document):
    first, second, third = demo_document["reps"]
    assert first["back_lift_angle_deg"] is None
    assert second["back_lift_angle_deg"] is None
    assert third["lowest_leg_angle_deg"] <= third["back_lift_angle_deg"] <= 60
    flat = max(first["lumbar_gap_norm"], second["lumbar_gap_norm"])
    assert third["lumbar_gap_norm"] - flat > load_params().back.gap_rise_norm
    codes = [{cue["code"] for cue in rep["cues"]} for rep in demo_document["reps"]]
    assert ["back_arched" in rep for rep in codes] == [False, False, True]
    assert not {"lowering_too_fast", "knees_bent"} & set.union(*codes)


def test_demo_view_and_clip(demo_document):
    true, view, clip = TRUE["sample"]["camera"], demo_document["view"], demo_document["clip"]
    assert (view["side"], view["usable"]) == (true["side"], True)
    assert view["off_axis_deg"] == pytest.approx(abs(true["azimuth_deg"]), abs=6)
    assert clip["path"] == "data/demo/leg_lifts.mp4"
    assert (clip["duration_s"], clip["fps"], clip["n_frames"]) == (21.9, 30.0, 657)
    assert clip["detected_frac"] > 0.95


def test_every_file_is_named_by_its_checksum(demo_document):
    clip, bundle, model = (
        hashlib.sha256(path.read_bytes()).hexdigest() for path in (DEMO, BUNDLE, MODEL)
    )
    assert demo_document["clip"]["sha256"] == clip
    assert demo_document["pose_bundle"] == {"variant": "full", "sha256": bundle}
    assert demo_document["model"] == {"id": CARD["id"], "sha256": model}


def test_csv_has_a_row_per_rep(demo_document, demo_csv):
    with demo_csv.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    assert {row["path"] for row in rows} == {"data/demo/leg_lifts.mp4"}
    for row, rep in zip(rows, demo_document["reps"], strict=True):
        assert row["verdict"] == rep["verdict"]
        assert float(row["top_s"]) == rep["top_s"]
        assert row["cues"].split() == [cue["code"] for cue in rep["cues"]]
    assert rows[0]["back_lift_angle_deg"] == ""  # unknown is empty, never 0


def _section(document: dict, name: str) -> dict:
    if name == "document":
        return document
    rep = document["reps"][2]
    return {**document, "rep": rep, "cue": rep["cues"][0]}[name]


NULLABLE = {
    "view": {"off_axis_deg", "reason"},
    "set": {
        "set_over_at_rep", "point_of_control_deg", "point_of_control_low_deg",
        "point_of_control_high_deg", "point_of_control_censored", "point_of_control_range_deg",
        "point_of_control_error_deg", "stop_height_cm", "own_scale_s",
    },
    "rep": {
        "p_arched", "back_visible", "back_lift_angle_deg", "lumbar_gap_norm", "lift_s",
        "lowering_s", "swing_deg", "momentum_frac", "shake_norm",
    },
}  # fmt: skip
"""Where null means unknown."""


@pytest.mark.parametrize(
    "section", ["document", "model", "pose_bundle", "clip", "view", "set", "rep", "cue"]
)
def test_schema_asks_for_every_field_and_no_other(demo_document, judge_schema, section):
    extra = copy.deepcopy(demo_document)
    _section(extra, section)["extra"] = 1
    with pytest.raises(jsonschema.ValidationError, match="extra"):
        judge_schema.validate(extra)
    for key in _section(demo_document, section):
        document = copy.deepcopy(demo_document)
        inside = _section(document, section)
        inside[key] = None
        assert judge_schema.is_valid(document) == (key in NULLABLE.get(section, ())), key
        del inside[key]
        with pytest.raises(jsonschema.ValidationError, match=f"'{key}' is a required property"):
            judge_schema.validate(document)


WRONG = [
    ("rep", "verdict", "bad"), ("rep", "p_arched", 1.5), ("rep", "start_s", "0.5"),
    ("rep", "reason", ""), ("view", "side", "front"), ("view", "usable", "yes"),
    ("view", "reason", "a usable view needs no excuse"), ("model", "sha256", "abc"),
    ("clip", "n_frames", 1.5), ("clip", "detected_frac", 45.0),
    ("document", "schema_version", 1), ("document", "reps", []),
]  # fmt: skip


@pytest.mark.parametrize(("section", "key", "value"), WRONG)
def test_schema_refuses_a_wrong_value(demo_document, judge_schema, section, key, value):
    document = copy.deepcopy(demo_document)
    _section(document, section)[key] = value
    assert not judge_schema.is_valid(document)


SET = Lifts()
ARCHING = Back(rise_norm=0.08)
HALF_WAY = (*SET.course[:-2], (0.8, 35.0))
FIGURES = {
    "good": (Clip(), {"good"}),
    "arched": (Clip(Body(back=ARCHING)), {"arched"}),
    "off_axis": (Clip(camera=Camera(off_axis_deg=50.0)), {"cant_tell"}),
    "far_away": (Clip(camera=Camera(trunk_px=40.0)), {"cant_tell"}),
    "arm_along_waist": (Clip(Body(back=ARCHING, arm="along_waist")), {"cant_tell"}),
    "begins_legs_up": (Clip(Body(near_leg=replace(SET, begins="high").course)), None),
    "ends_half_way_down": (Clip(Body(near_leg=HALF_WAY)), None),
    "one_leg": (Clip(Body(near_leg=SET.course, far_leg=still(10.0))), None),
}
"""Figures, and the verdict of all their reps where they were made for one."""


@pytest.fixture(scope="module")
def figures(judge_figure) -> dict[str, dict]:
    said = {name: judge_figure(clip, Path("a.mp4")).document for name, (clip, _) in FIGURES.items()}
    return json.loads(json.dumps(said, allow_nan=False))


@pytest.mark.parametrize("name", FIGURES)
def test_figures_are_valid_and_agree_with_themselves(figures, judge_schema, name):
    judge_schema.validate(figures[name])
    reps, counts = figures[name]["reps"], figures[name]["set"]
    assert [rep["rep"] for rep in reps] == list(range(1, counts["n_reps"] + 1))
    for verdict in ("good", "arched", "cant_tell"):
        assert counts[f"n_{verdict}"] == sum(rep["verdict"] == verdict for rep in reps)
    first = next((rep["rep"] for rep in reps if rep["verdict"] == "arched"), None)
    assert counts["set_over_at_rep"] == first
    for rep in reps:
        assert rep["start_s"] <= rep["top_s"] <= rep["end_s"]
        codes = {cue["code"] for cue in rep["cues"]}
        assert not (rep["lowering_s"] is None and "lowering_too_fast" in codes)
        assert ("back_arched" in codes) == (rep["verdict"] == "arched")


@pytest.mark.parametrize("name", [name for name, (_, verdict) in FIGURES.items() if verdict])
def test_figures_get_the_verdict_they_were_made_for(figures, name):
    reps, view = figures[name]["reps"], figures[name]["view"]
    assert {rep["verdict"] for rep in reps} == FIGURES[name][1]
    assert len(reps) == SET.n
    if name in ("off_axis", "far_away"):  # an unusable view says why
        assert view["usable"] is False
        assert {rep["reason"] for rep in reps} == {view["reason"]}


def test_a_clip_that_begins_legs_up_has_no_lift_time(figures):
    first, *others = figures["begins_legs_up"]["reps"]
    assert first["lift_s"] is None
    assert first["lowering_s"] is not None
    assert all(rep["lift_s"] is not None for rep in others)
