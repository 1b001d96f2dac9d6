"""Bodies whose tilt can be read off one column, and the sums that are made of it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from leglift.errors import UsageError
from leglift.motion.moments import MOMENT_COLUMNS
from leglift.study import tilt_test as tilt
from leglift.study.collect import run_collect
from leglift.study.instrument_run import read_bodies, run_instrument, swings

N = 20


def one_rep(body: int, peak_deg: float, seen_deg: float, rng: np.random.Generator) -> pd.DataFrame:
    """Legs from 90 to 0 deg and a tilt that comes up by `peak_deg` on the way, `seen_deg` of it."""
    angle = np.linspace(90.0, 0.0, N)
    rise = np.clip((60.0 - angle) / 60.0, 0, 1)
    own = pd.DataFrame(rng.normal(size=(N, len(MOMENT_COLUMNS))), columns=MOMENT_COLUMNS)
    own["gap_norm_change"] = rise * seen_deg
    about = {
        "clip_id": f"c{body}", "rep": 1, "shot_idx": 0, "phase": "lowering", "leg": "both",
        "time_s": np.arange(N) / 10, "leg_angle_deg": angle,
        "true_pelvic_tilt_deg": 2.0 + rise * peak_deg, "true_lumbar_gap_norm": 0.01,
    }  # fmt: skip
    return own.assign(**about)


def bodies(
    n: int, rng: np.random.Generator, name: str = "p"
) -> tuple[pd.DataFrame, pd.DataFrame, pd.DataFrame]:
    """Reps, moments and truth: every other body arches by 16 deg, the others stay flat."""
    peaks = np.where(np.arange(n) % 2, 16.0, 0.0)
    moments = pd.concat(
        [one_rep(i, peak, peak, rng) for i, peak in enumerate(peaks)], ignore_index=True
    )
    ids = {"clip_id": [f"c{i}" for i in range(n)], "person_id": [f"{name}{i}" for i in range(n)]}
    reps = pd.DataFrame({**ids, "rep": 1, "true_rep": 1.0})
    truth = pd.DataFrame(
        {**ids, "true_rep": 1, "true_label": np.where(peaks > 0, "arched", "good"),
         "true_arch": np.where(peaks > 0, "onset", "flat"),
         "true_onset_deg": np.where(peaks > 0, 48.75, np.nan), "azimuth_deg": 3.0,
         "elevation_deg": 0.0, "distance_m": 3.0, "true_trunk_px": 150.0, "clothing": "fitted",
         "arms": np.where(np.arange(n) % 4 < 2, "chest", "sides"), "true_gap_mm": peaks,
         "true_gap_norm": peaks / 500}
    )  # fmt: skip
    return reps, moments, truth


@pytest.fixture
def measured() -> pd.DataFrame:
    """Sixteen bodies with their truth."""
    reps, moments, truth = bodies(16, np.random.default_rng(1))
    return tilt.with_truth(moments, reps, truth)


def exact(measured: pd.DataFrame) -> np.ndarray[Any, Any]:
    return measured["true_pelvic_tilt_deg"].to_numpy(float)


def test_change_is_against_the_same_rep_with_the_legs_high(measured: pd.DataFrame) -> None:
    high = measured[measured["legs_high"]]
    assert high["leg_angle_deg"].min() >= 90 * 0.75
    assert high["true_change_deg"].abs().max() < 1e-9
    rises = measured.groupby("clip_id")["true_change_deg"].max()
    assert rises["c1"] == pytest.approx(16.0)
    assert rises["c0"] == pytest.approx(0.0)


def test_reps_that_are_none_are_left_out() -> None:
    reps, moments, truth = bodies(4, np.random.default_rng(0))
    reps.loc[0, "true_rep"] = np.nan
    kept = tilt.with_truth(moments, reps, truth)
    assert sorted(kept["clip_id"].unique()) == ["c1", "c2", "c3"]


def test_the_truth_itself_makes_no_error(measured: pd.DataFrame) -> None:
    reps = tilt.joined_reps(measured, exact(measured))
    found = tilt.rep_figures(reps, draws=20)
    assert found["rise_mae_deg"] == 0
    assert found["auc"]["value"] == 1
    assert found["found_at_5pct"]["value"] == 1
    moments = tilt.moment_figures(measured, measured["true_change_deg"].to_numpy(), "change")
    assert moments["mae_deg"] == 0
    assert moments["auc"] == 1
    assert moments["n_moments"] == (~measured["legs_high"]).sum()


def test_the_true_onset_comes_back_and_the_half_way_rule_is_later(
    measured: pd.DataFrame,
) -> None:
    reps = tilt.lifting(tilt.joined_reps(measured, exact(measured)))
    step = 90 / (N - 1)
    assert (reps["passed_true_deg"] - 56.25).abs().max() <= step  # 2 + 1 of 16 deg
    assert (reps["control_true_deg"] < reps["passed_true_deg"]).all()


def test_a_regressor_finds_the_one_column_on_other_bodies(measured: pd.DataFrame) -> None:
    rng = np.random.default_rng(7)
    reps, moments, truth = bodies(40, rng, "q")
    train = tilt.with_truth(moments, reps, truth)
    found = {
        source.name: tilt.moment_figures(
            measured, tilt.estimate(source, train, measured), source.target
        )
        for source in tilt.sources()
        if (source.seen, source.target) == ("changes", "change")
    }
    assert found["silhouette"]["auc"] > 0.97
    assert found["silhouette"]["mae_deg"] < 2
    assert found["steps"]["mae_deg"] > 3  # noise alone


def test_scopes_grow_smaller(measured: pd.DataFrame) -> None:
    sizes = {name: int(rows.sum()) for name, rows in tilt.scopes(measured).items()}
    assert sizes["side, fitted"] == sizes["all"]
    assert sizes["side, fitted, waist free"] + sizes["side, fitted, waist hidden"] == sizes["all"]
    turned = measured.assign(azimuth_deg=-16.0)
    assert not tilt.scopes(turned)["side, fitted"].any()


def test_detection_has_the_false_alarms_it_says(measured: pd.DataFrame) -> None:
    reps = tilt.joined_reps(measured, exact(measured))
    many = pd.concat([reps] * 10, ignore_index=True)
    many["rise_deg"] += np.random.default_rng(0).normal(0, 1, len(many))
    table = pd.DataFrame(tilt.detection_table(many)).query("waist == 'all'")
    by = table.set_index("from_deg")["called_frac"]
    assert by[0.0] == pytest.approx(0.05, abs=0.02)
    assert by.iloc[-1] == 1


def test_gaps_are_given_in_pixels_of_the_mask(measured: pd.DataFrame) -> None:
    sizes = tilt.gap_sizes(tilt.joined_reps(measured, exact(measured)))
    assert sizes["rising"]["gap_px"] == pytest.approx(16 / 500 * 150)
    assert sizes["rising"]["gap_mask_px"] == pytest.approx(16 / 500 * 64)
    assert sizes["good"]["gap_mm"] == 0


def test_swings_are_counted() -> None:
    time_s = np.arange(0, 12, 0.1)
    found = swings(4 * np.sin(2 * np.pi * time_s / 3))
    assert found["n_peaks"] == 4
    assert found["high_deg"] - found["low_deg"] == pytest.approx(8, abs=0.5)
    assert swings(np.zeros(50))["n_peaks"] == 0


def test_bodies_in_both_sets_are_refused(tmp_path: Path) -> None:
    folder = tmp_path / "synthetic"
    folder.mkdir()
    for name in ("train", "test"):
        for kind, table in zip(
            ("reps", "moments", "truth"), bodies(4, np.random.default_rng(0)), strict=True
        ):
            table.to_parquet(folder / f"{name}_{kind}.parquet")
    with pytest.raises(UsageError, match="4 bodies are in both sets"):
        run_instrument(tmp_path, tmp_path / "instrument.json")


def test_missing_tables_are_named(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="leglift collect"):
        read_bodies(tmp_path, "test")


def test_a_folder_without_clips_is_refused(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="no simulated clips"):
        run_collect([tmp_path], "test", tmp_path / "out", 1)
    assert not (tmp_path / "out").exists()
