"""Every verdict against its label, and for each that is wrong or missing the cause, by rule.

A cause is a circumstance that was measured before anybody looked at the verdict. It names what was
in the way; `circumstances` says whether reps with it go wrong more often than reps without.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd

from leglift.motion.back import cannot_tell
from leglift.motion.rep_back import HELD, KEYS
from leglift.params import Params

Floats = npt.NDArray[np.float64]

JITTER_MOMENTS = 5
"""The gap's own course is its median over this many moments, half a second."""


@dataclass(frozen=True)
class Cause:
    """A circumstance: how it is recognised, and what would help."""

    rule: str
    fix: str


CAUSES = {
    "label doubt": Cause(
        "a rater said the opposite of the label",
        "more raters, and a reference that is not an eye: a pressure cuff under the back",
    ),
    "camera off-axis": Cause(
        "camera further off side-on than the camera help accepts without a note",
        "film square from the side (leglift check says so beforehand)",
    ),
    "mask error": Cause(
        "the outline of the lower back flickers or is missing",
        "a tight shirt that stands out from floor and wall; a finer mask",
    ),
    "small in the picture": Cause(
        "the trunk is shorter than the camera help accepts without a note",
        "film closer, the whole body filling the frame",
    ),
    "loose clothing": Cause(
        "clothing noted as loose",
        "a fitted or tucked shirt; more people in loose shirts to train on",
    ),
    "arm hides the back": Cause(
        "an arm lies over most of the waist",
        "near arm overhead or on the chest",
    ),
    "model error": Cause(
        "none of the above: the back was in sight and the raters agreed",
        "more people to train on, above all people who keep their back down",
    ),
}
"""In the order in which they are tried; the first that applies is the cause."""

OUTCOMES = ("right", "missed arch", "false alarm", "not judged", "too close to call")
_REASONS = {"out_of_frame": "out of frame"}


def circumstances(table: pd.DataFrame, params: Params) -> pd.DataFrame:
    """Whether each of `CAUSES` but the last applies, a column a cause, indexed like `table`.

    Needs `n_good`, `n_arched`, `off_axis_deg`, `gap_jitter_norm`, `outline_frac`, `trunk_px`,
    `clothing`, `arm_cover_frac`.
    """
    view, check = params.view, params.check
    flickers = table["gap_jitter_norm"] > check.max_gap_jitter_norm
    return pd.DataFrame(
        {
            "label doubt": (table["n_good"] > 0) & (table["n_arched"] > 0),
            "camera off-axis": table["off_axis_deg"] > check.note_off_axis_deg,
            "mask error": flickers | (table["outline_frac"] < view.min_outline_frac),
            "small in the picture": table["trunk_px"] < check.note_trunk_px,
            "loose clothing": table["clothing"] == "loose",
            "arm hides the back": table["arm_cover_frac"] > view.max_arm_cover_frac,
        }
    )


def named_cause(applies: pd.DataFrame) -> pd.Series:
    """Give the first circumstance that applies, else `model error`."""
    last = list(CAUSES)[-1]
    first = applies.idxmax(axis=1)
    return first.where(applies.any(axis=1), last).rename("cause")


def verdict_of(table: pd.DataFrame, params: Params) -> pd.Series:
    """Say what the shipped model would: `good`, `arched`, or `cant_tell` by view or by doubt.

    Needs `p_arched`, `threshold`, `unsure_from`, `unsure_to` and what `motion.back.cannot_tell`
    asks for.
    """
    hidden = _hidden(table, params)
    unsure = table["p_arched"].between(table["unsure_from"], table["unsure_to"], inclusive="left")
    called = np.where(table["p_arched"] >= table["threshold"], "arched", "good")
    return pd.Series(called, table.index).mask(hidden | unsure | table["p_arched"].isna(),
                                               "cant_tell")  # fmt: skip


def _hidden(table: pd.DataFrame, params: Params) -> pd.Series:
    seen = table.assign(posture="lying")
    why = seen.apply(cannot_tell, axis=1, params=params, needs_bare_waist=False)
    return why.astype(str) != ""


def outcome_of(table: pd.DataFrame, params: Params) -> pd.Series:
    """One of `OUTCOMES` a rep; needs `verdict`, `label` and what `verdict_of` needs."""
    hidden = _hidden(table, params)
    rules = [
        hidden,
        table["verdict"] == "cant_tell",
        table["verdict"] == table["label"],
        table["label"] == "arched",
    ]
    words = ["not judged", "too close to call", "right", "missed arch"]
    return pd.Series(np.select(rules, words, "false alarm"), table.index)


def gap_jitter(moments: pd.DataFrame) -> pd.Series:
    """How much the gap flickers about its own course, RMS in trunk lengths, by `KEYS`."""
    by_rep = moments.groupby(KEYS, sort=False)["gap_norm"]
    course = by_rep.transform(lambda g: g.rolling(JITTER_MOMENTS, center=True).median())
    off = (moments["gap_norm"] - course).astype(float)
    keys = [moments[key] for key in KEYS]
    return off.groupby(keys, sort=False).std().rename("gap_jitter_norm")


def raters_said(ratings: pd.DataFrame) -> pd.Series:
    """Give first-pass ratings of each rep in words, by `KEYS`: `arched, can't tell (arm)`."""
    ordered = ratings.sort_values("rater", kind="stable")
    words = [
        _rating(label, why)
        for label, why in zip(ordered["label"], ordered["cant_tell_reason"], strict=True)
    ]
    said = ordered.assign(said=words).groupby(KEYS, sort=True)["said"].agg(", ".join)
    return said.rename("raters_said")


def _rating(label: str, why: object) -> str:
    if label != "cant_tell":
        return str(label)
    reasons = [_REASONS.get(word, word) for word in str(why).split(";")]
    return f"can't tell ({' and '.join(reasons)})" if isinstance(why, str) and why else "can't tell"


def deciding_times(moments: pd.DataFrame) -> pd.Series:
    """Time (s) at which each rep's estimated tilt is held highest, by `KEYS`.

    The same rule that makes the model's tilt cue: the highest level that `HELD` moments in a row
    keep. Where a rep has fewer moments, that of its highest one.
    """
    return moments.groupby(KEYS, sort=False)[["time_s", "tilt_deg"]].apply(_deciding)


def _deciding(rep: pd.DataFrame) -> float:
    tilt = rep["tilt_deg"].to_numpy(float)
    if len(tilt) < HELD:
        return float(rep["time_s"].iloc[int(np.argmax(tilt))])
    levels = np.lib.stride_tricks.sliding_window_view(tilt, HELD).min(axis=1)
    return float(rep["time_s"].iloc[int(np.argmax(levels)) + HELD // 2])


ABOUT = [
    *KEYS, "person_id", "split", "exercise", "view", "arms", "clothing", "label", "severity",
    "rated_onset_deg", "p_arched", "threshold", "unsure_from", "unsure_to", "lift_deg",
]  # fmt: skip
_VOTES = ["n_raters", "n_good", "n_arched", "n_cant_tell", "source"]
_SEEN = ["start_s", "end_s", "off_axis_deg", "trunk_px", "arm_cover_frac", "outline_frac",
         "gap_rise_norm"]  # fmt: skip


def verdict_table(
    shipped: pd.DataFrame,
    features: pd.DataFrame,
    agreed: pd.DataFrame,
    ratings: pd.DataFrame,
    moments: pd.DataFrame,
    params: Params,
) -> pd.DataFrame:
    """All judged reps, a row each, with verdict, outcome and cause (empty where it is right).

    Parameters
    ----------
    shipped
        Out-of-person predictions of the shipped model.
    features, agreed, ratings
        The tables of reps, consensus and first-pass ratings.
    moments
        With `tilt_deg`, see `study.results.labelled_moments`.
    """
    table = (
        shipped[ABOUT]
        .merge(features[[*KEYS, *_SEEN]], on=KEYS, validate="one_to_one")
        .merge(agreed[[*KEYS, *_VOTES]], on=KEYS, validate="one_to_one")
        .merge(raters_said(ratings).reset_index(), on=KEYS, how="left")
        .merge(gap_jitter(moments).reset_index(), on=KEYS, how="left")
        .merge(deciding_times(moments).rename("deciding_s").reset_index(), on=KEYS, how="left")
    )
    table = table.assign(verdict=verdict_of(table, params))
    table = table.assign(outcome=outcome_of(table, params))
    cause = named_cause(circumstances(table, params)).where(table["outcome"] != "right", "")
    return table.assign(cause=cause).sort_values(KEYS, ignore_index=True)


def cause_counts(table: pd.DataFrame) -> pd.DataFrame:
    """Count failures by `cause` (rows, all of `CAUSES`) and outcome, with `reps` and `people`."""
    failed = table[table["outcome"] != "right"]
    counts = pd.crosstab(failed["cause"], failed["outcome"])
    kinds = [name for name in OUTCOMES if name != "right"]
    counts = counts.reindex(index=list(CAUSES), columns=kinds, fill_value=0)
    people = failed.groupby("cause")["person_id"].nunique()
    return counts.assign(
        reps=counts.sum(axis=1), people=people.reindex(counts.index, fill_value=0)
    ).rename_axis(columns=None)


def blame(table: pd.DataFrame, params: Params) -> pd.DataFrame:
    """For each circumstance, how often reps with and without it fail, whatever else applies.

    Returns `with_n`, `with_failed`, `without_n`, `without_failed`, a row a circumstance.
    """
    failed = (table["outcome"] != "right").to_numpy(bool)
    rows = {}
    for name, applies in circumstances(table, params).items():
        has = applies.to_numpy(bool)
        rows[name] = {
            "with_n": int(has.sum()),
            "with_failed": int((has & failed).sum()),
            "without_n": int((~has).sum()),
            "without_failed": int((~has & failed).sum()),
        }
    return pd.DataFrame.from_dict(rows, orient="index")
