"""How far raters agree, with intervals over people: the ceiling of every accuracy of the study.

Tables of ratings are wide: a row a rep, indexed by `clip_id` and `rep`, a column a rater, the
label (or number) in the cell, missing where the rater did not rate.
"""

from __future__ import annotations

from collections.abc import Callable
from itertools import combinations
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from leglift.schemas import LABELS_GIVEN
from leglift.study.consensus import MEASURED, consensus, first_pass, with_coach

Floats = npt.NDArray[np.float64]
Cells = npt.NDArray[np.intp]
Figures = dict[str, Any]

DECIDED = ("good", "arched")
DRAWS = 2000
_FEWEST_PEOPLE = 4  # an interval over fewer would only look like one
_UNIT = ["clip_id", "rep"]


def wide(labels: pd.DataFrame, column: str = "label") -> pd.DataFrame:
    """Ratings side by side: a row a rep, a column a rater."""
    return labels.pivot(index=_UNIT, columns="rater", values=column)  # noqa: PD010 - one rating a cell


def crossed(a: pd.Series, b: pd.Series, words: tuple[str, ...] = LABELS_GIVEN) -> Cells:
    """Where each rep falls in the raters' table words x words, as one number a rep.

    Reps to which a rater gave none of the words are left out.
    """
    both = (a.isin(words) & b.isin(words)).to_numpy()
    first, second = (pd.Categorical(x[both], categories=list(words)).codes for x in (a, b))
    return np.asarray(first, np.intp) * len(words) + np.asarray(second, np.intp)


def cohen(cells: Cells, n_words: int) -> float:
    """Cohen's kappa of two raters from `crossed` reps.

    J. Cohen, A coefficient of agreement for nominal scales, Educational and Psychological
    Measurement 20 (1960), 37-46. NaN where it is undefined: both gave one and the same word to
    every rep. Checked against scikit-learn, and quick enough for thousands of draws.
    """
    if not len(cells):
        return float("nan")
    table = np.bincount(cells, minlength=n_words**2).reshape(n_words, n_words) / len(cells)
    by_chance = float(table.sum(axis=0) @ table.sum(axis=1))
    if by_chance >= 1:
        return float("nan")
    return float((np.trace(table) - by_chance) / (1 - by_chance))


def counts_of(table: pd.DataFrame, words: tuple[str, ...] = LABELS_GIVEN) -> Floats:
    """How many raters gave each word, (reps, words); only reps that all raters gave a word."""
    whole = table[table.isin(words).all(axis=1)]
    return np.stack([(whole == word).sum(axis=1).to_numpy(float) for word in words], axis=1)


def fleiss(counts: Floats) -> float:
    """Fleiss' kappa of counts (subjects, categories); NaN where it is undefined.

    J. L. Fleiss, Measuring nominal scale agreement among many raters, Psychological Bulletin 76
    (1971), 378-382. Every subject has the same number of ratings, at least two.
    """
    if not len(counts):
        return float("nan")
    raters = counts[0].sum()
    share = counts.sum(axis=0) / counts.sum()
    by_chance = float((share**2).sum())
    per_subject = ((counts**2).sum(axis=1) - raters) / (raters * (raters - 1))
    if by_chance >= 1:
        return float("nan")
    return float((per_subject.mean() - by_chance) / (1 - by_chance))


def percent_agreement(counts: Floats) -> float:
    """Mean share of pairs of raters that agree, over subjects; `counts` as for `fleiss`."""
    if not len(counts):
        return float("nan")
    raters = counts[0].sum()
    return float((((counts**2).sum(axis=1) - raters) / (raters * (raters - 1))).mean())


def icc(ratings: Floats) -> float:
    """ICC(2,1) of ratings (subjects, raters): absolute agreement of single raters.

    P. E. Shrout, J. L. Fleiss, Intraclass correlations, Psychological Bulletin 86 (1979), 420-428.
    NaN with fewer than two subjects or raters.
    """
    n, k = ratings.shape
    if n < 2 or k < 2:
        return float("nan")
    mean = ratings.mean()
    rows = k * ((ratings.mean(axis=1) - mean) ** 2).sum() / (n - 1)
    columns = n * ((ratings.mean(axis=0) - mean) ** 2).sum() / (k - 1)
    left = ratings - ratings.mean(axis=1, keepdims=True) - ratings.mean(axis=0) + mean
    error = (left**2).sum() / ((n - 1) * (k - 1))
    below = rows + (k - 1) * error + k * (columns - error) / n
    return float((rows - error) / below) if below > 0 else float("nan")


def interval_over_people(
    person_id: pd.Series, statistic: Callable[[npt.NDArray[np.intp]], float], draws: int = DRAWS
) -> list[float] | None:
    """95 % percentile bootstrap interval, drawing whole people with their reps.

    Parameters
    ----------
    person_id
        The person of each row.
    statistic
        The figure, computed from row numbers (which may repeat).
    draws
        Number of draws. Draws in which the figure is undefined are left out; None where that
        is more than one in ten, or where there are too few people.
    """
    people = [np.flatnonzero(person_id == p) for p in person_id.unique()]
    if len(people) < _FEWEST_PEOPLE:
        return None
    chosen = np.random.default_rng(0).integers(0, len(people), (draws, len(people)))
    drawn = np.array([statistic(np.concatenate([people[i] for i in row])) for row in chosen])
    known = drawn[np.isfinite(drawn)]
    if len(known) < 0.9 * draws:
        return None
    return [_rounded(q) or 0.0 for q in np.quantile(known, [0.025, 0.975])]


def _rounded(value: float, digits: int = 3) -> float | None:
    return round(float(value), digits) if np.isfinite(value) else None


def people_of(table: pd.DataFrame, person_of: pd.Series) -> pd.Series:
    """Person of each row of a wide table."""
    clips = table.index.get_level_values("clip_id")
    return pd.Series(person_of.reindex(clips).to_numpy(), index=table.index)


def group_figures(table: pd.DataFrame, person_of: pd.Series, draws: int = DRAWS) -> Figures:
    """Fleiss' kappa, agreement and share of `cant_tell` of a wide table, with intervals."""
    whole = table.dropna()
    people = people_of(whole, person_of)
    counts = counts_of(whole)
    decided = whole.isin(DECIDED).all(axis=1).to_numpy()
    sure = counts_of(whole, DECIDED)
    sure_people = people[decided]
    return {
        "n_reps": len(whole),
        "n_people": int(people.nunique()),
        "fleiss_kappa": _rounded(fleiss(counts)),
        "fleiss_kappa_95": interval_over_people(people, lambda i: fleiss(counts[i]), draws),
        "agreement_frac": _rounded(percent_agreement(counts)),
        "cant_tell_frac": _rounded(float((whole == "cant_tell").to_numpy().mean())),
        "n_reps_all_decided": int(decided.sum()),
        "fleiss_kappa_decided": _rounded(fleiss(sure)),
        "fleiss_kappa_decided_95": interval_over_people(
            sure_people, lambda i: fleiss(sure[i]), draws
        ),
    }


def pair_figures(a: pd.Series, b: pd.Series, person_id: pd.Series, draws: int = DRAWS) -> Figures:
    """Cohen's kappa and agreement of two raters, over all words and over good and arched only."""
    rated = a.notna() & b.notna()
    a, b, person_id = a[rated], b[rated], person_id[rated]
    both_decided = a.isin(DECIDED) & b.isin(DECIDED)
    all_words, decided = crossed(a, b), crossed(a, b, DECIDED)
    return {
        "n_reps": len(all_words),
        "kappa": _rounded(cohen(all_words, len(LABELS_GIVEN))),
        "kappa_95": interval_over_people(
            person_id, lambda i: cohen(all_words[i], len(LABELS_GIVEN)), draws
        ),
        "agreement_frac": _rounded(float((a == b).mean())),
        "n_both_decided": len(decided),
        "kappa_decided": _rounded(cohen(decided, len(DECIDED))),
        "kappa_decided_95": interval_over_people(
            person_id[both_decided], lambda i: cohen(decided[i], len(DECIDED)), draws
        ),
        "agreement_decided_frac": _rounded(float((a == b)[both_decided].mean())),
    }


def number_figures(
    labels: pd.DataFrame, column: str, person_of: pd.Series, draws: int = DRAWS
) -> Figures:
    """ICC(2,1) of a measured number over the reps for which every rater gave it."""
    table = wide(labels, column).astype(float)
    whole = table.dropna()
    values = whole.to_numpy(float)
    people = people_of(whole, person_of)
    return {
        "n_reps": len(whole),
        "given_frac": _rounded(float(table.notna().to_numpy().mean())),
        "icc_2_1": _rounded(icc(values)),
        "icc_2_1_95": interval_over_people(people, lambda i: icc(values[i]), draws),
        "median_spread": _rounded(float(np.median(np.ptp(values, axis=1))), 2)
        if len(whole)
        else None,
    }


def onset_figures(labels: pd.DataFrame) -> Figures:
    """Spread (highest less lowest) of the onset between raters who said arched, per rep."""
    found: Figures = {}
    for column in ("onset_deg", "onset_s"):
        given = labels[(labels["label"] == "arched") & labels[column].notna()]
        spread = given.groupby(_UNIT)[column].agg(["count", np.ptp])
        spread = spread.loc[spread["count"] >= 2, "ptp"]
        found[f"{column}_n_reps"] = len(spread)
        found[f"{column}_median_spread"] = _rounded(float(spread.median()), 2)
        found[f"{column}_spread_90"] = _rounded(float(spread.quantile(0.9)), 2)
    return found


def self_figures(labels: pd.DataFrame, person_of: pd.Series, draws: int = DRAWS) -> Figures:
    """Each rater's first pass against the second, under the same guide version."""
    keys = [*_UNIT, "guide_version"]
    found = {}
    for rater, own in labels.groupby("rater"):
        first, second = (
            own[own["pass"] == nth].drop_duplicates(keys).set_index(keys)["label"] for nth in (1, 2)
        )
        again = first.index.intersection(second.index)
        if len(again):
            people = people_of(first.loc[again].to_frame(), person_of)
            found[str(rater)] = pair_figures(first.loc[again], second.loc[again], people, draws)
    return found


def further_figures(labels: pd.DataFrame, person_of: pd.Series, draws: int = DRAWS) -> Figures:
    """Compare a further blind pass (pass 3) by fresh raters over some reps with the first.

    `further` and `first` are both about the same reps; `against_consensus` holds each fresh
    rater's kappa with the first pass's majority.
    """
    later = labels[labels["pass"] == 3]
    if later.empty:
        return {}
    table = wide(later)
    first = wide(first_pass(labels)).loc[lambda t: t.index.isin(table.index)]
    table = table[table.index.isin(first.index)]
    agreed = consensus(labels).set_index(_UNIT)["label"].reindex(table.index)
    known = agreed != ""
    people = people_of(table[known], person_of)
    return {
        "further": group_figures(table, person_of, draws),
        "first": group_figures(first, person_of, draws),
        "against_consensus": {
            str(name): pair_figures(table.loc[known, name], agreed[known], people, draws)
            for name in table.columns
        },
    }


def coach_figures(labels: pd.DataFrame, coach: pd.DataFrame) -> Figures:
    """Each rater against the coaches' own captions: agreed, disagreed, could not tell."""
    said = with_coach(labels, coach)
    said = said[said["coach_label"] != ""]
    return {
        str(rater): {
            "n_reps": len(own),
            "n_agree": int((own["label"] == own["coach_label"]).sum()),
            "n_cant_tell": int((own["label"] == "cant_tell").sum()),
        }
        for rater, own in said.groupby("rater")
    }


def label_figures(
    labels: pd.DataFrame, videos: pd.DataFrame, coach: pd.DataFrame, draws: int = DRAWS
) -> Figures:
    """Everything about the labels that goes into `reports/metrics.json`.

    Parameters
    ----------
    labels
        As `match_labels` returns them.
    videos
        The source list: person, view and clothing of each clip.
    coach
        `data/coach_labels.csv`.
    draws
        Draws of each bootstrap interval.
    """
    labels = labels[labels["rep"].notna()]
    first = first_pass(labels)
    table = wide(first)
    about = videos.set_index("clip_id")
    person_of, people = about["person_id"], people_of(table, about["person_id"])
    return {
        "n_ratings": len(labels),
        "n_reps": len(table),
        "raters": [str(r) for r in table.columns],
        "guide_version": int(first["guide_version"].max()),
        "all": group_figures(table, person_of, draws),
        "pairs": {
            f"{a} {b}": pair_figures(table[a], table[b], people, draws)
            for a, b in combinations(table.columns, 2)
        },
        "by_view": _by(table, about["view"], person_of, draws),
        "by_clothing": _by(table, about["clothing"], person_of, draws),
        "self": self_figures(labels, person_of, draws),
        "further": further_figures(labels, person_of, draws),
        "numbers": {
            name: number_figures(first, name, person_of, draws) for name in ["severity", *MEASURED]
        },
        "onset": onset_figures(first),
        "coach": coach_figures(first, coach),
    }


def _by(table: pd.DataFrame, of_clip: pd.Series, person_of: pd.Series, draws: int) -> Figures:
    groups = of_clip.reindex(table.index.get_level_values("clip_id")).to_numpy()
    return {
        str(name): group_figures(table[groups == name], person_of, draws)
        for name in sorted(set(groups))
    }
