"""The shipped model: what it learns from, fitted with people left out, and how it is written."""

from __future__ import annotations

import json
import sys
from importlib.metadata import version
from pathlib import Path
from typing import Any

from leglift.files import write_text, write_whole
from leglift.instrument.back import OWN_SUM, sidecar_sha256
from leglift.params import feature_params_sha256, file_sha256, load_params
from leglift.simulated.instrument import simulated_figures
from leglift.study.archive import write_archive
from leglift.study.fit import alarm_cutoff, fit_curve, left_out, miss_cutoff, read_rows, seen
from leglift.vision.pose import find_bundle

MODEL_ID = "leglift-6"


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
    write_model(curve, card, models)
    sys.stdout.write(f"{MODEL_ID}: {card['trained_on']}\n")
    return 0


def error_sd(data: Path) -> float:
    """Spread (deg) of the point of control's error: a normal's, from the median size.

    From simulated bodies: too few people were seen to lift the back at a known angle.
    """
    size = simulated_figures(data)["point_of_control"]["begins"]["value"]
    return float(size / 0.6745)


def write_model(curve: Any, card: dict[str, Any], models: Path) -> None:
    """Write the curve's archive, and the sidecar with the sums of both."""
    artifact = models / "leglift.skops"
    write_whole(artifact, lambda part: write_archive({"curve": curve}, part))
    card["sha256"] = file_sha256(artifact)
    card[OWN_SUM] = sidecar_sha256(card)
    write_text(artifact.with_suffix(".json"), json.dumps(card, indent=1) + "\n")
