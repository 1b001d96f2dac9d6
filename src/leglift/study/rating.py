"""Rounds of rating as commands run them: sheets of what has no answer yet, answers back in."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from datetime import date
from pathlib import Path

import numpy as np
import pandas as pd
from pandera.pandas import DataFrameSchema

from leglift.errors import UsageError
from leglift.files import write_csv
from leglift.labelling.blinding import cut_moments
from leglift.labelling.pictures import Picture, write_png
from leglift.labelling.rounds import (
    Cut,
    draw_moments,
    draw_pairs,
    new_moments,
    new_pairs,
    read_answers,
)
from leglift.labelling.visibility import both_see, visibility_sheet
from leglift.params import load_params
from leglift.schemas import read_videos
from leglift.schemas.reading import checked
from leglift.schemas.tables import ANSWERS, PAIRS, VISIBILITY
from leglift.spans import spans_of
from leglift.study.dataset import needed
from leglift.study.truth import DRAWN_ON, read_moments, read_table
from leglift.vision.corpus import table_path
from leglift.vision.fetch import clip_path


def run_sheets(data: Path, step: str, out: Path, seed: int) -> None:
    """Write the sheets of one step for what has no answer yet."""
    videos = read_videos(data / "videos.csv")
    videos = videos[(videos["exclusion"] == "") & ~videos["clip_id"].isin(DRAWN_ON)]
    draw = {"visibility": _visibility, "moments": _moments, "pairs": _pairs}[step]
    n = draw(data, videos.set_index("clip_id", drop=False), out, seed)
    sys.stdout.write(f"{n} {step} to rate in {out}\n")


def _visibility(data: Path, videos: pd.DataFrame, out: Path, _seed: int) -> int:
    asked = videos[~videos["clip_id"].isin(read_table(data / "visibility.csv")["clip_id"])]
    for clip_id, clip in asked.iterrows():
        table = table_path(data / "landmarks", str(clip_id))
        picture = visibility_sheet(clip_path(clip), table, spans_of(clip["windows_s"]))
        write_png(out / f"{clip_id}.png", picture)
    return len(asked)


def _moments(data: Path, videos: pd.DataFrame, out: Path, seed: int) -> int:
    sampled = read_table(data / "sampled.csv")
    parts = [sampled]
    for clip_id, own in read_table(data / "visibility.csv").groupby("clip_id", sort=False):
        spans = [span for text in own["visible_s"] for span in spans_of(text)]
        if spans and clip_id in videos.index:
            table = table_path(data / "landmarks", str(clip_id))
            new = new_moments(sampled, str(clip_id), table, spans, load_params())
            parts.append(new.round(3))
    drawn = pd.concat(parts, ignore_index=True)
    write_csv(drawn, data / "sampled.csv")
    answered = read_table(data / "answers.csv").set_index(["clip_id", "moment"]).index
    names = pd.MultiIndex.from_frame(drawn[["clip_id", "moment"]])
    asked = drawn[~names.isin(answered) & drawn["clip_id"].isin(videos.index)]
    return draw_moments(asked, _cutter(data, videos), out, seed)


def _pairs(data: Path, videos: pd.DataFrame, out: Path, seed: int) -> int:
    moments = read_moments(data)
    moments = moments[moments["clip_id"].isin(videos.index)].reset_index(drop=True)
    pairs = new_pairs(moments, read_table(data / "pairs.csv"), seed)
    shown = moments[moments["clip_id"].isin(pairs["clip_id"])]
    return draw_pairs(pairs, shown, _cutter(data, videos), out, seed)


def _cutter(data: Path, videos: pd.DataFrame) -> Cut:
    masks = read_table(data / "caption_masks.csv")

    def cut(clip_id: str, moments: pd.DataFrame) -> dict[int, Picture]:
        own = masks.loc[masks["clip_id"] == clip_id, "corners_frac"]
        covered = [np.array([c.split(":") for c in text.split()], float) for text in own]
        table = table_path(data / "landmarks", clip_id)
        return cut_moments(clip_path(videos.loc[clip_id]), table, moments, covered)

    return cut


def run_collect(data: Path, step: str, folder: Path, raters: Sequence[str]) -> None:
    """Add the raters' answers to the tables.

    `folder` holds `key.csv` and a CSV file a rater, as the guide describes it.
    """
    remedy = "it holds what raters say, or the key"
    given = [needed(folder / f"{rater}.csv", remedy) for rater in raters]
    if step == "visibility":
        _collect_visibility(data, given)
        return
    key, today = needed(folder / "key.csv", remedy), date.today().isoformat()
    name, schema = {"moments": ("answers", ANSWERS), "pairs": ("pairs", PAIRS)}[step]
    rows = pd.concat([read_answers(path, key, today) for path in given], ignore_index=True)
    _add(rows.rename(columns={"code": "pair_id"}), data / f"{name}.csv", schema)
    sys.stdout.write(f"{len(rows)} answers added to {name}.csv\n")


def _collect_visibility(data: Path, given: Sequence[Path]) -> None:
    rows = pd.concat(
        pd.read_csv(path, keep_default_na=False, dtype=str).assign(describer=path.stem)
        for path in given
    )
    videos = read_videos(data / "videos.csv").set_index("clip_id", drop=False)
    if unknown := set(rows["clip_id"]) - set(videos.index):
        raise UsageError(f"{given[0].parent}: {min(unknown)}: no clip of the source list")
    _add(rows, data / "visibility.csv", VISIBILITY)
    for clip_id, own in rows.groupby("clip_id"):
        seen, spans = both_see(list(own["back_visible"]), [spans_of(t) for t in own["visible_s"]])
        text = ";".join(f"{a:g}-{b:g}" for a, b in spans)
        videos.loc[clip_id, ["back_visible", "back_visible_s"]] = seen, text
    write_csv(videos, data / "videos.csv")
    sys.stdout.write(f"{rows['clip_id'].nunique()} clips described\n")


def _add(rows: pd.DataFrame, path: Path, schema: DataFrameSchema) -> None:
    """Add rows to a table, whole and checked, or not at all."""
    before = pd.read_csv(path, keep_default_na=False, dtype=str)
    table = pd.concat([before, rows[list(schema.columns)].astype(str)], ignore_index=True)
    checked(table.replace({"height_pct": {"": None}}), schema, str(path))
    write_csv(table, path)
