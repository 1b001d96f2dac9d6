"""The demo's answer beside its truth: unsafe advice is worse than none."""

from __future__ import annotations

import json

from clips import ROOT


def true_onset_deg() -> float:
    truth = json.loads((ROOT / "data" / "demo" / "truth.json").read_text(encoding="utf-8"))
    return next(r["onset_deg"] for r in truth["reps"] if r["label"] == "arched")


def test_the_true_point_of_control_lies_in_the_interval(demo_document: dict) -> None:
    found = demo_document["set"]
    assert found["point_of_control_censored"] is False
    assert found["point_of_control_low_deg"] < true_onset_deg() < found["point_of_control_high_deg"]


def test_the_advice_is_to_stop_before_the_back_lifts(demo_document: dict) -> None:
    lowest_advised = demo_document["set"]["point_of_control_high_deg"]
    assert lowest_advised > true_onset_deg()
    assert demo_document["set"]["stop_height_cm"] > 50
