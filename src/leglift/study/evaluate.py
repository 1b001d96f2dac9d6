"""Measured figures into one file, `reports/metrics.json`, from which everything else quotes."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pandas as pd

from leglift.study.agreement import label_figures
from leglift.study.labels import match_labels, read_coach, read_labels
from leglift.study.rep_counts import count_table, summarise


def evaluate(counts: pd.DataFrame, reps: pd.DataFrame, videos: pd.DataFrame) -> dict[str, Any]:
    """All figures of the study that can be computed from its tables."""
    table = count_table(counts, reps, videos)
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
    }


def label_section(data: Path, reps: pd.DataFrame, videos: pd.DataFrame) -> dict[str, Any]:
    """Agreement of the raters under the key `labels`; nothing where nobody has rated yet."""
    labels = read_labels(data / "labels.csv")
    if labels.empty:
        return {}
    return {"labels": label_figures(match_labels(reps, labels), videos, read_coach(data))}


def write_metrics(metrics: dict[str, Any], path: Path) -> None:
    """Write the figures whole or not at all, in a stable order."""
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_name(path.name + ".part")
    part.write_text(json.dumps(metrics, indent=1) + "\n", encoding="utf-8")
    part.replace(path)
