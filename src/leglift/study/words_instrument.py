"""Sentences about the instrument test, made from `reports/instrument.json`."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pandas as pd

from leglift.study.tilt_test import ARCHED_DEG, GOALS, LARGE_TRUNK_PX, MIN_SWING_DEG
from leglift.study.training import said

Found = Mapping[str, Any]

GOAL_SCOPE = "side, fitted"
ALIKE = 0.04
POOR_AUC = 0.8
"""Conditions under which reps are told apart less well than this are named."""


def bodies(found: Found) -> str:
    """Say on whom this stands."""
    train, test = found["n"]["train"], found["n"]["test"]
    return (
        f"Learnt from {train['n_reps_used']} reps of {train['n_bodies_used']} bodies, measured on "
        f"{test['n_reps_used']} reps of {test['n_bodies_used']} other bodies "
        f"({test['n_true_reps']} reps of {test['n_bodies']} were rendered)."
    )


def goal_table(found: Found) -> pd.DataFrame:
    """Set what was asked for beside what was reached, in every scope."""
    rows = {}
    for scope, one in found["scopes"].items():
        reps, moments = one["reps"], one["moments"]
        rows[scope] = {
            "reps": reps["n_reps"],
            f"tilt change, MAE of moments (asked {GOALS['rise_mae_deg']:g} deg)": moments[
                "mae_deg"
            ],
            "same, always one number": moments["guess_mae_deg"],
            "MAE of a rep's rise": reps["rise_mae_deg"],
            "same, rises of 8 deg or more": reps["changed_mae_deg"],
            f"point of control, MAE (asked {GOALS['control_mae_deg']:g} deg)": reps[
                "control_mae_deg"
            ],
            "same, always one angle": reps["control_guess_mae_deg"],
            f"AUC of reps (asked {GOALS['auc']:g})": said(reps["auc"]),
            "found at 5 % false alarms": said(reps["found_at_5pct"]),
            "AUC, gap rule": said(found["gap_rule"][scope]),
        }
    return pd.DataFrame(rows)


def goals(found: Found) -> str:
    """Say which of the targets are reached and which are not, and by how much."""
    one = found["scopes"][GOAL_SCOPE]
    reps, moments = one["reps"], one["moments"]
    rise = _reached(reps["rise_mae_deg"], GOALS["rise_mae_deg"])
    return (
        f"Side view within 15 deg and fitted clothing ({reps['n_reps']} reps): the tilt change of "
        f"a moment is off by {moments['mae_deg']:.1f} deg on average, that of a rep by "
        f"{reps['rise_mae_deg']:.1f} deg ({rise}). But most reps hardly rise: always the same "
        f"number is off by {reps['rise_guess_mae_deg']:.1f} deg, and rises of 8 deg or more are "
        f"read wrong by {reps['changed_mae_deg']:.1f} deg. The AUC is {said(reps['auc'])} "
        f"({_reached(-reps['auc']['value'], -GOALS['auc'])}), the point of control is off by "
        f"{reps['control_mae_deg']:.1f} deg "
        f"({_reached(reps['control_mae_deg'], GOALS['control_mae_deg'])})."
    )


def _reached(value: float, goal: float) -> str:
    return (
        f"asked for: {abs(goal):g}, reached"
        if value <= goal
        else f"asked for: {abs(goal):g}, missed by {value - goal:.2g}"
    )


def why(found: Found) -> str:
    """Say what holds the estimate back: what hides the waist, resolution, or too few bodies."""
    reps = {name: one["reps"] for name, one in found["scopes"].items()}
    curve = pd.DataFrame(found["curve"]).groupby("n_bodies")["rep_auc"].mean()
    steps = ", ".join(f"{auc:.2f} from {size}" for size, auc in curve.items())
    gap = found["gap"]["rising"]
    hidden, free = (said(reps[f"side, fitted, waist {w}"]["auc"]) for w in ("hidden", "free"))
    large = said(reps["side, fitted, waist free, large"]["auc"])
    gaps = {w: said(found["gap_rule"][f"side, fitted, waist {w}"]) for w in ("hidden", "free")}
    worse = reps["side, fitted, waist hidden"]["auc"]["value"] < (
        reps["side, fitted, waist free"]["auc"]["value"] - ALIKE
    )
    return (
        f"A hidden waist {'costs' if worse else 'is not what costs'}: the AUC is {hidden} with the "
        f"waist hidden by the arms and {free} with it free (the gap rule, which looks at the waist "
        f"alone: {gaps['hidden']} and {gaps['free']}). With a trunk of {LARGE_TRUNK_PX:g} px "
        f"or more besides it is {large} (few reps). The gap of a rising rep measures "
        f"{gap['gap_mm']:.0f} mm, {gap['gap_px']:.1f} px of the picture and "
        f"{gap['gap_mask_px']:.1f} px of the mask. What counts is the number of bodies to learn "
        f"from: mean AUC {steps} bodies{_rising(curve)}."
    )


def _rising(curve: pd.Series) -> str:
    gained = float(curve.iloc[-1] - curve.iloc[-2])
    return ", still rising" if gained > 0.01 else ", hardly rising any more"


def pixels(found: Found) -> str:
    """Say what the refined edge, the brightness steps and the tracked turns add to the mask."""
    table = pd.DataFrame(found["sources"]).query("target == 'change' and seen == 'changes'")
    by = table.set_index(["scope", "source"])
    named = "; ".join(
        f"{scope}: silhouette alone {said(by.loc[(scope, 'silhouette'), 'rep_auc'])}, all sources "
        f"{said(by.loc[(scope, 'all'), 'rep_auc'])}, error of a moment "
        f"{by.loc[(scope, 'silhouette'), 'mae_deg']:.2f} and "
        f"{by.loc[(scope, 'all'), 'mae_deg']:.2f} deg"
        for scope in dict.fromkeys(table["scope"])
    )
    return (
        f"What the refined edge, the brightness steps, the tracked turns and the landmarks add to "
        f"the mask's outline (AUC of rising reps; bodies the same, so intervals overlap): {named}."
    )


def level_or_change(found: Found) -> str:
    """Say what a regressor gains from learning the change instead of the tilt itself."""
    table = pd.DataFrame(found["sources"]).query("source == 'all' and scope == 'all'")
    by = table.set_index(["target", "seen"])
    return (
        f"From the same changes, a regressor that learns the change of the tilt tells rising "
        f"reps with an AUC of {said(by.loc[('change', 'changes'), 'rep_auc'])}, one that learns "
        f"the tilt against flat (as `study.model.fit_tilt` does) with "
        f"{said(by.loc[('tilt', 'changes'), 'rep_auc'])}. Backs that are arched all the time do "
        f"not rise, and the first does not see them "
        f"({said(by.loc[('change', 'changes'), 'rep_auc_throughout'])}); levels show them on "
        f"simulated bodies ({said(by.loc[('tilt', 'levels'), 'rep_auc_throughout'])}), but what "
        f"is learnt from levels does not carry over to people (docs/decisions/0007)."
    )


def smallest(found: Found) -> str:
    """Say from which rise on half, and four in five, of the reps are called."""
    table = pd.DataFrame(found["detection"])
    said_of = [
        f"waist {waist}: half from {_from(part, 0.5)}, four in five from {_from(part, 0.8)}"
        for waist, part in table.groupby("waist", sort=False)
    ]
    return f"At 5 % false alarms ({'; '.join(said_of)})."


def _from(part: pd.DataFrame, share: float) -> str:
    """First bin from which on every bin is called at least so often."""
    enough = (part["called_frac"] >= share)[::-1].cummin()[::-1]
    return f"{part.loc[enough, 'from_deg'].min():g} deg" if enough.any() else "none of those seen"


def unclear(found: Found) -> str:
    """Name the conditions under which the tool should say that it cannot tell."""
    table = pd.DataFrame(found["conditions"])
    auc = table["auc"].map(lambda one: one["value"])
    poor = table[auc < POOR_AUC]
    named = "; ".join(
        f"{r.condition} {r.level.replace('_', ' ')} ({said(r.auc)}, {r.n_changed} rising reps)"
        for r in poor.itertuples()
    )
    return (
        f"Below an AUC of {POOR_AUC:g}: {named or 'none'}. There the answer has to be can't tell; "
        "with so few reps the intervals are wide."
    )


def legs(found: Found) -> str:
    """Say how well legs, tempo and counts are read, and what the legs alone tell of the back."""
    errors = pd.DataFrame(found["errors"]).query("condition == 'all'").set_index("quantity")["mae"]
    counts = found["counts"][0]
    alone = pd.DataFrame(found["legs_only"])
    true, read = (
        ", ".join(
            f"{r.model} {r.auc:.2f} ({r.auc_low:.2f} to {r.auc_high:.2f})"
            for r in alone[alone["legs"] == legs].itertuples()
        )
        for legs in ("true", "as read")
    )
    return (
        f"Lowest and top leg angle are off by {errors['lowest_error_deg']:.1f} and "
        f"{errors['top_error_deg']:.1f} deg, lift and lowering by {errors['lift_error_s']:.2f} and "
        f"{errors['lowering_error_s']:.2f} s; {100 * counts['found_frac']:.0f} % of the reps are "
        f"found and {100 * counts['exact_frac']:.0f} % of the clips counted exactly. The true legs "
        f"alone say of the arch: {true}; the legs as read: {read}. One half is knowing nothing."
    )


def control(found: Found) -> str:
    """Say where the error of the point of control comes from."""
    reps = found["scopes"]["all"]["reps"]
    return (
        f"Over all {reps['n_lifting']} reps: with the true tilt and truth's own limit of 3 deg the "
        f"leg angle is off by {reps['control_passed_mae_deg']:.1f} deg; the tool's rule (half-way "
        f"up, which comes later) makes that {reps['control_true_tilt_mae_deg']:.1f} deg, and the "
        f"estimate {reps['control_mae_deg']:.1f} deg (on average {reps['control_bias_deg']:+.1f}). "
        f"Always the same angle is off by {reps['control_guess_mae_deg']:.1f} deg."
    )


def missed(found: Found) -> str:
    """Say why clips hold no rep for the tool."""
    one = found["missed"]
    why_none = pd.Series([clip["why_none"] for clip in one["clips"]]).value_counts()
    named = ", ".join(f"{reason} ({count})" for reason, count in why_none.items())
    return (
        f"In {len(one['clips'])} of {one['n_clips']} clips no rep is found: {named}. "
        f"{one['n_false']} of {one['n_found']} found reps overlap no true rep by half."
    )


def real(found: Found) -> str:
    """Say what the two real clips show, without judging it."""
    tilts, coach = found["real"].values()
    arched, flat = coach["stages"]
    span = {name: one["high_deg"] - one["low_deg"] for name, one in tilts["summary"].items()}
    right = arched["change_deg"] > flat["change_deg"]
    return (
        f"On the clip of slow pelvic tilts the estimate moves by {span['change']:.1f} deg (learnt "
        f"from changes) and {span['tilt']:.1f} deg (learnt from tilt) between its 5th and 95th "
        f"percentile, with {tilts['summary']['change']['n_peaks']} and "
        f"{tilts['summary']['tilt']['n_peaks']} swings of {MIN_SWING_DEG:g} deg or more between "
        f"its ends; with the gap under the mask, one of its inputs, it goes at r = "
        f"{tilts['gap_r']['change']:.2f} and {tilts['gap_r']['tilt']:.2f}. "
        f"{_size(span['change'])} On the coach's clip the medians are "
        f"{arched['change_deg']:+.1f} deg while arching and {flat['change_deg']:+.1f} deg while "
        f"flat (learnt from tilt: {arched['tilt_deg']:+.1f} and {flat['tilt_deg']:+.1f}), "
        f"{'the right' if right else 'the wrong'} way round; but the arms move in between and "
        f"drawings lie over the waist."
    )


def _size(span_deg: float) -> str:
    """Admit it where a tilt that a viewer sees plainly is below what counts as an arch."""
    if span_deg < ARCHED_DEG:
        return f"That is too small: a viewer sees plain tilts, and {ARCHED_DEG:g} deg is an arch."
    return f"That is as much as an arch ({ARCHED_DEG:g} deg)."
