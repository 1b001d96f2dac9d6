"""The vision room over all clips of the source list: in parallel, only what changed."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pandas as pd

from leglift.errors import LegliftError, UsageError
from leglift.params import VisionParams, params_sha256
from leglift.vision.extract import MAX_PEOPLE, extract_clip
from leglift.vision.fetch import clip_path
from leglift.vision.pose import PoseBundle
from leglift.vision.table import read_meta

SUMMARY = ["clip_id", "state", "n_frames", "detected_frac", "seconds", "problem"]


def table_path(folder: Path, clip_id: str) -> Path:
    """Where a clip's table lies."""
    return folder / f"{clip_id}.parquet"


def is_current(table: Path, row: pd.Series, bundle: PoseBundle, params: VisionParams) -> bool:
    """Whether a table was made from this video, with this pose bundle and these settings.

    One that cannot be read is not.
    """
    try:
        meta = read_meta(table)
    except UsageError:
        return False
    wanted = (row["sha256"], bundle.sha256, params_sha256(params), _num_poses(row))
    return (meta.source_sha256, meta.pose_sha256, meta.params_sha256, meta.num_poses) == wanted


def _num_poses(row: pd.Series) -> int:
    return int(min(max(row["n_people"], 1), MAX_PEOPLE))


def extract_corpus(
    videos: pd.DataFrame,
    tables: Path,
    bundle: PoseBundle,
    params: VisionParams,
    jobs: int = 2,
) -> Iterator[dict[str, Any]]:
    """Extract every clip whose table is missing or stale; yields a summary row a clip.

    A clip that fails is reported in its row and does not stop the others. Tables are always
    current or absent: a table appears under its name only when it is whole.
    """
    from joblib import Parallel, delayed

    tables.mkdir(parents=True, exist_ok=True)
    tasks = (
        delayed(_extract_one)(row, table_path(tables, row["clip_id"]), bundle, params)
        for _, row in videos.iterrows()
    )
    yield from Parallel(n_jobs=jobs, return_as="generator", pre_dispatch="2*n_jobs")(tasks)


def _extract_one(
    row: pd.Series, table: Path, bundle: PoseBundle, params: VisionParams
) -> dict[str, Any]:
    started = time.monotonic()
    state, problem = "kept", ""
    if not is_current(table, row, bundle, params):
        try:
            extract_clip(clip_path(row), table, bundle, params, _num_poses(row))
            state = "new"
        except LegliftError as error:
            state, problem = "failed", str(error)
    meta = read_meta(table) if state != "failed" else None
    n_frames, detected_frac = (meta.n_frames, round(meta.detected_frac, 3)) if meta else (0, 0.0)
    seconds = round(time.monotonic() - started, 1)
    cells = (row["clip_id"], state, n_frames, detected_frac, seconds, problem)
    return dict(zip(SUMMARY, cells, strict=True))
