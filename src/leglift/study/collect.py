"""Simulated clips of one or more folders as the study's small tables.

Kept are reps and moments as the tool found them (`leglift.study.synthetic`) and all true reps
(`leglift.study.instrument`), with a word on why, where a clip holds no rep for the tool.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path

import pandas as pd

from leglift.errors import UsageError
from leglift.motion.segment import segment_lifter
from leglift.params import Params, load_params
from leglift.study.instrument import read_truth
from leglift.study.pipeline import write_parquet
from leglift.study.synthetic import corpus_tables

NOT_SEEN = "nobody was seen"
NO_MOVEMENT = "no leg movement was found"
MIN_DETECTED_FRAC = 0.5
"""With less of the clip seen, what was not seen is why there are no reps."""


def why_none(table: Path, params: Params) -> str:
    """Why a clip holds no rep for the tool: its own reason for most of the movements it saw."""
    motion = segment_lifter(table, params)
    if motion is None or not motion.signals["near_leg_deg"].notna().any():
        return NOT_SEEN
    reasons = motion.movements["reason"]
    return str(reasons.mode().iloc[0]) if len(reasons) else NO_MOVEMENT


def with_reasons(
    truth: pd.DataFrame, found: pd.DataFrame, folders: Sequence[Path], params: Params
) -> pd.DataFrame:
    """Add `why_none` to true reps: empty, or why nothing was found in the whole clip."""
    tables = {path.stem: path.with_suffix(".parquet") for f in folders for path in f.glob("*.json")}
    clips = truth.drop_duplicates("clip_id").set_index("clip_id")["detected_frac"]
    missed = clips[~clips.index.isin(found["clip_id"])]
    reasons = {
        clip: NOT_SEEN if frac < MIN_DETECTED_FRAC else why_none(tables[str(clip)], params)
        for clip, frac in missed.items()
    }
    return truth.assign(why_none=truth["clip_id"].map(reasons).fillna(""))


def run_collect(folders: Sequence[Path], name: str, out: Path, jobs: int) -> int:
    """Write `NAME_reps`, `NAME_moments` and `NAME_truth` into `out`; returns the exit code."""
    for folder in folders:
        if not any(folder.glob("*.json")):
            raise UsageError(f"{folder}: holds no simulated clips; run leglift synth first")
    params = load_params()
    tables = [corpus_tables(folder, params, jobs) for folder in folders]
    reps, moments = (pd.concat(parts, ignore_index=True) for parts in zip(*tables, strict=True))
    truth = pd.concat([read_truth(folder) for folder in folders], ignore_index=True)
    truth = with_reasons(truth, reps, folders, params)
    for kind, table in (("reps", reps), ("moments", moments), ("truth", truth)):
        write_parquet(table, out / f"{name}_{kind}.parquet")
    sys.stdout.write(
        f"{len(reps)} reps found, {len(truth)} true, {truth['person_id'].nunique()} bodies\n"
    )
    return 0
