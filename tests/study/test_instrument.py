"""Made-up reps whose errors are known, and legs that do or do not give the arch away."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from leglift.study.instrument import (
    FOUND_LEGS,
    TRUE_LEGS,
    clip_counts,
    count_table,
    error_table,
    left_out,
    leg_models,
    legs_only,
    read_truth,
    rep_table,
    trunk_px,
    with_conditions,
)


def document(index: int, n_reps: int, azimuth_deg: float = 3.0) -> dict[str, Any]:
    rep = {
        "start_s": 0.0, "end_s": 2.0, "label": "good", "arch": "flat", "onset_deg": None,
        "max_pelvic_tilt_deg": 1.0, "max_lumbar_gap_mm": 2.0, "max_lumbar_gap_norm": 0.004,
        "lowest_leg_elevation_deg": 10.0, "top_leg_elevation_deg": 85.0, "lift_s": 1.0,
        "lowering_s": 1.0, "knee_deg": 5.0, "legs": "both",
    }  # fmt: skip
    camera = {"azimuth_deg": azimuth_deg, "elevation_deg": -4.0, "distance_m": 3.0}
    return {
        "clip_id": f"c{index}",
        "person_id": f"p{index}",
        "detected_frac": 1.0,
        "reps": [{**rep, "rep": k + 1} for k in range(n_reps)],
        "sample": {
            "camera": {**camera, "width_px": 640, "height_px": 360},
            "clothes": {"top_loose_m": 0.02, "bare_top": False},
            "arms": {"name": "overhead"},
        },
    }


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Two clips, of two reps and of one; in the second the camera stands 30 deg off."""
    frames = pd.DataFrame(
        {
            f"{side}_{part}_{axis}_px": [x if axis == "x" else 50.0] * 3
            for side in ("left", "right")
            for part, x in (("shoulder", 100.0), ("hip", 220.0))
            for axis in "xy"
        }
    )
    for index, n_reps, azimuth_deg in ((0, 2, -3.0), (1, 1, 30.0)):
        text = json.dumps(document(index, n_reps, azimuth_deg))
        (tmp_path / f"c{index}.json").write_text(text)
        frames.to_parquet(tmp_path / f"c{index}.truth.parquet")
    return tmp_path


@pytest.fixture
def found() -> pd.DataFrame:
    """Of the first clip one rep and something that is none; of the second nothing."""
    return pd.DataFrame(
        {
            "clip_id": ["c0", "c0"],
            "rep": [1, 2],
            "true_rep": [2.0, np.nan],
            "lowest_leg_angle_deg": [14.0, 0.0],
            "top_leg_angle_deg": [80.0, 0.0],
            "lift_s": [1.2, 0.0],
            "lowering_s": [np.nan, 0.0],
            "knee_angle_min_deg": [170.0, 0.0],
            "back_lift_angle_deg": [30.0, 0.0],
        }
    )


def test_the_trunk_is_measured_in_the_picture(folder: Path) -> None:
    assert trunk_px(pd.read_parquet(folder / "c0.truth.parquet")) == pytest.approx(120.0)


def test_every_true_rep_has_a_row(folder: Path, found: pd.DataFrame) -> None:
    table = rep_table(read_truth(folder), found)
    assert table[["clip_id", "true_rep"]].to_numpy().tolist() == [["c0", 1], ["c0", 2], ["c1", 1]]
    assert table["is_found"].tolist() == [False, True, False]
    assert table["n_found"].tolist() == [2, 2, 0]
    assert table["azimuth"].tolist() == ["[0, 5)", "[0, 5)", "[25, 41)"]
    assert set(table["clothing"]) == {"loose"}


def test_errors_are_found_minus_true_and_unknown_where_either_is(
    folder: Path, found: pd.DataFrame
) -> None:
    rep = rep_table(read_truth(folder), found).iloc[1]
    assert rep["lowest_error_deg"] == pytest.approx(4.0)
    assert rep["top_error_deg"] == pytest.approx(-5.0)
    assert rep["lift_error_s"] == pytest.approx(0.2)
    assert np.isnan(rep["lowering_error_s"])
    assert np.isnan(rep["onset_error_deg"])  # a good rep has no onset


def test_clips_without_any_found_rep_count_as_errors(folder: Path, found: pd.DataFrame) -> None:
    table = rep_table(read_truth(folder), found)
    assert clip_counts(table)["count_error"].tolist() == [0, -1]
    counts = count_table(table, draws=20).set_index(["condition", "level"])
    everywhere = counts.loc[("all", "all")]
    assert (everywhere["n_clips"], everywhere["exact_frac"]) == (2, 0.5)
    assert everywhere["within_one_frac"] == 1.0
    assert everywhere["found_frac"] == pytest.approx(1 / 3)
    assert np.isnan(everywhere["exact_low"])  # two people are too few for an interval


def made_up(n_people: int, arch_from_legs: bool, seed: int = 0) -> pd.DataFrame:
    """Reps of people, six each; with `arch_from_legs` low legs mean an arched back."""
    rng = np.random.default_rng(seed)
    n = 6 * n_people
    legs = {name: rng.normal(size=n) for name in (*TRUE_LEGS, *FOUND_LEGS)}
    coin = legs["true_lowest_deg"] if arch_from_legs else rng.normal(size=n)
    person = np.repeat([f"p{i}" for i in range(n_people)], 6)
    label = np.where(coin < 0, "arched", "good")
    return pd.DataFrame({"person_id": person, "true_label": label, "is_found": True, **legs})


def test_legs_that_say_nothing_score_one_half() -> None:
    figures = legs_only(made_up(90, arch_from_legs=False), draws=60)
    assert len(figures) == 4
    assert (figures["auc"] - 0.5).abs().max() < 0.12
    assert (figures["auc_low"] < 0.55).all()
    assert (figures["auc_high"] > 0.45).all()


def test_legs_that_give_the_arch_away_are_noticed() -> None:
    figures = legs_only(made_up(30, arch_from_legs=True), draws=30)
    assert figures.loc[figures["legs"] == "true", "auc_low"].min() > 0.9


def test_a_body_is_never_scored_by_a_model_that_saw_it() -> None:
    """Labels that only the person tells cannot be learned across people."""
    table = made_up(40, arch_from_legs=False)
    code = table["person_id"].str[1:].astype(int)
    table["true_label"] = np.where(code % 2, "arched", "good")
    table["true_lowest_deg"] = code * 7919 % 97
    scored = left_out(table, ["true_lowest_deg"], leg_models()["extra trees"])
    assert scored["p_arched"].notna().all()
    told = scored.groupby("arched")["p_arched"].mean()
    assert told[True] - told[False] < 0.3


def test_errors_are_given_for_every_level() -> None:
    rng = np.random.default_rng(3)
    n = 80
    table = pd.DataFrame(
        {
            "clip_id": [f"c{i // 2}" for i in range(n)],
            "person_id": [f"p{i // 2}" for i in range(n)],
            "azimuth_deg": np.tile([2.0, 2.0, -30.0, -30.0], n // 4),
            "elevation_deg": 1.0,
            "distance_m": 3.0,
            "true_trunk_px": 100.0,
            "clothing": "fitted",
            "arms": "sides",
            **dict.fromkeys(("top_error_deg", "lift_error_s", "lowering_error_s"), np.nan),
            "onset_error_deg": np.nan,
            "lowest_error_deg": rng.normal(0, 1, n),
        }
    )
    table.loc[table["azimuth_deg"] < 0, "lowest_error_deg"] += 10.0
    figures = error_table(with_conditions(table), draws=100)
    by_azimuth = figures[figures["condition"] == "azimuth"]
    assert by_azimuth["mae"].round().tolist() == [1.0, 10.0]
    assert by_azimuth["bias"].tolist()[1] == pytest.approx(10.0, abs=0.5)
    assert (by_azimuth["mae_low"] < by_azimuth["mae"]).all()
    assert (by_azimuth["mae_high"] > by_azimuth["mae"]).all()
    assert by_azimuth["n_people"].tolist() == [20, 20]
