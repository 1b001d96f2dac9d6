"""Simulated clips as study tables: what the tool saw beside what was true.

`leglift synth` leaves a table, a truth table and a document for each clip. Here they become two
tables that are small enough to keep: moments (with the true tilt) and reps (with the true rep that
each found rep overlaps).
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from leglift.motion.features import rep_features
from leglift.motion.moments import moments
from leglift.motion.segment import segment_lifter
from leglift.params import Params
from leglift.study.dataset import compact

MIN_OVERLAP_FRAC = 0.5
"""Found and true rep are the same when their overlap is this share of their union."""

TRUTH_COLUMNS = [
    "true_rep", "true_label", "true_onset_deg", "true_tilt_deg", "true_gap_norm", "true_lowest_deg",
    "true_top_deg", "true_lift_s", "true_lowering_s",
]  # fmt: skip


def clip_tables(document: Path, params: Params) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Reps and moments of one simulated clip with their truth; both empty where no rep is found."""
    about = json.loads(document.read_text())
    motion = segment_lifter(document.with_suffix(".parquet"), params)
    if motion is None or motion.reps.empty:
        return pd.DataFrame(), pd.DataFrame()
    truth = pd.DataFrame(about["reps"])
    frames = pd.read_parquet(document.with_suffix(".truth.parquet"))
    reps = pd.concat([rep_features(motion, params), matched(motion.reps, truth)], axis=1)
    seen = moments(motion, params)
    for name in ("pelvic_tilt_deg", "lumbar_gap_norm"):
        seen[f"true_{name}"] = np.interp(seen["time_s"], frames["time_s"], frames[name])
    labels = reps[["rep", "leg"]].merge(seen, on="rep")
    return reps.assign(**_about(about)), labels.assign(clip_id=about["clip_id"])


def matched(found: pd.DataFrame, truth: pd.DataFrame) -> pd.DataFrame:
    """`TRUTH_COLUMNS` for each found rep; NaN where it overlaps no true rep well enough."""
    names = {
        "rep": "true_rep", "label": "true_label", "onset_deg": "true_onset_deg",
        "max_pelvic_tilt_deg": "true_tilt_deg", "max_lumbar_gap_norm": "true_gap_norm",
        "lowest_leg_elevation_deg": "true_lowest_deg", "top_leg_elevation_deg": "true_top_deg",
        "lift_s": "true_lift_s", "lowering_s": "true_lowering_s",
    }  # fmt: skip
    renamed = truth.rename(columns=names)
    rows: list[dict[str, Any]] = []
    for rep in found.itertuples():
        both = np.minimum(rep.end_s, truth["end_s"]) - np.maximum(rep.start_s, truth["start_s"])
        either = np.maximum(rep.end_s, truth["end_s"]) - np.minimum(rep.start_s, truth["start_s"])
        share = (both / either).to_numpy()
        best = int(share.argmax())
        rows.append(
            renamed.iloc[best][TRUTH_COLUMNS].to_dict() if share[best] >= MIN_OVERLAP_FRAC else {}
        )
    return pd.DataFrame(rows, columns=TRUTH_COLUMNS, index=found.index)


def _about(document: dict[str, Any]) -> dict[str, Any]:
    sample = document["sample"]
    camera = {k: sample["camera"][k] for k in ("side", "azimuth_deg", "elevation_deg")}
    return {
        "clip_id": document["clip_id"],
        "person_id": document["person_id"],
        **camera,
        "distance_m": sample["camera"]["distance_m"],
        "frame_px": sample["camera"]["height_px"],
        "top_loose_m": sample["clothes"]["top_loose_m"],
        "arms": sample["arms"]["name"],
        "n_true_reps": len(document["reps"]),
    }


def corpus_tables(folder: Path, params: Params, jobs: int) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Reps and moments of all simulated clips in a folder, in order of their names."""
    from joblib import Parallel, delayed

    documents = sorted(folder.glob("*.json"))
    tables: Iterator[tuple[pd.DataFrame, pd.DataFrame]] = Parallel(
        n_jobs=jobs, return_as="generator"
    )(delayed(clip_tables)(document, params) for document in documents)
    reps, seen = zip(*tables, strict=True)
    return _stacked(reps), compact(_stacked(seen))


def _stacked(parts: tuple[pd.DataFrame, ...]) -> pd.DataFrame:
    filled = [part for part in parts if len(part)]
    return pd.concat(filled, ignore_index=True) if filled else pd.DataFrame()
