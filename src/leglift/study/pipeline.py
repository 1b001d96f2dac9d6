"""The study's stages as commands run them: paths, progress and summaries at the edges.

Those that learn and measure are in `training` and `evaluate`.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path

import pandas as pd
from joblib import Parallel, delayed
from rich.progress import track

from leglift.console import quiet_libraries
from leglift.errors import VideoError
from leglift.files import write_text
from leglift.params import Params, load_params
from leglift.schemas import read_videos
from leglift.study.dataset import clip_edge, clip_reps, read_json, write_parquet
from leglift.study.model_card import model_card
from leglift.study.truth import write_truth
from leglift.vision.corpus import SUMMARY, extract_corpus, table_path
from leglift.vision.fetch import clips_dir, fetch_all
from leglift.vision.pose import find_bundle

NOT_A_LIFT = "not a leg lift"
"""The one kind of excluded clips that keep a table: nothing may be judged in them."""


def run_fetch(videos_csv: Path, source: Path | None, jobs: int) -> int:
    """Fetch the clips of the source list; returns the exit code."""
    got = fetch_all(read_videos(videos_csv), source, jobs)
    missing = got[got["problem"] != ""]
    for row in missing.itertuples():
        sys.stderr.write(f"leglift: {row.clip_id} ({row.file}): {row.problem}\n")
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


def run_segment(videos_csv: Path, tables: Path, reps: Path) -> None:
    """Find the reps in every table and write them."""
    table = _of_clips(clip_reps, read_videos(videos_csv), tables, jobs=1)
    write_parquet(table, reps)
    sys.stdout.write(f"{len(table)} reps of {table['person_id'].nunique()} people in {reps}\n")


def run_edge(data: Path, jobs: int) -> None:
    """Write `edge.parquet`, the edge of the back over all clips that are used."""
    videos = read_videos(data / "videos.csv")
    table = _of_clips(clip_edge, videos[videos["exclusion"] == ""], data / "landmarks", jobs)
    write_parquet(table, data / "edge.parquet")
    sys.stdout.write(f"{len(table)} moments of {table['clip_id'].nunique()} clips\n")


def _of_clips(
    rows_of: Callable[[pd.Series, Path, Params], pd.DataFrame],
    videos: pd.DataFrame,
    tables: Path,
    jobs: int,
) -> pd.DataFrame:
    """Rows of all clips that have a table, one under the other."""
    there = [
        (clip, table)
        for _, clip in videos.iterrows()
        if (table := table_path(tables, clip["clip_id"])).is_file()
    ]
    if not there:
        raise VideoError(
            f"{tables}: holds no tables; run leglift study fetch and leglift study extract first"
        )
    params = load_params()
    parts = Parallel(n_jobs=jobs)(delayed(rows_of)(*of_clip, params) for of_clip in there)
    return pd.concat([part for part in parts if len(part)], ignore_index=True)


def run_truth(data: Path) -> None:
    """Join the raters' answers into `moments.csv`."""
    table = write_truth(data)
    said = table.loc[table["visible"], "lifted"].value_counts().to_dict()
    sys.stdout.write(f"{int(table['visible'].sum())} of {len(table)} moments visible: {said}\n")


def run_card(models: Path, metrics: Path) -> None:
    """Write the model card from sidecar and metrics."""
    card = read_json(models / "leglift.json")
    figures = read_json(metrics)["instrument"]
    text = model_card(card, figures)
    write_text(models / "MODEL_CARD.md", text)
