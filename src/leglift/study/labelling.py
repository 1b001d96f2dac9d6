"""The labelling commands: paths, progress and summaries at the edges."""

from __future__ import annotations

import sys
from datetime import date
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pandas as pd
from rich.console import Console
from rich.progress import track

from leglift.errors import LegliftError, UsageError, VideoError
from leglift.params import load_params
from leglift.schemas import ADJUDICATION, MASKS, read_checked, read_videos
from leglift.study.consensus import adjudicated, consensus, with_coach
from leglift.study.labels import (
    add_ratings,
    guide_version,
    match_labels,
    read_coach,
    read_labels,
    write_table,
)
from leglift.study.strips import KEY_COLUMNS, clip_strips, reps_to_rate
from leglift.vision.corpus import table_path
from leglift.vision.fetch import clip_path

Floats = npt.NDArray[np.float64]


def run_strips(data: Path, folder: Path, key_csv: Path, seed: str, jobs: int, slow: bool) -> int:
    """Make the strips of all reps that are rated; returns the exit code.

    `data` holds `videos.csv`, `reps.parquet`, `caption_masks.csv` and `landmarks/`.
    """
    from joblib import Parallel, delayed

    if key_csv.absolute().is_relative_to(folder.absolute()):
        raise UsageError(f"{key_csv}: the key must lie outside {folder}, where raters look")
    videos = read_videos(data / "videos.csv").set_index("clip_id", drop=False)
    reps = reps_to_rate(_reps(data))
    masks = _masks(data / "caption_masks.csv")
    folder.mkdir(parents=True, exist_ok=True)
    tasks = (
        delayed(_one_clip)(videos.loc[clip_id], data, own, folder, seed, masks, slow)
        for clip_id, own in reps.groupby("clip_id")
    )
    results = Parallel(n_jobs=jobs, return_as="generator")(tasks)
    console = Console(stderr=True)
    shown = track(
        results, "making strips", reps["clip_id"].nunique(), console=console,
        disable=not console.is_terminal,
    )  # fmt: skip
    made, problems = [], []
    for rows, problem in shown:
        made += rows
        problems += [problem] if problem else []
    write_table(pd.DataFrame(made, columns=KEY_COLUMNS), key_csv)
    for problem in problems:
        sys.stderr.write(f"leglift: {problem}\n")
    sys.stdout.write(f"{len(made)} strips of {len(reps)} reps in {folder}, key in {key_csv}\n")
    return VideoError.exit_code if problems else 0


def _reps(data: Path) -> pd.DataFrame:
    path = data / "reps.parquet"
    if not path.is_file():
        raise UsageError(f"{path}: no such table; run leglift segment first")
    return pd.read_parquet(path)


def _masks(path: Path) -> dict[str, list[Floats]]:
    """Polygons (n, 2) in shares of the frame that hide captions, by clip."""
    if not path.is_file():
        return {}
    table = read_checked(path, MASKS, "table of caption masks")
    return {
        str(clip_id): [
            np.array([[float(n) for n in corner.split(":")] for corner in corners.split()])
            for corners in own["corners_frac"]
        ]
        for clip_id, own in table.groupby("clip_id")
    }


def _one_clip(
    row: pd.Series,
    data: Path,
    reps: pd.DataFrame,
    folder: Path,
    seed: str,
    masks: dict[str, list[Floats]],
    slow: bool,
) -> tuple[list[dict[str, object]], str]:
    """Key rows of one clip's strips, and what went wrong."""
    table = table_path(data / "landmarks", row["clip_id"])
    own_masks = masks.get(row["clip_id"], [])
    try:
        rows = clip_strips(
            clip_path(row), table, reps, folder, seed, load_params(), own_masks, slow
        )
    except LegliftError as error:
        return [], str(error)
    return rows, ""


def run_add(
    ratings: Path, key: Path, labels: Path, guide: Path, rater: str, nth: int, day: str | None
) -> int:
    """Append a rater's file to the labels; returns the exit code."""
    rated_on = day or date.today().isoformat()
    n = add_ratings(ratings, key, labels, rater, nth, guide_version(guide), rated_on)
    sys.stdout.write(f"{n} ratings of rater {rater}, pass {nth}, added to {labels}\n")
    return 0


def run_consensus(data: Path, out: Path) -> int:
    """Write one label a rep from all ratings, decisions and captions; returns the exit code."""
    labels = read_labels(data / "labels.csv")
    if labels.empty:
        raise UsageError(f"{data / 'labels.csv'}: no ratings yet; run leglift label add first")
    reps = _reps(data)
    table = consensus(match_labels(reps, labels))
    decisions = data / "adjudication.csv"
    decided = read_checked(decisions, ADJUDICATION, "table") if decisions.is_file() else None
    table = adjudicated(table, decided, reps) if decided is not None else table.assign(reason="")
    table = with_coach(table, read_coach(data))
    write_table(table, out)
    counts = table["label"].replace("", "open").value_counts().to_dict()
    said = ", ".join(f"{n} {label}" for label, n in counts.items())
    sys.stdout.write(f"{len(table)} reps in {out}: {said}\n")
    return 0
