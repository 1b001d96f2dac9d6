"""What is known of the moments: raters' answers joined, and phases whose state is given."""

from __future__ import annotations

from functools import partial
from itertools import combinations
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from leglift.equal_angle import over_people
from leglift.errors import UsageError
from leglift.files import write_csv
from leglift.labelling.aggregate import moment_table
from leglift.labelling.quality import catch_threshold, legs_only_auc, over_groups, with_rise
from leglift.labelling.reps import rep_labels
from leglift.study.dataset import spans_of

CONTRACT = [
    "clip_id", "rep", "moment", "phase", "time_s", "shot_idx", "leg_angle_deg", "visible", "lifted",
    "lift_score", "lift_low", "lift_high", "state", "height_norm",
]  # fmt: skip
"""Columns of `data/moments.csv`; the state is the class that raters of unequal skill agree on."""

DRAWN_ON = ("ca89d80c2", "c87ff5304", "c4fbe1487")
"""Clips whose coach draws on the waist: the drawing gives the answer away, so none is rated."""


def read_table(path: Path, **kinds: Any) -> pd.DataFrame:
    """One of the tables that raters' work goes into; a missing one is said in one line."""
    if not path.is_file():
        raise UsageError(f"{path}: no such table; restore it")
    return pd.read_csv(path, keep_default_na=False, na_values={"height_pct": [""]}, dtype=kinds)


def write_truth(data: Path) -> pd.DataFrame:
    """Join all answers into `moments.csv` and `rep_labels.csv`; return the moments."""
    answers = read_table(data / "answers.csv")
    pairs = read_table(data / "pairs.csv")
    sampled = read_table(data / "sampled.csv", leg_angle_deg=object)
    sampled["leg_angle_deg"] = pd.to_numeric(sampled["leg_angle_deg"], errors="coerce")
    rated = sampled[~sampled["clip_id"].isin(DRAWN_ON)]
    table = moment_table(rated, answers, pairs[pairs["kind"] != "catch"])
    table = table.rename(columns={"class": "state"})[CONTRACT]
    write_csv(table.round(4), data / "moments.csv")
    write_csv(rep_labels(table).round(2), data / "rep_labels.csv")
    return table


def with_people(table: pd.DataFrame, videos: pd.DataFrame) -> pd.DataFrame:
    """Add what the source list says of the clip: person, exercise, split."""
    about = videos[["clip_id", "person_id", "exercise", "split", "exclusion", "arms"]]
    merged = table.merge(about, on="clip_id", how="inner")
    return merged[merged["exclusion"] == ""].drop(columns="exclusion")


def phase_moments(edge: pd.DataFrame, videos: pd.DataFrame) -> pd.DataFrame:
    """Moments whose state the exercise or the coach gives: `lifted` by `flat_s` and `arched_s`.

    `edge` has `clip_id` and `time_s`. Adds `lifted` (bool) and `phase_id`, a name of each span.
    """
    parts = []
    for clip in videos[(videos["flat_s"] != "") | (videos["arched_s"] != "")].itertuples():
        own = edge[edge["clip_id"] == clip.clip_id]
        for lifted, spans in ((False, clip.flat_s), (True, clip.arched_s)):
            for first, last in spans_of(spans):
                inside = own[own["time_s"].between(first, last)]
                name = f"{clip.clip_id}/{first:g}"
                parts.append(inside.assign(lifted=lifted, phase_id=name))
    if not parts:
        return edge.iloc[:0].assign(lifted=False, phase_id="")
    return pd.concat(parts, ignore_index=True)


def label_figures(data: Path, videos: pd.DataFrame) -> dict[str, Any]:
    """Quality of the labels under the key `labels_v2` of the metrics."""
    pairs = read_table(data / "pairs.csv")
    moments = with_people(read_moments(data), videos)
    known = moments[moments["lifted"].isin(["yes", "no"])]
    return {
        **blinding_figures(read_table(data / "blinding.csv"), videos),
        **pair_figures(pairs, data, videos),
        "legs_only_auc_visible": legs_only_auc(known),
        "n_moments": len(moments),
        "n_visible": int(moments["visible"].sum()),
        "n_lifted": int((known["lifted"] == "yes").sum()),
        "n_flat": int((known["lifted"] == "no").sum()),
        "n_unknown": int((moments["visible"] & (moments["lifted"] == "unknown")).sum()),
        "n_people": int(known["person_id"].nunique()),
        "state_agreement": state_agreement(
            read_table(data / "answers.csv"), videos.set_index("clip_id")["person_id"]
        ),
    }


def read_moments(data: Path) -> pd.DataFrame:
    """`moments.csv` with numbers as numbers."""
    path = data / "moments.csv"
    if not path.is_file():
        raise UsageError(f"{path}: no such table; run leglift study truth first")
    return pd.read_csv(path, keep_default_na=True)


def blinding_figures(guesses: pd.DataFrame, videos: pd.DataFrame) -> dict[str, Any]:
    """How often fresh raters told legs high from legs low, with either mask."""
    people = guesses["clip_id"].map(videos.set_index("clip_id")["person_id"])
    right = guesses["guess"] == guesses["legs"]
    now = guesses["mask"] == 2
    return {
        "blinding_accuracy": over_groups(right[now], people[now]),
        "blinding_accuracy_first_mask": over_groups(right[~now], people[~now]),
    }


def pair_figures(pairs: pd.DataFrame, data: Path, videos: pd.DataFrame) -> dict[str, Any]:
    """Null pairs, catch pairs, repeats with sides changed, and the bias to one side."""
    people = videos.set_index("clip_id")["person_id"]
    null = pairs[pairs["kind"] == "null"]
    real = pairs[pairs["kind"].isin(["real", "null"])]
    decided = real[real["answer"] != "same"]
    repeats = swapped(pairs)
    truth = pd.read_csv(data / "synthetic" / "catch_truth.csv")
    return {
        "n_pairs": int(pairs["pair_id"].nunique()),
        "n_answers": len(pairs),
        "null_difference_frac": over_groups(null["answer"] != "same", null["clip_id"].map(people)),
        "real_difference_frac": over_groups(
            pairs.loc[pairs["kind"] == "real", "answer"] != "same",
            pairs.loc[pairs["kind"] == "real", "clip_id"].map(people),
        ),
        "catch_threshold_norm": catch_threshold(with_rise(pairs, truth, "gap_norm")),
        "catch_threshold_deg": catch_threshold(with_rise(pairs, truth, "tilt_deg")),
        "left_frac": over_groups(decided["answer"] == "left", decided["clip_id"].map(people)),
        "repeat_agreement": over_groups(repeats["agrees"], repeats["clip_id"].map(people)),
    }


def swapped(pairs: pd.DataFrame) -> pd.DataFrame:
    """Answers of pairs that the same rater saw twice, with whether both say the same thing."""
    turned = {"left": "right", "right": "left", "same": "same"}
    again = pairs[pairs["kind"] == "swap"]
    first = pairs[pairs["kind"].isin(["real", "null"])].rename(
        columns={"left_moment": "right_moment", "right_moment": "left_moment", "answer": "before"}
    )
    keys = ["clip_id", "left_moment", "right_moment", "rater"]
    both = again.merge(first[[*keys, "before"]], on=keys)
    return both.assign(agrees=both["answer"] == both["before"].map(turned))


def state_agreement(answers: pd.DataFrame, people: pd.Series) -> dict[str, Any]:
    """Cohen's kappa, mean over every two panels, on visibility and, where both see it, the state.

    `people` maps clips to persons, who weigh alike; intervals are over people.
    """
    seen = answers.assign(seen=answers["visible"] != "no")
    return {
        what: over_people(rows["person_id"], partial(_mean_kappa, rows), n_draws=500)
        for what, column in (("visible", "seen"), ("state", "state"))
        for rows in [_side_by_side(seen, column, people)]
    }


def _side_by_side(answers: pd.DataFrame, column: str, people: pd.Series) -> pd.DataFrame:
    """Lay out a row a moment: `person_id`, and every panel's answer, NaN where there is none."""
    wide = answers.pivot_table(
        index=["clip_id", "moment"], columns="rater", values=column, aggfunc="first"
    ).replace("", np.nan)
    return wide.reset_index().assign(person_id=lambda t: t["clip_id"].map(people))


def _mean_kappa(rows: pd.DataFrame, weights: npt.NDArray[np.float64]) -> float:
    from sklearn.metrics import cohen_kappa_score

    panels = rows.columns.drop(["clip_id", "moment", "person_id"])
    kappas = []
    for a, b in combinations(panels, 2):
        both = rows[[a, b]].notna().all(axis=1).to_numpy()
        first, second = rows.loc[both, [a, b]].astype(str).to_numpy().T
        kappas.append(cohen_kappa_score(first, second, sample_weight=weights[both]))
    return float(np.mean(kappas))
