"""Measured figures into one file, `reports/metrics.json`, from which everything else quotes."""

from __future__ import annotations

import json
import math
from pathlib import Path
from typing import Any

import pandas as pd

from leglift.files import write_text
from leglift.simulated.backgrounds import background_figures
from leglift.simulated.instrument import simulated_figures
from leglift.simulated.stills import catch_figures
from leglift.study.first_labels import first_label_figures
from leglift.study.rep_counts import count_table, summarise
from leglift.study.training import instrument_section
from leglift.study.truth import label_figures


def evaluate(
    counts: pd.DataFrame, reps: pd.DataFrame, videos: pd.DataFrame, data: Path, models: Path
) -> dict[str, Any]:
    """All figures of the study, from its tables and the frozen model's sidecar."""
    table = count_table(counts, reps, videos)
    card = json.loads((models / "leglift.json").read_text(encoding="utf-8"))
    return {
        "dataset": {
            "n_clips": len(videos),
            "n_clips_used": int((videos["exclusion"] == "").sum()),
            "n_people_used": int(videos.loc[videos["exclusion"] == "", "person_id"].nunique()),
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


def write_metrics(metrics: dict[str, Any], path: Path) -> None:
    """Write the figures whole or not at all, in a stable order."""
    write_text(path, json.dumps(_plain(metrics), indent=1) + "\n")


def _plain(value: Any) -> Any:
    """JSON knows no NaN: unknown is null; six digits are enough."""
    if isinstance(value, dict):
        return {str(key): _plain(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_plain(item) for item in value]
    if isinstance(value, float):
        return round(value, 6) if math.isfinite(value) else None
    return value
