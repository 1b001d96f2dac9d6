"""The demo's answer beside its truth: unsafe advice is worse than none."""

from __future__ import annotations

import json

from clips import ROOT


def true_onset_deg() -> float:
    truth = json.loads((ROOT / "data" / "demo" / "truth.json").read_text(encoding="utf-8"))
    return next(r["onset_deg"] for r in truth["reps"] if r["label"] == "arched")


def test_the_answer_is_the_truth_within_eight_degrees(demo_document: dict) -> None:
    assert abs(demo_document["set"]["point_of_control_deg"] - true_onset_deg()) <= 8


def test_the_own_scale_is_found_where_it_is_shown(demo_document: dict) -> None:
    start_s, end_s = demo_document["set"]["own_scale_s"]
    assert start_s < 1.5 < 4 < end_s < demo_document["reps"][0]["start_s"] + 0.5


def test_the_true_point_of_control_lies_in_the_interval(demo_document: dict) -> None:
    found = demo_document["set"]
    assert found["point_of_control_censored"] is False
    assert found["point_of_control_low_deg"] < true_onset_deg() < found["point_of_control_high_deg"]


def test_the_advice_is_to_stop_before_the_back_lifts(demo_document: dict) -> None:
    lowest_advised = demo_document["set"]["point_of_control_high_deg"]
    assert lowest_advised > true_onset_deg()
    assert demo_document["set"]["stop_height_cm"] > 50


def test_no_flat_rep_is_called_arched(demo_document: dict) -> None:
    verdicts = [rep["verdict"] for rep in demo_document["reps"]]
    assert verdicts == ["good", "good", "arched"]
