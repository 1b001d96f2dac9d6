"""The study's tables, read once for notebooks and page, with the instrument's answers."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from leglift.equal_angle import strata
from leglift.instrument.lifted import EdgeModel, edge_height
from leglift.params import file_sha256
from leglift.schemas import read_videos
from leglift.schemas.tables import SPLITS
from leglift.study.dataset import read_json
from leglift.study.fit import gate_moments, left_out_seen, of_split, read_rows, seen


@dataclass(frozen=True)
class Evidence:
    """What the figures show.

    `videos` has the clips that are used. `edge` has ten moments a second of them. `moments` are the
    rated ones, `judged` those with a label, each with the probability `p` of a curve that has not
    seen the person. `described` are moments on whose visibility both describers agree.
    """

    data: Path
    metrics: dict[str, Any]
    card: dict[str, Any]
    videos: pd.DataFrame
    visibility: pd.DataFrame
    edge: pd.DataFrame
    moments: pd.DataFrame
    judged: pd.DataFrame
    described: pd.DataFrame


def read_evidence(root: Path) -> Evidence:
    """Read everything below the folder `root` of a checkout."""
    data = root / "data"
    edge, moments, rows = read_rows(data)
    card = read_json(root / "models" / "leglift.json")
    visibility = pd.read_csv(data / "visibility.csv", keep_default_na=False)
    described = gate_moments(edge, visibility)
    videos = read_videos(data / "videos.csv")
    used = videos[videos["exclusion"] == ""].reset_index(drop=True)
    return Evidence(
        data=data,
        metrics=read_json(root / "reports" / "metrics.json"),
        card=card,
        videos=used,
        visibility=visibility[visibility["clip_id"].isin(used["clip_id"])],
        edge=edge,
        moments=moments,
        judged=judged(rows, card, used),
        described=described.assign(through=seen(described)),
    )


def judged(rows: pd.DataFrame, card: dict[str, Any], videos: pd.DataFrame) -> pd.DataFrame:
    """Labelled moments with what the instrument says: `p`, `height_norm`, `called`, `through`.

    On the study `p` comes from the people left out, on the test from the frozen model.
    """
    model = EdgeModel(card["middle_norm"], card["slope"], card["lifted_at"], card["error_sd_deg"])
    parts = []
    for split in SPLITS:
        own = of_split(rows, split)
        p = left_out_seen(own) if split == "study" else model.probability(edge_height(own))
        parts.append(own.assign(p=p))
    table = pd.concat(parts, ignore_index=True)
    return table.assign(
        through=seen(table),
        lifted=table["lifted"].astype(bool),
        height_norm=edge_height(table),
        called=table["p"] >= model.lifted_at,
        stratum=strata(table),
        clothing=table["clip_id"].map(videos.set_index("clip_id")["clothing"]),
    )


def seen_of(judged_moments: pd.DataFrame, split: str) -> pd.DataFrame:
    """Labelled moments of one split that the gate lets through: what accuracy is measured on."""
    return of_split(judged_moments[judged_moments["through"]], split)


def fingerprints(paths: Iterable[Path]) -> pd.DataFrame:
    """Files with the first half of their SHA-256: what a notebook was made from."""
    found = {path.name: file_sha256(path)[:32] for path in paths}
    return pd.DataFrame({"sha256 (first half)": found}).rename_axis("file")


def agrees(stored: float | None, recomputed: float) -> bool:
    """Whether a number of the metrics is what the tables give, to the digits that are kept.

    Unknown is None in the metrics and NaN where it is computed.
    """
    if stored is None:
        return bool(np.isnan(recomputed))
    return bool(np.isclose(stored, recomputed, rtol=0, atol=1e-4))
