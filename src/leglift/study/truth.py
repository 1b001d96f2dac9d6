"""What is known of the moments: raters' answers joined, and phases whose state is given."""

from __future__ import annotations

from functools import partial
from itertools import combinations
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from leglift.equal_angle import over_people, weighted_auc
from leglift.files import write_csv
from leglift.labelling.aggregate import moment_table
from leglift.labelling.quality import catch_threshold, legs_only_auc, over_groups, with_rise
from leglift.labelling.reps import rep_labels
from leglift.schemas.tables import MOMENTS
from leglift.spans import spans_of
from leglift.study.dataset import needed

DRAWN_ON = ("ca89d80c2", "c87ff5304", "c4fbe1487")
"""Clips whose coach draws on the waist: the drawing gives the answer away, so none is rated."""

COVERED_FRAC = 0.3
"""Share of the lumbar window behind an arm from which the back counts as hidden here."""


def read_table(path: Path) -> pd.DataFrame:
    """One of the tables that raters' work goes into."""
    numbers = {"height_pct": [""], "leg_angle_deg": [""]}
    return pd.read_csv(needed(path, "restore it"), keep_default_na=False, na_values=numbers)


def read_moments(data: Path) -> pd.DataFrame:
    """`moments.csv`, with NaN for what is unknown."""
    return pd.read_csv(needed(data / "moments.csv", "run leglift study truth first"))


def write_truth(data: Path) -> pd.DataFrame:
    """Join all answers into `moments.csv` and `rep_labels.csv`; return the moments."""
    names = ("answers.csv", "pairs.csv", "sampled.csv")
    answers, pairs, sampled = (read_table(data / name) for name in names)
    rated = sampled[~sampled["clip_id"].isin(DRAWN_ON)]
    table = moment_table(rated, answers, pairs[pairs["kind"] != "catch"])
    table = table.rename(columns={"class": "state"})[list(MOMENTS.columns)]
    write_csv(table.round(4), data / "moments.csv")
    write_csv(rep_labels(table).round(2), data / "rep_labels.csv")
    return table


def with_people(table: pd.DataFrame, videos: pd.DataFrame) -> pd.DataFrame:
    """Add what the source list says of the clip: person, exercise, split."""
    used = videos[videos["exclusion"] == ""]
    return table.merge(used[["clip_id", "person_id", "exercise", "split", "arms"]], on="clip_id")


def phase_moments(edge: pd.DataFrame, videos: pd.DataFrame) -> pd.DataFrame:
    """Moments whose state the exercise or the coach gives: `lifted` by `flat_s` and `arched_s`.

    `edge` has `clip_id` and `time_s`. Adds `lifted` (bool) and `phase_id`, a name of each span.
    """
    parts = [edge.iloc[:0].assign(lifted=False, phase_id="")]
    for clip in videos[(videos["flat_s"] != "") | (videos["arched_s"] != "")].itertuples():
        own = edge[edge["clip_id"] == clip.clip_id]
        for lifted, spans in ((False, clip.flat_s), (True, clip.arched_s)):
            for first, last in spans_of(spans):
                inside = own[own["time_s"].between(first, last)]
                name = f"{clip.clip_id}/{first:g}"
                parts.append(inside.assign(lifted=lifted, phase_id=name))
    return pd.concat(parts, ignore_index=True)


def label_figures(data: Path, videos: pd.DataFrame) -> dict[str, Any]:
    """Quality of the labels under the key `labels_v2` of the metrics."""
    people = videos.set_index("clip_id")["person_id"]
    moments = with_people(read_moments(data), videos)
    known = moments[moments["lifted"].isin(["yes", "no"])]
    truth = pd.read_csv(data / "synthetic" / "catch_truth.csv")
    return {
        **blinding_figures(read_table(data / "blinding.csv"), people),
        **pair_figures(read_table(data / "pairs.csv"), truth, people),
        "legs_only_auc_visible": legs_only_auc(known),
        "n_moments": len(moments),
        "n_visible": int(moments["visible"].sum()),
        "n_lifted": int((known["lifted"] == "yes").sum()),
        "n_flat": int((known["lifted"] == "no").sum()),
        "n_unknown": int((moments["visible"] & (moments["lifted"] == "unknown")).sum()),
        "n_people": int(known["person_id"].nunique()),
        "state_agreement": state_agreement(read_table(data / "answers.csv"), people),
    }


def blinding_figures(guesses: pd.DataFrame, people: pd.Series) -> dict[str, Any]:
    """How often fresh raters told legs high from legs low, with either mask.

    Here and below `people` maps clips to persons; intervals are over them.
    """
    right, who = guesses["guess"] == guesses["legs"], guesses["clip_id"].map(people)
    now = guesses["mask"] == 2
    return {
        "blinding_accuracy": over_groups(right[now], who[now]),
        "blinding_accuracy_first_mask": over_groups(right[~now], who[~now]),
    }


def pair_figures(pairs: pd.DataFrame, truth: pd.DataFrame, people: pd.Series) -> dict[str, Any]:
    """Null pairs, catch pairs, repeats with sides changed, and the bias to one side."""

    def share(hit: pd.Series) -> dict[str, float]:
        return over_groups(hit, pairs.loc[hit.index, "clip_id"].map(people))

    differs = pairs["answer"] != "same"
    null, real = pairs["kind"] == "null", pairs["kind"] == "real"
    decided = pairs[(null | real) & differs]
    repeats = swapped(pairs)
    return {
        "n_pairs": int(pairs["pair_id"].nunique()),
        "n_answers": len(pairs),
        "null_difference_frac": share(differs[null]),
        "real_difference_frac": share(differs[real]),
        "catch_threshold_norm": catch_threshold(with_rise(pairs, truth, "gap_norm")),
        "catch_threshold_deg": catch_threshold(with_rise(pairs, truth, "tilt_deg")),
        "left_frac": share(decided["answer"] == "left"),
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

    People weigh alike.
    """
    seen = answers.assign(visible=answers["visible"] != "no")
    found = {}
    for what in ("visible", "state"):
        panels = seen.pivot_table(what, ["clip_id", "moment"], "rater", aggfunc="first")
        panels = panels.replace("", np.nan)
        who = panels.index.get_level_values("clip_id").to_series().map(people)
        found[what] = over_people(who, partial(_mean_kappa, panels), n_draws=500)
    return found


def _mean_kappa(panels: pd.DataFrame, weights: npt.NDArray[np.float64]) -> float:
    from sklearn.metrics import cohen_kappa_score

    kappas = []
    for a, b in combinations(panels, 2):
        both = panels[[a, b]].notna().all(axis=1).to_numpy()
        first, second = panels.loc[both, [a, b]].astype(str).to_numpy().T
        kappas.append(cohen_kappa_score(first, second, sample_weight=weights[both]))
    return float(np.mean(kappas))


def first_label_figures(data: Path) -> dict[str, Any]:
    """AUC of the rule "legs only" against the labels of guide 1, the back hidden and in view.

    They follow the legs where an arm hides the back, which is what was wrong with them.

    `first_labels.csv` keeps what stood when they were in use: a row a labelled rep with the
    rule's probability, learned with the rep's person left out.
    """
    table = pd.read_csv(data / "first_labels.csv")
    hidden = table["arm_cover_frac"] >= COVERED_FRAC
    return {
        "legs_only_auc_hidden": legs_auc(table[hidden]),
        "legs_only_auc_in_view": legs_auc(table[~hidden]),
        "n_reps": len(table),
    }


def legs_auc(table: pd.DataFrame) -> dict[str, Any]:
    """AUC over reps with an interval over people; a person's reps stay together."""
    people = table["person_id"].reset_index(drop=True)
    up, p = table["arched"].to_numpy(bool), table["p_legs_only"].to_numpy(float)
    n_own = people.map(people.value_counts()).to_numpy(float)
    return over_people(people, lambda w: weighted_auc(up, p, w * n_own))
