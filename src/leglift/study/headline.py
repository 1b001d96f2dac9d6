"""The instrument's figures: at equal leg angle, per rep, and in degrees, beside their baselines."""

from __future__ import annotations

from functools import partial
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from leglift.equal_angle import (
    auc_equal_leg_angle,
    mean_of,
    median_size_of,
    over_people,
    share_of,
    strata,
    weighted_auc,
)
from leglift.instrument.control import Lift, lift_of, population_curve
from leglift.instrument.lifted import edge_height, scaled
from leglift.labelling.reps import rep_labels
from leglift.study.fit import alarm_cutoff, edge_model, seen

Floats = npt.NDArray[np.float64]
Figure = dict[str, Any]

LOWERED = ("both_leg_raise", "single_leg_raise", "dead_bug")
"""Exercises in which a straight leg is lowered to the floor, as the clinic's test asks."""

STEEPEST_DEG = 120.0
"""Angles beyond count as this one: no lowering begins higher."""

_FEWEST = 3  # reps of others, for a curve of their own


def scores(own: pd.DataFrame) -> dict[str, Floats]:
    """Score of every method, higher is more lifted, of labelled moments that the gate lets through.

    `legs_only` (the lower the legs, the more lifted) and `gap_rule` (rise of the mask's gap over
    the person's flattest moment) stand beside the instrument in every figure that they can have.
    """
    angle = own["leg_angle_deg"]
    return {
        "instrument": own["p"].to_numpy(float),
        "gap_rule": own["gap_norm_over_flat"].fillna(0.0).to_numpy(float),
        "legs_only": -angle.fillna(angle.median()).to_numpy(float),
    }


def section(rows: pd.DataFrame, lifted_at: float) -> Figure:
    """Figures of labelled moments with the probabilities `p` of a model that never saw them."""
    through = seen(rows)
    own = rows[through].reset_index(drop=True)
    own["stratum"] = strata(own)
    said = scores(own)
    figures = {name: score_figures(own, score, name, lifted_at) for name, score in said.items()}
    return {
        **figures["instrument"],
        **gains(own, said),
        "legs_only": figures["legs_only"],
        "gap_rule": figures["gap_rule"],
        "coverage": over_people(rows["person_id"], mean_of(through)),
        "tilt_phases": phase_figures(rows, through),
    }


def visibility_figures(rows: pd.DataFrame, lifted_at: float, seen_by_eye: pd.Series) -> Figure:
    """Figures of the instrument by how much of the back's edge describers see in the clip.

    `seen_by_eye` has `all`, `part` or `none` by `clip_id`.
    """
    own = rows[seen(rows)]
    own = own.assign(stratum=strata(own))
    figures = {}
    for kind, part in own.groupby(own["clip_id"].map(seen_by_eye)):
        if part["lifted"].nunique() == 2:
            part = part.reset_index(drop=True)
            score = part["p"].to_numpy(float)
            figures[str(kind)] = score_figures(part, score, "instrument", lifted_at)
    return figures


def gains(own: pd.DataFrame, scores: dict[str, Floats]) -> Figure:
    """AUC at equal leg angle of the instrument less that of each baseline, on the same draws."""

    def more(w: Floats, other: str) -> float:
        ours, theirs = scores["instrument"], scores[other]
        return auc_equal_leg_angle(own, ours, w) - auc_equal_leg_angle(own, theirs, w)

    return {
        f"auc_equal_leg_angle_over_{other}": over_people(
            own["person_id"], partial(more, other=other)
        )
        for other in ("legs_only", "gap_rule")
    }


def score_figures(own: pd.DataFrame, score: Floats, name: str, lifted_at: float) -> Figure:
    """AUC at equal leg angle, plain AUC and sensitivity at 5 % false alarms of one score."""
    up = own["lifted"].to_numpy(bool)
    people = own["person_id"]
    alarm = score >= alarm_cutoff(score, up, people, 0.05)
    figures = {
        "auc_equal_leg_angle": over_people(people, lambda w: auc_equal_leg_angle(own, score, w)),
        "auc": over_people(people, lambda w: weighted_auc(up, score, w)),
        "sensitivity_at_5pct": over_people(people, share_of(alarm, up)),
    }
    if name == "instrument":
        called = score >= lifted_at
        found, right = share_of(called, up), share_of(~called, ~up)
        figures |= {
            "brier": over_people(people, mean_of((score - up) ** 2)),
            "balanced_accuracy": over_people(people, lambda w: (found(w) + right(w)) / 2),
            "false_alarms_frac": over_people(people, share_of(called, ~up)),
            "sensitivity_frac": over_people(people, found),
        }
    return figures


def phase_figures(rows: pd.DataFrame, through: npt.NDArray[np.bool_]) -> Figure:
    """Whether flat and arched phases of one clip are told apart, in tilts and coaches' captions.

    A phase is its median; told apart is a pair of phases of one clip of which the arched one reads
    higher. `clips` has the moments' AUC of every clip that holds both states.
    """
    given = rows.assign(height=edge_height(rows), through=through)
    clips, won, total = {}, 0, 0
    for clip_id, own in given[given["source"] == "phase"].groupby("clip_id"):
        middle = own.groupby(["phase_id", "lifted"], as_index=False)["height"].median()
        high = middle.loc[middle["lifted"], "height"].to_numpy()
        low = middle.loc[~middle["lifted"], "height"].to_numpy()
        if not (len(high) and len(low)):
            continue
        over = high[:, None] > low[None, :]
        won, total = won + int(over.sum()), total + over.size
        up, height = own["lifted"].to_numpy(bool), own["height"].to_numpy(float)
        clips[str(clip_id)] = {
            "auc": weighted_auc(up, height, np.ones(len(own))),
            "n_moments": len(own),
            "person_id": own["person_id"].iloc[0],
            "seen_frac": float(own["through"].mean()),
        }
    told = won / total if total else None
    return {"told_apart_frac": told, "n_pairs_of_phases": total, "clips": clips}


def gate_figures(rows: pd.DataFrame) -> Figure:
    """Precision and recall of the gate against what both describers say, people alike."""
    through, visible = seen(rows), rows["visible"].to_numpy(bool)
    people = rows["person_id"]
    return {
        "gate_precision": over_people(people, share_of(visible, through)),
        "gate_recall": over_people(people, share_of(through, visible)),
        "gate_coverage": over_people(people, mean_of(through)),
    }


def control_intervals(moments: pd.DataFrame) -> pd.DataFrame:
    """Raters' answer for every rep: the leg angle between flat and lifted while lowering.

    `flat_deg` is the lowest angle on the way down that is still flat, above the first lifted one
    (`lifted_deg`, NaN: never seen lifted). Exercises are `LOWERED`; reps with fewer than two known
    moments on the way down are left out.
    """
    ours = moments[moments["exercise"].isin(LOWERED)]
    about = ours.drop_duplicates("clip_id").set_index("clip_id")[["person_id", "exercise"]]
    known = rep_labels(ours).dropna(subset="flat_deg")
    return known.join(about, on="clip_id").reset_index(drop=True)


def control_errors(
    intervals: pd.DataFrame, measured: pd.DataFrame, lifted_at: float
) -> pd.DataFrame:
    """Add to every rep the error in degrees of the instrument and of the population's mean.

    `measured` is the edge table with `p_lifted` and `height_norm` of a model that has not seen the
    person. The error is the distance to the raters' interval, 0 inside it; where one side says that
    the back never left, the angle down to which it stayed stands in for it.
    """
    rows = []
    for rep in intervals.itertuples():
        own = measured[(measured["clip_id"] == rep.clip_id) & (measured["rep"] == rep.rep)]
        lift = lift_of(own[own["phase"].isin(["hold", "lowering"])], lifted_at)
        mean, _ = others_curve(intervals, rep.person_id)
        mean = float(np.clip(mean, 0.0, STEEPEST_DEG))
        others = Lift(mean, mean, mean)
        rows.append(
            {
                "error_deg": distance(lift, rep.flat_deg, rep.lifted_deg),
                "population_error_deg": distance(others, rep.flat_deg, rep.lifted_deg),
                "censored_alike": lift.censored == bool(np.isnan(rep.lifted_deg)),
                "answered": bool(np.isfinite(lift.flat_deg)),
                "said_flat_deg": lift.flat_deg, "said_at_deg": lift.at_deg,
            }
        )  # fmt: skip
    return intervals.join(pd.DataFrame(rows, index=intervals.index))


def others_curve(reps: pd.DataFrame, person_id: str) -> tuple[float, float]:
    """Mean and SD of everybody else's points of control, censored ones too; NaN where few."""
    others = reps[reps["person_id"] != person_id]
    if len(others) < _FEWEST:
        return float("nan"), float("nan")
    return population_curve(others.assign(flat_deg=others["flat_deg"].clip(upper=STEEPEST_DEG)))


def distance(lift: Lift, flat_deg: float, lifted_deg: float) -> float:
    """Degrees between an answer and the raters' interval; NaN without an answer."""
    at = lift.flat_deg if lift.censored else lift.at_deg
    if not np.isfinite(at):
        return float("nan")
    above = 0.0 if lift.censored else max(at - flat_deg, 0.0)  # censored: it lies anywhere below
    return float(above - (max(lifted_deg - at, 0.0) if np.isfinite(lifted_deg) else 0.0))


def error_figures(errors: pd.DataFrame, column: str) -> Figure:
    """Median size of the error with an interval over people."""
    known = errors.dropna(subset=column)
    if known.empty:
        return {"value": None, "low": None, "high": None, "n_moments": 0, "n_people": 0}
    return over_people(known["person_id"], median_size_of(known[column].to_numpy(float)))


def calibration_figures(phases: pd.DataFrame, fitted: pd.DataFrame) -> Figure:
    """How many phases are told right without and with the person's own first flat and arched one.

    `phases` are moments with a given state: `clip_id`, `person_id`, `phase_id`, `time_s`, `lifted`.
    The model is fitted to the moments `fitted` of everybody else. Counted are the further phases,
    called by their median height at even odds.
    """
    n = plain = own_scale = 0
    people: set[str] = set()
    for _, clip in phases.assign(height=edge_height(phases)).groupby("clip_id"):
        each = clip.groupby("phase_id").agg(
            height=("height", "median"), lifted=("lifted", "first"), time_s=("time_s", "min")
        )
        each = each.sort_values("time_s")
        if each["lifted"].nunique() < 2:
            continue
        flat, arch = (each[each["lifted"] == state].iloc[0] for state in (False, True))
        rest = each.drop([flat.name, arch.name])
        person = str(clip["person_id"].iloc[0])
        model = edge_model(fitted[fitted["person_id"] != person])
        height, up = rest["height"].to_numpy(float), rest["lifted"].to_numpy(bool)
        in_own = scaled(model, height, float(flat["height"]), float(arch["height"]))
        n += len(rest)
        plain += int(((model.probability(height) >= 0.5) == up).sum())
        own_scale += int(((model.probability(in_own) >= 0.5) == up).sum())
        people.add(person)
    return {"n_phases": n, "n_people": len(people), "right": plain, "right_calibrated": own_scale}
