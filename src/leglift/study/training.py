"""The stages that learn and measure: edge table, truth, the shipped model, the evidence."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from importlib.metadata import version
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from leglift.errors import UsageError
from leglift.files import write_text, write_whole
from leglift.instrument.back import OWN_SUM, sidecar_sha256
from leglift.instrument.gate import SEEN_AT, back_visible
from leglift.instrument.lifted import EdgeModel, edge_height, steady
from leglift.params import feature_params_sha256, file_sha256, load_params
from leglift.schemas import read_videos
from leglift.simulated.instrument import simulated_figures
from leglift.study.archive import write_archive
from leglift.study.dataset import write_parquet
from leglift.study.edge_table import clip_edge
from leglift.study.fit import (
    alarm_cutoff,
    fit_curve,
    gate_moments,
    labelled,
    left_out,
    left_out_seen,
    miss_cutoff,
    probability,
    seen,
)
from leglift.study.headline import (
    calibration_figures,
    control_errors,
    control_intervals,
    error_figures,
    gate_figures,
    section,
    visibility_figures,
)
from leglift.study.model_card import model_card
from leglift.study.survival import time_to_event_figures
from leglift.study.truth import phase_moments, read_moments, with_people, write_truth
from leglift.vision.corpus import table_path
from leglift.vision.pose import find_bundle

MODEL_ID = "leglift-6"
SPLITS = ("study", "test", "fresh")
"""Chosen on; looked at after each freeze; looked at once, by the model that ships."""


def run_edge(data: Path, jobs: int) -> int:
    """Write `edge.parquet`, the edge of the back over all clips that are used; the exit code."""
    from joblib import Parallel, delayed

    videos = read_videos(data / "videos.csv")
    params = load_params()
    used = videos[videos["exclusion"] == ""]
    tasks = (
        delayed(clip_edge)(row, table_path(data / "landmarks", row["clip_id"]), params)
        for _, row in used.iterrows()
        if table_path(data / "landmarks", row["clip_id"]).is_file()
    )
    parts = Parallel(n_jobs=jobs)(tasks)
    table = pd.concat([part for part in parts if len(part)], ignore_index=True)
    write_parquet(table, data / "edge.parquet")
    sys.stdout.write(f"{len(table)} moments of {table['clip_id'].nunique()} clips\n")
    return 0


def run_truth(data: Path) -> int:
    """Join the raters' answers into `moments.csv`; returns the exit code."""
    table = write_truth(data)
    said = table.loc[table["visible"], "lifted"].value_counts().to_dict()
    sys.stdout.write(f"{int(table['visible'].sum())} of {len(table)} moments visible: {said}\n")
    return 0


def read_rows(data: Path) -> tuple[pd.DataFrame, pd.DataFrame, pd.DataFrame]:
    """Edge table, rated moments with their people, and all labelled moments."""
    path = data / "edge.parquet"
    if not path.is_file():
        raise UsageError(f"{path}: no such table; run leglift study edge first")
    videos = read_videos(data / "videos.csv")
    edge = pd.read_parquet(path)
    moments = with_people(read_moments(data), videos)
    return edge, moments, labelled(edge, moments, phase_moments(edge, videos))


def run_train(data: Path, models: Path) -> int:
    """Fit the shipped model on the study's people and write it; returns the exit code.

    Cut-offs come from people left out. The test's people are not looked at.
    """
    params = load_params()
    _, _, rows = read_rows(data)
    own = rows[rows["split"] == "study"].reset_index(drop=True)
    own = own[seen(own, params.gate)].reset_index(drop=True)
    p, up = left_out(own), own["lifted"].to_numpy(bool)
    lifted_at = alarm_cutoff(p, up, own["person_id"])
    flat_at = min(miss_cutoff(p, up, own["person_id"]), lifted_at)
    curve = fit_curve(own)
    card = {
        "id": MODEL_ID,
        "curve": "logistic over edge_height",
        "middle_norm": round(float(-curve.intercept_[0] / curve.coef_[0, 0]), 6),
        "slope": round(float(curve.coef_[0, 0]), 6),
        "lifted_at": round(lifted_at, 6),
        "flat_at": round(flat_at, 6),
        "error_sd_deg": round(error_sd(data), 3),
        "error_from": "simulated bodies",
        "pose_sha256": find_bundle("full").sha256,
        "params_sha256": feature_params_sha256(params),
        "versions": {name: version(name) for name in ("leglift", "scikit-learn", "mediapipe")},
        "data_sha256": {f: file_sha256(data / f) for f in ("edge.parquet", "moments.csv")},
        "trained_on": {
            "n_moments": len(own),
            "n_lifted": int(up.sum()),
            "n_people": int(own["person_id"].nunique()),
        },
    }
    _write_model(curve, card, models)
    sys.stdout.write(f"{MODEL_ID}: {card['trained_on']}\n")
    return 0


def error_sd(data: Path) -> float:
    """Spread (deg) of the point of control's error: a normal's, from the median size.

    From simulated bodies: too few people were seen to lift the back at a known angle.
    """
    size = simulated_figures(data)["point_of_control"]["begins"]["value"]
    return float(size / 0.6745)


def measured_left_out(edge: pd.DataFrame, own: pd.DataFrame) -> pd.DataFrame:
    """Edge table with `p_lifted` by a curve that has not seen the row's person."""
    gate = load_params().gate
    parts = []
    for person, rows in edge.groupby("person_id"):
        curve = fit_curve(own[own["person_id"] != person])
        parts.append(measured(rows, curve, gate))
    return pd.concat(parts, ignore_index=True)


def measured(rows: pd.DataFrame, curve: Any, gate: Any) -> pd.DataFrame:
    """Rows with `back_visible`, `height_norm` and `p_lifted`, as the instrument gives them."""
    parts = []
    for _, clip in rows.groupby("clip_id"):
        height = steady(pd.Series(edge_height(clip), clip.index), clip["shot_idx"])
        visible = back_visible(clip, gate)
        known = height.notna().to_numpy()
        p = np.full(len(clip), np.nan)
        p[known] = curve.predict_proba(height.to_numpy(float)[known, None])[:, 1]
        p[visible < SEEN_AT] = np.nan
        parts.append(clip.assign(height_norm=height, back_visible=visible, p_lifted=p))
    return pd.concat(parts, ignore_index=True)


def _write_model(curve: Any, card: dict[str, Any], models: Path) -> None:
    artifact = models / "leglift.skops"
    write_whole(artifact, lambda part: write_archive({"curve": curve}, part))
    card["sha256"] = file_sha256(artifact)
    card[OWN_SUM] = sidecar_sha256(card)
    write_text(artifact.with_suffix(".json"), json.dumps(card, indent=1) + "\n")


def instrument_section(data: Path, card: dict[str, Any]) -> dict[str, Any]:
    """Figures of the frozen instrument on all splits, under `instrument` of the metrics.

    On `study` every person is judged by a curve fitted to the others; on the other splits, whose
    people were in no fit, by the shipped curve. `together` has everybody at once: more people meet
    at equal leg angle, and the study's among them chose the method.
    """
    gate = load_params().gate
    edge, moments, rows = read_rows(data)
    videos = read_videos(data / "videos.csv")
    phases = phase_moments(edge, videos)
    visibility = pd.read_csv(data / "visibility.csv", keep_default_na=False)
    described = gate_moments(edge, visibility)
    study = rows[rows["split"] == "study"].reset_index(drop=True)
    fitted = study[seen(study, gate)].reset_index(drop=True)
    curve = fit_curve(fitted)
    found: dict[str, Any] = {"calibration": calibration_figures(phases, without(fitted, card))}
    everybody, every_rep = [], []
    for split in SPLITS:
        own = rows[rows["split"] == split].reset_index(drop=True)
        rated = moments[moments["split"] == split]
        ours = edge[edge["clip_id"].isin(rated["clip_id"])]
        if split == "study":
            p, course = left_out_seen(own, gate), measured_left_out(ours, fitted)
        else:
            p, course = probability(curve, own), measured(ours, curve, gate)
        everybody.append(own.assign(p=p))
        intervals = control_intervals(rated)
        errors = control_errors(intervals, course, card["lifted_at"])
        rated_reps = intervals.merge(errors, on=["clip_id", "rep", "person_id"])
        every_rep.append(rated_reps)
        found[split] = {
            **section(own, p, gate, card["lifted_at"]),
            **gate_figures(described[described["split"] == split].reset_index(drop=True), gate),
            "point_of_control_error_deg": error_figures(errors, "error_deg")
            | {"population_curve": error_figures(errors, "population_error_deg")},
            "n_reps_with_interval": len(errors),
            "time_to_event": time_to_event_figures(rated_reps, card["error_sd_deg"]),
            "censored_alike_frac": float(errors["censored_alike"].mean()) if len(errors) else None,
        }
    together = pd.concat(everybody, ignore_index=True)
    p = together.pop("p").to_numpy(float)
    reps = time_to_event_figures(pd.concat(every_rep, ignore_index=True), card["error_sd_deg"])
    by_eye = videos.set_index("clip_id")["back_visible"]
    more = {
        "time_to_event": reps,
        "by_visibility": visibility_figures(together, p, gate, card["lifted_at"], by_eye),
    }
    return found | {"together": section(together, p, gate, card["lifted_at"]) | more}


def without(fitted: pd.DataFrame, card: dict[str, Any]) -> Callable[[str], EdgeModel]:
    """Give the model fitted to everybody but one person."""

    def model(person_id: str) -> EdgeModel:
        curve = fit_curve(fitted[fitted["person_id"] != person_id])
        slope = float(curve.coef_[0, 0])
        middle = -float(curve.intercept_[0]) / slope
        return EdgeModel(middle, slope, card["lifted_at"], card["error_sd_deg"])

    return model


def run_card(models: Path, metrics: Path) -> int:
    """Write the model card from sidecar and metrics; returns the exit code."""
    card = json.loads((models / "leglift.json").read_text(encoding="utf-8"))
    figures = json.loads(metrics.read_text(encoding="utf-8"))
    write_text(
        models / "MODEL_CARD.md",
        model_card(card, {split: figures["instrument"][split] for split in SPLITS}),
    )
    return 0
