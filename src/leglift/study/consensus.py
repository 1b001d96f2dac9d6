"""Several ratings of a rep become one label: majority, then adjudication with its reason."""

from __future__ import annotations

import pandas as pd

from leglift.study.labels import match_labels

MEASURED = ["height_flat_pct", "height_worst_pct", "waistband_flat_deg", "waistband_worst_deg"]
_UNIT = ["clip_id", "rep"]
_MIN_COACH_SHARE = 0.5


def first_pass(labels: pd.DataFrame) -> pd.DataFrame:
    """Keep one rating a rep and rater: the first pass of the rep's newest guide version.

    Where two labels of a rater match one rep, the one that overlaps it more is kept.
    """
    first = labels[labels["rep"].notna() & (labels["pass"] == 1)]
    newest = first.groupby(_UNIT)["guide_version"].transform("max")
    ours = first[first["guide_version"] == newest].sort_values("overlap", ascending=False)
    return ours.drop_duplicates([*_UNIT, "rater"]).sort_index()


def consensus(labels: pd.DataFrame) -> pd.DataFrame:
    """Majority of the first-pass ratings, a row a rep.

    Parameters
    ----------
    labels
        As `match_labels` returns them; ratings that match no rep are left out.

    Returns
    -------
    `clip_id`, `rep`, `start_s`, `end_s`, numbers of raters and of each label, `label` (empty where
    no label has more than half of the ratings), `severity` and onset (medians among those who
    said arched; severity 0 for good), medians of the measured numbers, and `source`:
    `unanimous`, `majority` or `open`.
    """
    rated = first_pass(labels)
    rows = [_majority(ratings) for _, ratings in rated.groupby(_UNIT, sort=True)]
    return pd.DataFrame(rows)


def _majority(ratings: pd.DataFrame) -> dict[str, object]:
    counts = ratings["label"].value_counts()
    won = str(counts.index[0]) if 2 * counts.iloc[0] > len(ratings) else ""
    said_arched = ratings[ratings["label"] == "arched"]
    shown = said_arched if won == "arched" else said_arched.iloc[:0]
    severity = 0.0 if won == "good" else shown["severity"].median()
    return {
        **ratings.iloc[0][[*_UNIT, "start_s", "end_s"]].to_dict(),
        "n_raters": len(ratings),
        **{f"n_{name}": int(counts.get(name, 0)) for name in ("good", "arched", "cant_tell")},
        "label": won,
        "severity": severity,
        "onset_s": shown["onset_s"].median(),
        "onset_deg": shown["onset_deg"].median(),
        **{name: ratings[name].median() for name in MEASURED},
        "source": "open" if not won else "unanimous" if len(counts) == 1 else "majority",
    }


def adjudicated(table: pd.DataFrame, decisions: pd.DataFrame, reps: pd.DataFrame) -> pd.DataFrame:
    """Put decisions, which give a reason, in the place of the raters' majority.

    Parameters
    ----------
    table
        As `consensus` returns it.
    decisions
        `data/adjudication.csv`.
    reps
        The table of reps, to which decisions are matched by time.
    """
    decided = match_labels(reps, decisions).dropna(subset="rep").set_index(_UNIT)
    out = table.assign(reason="").set_index(_UNIT)
    both = out.index.intersection(decided.index)
    for column in ("label", "severity", "reason"):
        out.loc[both, column] = decided.loc[both, column]
    out.loc[both, "source"] = "adjudicated"
    lost = out.index.isin(both) & (out["label"] != "arched")
    out.loc[lost, ["onset_s", "onset_deg"]] = float("nan")
    return out.reset_index()[[*table.columns, "reason"]]


def with_coach(table: pd.DataFrame, coach: pd.DataFrame) -> pd.DataFrame:
    """Add `coach_label`: what a coach's caption says of most of the rep, else empty.

    `table` has `clip_id`, `start_s`, `end_s`; `coach` is `data/coach_labels.csv`.
    """
    said = []
    for rep in table.itertuples():
        spans = coach[coach["clip_id"] == rep.clip_id]
        inside = spans["end_s"].clip(upper=rep.end_s) - spans["start_s"].clip(lower=rep.start_s)
        covering = spans[inside >= _MIN_COACH_SHARE * (rep.end_s - rep.start_s)]
        said.append(covering["coach_label"].iloc[0] if len(covering) else "")
    return table.assign(coach_label=said)


def by_caption(table: pd.DataFrame, reps: pd.DataFrame, coach: pd.DataFrame) -> pd.DataFrame:
    """Add the reps that nobody could rate blind, because the clip itself says what they are.

    `reps` has `clip_id`, `rep`, `start_s`, `end_s`. Their `source` is `coach`, their raters none.
    """
    unrated = reps.merge(table[_UNIT], on=_UNIT, how="left", indicator=True)
    unrated = with_coach(unrated[unrated["_merge"] == "left_only"], coach)
    told = unrated[unrated["coach_label"] != ""]
    if told.empty:
        return table
    rows = told[[*_UNIT, "start_s", "end_s"]].assign(
        label=told["coach_label"], source="coach", n_raters=0
    )
    return pd.concat([table, rows], ignore_index=True)
