"""The stage `instrument`: all fits behind notebook 02, and the same regressors on real clips.

The simulated bodies of the training set teach, those of the test set are measured; nothing is
chosen on either the test set or the real clips.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
from scipy.signal import find_peaks

from leglift.errors import UsageError
from leglift.motion.lumbar import TURNED_COLUMNS
from leglift.motion.moments import CHANGE_COLUMNS, GROUPS, MOMENTS_HZ
from leglift.motion.rep_back import KEYS
from leglift.motion.segment import segment_lifter
from leglift.params import Params, load_params
from leglift.study import tilt_test as tilt
from leglift.study.evidence import auc, with_interval
from leglift.study.explain import write_text
from leglift.study.features import real_features
from leglift.study.instrument import (
    count_table,
    error_table,
    legs_only,
    rep_table,
    with_conditions,
)
from leglift.study.model import tilt_regressor
from leglift.study.pipeline import write_parquet
from leglift.vision.corpus import table_path

Floats = npt.NDArray[np.float64]

REAL_CLIPS = {"slow pelvic tilts": "c19208a4d", "a coach shows both forms": "ca89d80c2"}
STAGES_S = {
    "ca89d80c2": {"arched, says the coach": (0.0, 6.0), "flat, says the coach": (8.4, 11.3)}
}
"""Stretches of a real clip in which its coach names the form (data/videos.csv)."""
ESTIMATES = ["time_s", "leg_angle_deg", "true_change_deg", "true_pelvic_tilt_deg", "change_deg"]


def read_bodies(folder: Path, name: str) -> tuple[pd.DataFrame, pd.DataFrame, pd.DataFrame]:
    """Reps, moments of true reps (`tilt_test.with_truth`) and truth of one set of bodies."""
    paths = [folder / f"{name}_{kind}.parquet" for kind in ("reps", "moments", "truth")]
    for path in paths:
        if not path.is_file():
            raise UsageError(f"{path}: no such table; run leglift synth and leglift collect first")
    reps, moments, truth = (pd.read_parquet(path) for path in paths)
    truth = with_conditions(truth)
    return reps, tilt.with_truth(moments, reps, truth), truth


def run_instrument(data: Path, report: Path) -> int:
    """Write the features of the test bodies and the figures of the test; returns the exit code."""
    folder = data / "synthetic"
    train_reps, train, train_truth = read_bodies(folder, "train")
    reps, test, truth = read_bodies(folder, "test")
    if shared := set(train["person_id"]) & set(test["person_id"]):
        raise UsageError(f"{folder}: {len(shared)} bodies are in both sets")
    estimated = tilt.estimate(tilt.sources()[0], train, test)
    judged = tilt.joined_reps(test, estimated)
    write_parquet(_estimates(test, estimated), folder / "test_tilt.parquet")
    features = _features(reps, folder, judged)
    write_parquet(features, folder / "test_features.parquet")
    found = {
        "n": _sizes(train, test, train_truth, truth),
        "goals": tilt.GOALS,
        "scopes": tilt.scope_table(test, judged, estimated, "change"),
        "conditions": tilt.condition_table(test, judged, estimated),
        "sources": tilt.source_table(train, test),
        "curve": tilt.learning_curve(train, test),
        "detection": tilt.detection_table(judged),
        "gap": tilt.gap_sizes(judged),
        "gap_rule": gap_rule(features, judged),
        **leg_figures(train_reps, train_truth, reps, truth),
        "missed": missed_figures(truth, reps),
        "real": real_figures(data, train, load_params()),
    }
    write_text(json.dumps(_plain(found), indent=1, allow_nan=False) + "\n", report)
    sys.stdout.write(pd.DataFrame(
        {k: v["reps"] for k, v in found["scopes"].items()}).T.to_string() + "\n")  # fmt: skip
    return 0


def _sizes(train: pd.DataFrame, test: pd.DataFrame, *truths: pd.DataFrame) -> dict[str, Any]:
    return {
        name: {
            "n_bodies": int(truth["person_id"].nunique()),
            "n_true_reps": len(truth),
            "n_bodies_used": int(table["person_id"].nunique()),
            "n_reps_used": len(table.drop_duplicates(KEYS)),
            "n_moments": len(table),
        }
        for name, table, truth in zip(("train", "test"), (train, test), truths, strict=True)
    }


def _estimates(test: pd.DataFrame, estimated: Floats) -> pd.DataFrame:
    table = test.assign(change_deg=tilt.since_high(test, pd.Series(estimated, test.index)))
    return table[KEYS].join(table[ESTIMATES].astype("float32").round(2))


def _features(reps: pd.DataFrame, folder: Path, judged: pd.DataFrame) -> pd.DataFrame:
    """Join what a classifier may see of the test's reps with the estimates that are measured."""
    known = reps[reps["true_label"].notna()]
    moments, train = (pd.read_parquet(folder / f"{n}_moments.parquet") for n in ("test", "train"))
    table = real_features(known, moments, train)
    table = table.assign(arched=table["true_label"] == "arched")
    measured = ["rise_deg", "true_rise_deg", "control_deg", "control_true_deg", "passed_true_deg",
                "true_arch"]  # fmt: skip
    return table.merge(judged[[*KEYS, *measured]], on=KEYS, how="left", validate="one_to_one")


def gap_rule(features: pd.DataFrame, judged: pd.DataFrame) -> dict[str, Any]:
    """AUC of the rise of the gap under the mask, which needs no training, in every scope."""
    gap = judged.drop(columns="rise_deg").merge(features[[*KEYS, "gap_rise_norm"]], on=KEYS)
    gap = gap.rename(columns={"gap_rise_norm": "rise_deg"})
    return {
        name: with_interval(tilt.changed_or_flat(gap[rows]), auc, 300)
        for name, rows in tilt.scopes(gap).items()
    }


def leg_figures(
    train_reps: pd.DataFrame, train_truth: pd.DataFrame, reps: pd.DataFrame, truth: pd.DataFrame
) -> dict[str, Any]:
    """Errors of legs and counts on the test's bodies, and what legs alone say on the training's."""
    table = rep_table(truth, reps)
    return {
        "errors": error_table(table).to_dict("records"),
        "counts": count_table(table).to_dict("records"),
        "legs_only": legs_only(rep_table(train_truth, train_reps)).to_dict("records"),
    }


def missed_figures(truth: pd.DataFrame, reps: pd.DataFrame) -> dict[str, Any]:
    """Clips without any rep and why, and found reps that are none."""
    clips = truth.drop_duplicates("clip_id")
    none = clips[clips["why_none"] != ""]
    columns = ["clip_id", "why_none", "detected_frac", "true_trunk_px", "azimuth_deg",
               "elevation_deg", "arms"]  # fmt: skip
    return {
        "n_clips": len(clips),
        "clips": none[columns].round(3).to_dict("records"),
        "n_found": len(reps),
        "n_false": int(reps["true_rep"].isna().sum()),
    }


# --- real clips -----------------------------------------------------------------------------------


def whole_clip(table: Path, params: Params) -> pd.DataFrame:
    """Ten moments a second of a whole clip, as changes against the clip's own median.

    For clips in which the legs are still, so that there is no rep whose legs-high is the zero.
    Columns: `time_s`, `gap_norm` and `CHANGE_COLUMNS`.
    """
    motion = segment_lifter(table, params)
    if motion is None:
        raise UsageError(f"{table}: nobody is seen in it")
    step = max(round(params.motion.grid_hz / MOMENTS_HZ), 1)
    signals = motion.signals.iloc[::step].reset_index(drop=True)
    seen = signals[[*(name for names in GROUPS.values() for name in names), *TURNED_COLUMNS]]
    changes = (seen - seen.median()).add_suffix("_change")
    return signals[["time_s", "gap_norm"]].join(changes[CHANGE_COLUMNS])


def real_figures(data: Path, train: pd.DataFrame, params: Params) -> dict[str, Any]:
    """Estimate tilt over time on `REAL_CLIPS`, by the regressors of tilt change and of tilt."""
    fitted: dict[str, Any] = {
        target: tilt_regressor().fit(train[CHANGE_COLUMNS], train[column])
        for target, column in tilt.TARGETS.items()
    }
    found: dict[str, Any] = {}
    for name, clip_id in REAL_CLIPS.items():
        table = whole_clip(table_path(data / "landmarks", clip_id), params)
        series = {k: np.asarray(f.predict(table[CHANGE_COLUMNS]), float) for k, f in fitted.items()}
        found[name] = {"clip_id": clip_id, **_over_time(table, series, STAGES_S.get(clip_id, {}))}
    return found


def _over_time(
    table: pd.DataFrame, series: dict[str, Floats], stages: dict[str, tuple[float, float]]
) -> dict[str, Any]:
    time_s = table["time_s"].to_numpy(float)
    return {
        "time_s": time_s.round(2).tolist(),
        "gap_norm": table["gap_norm"].round(4).tolist(),
        **{f"{name}_deg": values.round(2).tolist() for name, values in series.items()},
        "summary": {name: swings(values) for name, values in series.items()},
        "gap_r": {
            name: round(float(pd.Series(values).corr(table["gap_norm"])), 3)
            for name, values in series.items()
        },
        "stages": [
            {"stage": stage, "from_s": start, "to_s": end, **_medians(time_s, series, start, end)}
            for stage, (start, end) in stages.items()
        ],
    }


def _medians(
    time_s: Floats, series: dict[str, Floats], start: float, end: float
) -> dict[str, float]:
    inside = (time_s >= start) & (time_s <= end)
    return {f"{name}_deg": round(float(np.median(v[inside])), 2) for name, v in series.items()}


def swings(values: Floats) -> dict[str, float]:
    """Range of the middle nine tenths, and number of peaks over 0.5 s medians that stand out."""
    smooth = pd.Series(values).rolling(5, center=True, min_periods=1).median().to_numpy()
    low, high = np.nanpercentile(smooth, [5, 95])
    peaks = find_peaks(smooth, prominence=tilt.MIN_SWING_DEG)[0]
    return {
        "low_deg": round(float(low), 2),
        "high_deg": round(float(high), 2),
        "n_peaks": len(peaks),
    }


def _plain(value: Any) -> Any:
    """Numbers that are not known become null; numpy's become Python's."""
    if isinstance(value, dict):
        return {key: _plain(inner) for key, inner in value.items()}
    if isinstance(value, (list, tuple)):
        return [_plain(inner) for inner in value]
    if isinstance(value, (float, np.floating)):
        return round(float(value), 5) if np.isfinite(value) else None
    return value.item() if isinstance(value, np.generic) else value
