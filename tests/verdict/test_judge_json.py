"""The JSON document of `leglift judge`: its schema, and what it says of the demo clip."""

from __future__ import annotations

import copy
import csv
import hashlib
import json
from dataclasses import replace

import jsonschema
import pytest

from clips import BUNDLE, DEMO, MODEL, TRUTH
from factories import Back, Body, Camera, Clip, Lifts, clip_meta, frame_times, still, write_clip
from leglift.motion.back import GapRule
from leglift.motion.features import rep_features
from leglift.motion.segment import segment_clip
from leglift.params import load_params
from leglift.verdict.course import measured_edge
from leglift.verdict.judge import document, judged_reps

NEAR_S = 0.4


@pytest.fixture(scope="module")
def truth() -> list[dict]:
    return json.loads(TRUTH.read_text("utf-8"))["reps"]


def test_demo_is_valid(demo_document, judge_schema):
    judge_schema.validate(demo_document)


def test_demo_ran_clean(demo_run):
    assert (demo_run.code, demo_run.err, demo_run.left) == (0, "", [])
    assert len(demo_run.out.splitlines()) == 1


def test_demo_reps_are_the_true_ones(demo_document, truth):
    reps = demo_document["reps"]
    assert [rep["rep"] for rep in reps] == [rep["rep"] for rep in truth] == [1, 2, 3]
    for rep, true in zip(reps, truth, strict=True):
        for edge in ("start_s", "top_s", "end_s"):
            assert rep[edge] == pytest.approx(true[edge], abs=NEAR_S), (rep["rep"], edge)


def test_demo_set_is_over_where_the_truth_has_it(demo_document, truth):
    said = demo_document["set"]
    (arched,) = [rep["rep"] for rep in truth if rep["label"] == "arched"]
    assert (said["exercise"], said["n_reps"]) == ("lying_leg_raise", 3)
    assert (said["n_arched"], said["set_over_at_rep"]) == (1, arched)
    verdicts = {rep["verdict"] for rep in demo_document["reps"] if rep["rep"] != arched}
    assert "arched" not in verdicts


def test_demo_point_of_control_has_an_interval_and_a_margin_above_it(demo_document):
    said = demo_document["set"]
    deg, low, high = (said[f"point_of_control_{key}"] for key in ("deg", "low_deg", "high_deg"))
    assert deg == demo_document["reps"][2]["back_lift_angle_deg"]
    assert low < deg < high
    assert said["point_of_control_censored"] is False
    sidecar = json.loads(MODEL.with_suffix(".json").read_text("utf-8"))
    error = sidecar["error_sd_deg"]
    assert said["point_of_control_error_deg"] == pytest.approx(error, abs=0.05)
    assert high - deg >= 1.96 * error - 0.1
    assert said["stop_height_cm"] > 0


def test_demo_leg_angles_are_the_true_ones(demo_document, truth):
    for rep, true in zip(demo_document["reps"], truth, strict=True):
        assert rep["lowest_leg_angle_deg"] == pytest.approx(true["lowest_leg_elevation_deg"], abs=6)
        assert rep["top_leg_angle_deg"] == pytest.approx(true["top_leg_elevation_deg"], abs=6)
        assert rep["lift_s"] == pytest.approx(true["lift_s"], abs=0.8)
        assert rep["lowering_s"] == pytest.approx(true["lowering_s"], abs=0.8)


def test_demo_back_lifts_only_in_the_arched_rep(demo_document):
    first, second, third = demo_document["reps"]
    assert first["back_lift_angle_deg"] is None
    assert second["back_lift_angle_deg"] is None
    assert third["lowest_leg_angle_deg"] <= third["back_lift_angle_deg"] <= 60
    flat = max(first["lumbar_gap_norm"], second["lumbar_gap_norm"])
    assert third["lumbar_gap_norm"] - flat > load_params().back.gap_rise_norm


def test_demo_cues(demo_document):
    codes = [[cue["code"] for cue in rep["cues"]] for rep in demo_document["reps"]]
    assert ["back_arched" in rep for rep in codes] == [False, False, True]
    assert not any("lowering_too_fast" in rep for rep in codes)
    assert not any("knees_bent" in rep for rep in codes)


def test_demo_view_and_clip(demo_document):
    true = json.loads(TRUTH.read_text("utf-8"))["sample"]["camera"]
    view, clip = demo_document["view"], demo_document["clip"]
    assert view["side"] == true["side"]
    assert view["off_axis_deg"] == pytest.approx(abs(true["azimuth_deg"]), abs=6)
    assert view["usable"] is True
    assert clip["path"] == "data/demo/leg_lifts.mp4"
    assert (clip["duration_s"], clip["fps"]) == (21.9, 30.0)
    assert clip["n_frames"] == 657
    assert clip["detected_frac"] > 0.95


def test_every_file_is_named_by_its_checksum(demo_document):
    def sha256(path):
        return hashlib.sha256(path.read_bytes()).hexdigest()

    assert demo_document["clip"]["sha256"] == sha256(DEMO)
    assert demo_document["pose_bundle"] == {"variant": "full", "sha256": sha256(BUNDLE)}
    assert demo_document["model"] == {
        "id": json.loads(MODEL.with_suffix(".json").read_text("utf-8"))["id"],
        "sha256": sha256(MODEL),
    }


def test_csv_has_a_row_per_rep(demo_document, demo_csv):
    with demo_csv.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    assert [row["verdict"] for row in rows] == [rep["verdict"] for rep in demo_document["reps"]]
    assert {row["path"] for row in rows} == {"data/demo/leg_lifts.mp4"}
    for row, rep in zip(rows, demo_document["reps"], strict=True):
        assert float(row["top_s"]) == rep["top_s"]
        assert row["cues"].split() == [cue["code"] for cue in rep["cues"]]
    assert rows[0]["back_lift_angle_deg"] == ""  # unknown is empty, never 0


# --- the schema refuses what is not in the contract ------------------------------------------


def _sections(document: dict) -> dict[str, dict]:
    return {
        "document": document,
        **{key: document[key] for key in ("model", "pose_bundle", "clip", "view", "set")},
        "rep": document["reps"][2],
        "cue": document["reps"][2]["cues"][0],
    }


SECTIONS = ["document", "model", "pose_bundle", "clip", "view", "set", "rep", "cue"]


@pytest.mark.parametrize("section", SECTIONS)
def test_schema_refuses_an_extra_field(demo_document, judge_schema, section):
    document = copy.deepcopy(demo_document)
    _sections(document)[section]["extra"] = 1
    with pytest.raises(jsonschema.ValidationError, match="extra"):
        judge_schema.validate(document)


@pytest.mark.parametrize("section", SECTIONS)
def test_schema_asks_for_every_field(demo_document, judge_schema, section):
    for key in _sections(demo_document)[section]:
        document = copy.deepcopy(demo_document)
        del _sections(document)[section][key]
        with pytest.raises(jsonschema.ValidationError, match=f"'{key}' is a required property"):
            judge_schema.validate(document)


NULLABLE = {
    "view": {"off_axis_deg"},
    "set": {
        "set_over_at_rep",
        "point_of_control_deg",
        "point_of_control_low_deg",
        "point_of_control_high_deg",
        "point_of_control_censored",
        "point_of_control_range_deg",
        "point_of_control_error_deg",
        "stop_height_cm",
        "own_scale_s",
    },
    "rep": {
        "p_arched",
        "back_visible",
        "back_lift_angle_deg",
        "lumbar_gap_norm",
        "lift_s",
        "lowering_s",
        "swing_deg",
        "momentum_frac",
        "shake_norm",
    },
}


@pytest.mark.parametrize("section", SECTIONS)
def test_schema_allows_null_only_where_it_means_unknown(demo_document, judge_schema, section):
    for key in _sections(demo_document)[section]:
        document = copy.deepcopy(demo_document)
        _sections(document)[section][key] = None
        allowed = key in NULLABLE.get(section, set()) or (section, key) == ("view", "reason")
        assert judge_schema.is_valid(document) == allowed, key


@pytest.mark.parametrize(
    ("section", "key", "value"),
    [
        ("rep", "verdict", "bad"),
        ("rep", "p_arched", 1.5),
        ("rep", "start_s", "0.5"),
        ("rep", "reason", ""),
        ("view", "side", "front"),
        ("view", "usable", "yes"),
        ("view", "reason", "too dark"),  # a usable view needs no excuse
        ("model", "sha256", "abc"),
        ("clip", "n_frames", 1.5),
        ("clip", "detected_frac", 45.0),
        ("document", "schema_version", 1),
        ("document", "reps", []),
    ],
)
def test_schema_refuses_a_wrong_value(demo_document, judge_schema, section, key, value):
    document = copy.deepcopy(demo_document)
    _sections(document)[section][key] = value
    assert not judge_schema.is_valid(document)


# --- documents of stick figures: verdicts that the demo clip does not show --------------------

SET = Lifts()
ARCHING = Back(rise_norm=0.08)
FIGURES = {
    "good": Clip(),
    "arched": Clip(body=Body(back=ARCHING)),
    "off_axis": Clip(camera=Camera(off_axis_deg=50.0)),
    "far_away": Clip(camera=Camera(trunk_px=40.0)),
    "arm_along_waist": Clip(body=Body(back=ARCHING, arm="along_waist")),
    "begins_legs_up": Clip(body=Body(near_leg=replace(SET, begins="high").course)),
    "ends_half_way_down": Clip(body=Body(near_leg=(*SET.course[:-2], (0.8, 35.0)))),
    "one_leg": Clip(body=Body(near_leg=SET.course, far_leg=still(10.0))),
}


@pytest.fixture(scope="module")
def figures(tmp_path_factory) -> dict[str, dict]:
    folder = tmp_path_factory.mktemp("figures")
    return {name: _judged(clip, folder / f"{name}.parquet") for name, clip in FIGURES.items()}


def _judged(clip: Clip, table) -> dict:
    params = load_params()
    model = GapRule(params)
    motion = segment_clip(write_clip(table, clip), params)
    time_s = frame_times(clip)
    meta = clip_meta(clip, time_s, time_s >= 0)
    edge, _ = measured_edge(motion, model, params)
    reps = judged_reps(rep_features(motion, params), edge, model, params)
    return json.loads(json.dumps(document(table, meta, motion, reps, edge, model, params)))


@pytest.mark.parametrize("name", FIGURES)
def test_figures_are_valid(figures, judge_schema, name):
    judge_schema.validate(figures[name])


@pytest.mark.parametrize("name", FIGURES)
def test_counts_agree_with_the_reps(figures, name):
    reps, counts = figures[name]["reps"], figures[name]["set"]
    assert [rep["rep"] for rep in reps] == list(range(1, counts["n_reps"] + 1))
    for verdict in ("good", "arched", "cant_tell"):
        assert counts[f"n_{verdict}"] == sum(rep["verdict"] == verdict for rep in reps)
    first = next((rep["rep"] for rep in reps if rep["verdict"] == "arched"), None)
    assert counts["set_over_at_rep"] == first
    assert all(rep["start_s"] <= rep["top_s"] <= rep["end_s"] for rep in reps)


def _verdicts(document: dict) -> set[str]:
    return {rep["verdict"] for rep in document["reps"]}


@pytest.mark.parametrize(
    ("name", "verdict"),
    [
        ("good", "good"),
        ("arched", "arched"),
        ("off_axis", "cant_tell"),
        ("far_away", "cant_tell"),
        ("arm_along_waist", "cant_tell"),
    ],
)
def test_figures_get_the_verdict_they_were_made_for(figures, name, verdict):
    assert _verdicts(figures[name]) == {verdict}
    assert figures[name]["set"]["n_reps"] == SET.n


@pytest.mark.parametrize("name", ["off_axis", "far_away"])
def test_an_unusable_view_says_why(figures, name):
    view = figures[name]["view"]
    assert view["usable"] is False
    assert {rep["reason"] for rep in figures[name]["reps"]} == {view["reason"]}


def test_a_clip_that_begins_legs_up_has_no_lift_time(figures):
    first, *others = figures["begins_legs_up"]["reps"]
    assert first["lift_s"] is None
    assert first["lowering_s"] is not None
    assert all(rep["lift_s"] is not None for rep in others)


def test_no_cue_about_what_is_unknown(figures):
    for said in figures.values():
        for rep in said["reps"]:
            codes = {cue["code"] for cue in rep["cues"]}
            assert not (rep["lowering_s"] is None and "lowering_too_fast" in codes)
            assert ("back_arched" in codes) == (rep["verdict"] == "arched")
