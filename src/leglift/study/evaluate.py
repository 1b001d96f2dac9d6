"""Measured figures into one file, `reports/metrics.json`, from which everything else quotes."""

from __future__ import annotations

import json
import math
import sys
from pathlib import Path
from typing import Any

import pandas as pd

from leglift.files import write_text
from leglift.schemas import read_videos
from leglift.schemas.tables import SPLITS
from leglift.simulated.backgrounds import background_figures
from leglift.simulated.instrument import simulated_figures
from leglift.simulated.stills import catch_figures
from leglift.study.dataset import needed, read_json
from leglift.study.fit import (
    edge_model,
    fit_curve,
    gate_moments,
    left_out_seen,
    measured,
    measured_left_out,
    of_split,
    probability,
    read_rows,
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
from leglift.study.rep_counts import count_table, summarise
from leglift.study.survival import time_to_event_figures
from leglift.study.truth import first_label_figures, label_figures, phase_moments

MOVED_CLIP = "c61e56752"
"""Came with the fresh people and was moved to the test after a look, as its person is P120 of the
test (docs/decisions/0018)."""


def run_evaluate(
    videos_csv: Path, counts_csv: Path, reps: Path, models: Path, metrics: Path
) -> None:
    """Compute the study's figures, write and print them."""
    first = "run leglift study segment first"
    counts = pd.read_csv(needed(counts_csv, first), keep_default_na=False, na_values=[""])
    found, videos = pd.read_parquet(needed(reps, first)), read_videos(videos_csv)
    figures = evaluate(counts, found, videos, videos_csv.parent, models)
    write_text(metrics, json.dumps(_plain(figures), indent=1) + "\n")
    sys.stdout.write(pd.DataFrame(figures["rep_counts"]["summary"]).to_string(index=False) + "\n")


def evaluate(
    counts: pd.DataFrame, reps: pd.DataFrame, videos: pd.DataFrame, data: Path, models: Path
) -> dict[str, Any]:
    """All figures of the study, from its tables and the frozen model's sidecar."""
    table = count_table(counts, reps, videos)
    used = videos[videos["exclusion"] == ""]
    card = read_json(models / "leglift.json")
    return {
        "dataset": {
            "n_clips": len(videos),
            "n_clips_used": len(used),
            "n_people_used": int(used["person_id"].nunique()),
            "n_reps_found": int((reps["exclusion"] == "").sum()),
        },
        "rep_counts": {
            "summary": summarise(table),
            "clips": json.loads(table.to_json(orient="records", double_precision=2)),
        },
        "labels_v1": first_label_figures(data),
        "labels_v2": label_figures(data, videos),
        "instrument": {"model": card["id"], "frozen": card["sha256"]}
        | instrument_section(data, card),
        "simulated": {
            **simulated_figures(data),
            "catch": catch_figures(data),
            "backgrounds": background_figures(data),
        },
    }


def _plain(value: Any) -> Any:
    """JSON knows no NaN: unknown is null; six digits are enough."""
    if isinstance(value, dict):
        return {str(key): _plain(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_plain(item) for item in value]
    if isinstance(value, float):
        return round(value, 6) if math.isfinite(value) else None
    return value


def instrument_section(data: Path, card: dict[str, Any]) -> dict[str, Any]:
    """Figures of the frozen instrument on all splits, under `instrument` of the metrics.

    On `study` every person is judged by a curve fitted to the others; on the other splits, whose
    people were in no fit, by the shipped curve. `together` has everybody at once: more people meet
    at equal leg angle, and the study's among them chose the method. `fresh_with_moved` has the
    fresh people with `MOVED_CLIP`.
    """
    lifted_at, error_deg = card["lifted_at"], card["error_sd_deg"]
    edge, moments, rows = read_rows(data)
    videos = read_videos(data / "videos.csv")
    described = gate_moments(edge, pd.read_csv(data / "visibility.csv", keep_default_na=False))
    study = of_split(rows, "study")
    fitted = study[seen(study)].reset_index(drop=True)
    curve = fit_curve(fitted)
    phases = phase_moments(edge, videos)
    found: dict[str, Any] = {"calibration": calibration_figures(phases, fitted)}
    everybody, every_rep = [], []
    for split in SPLITS:
        own, rated = of_split(rows, split), of_split(moments, split)
        ours = edge[edge["clip_id"].isin(rated["clip_id"])]
        if split == "study":
            p, course = left_out_seen(own), measured_left_out(ours, fitted)
        else:
            p, course = probability(curve, own), measured(ours, edge_model(fitted))
        everybody.append(own.assign(p=p))
        every_rep.append(control_errors(control_intervals(rated), course, lifted_at))
        found[split] = {
            **section(everybody[-1], lifted_at),
            **gate_figures(of_split(described, split)),
            **control_figures(every_rep[-1], error_deg),
        }
    together = pd.concat(everybody, ignore_index=True)
    by_eye = videos.set_index("clip_id")["back_visible"]
    came = (together["split"] == "fresh") | (together["clip_id"] == MOVED_CLIP)
    found["fresh_with_moved"] = section(together[came].reset_index(drop=True), lifted_at)
    found["together"] = {
        **section(together, lifted_at),
        "time_to_event": time_to_event_figures(pd.concat(every_rep, ignore_index=True), error_deg),
        "by_visibility": visibility_figures(together, lifted_at, by_eye),
    }
    return found


def control_figures(reps: pd.DataFrame, error_deg: float) -> dict[str, Any]:
    """Errors in the point of control, of reps with what raters and the instrument say of them."""
    others = error_figures(reps, "population_error_deg")
    return {
        "point_of_control_error_deg": error_figures(reps, "error_deg")
        | {"population_curve": others},
        "n_reps_with_interval": len(reps),
        "time_to_event": time_to_event_figures(reps, error_deg),
        "censored_alike_frac": float(reps["censored_alike"].mean()) if len(reps) else None,
    }
