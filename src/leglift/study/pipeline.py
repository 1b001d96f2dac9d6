"""The study's stages as commands run them: paths, progress and summaries at the edges."""

from __future__ import annotations

import sys
from pathlib import Path

import pandas as pd
from rich.progress import track

from leglift.console import quiet_libraries
from leglift.errors import UsageError, VideoError
from leglift.params import Params, load_params
from leglift.schemas import read_videos
from leglift.study.dataset import clip_reps, write_parquet
from leglift.study.evaluate import evaluate, write_metrics
from leglift.vision.corpus import SUMMARY, extract_corpus, table_path
from leglift.vision.fetch import clips_dir, fetch_all
from leglift.vision.pose import find_bundle

NOT_A_LIFT = "not a leg lift"
"""The one kind of excluded clips that keep a table: nothing may be judged in them."""


def run_fetch(videos_csv: Path, source: Path | None, jobs: int) -> int:
    """Fetch the clips of the source list; returns the exit code."""
    videos = read_videos(videos_csv)
    got = fetch_all(videos, source, jobs)
    missing = got[got["problem"] != ""]
    for _, row in missing.iterrows():
        sys.stderr.write(f"leglift: {row['clip_id']} ({row['file']}): {row['problem']}\n")
    sys.stdout.write(f"{len(got) - len(missing)} of {len(got)} clips are in {clips_dir()}\n")
    return VideoError.exit_code if len(missing) else 0


def run_extract(videos_csv: Path, tables: Path, pose: str, jobs: int) -> int:
    """Extract what is new or stale, print a summary; returns the exit code."""
    videos = read_videos(videos_csv)
    videos = videos[videos["exclusion"].isin(["", NOT_A_LIFT])]
    params = load_params()
    bundle = find_bundle(pose)
    with quiet_libraries(verbose=False) as console:
        rows = track(
            extract_corpus(videos, tables, bundle, params.vision, jobs),
            description="extracting",
            total=len(videos),
            console=console,
            disable=not console.is_terminal,
        )
        summary = pd.DataFrame(rows, columns=SUMMARY)
    sys.stdout.write(summary.to_string(index=False) + "\n")
    counts = summary["state"].value_counts().to_dict()
    sys.stdout.write(", ".join(f"{n} {state}" for state, n in counts.items()) + "\n")
    return VideoError.exit_code if "failed" in counts else 0


def run_segment(videos_csv: Path, tables: Path, reps: Path) -> int:
    """Find the reps in every table and write them; returns the exit code."""
    videos = read_videos(videos_csv)
    params: Params = load_params()
    found = [
        clip_reps(row, table_path(tables, row["clip_id"]), params)
        for _, row in videos.iterrows()
        if table_path(tables, row["clip_id"]).is_file()
    ]
    if not found:
        raise VideoError(
            f"{tables}: holds no tables; run leglift study fetch and leglift study extract first"
        )
    table = pd.concat([part for part in found if len(part)], ignore_index=True)
    write_parquet(table, reps)
    sys.stdout.write(f"{len(table)} reps of {table['person_id'].nunique()} people in {reps}\n")
    return 0


def run_evaluate(
    videos_csv: Path, counts_csv: Path, reps: Path, models: Path, metrics: Path
) -> int:
    """Compute the study's figures, write and print them; returns the exit code."""
    for needed in (counts_csv, reps):
        if not needed.is_file():
            raise UsageError(f"{needed}: no such table; run leglift study segment first")
    counts = pd.read_csv(counts_csv, keep_default_na=False, na_values=[""])
    found, videos = pd.read_parquet(reps), read_videos(videos_csv)
    data = videos_csv.parent
    figures = evaluate(counts, found, videos, data, models)
    write_metrics(figures, metrics)
    sys.stdout.write(pd.DataFrame(figures["rep_counts"]["summary"]).to_string(index=False) + "\n")
    return 0
