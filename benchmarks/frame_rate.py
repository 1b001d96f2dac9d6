"""Does a lower frame rate change verdicts? The study's clips judged at full rate and at fewer.

    LEGLIFT_CACHE=DIR python benchmarks/frame_rate.py [--fps 15 10] [--clips 15]
        [--exercise NAME] [--least-fps 24]

Takes the first clips (by identifier) that have at least so many frames a second, a rep and a view
that can be judged. The full rate is read from `data/landmarks`, the lower ones are extracted anew
from the fetched clips. A rep counts as found again where the two overlap by more than half.
Prints a Markdown table.
"""

from __future__ import annotations

import argparse
import logging
import tempfile
import time
from pathlib import Path

import pandas as pd

from leglift.motion.back import BackModel, cannot_tell, judge_back
from leglift.motion.features import rep_features
from leglift.motion.moments import moments
from leglift.motion.segment import segment_lifter
from leglift.params import Params, load_params
from leglift.schemas import read_videos
from leglift.verdict.batch import find_model
from leglift.vision.extract import extract_clip, read_meta
from leglift.vision.fetch import clip_path
from leglift.vision.pose import find_bundle

DATA = Path(__file__).parents[1] / "data"


def judged(table: Path, model: BackModel, params: Params) -> pd.DataFrame:
    """Judged reps of a table; none where nobody lifts a leg."""
    motion = segment_lifter(table, params)
    if motion is None or motion.reps.empty:
        return pd.DataFrame(columns=["start_s", "end_s", "verdict", "p_arched"])
    return judge_back(rep_features(motion, params), moments(motion, params), model, params)


def chosen(n: int, exercise: str | None, least_fps: float, params: Params) -> pd.DataFrame:
    """First clips whose rate can be lowered and whose back can be judged."""
    reps = pd.read_parquet(DATA / "reps.parquet")
    why_not = reps.apply(cannot_tell, axis=1, params=params, needs_bare_waist=False)
    can = set(reps.loc[why_not == "", "clip_id"])
    videos = read_videos(DATA / "videos.csv").sort_values("clip_id")
    fast = [
        clip in can and read_meta(DATA / "landmarks" / f"{clip}.parquet").fps >= least_fps
        for clip in videos["clip_id"]
    ]
    there = [clip_path(row).exists() for _, row in videos.iterrows()]
    wanted = pd.Series(fast, videos.index) & pd.Series(there, videos.index)
    if exercise:
        wanted &= videos["exercise"] == exercise
    return videos[wanted].head(n)


def compared(full: pd.DataFrame, fewer: pd.DataFrame) -> pd.DataFrame:
    """Verdict of each rep of `full` beside that of the one in `fewer` that overlaps it."""
    rows = []
    for rep in full.itertuples():
        both = fewer["end_s"].clip(upper=rep.end_s) - fewer["start_s"].clip(lower=rep.start_s)
        same = fewer[both > 0.5 * (rep.end_s - rep.start_s)]
        again = same.iloc[0] if len(same) else None
        rows.append(
            {
                "full": rep.verdict,
                "fewer": "lost" if again is None else again["verdict"],
                "p_off": None if again is None else abs(again["p_arched"] - rep.p_arched),
            }
        )
    return pd.DataFrame(rows, columns=["full", "fewer", "p_off"])


def summary(fps: float, pairs: pd.DataFrame, added: int, seconds: float) -> str:
    """Put one rate into a table row."""
    found = pairs[pairs["fewer"] != "lost"]
    same = int((found["full"] == found["fewer"]).sum())
    sure = ["good", "arched"]
    opposite = found["full"].isin(sure) & found["fewer"].isin(sure)
    opposite &= found["full"] != found["fewer"]
    return (
        f"| {fps:g} | {len(pairs)} | {len(pairs) - len(found)} / {added} | {same} of {len(found)} "
        f"| {int(opposite.sum())} | {found['p_off'].astype(float).median():.3f} "
        f"| {found['p_off'].astype(float).max():.3f} | {seconds:.0f} s |"
    )


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--fps", type=float, nargs="+", default=[15.0, 10.0])
    parser.add_argument("--clips", type=int, default=15)
    parser.add_argument("--exercise", help="only these, such as both_leg_raise")
    parser.add_argument("--least-fps", type=float, default=24, help="a clip's own rate")
    arguments = parser.parse_args()
    logging.disable()
    params, bundle = load_params(), find_bundle("full")
    model = find_model("shipped", bundle, params)
    clips = chosen(arguments.clips, arguments.exercise, arguments.least_fps, params)
    full = [judged(DATA / "landmarks" / f"{c}.parquet", model, params) for c in clips["clip_id"]]
    print(f"{len(clips)} clips, {sum(map(len, full))} reps, model {model.model_id}\n")
    print(
        "| frames a second | reps | lost / new | same verdict | good for arched or back "
        "| p_arched off, median | most | took |\n|---|---|---|---|---|---|---|---|"
    )
    for fps in arguments.fps:
        pairs, added, started = [], 0, time.monotonic()
        for (_, clip), reps in zip(clips.iterrows(), full, strict=True):
            with tempfile.TemporaryDirectory() as folder:
                table = Path(folder) / "clip.parquet"
                people = int(min(max(clip["n_people"], 1), 3))
                extract_clip(clip_path(clip), table, bundle, params.vision, people, None, fps)
                fewer = judged(table, model, params)
            pairs.append(compared(reps, fewer))
            added += max(len(fewer) - int((pairs[-1]["fewer"] != "lost").sum()), 0)
        took = time.monotonic() - started
        print(summary(fps, pd.concat(pairs, ignore_index=True), added, took), flush=True)


if __name__ == "__main__":
    main()
