"""How well pelvic tilt is read off bodies that no regressor has seen.

Two questions are kept apart. *Change*: how far does the pelvis tilt since the legs were high in the
same rep? That can be seen on any body. *Tilt*: how far is it from flat? A back that is arched all
the time does not change, and only levels, which differ from body to body, speak of it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
import numpy.typing as npt
import pandas as pd
from sklearn.metrics import roc_auc_score
from threadpoolctl import threadpool_limits

from leglift.motion.moments import CHANGE_COLUMNS, GROUPS, MOMENT_COLUMNS, TURNS, legs_high
from leglift.motion.rep_back import KEYS, held, lift_angle
from leglift.study.evidence import auc, sensitivity_at_few_alarms, with_interval
from leglift.study.instrument import FREE_ARMS, levels
from leglift.study.model import tilt_regressor

Floats = npt.NDArray[np.float64]
Target = Literal["change", "tilt"]

TARGETS: dict[Target, str] = {"change": "true_change_deg", "tilt": "true_pelvic_tilt_deg"}
ARCHED_DEG = 8.0
FLAT_DEG = 3.0
MAX_AZIMUTH_DEG = 15.0
LARGE_TRUNK_PX = 130.0
CURVE_SIZES = (10, 30, 100)
CURVE_DRAWS = 3
SEED = 20
RISE_EDGES_DEG = (0.0, 4.0, 8.0, 12.0, 16.0, 20.0, 40.0)
MAX_FALSE_ALARMS = 0.05
MIN_SWING_DEG = 1.0
MASK_PX, MASK_TRUNKS = 256, 4
GOALS = {"rise_mae_deg": 3.0, "control_mae_deg": 6.0, "auc": 0.97}
"""What was asked for, side view within 15 deg and fitted clothing."""


@dataclass(frozen=True)
class Source:
    """What a regressor may see of a moment, and what it is asked for."""

    name: str
    seen: str
    target: Target
    columns: list[str]


def sources() -> list[Source]:
    """List the compared regressors; the first is what notebook and figures follow."""
    changes = {
        **{name: [f"{column}_change" for column in columns] for name, columns in GROUPS.items()},
        "turns": TURNS,
    }
    now = [name for name in MOMENT_COLUMNS if name not in CHANGE_COLUMNS]
    return [
        Source("all", "changes", "change", CHANGE_COLUMNS),
        Source("all", "levels and changes", "change", MOMENT_COLUMNS),
        *(Source(name, "changes", "change", columns) for name, columns in changes.items()),
        Source("leg angle", "levels", "change", ["leg_angle_deg"]),
        Source("all", "changes", "tilt", CHANGE_COLUMNS),
        Source("all", "levels", "tilt", now),
        Source("all", "levels and changes", "tilt", MOMENT_COLUMNS),
        *(Source(name, "levels", "tilt", columns) for name, columns in GROUPS.items()),
    ]


def with_truth(moments: pd.DataFrame, reps: pd.DataFrame, truth: pd.DataFrame) -> pd.DataFrame:
    """Keep moments of true reps and add what was true and how the clip was filmed.

    `truth` has the bins of `instrument.with_conditions`. Added are the true rep's columns,
    `legs_high` and `true_change_deg`, the tilt less its mean while the legs were high in that rep.
    """
    about = reps.dropna(subset=["true_rep"])[[*KEYS, "true_rep", "person_id"]]
    filmed = truth.drop(columns=["person_id"]).astype({"true_rep": float})
    joined = moments.drop(columns=["leg"]).merge(about, on=KEYS)
    table = joined.merge(filmed, on=["clip_id", "true_rep"], validate="many_to_one")
    high = np.zeros(len(table), bool)
    angle = table["leg_angle_deg"].to_numpy(float)
    for rows in table.groupby(KEYS, sort=False).indices.values():
        high[rows] = legs_high(angle[rows])
    table = table.assign(legs_high=high)
    return table.assign(true_change_deg=since_high(table, table["true_pelvic_tilt_deg"]))


def since_high(table: pd.DataFrame, values: pd.Series) -> pd.Series:
    """Values of moments less their mean while the legs were high in the same rep."""
    top = values.where(table["legs_high"]).groupby([table[key] for key in KEYS])
    return values - top.transform("mean")


def estimate(source: Source, train: pd.DataFrame, test: pd.DataFrame) -> Floats:
    """Fit on the training bodies and estimate (n,) for moments of others."""
    with threadpool_limits(1):
        fitted = tilt_regressor().fit(train[source.columns], train[TARGETS[source.target]])
        return np.asarray(fitted.predict(test[source.columns]), float)


def rep_estimates(moments: pd.DataFrame, estimated: Floats) -> pd.DataFrame:
    """Sum up each rep's moments, true and estimated, indexed by `KEYS`.

    Columns: `rise_deg` and `true_rise_deg` (highest held change since the legs were high),
    `peak_deg` and `true_peak_deg` (highest held value), `control_deg` and `control_true_deg` (leg
    angle at which the back lifts, by the estimate and by the true tilt), `passed_true_deg` (leg
    angle at which the true tilt passes `FLAT_DEG`, as truth defines the onset).
    """
    table = moments.assign(estimate=estimated)
    table["change"] = since_high(table, table["estimate"])
    return table.groupby(KEYS, sort=False).apply(_rep_row, include_groups=False)


def _rep_row(rep: pd.DataFrame) -> pd.Series:
    names = ["change", "true_change_deg", "estimate", "true_pelvic_tilt_deg"]
    rise, true_rise, peak, true_peak = (held(rep[name].to_numpy(float)) for name in names)
    return pd.Series(
        {
            "rise_deg": rise,
            "true_rise_deg": true_rise,
            "peak_deg": peak,
            "true_peak_deg": true_peak,
            "control_deg": lift_angle(rep, rep["estimate"].to_numpy(float)),
            "control_true_deg": lift_angle(rep, rep["true_pelvic_tilt_deg"].to_numpy(float)),
            "passed_true_deg": passed_angle(rep, rep["true_pelvic_tilt_deg"].to_numpy(float)),
        }
    )


def passed_angle(rep: pd.DataFrame, tilt_deg: Floats) -> float:
    """Leg angle at which the tilt passes `FLAT_DEG` for good before its peak; NaN if it does not.

    With the true tilt this leaves only the errors of leg angle and sampling.
    """
    peak = int(np.argmax(tilt_deg))
    below = np.flatnonzero(tilt_deg[: peak + 1] < FLAT_DEG)
    if tilt_deg[peak] < FLAT_DEG or not len(below):
        return float("nan")
    return float(rep["leg_angle_deg"].iloc[below[-1] + 1])


# --- what is good enough, where -------------------------------------------------------------------


def scopes(table: pd.DataFrame) -> dict[str, pd.Series]:
    """Rows of each scope, from all down to what sees most: flags (n,) by name."""
    goal = (table["azimuth_deg"].abs() <= MAX_AZIMUTH_DEG) & (table["clothing"] == "fitted")
    free = table["arms"].isin(FREE_ARMS)
    large = table["true_trunk_px"] >= LARGE_TRUNK_PX
    return {
        "all": pd.Series(True, table.index),
        "side, fitted": goal,
        "side, fitted, waist hidden": goal & ~free,
        "side, fitted, waist free": goal & free,
        "side, fitted, waist free, large": goal & free & large,
    }


def moment_figures(table: pd.DataFrame, estimated: Floats, target: Target) -> dict[str, Any]:
    """Error and AUC over single moments; `guess_mae_deg` is the error of always the same number.

    Moments with the legs high are the zero of every change, and are left out.
    """
    use = (~table["legs_high"] & np.isfinite(estimated)).to_numpy()
    true, found = table.loc[use, TARGETS[target]].to_numpy(), estimated[use]
    clear = (true >= ARCHED_DEG) | (np.abs(true) < FLAT_DEG)
    return {
        "n_moments": int(use.sum()),
        "mae_deg": _mae(found - true),
        "guess_mae_deg": _mae(true - np.median(true)) if len(true) else None,
        "auc": _plain_auc(true[clear] >= ARCHED_DEG, found[clear]),
    }


def _mae(error: Floats) -> float | None:
    return round(float(np.abs(error).mean()), 3) if len(error) else None


def _plain_auc(positive: npt.NDArray[np.bool_], score: Floats) -> float | None:
    if not 0 < positive.sum() < len(positive):
        return None
    return round(float(roc_auc_score(positive, score)), 4)


def changed_or_flat(reps: pd.DataFrame) -> pd.DataFrame:
    """Reps that rise by `ARCHED_DEG` or more against good ones, in the form `evidence` takes."""
    rises = reps["true_rise_deg"] >= ARCHED_DEG
    kept = reps[(rises | (reps["true_label"] == "good")) & reps["rise_deg"].notna()]
    return kept.assign(
        arched=kept["true_rise_deg"] >= ARCHED_DEG, p_arched=kept["rise_deg"], threshold=np.nan
    )


def arched_or_good(reps: pd.DataFrame) -> pd.DataFrame:
    """All reps, arched against good by their true label, scored by the highest estimate."""
    kept = reps[reps["peak_deg"].notna()]
    return kept.assign(
        arched=kept["true_label"] == "arched", p_arched=kept["peak_deg"], threshold=np.nan
    )


def rep_figures(reps: pd.DataFrame, draws: int = 500) -> dict[str, Any]:
    """Errors of the rise and of the point of control, and both AUCs with intervals over bodies."""
    known = reps[reps["rise_deg"].notna() & reps["true_rise_deg"].notna()]
    changed, arched = changed_or_flat(reps), arched_or_good(reps)
    return {
        "n_reps": len(known),
        "n_bodies": int(known["person_id"].nunique()),
        "n_changed": int(changed["arched"].sum()),
        "rise_mae_deg": _mae((known["rise_deg"] - known["true_rise_deg"]).to_numpy()),
        "rise_guess_mae_deg": _mae(
            (known["true_rise_deg"] - known["true_rise_deg"].median()).to_numpy()
        ),
        "changed_mae_deg": _mae(_errors(changed[changed["arched"]])),
        "auc": with_interval(changed, auc, draws),
        "found_at_5pct": with_interval(changed, sensitivity_at_few_alarms, draws),
        "auc_arched": with_interval(arched, auc, draws),
        **control_figures(reps),
    }


def _errors(reps: pd.DataFrame) -> Floats:
    return np.asarray((reps["rise_deg"] - reps["true_rise_deg"]).dropna(), float)


def lifting(reps: pd.DataFrame) -> pd.DataFrame:
    """Reps in which the back truly lifts at one leg angle and the tool names one too."""
    onset = (reps["true_arch"] == "onset") & (reps["true_label"] == "arched")
    return reps[onset & reps["true_onset_deg"].notna() & reps["control_deg"].notna()]


def control_figures(reps: pd.DataFrame) -> dict[str, Any]:
    """Error of the point of control: as read, by the true tilt, and of always the same angle."""
    known = lifting(reps)
    true = known["true_onset_deg"].to_numpy(float)
    return {
        "n_lifting": len(known),
        "control_mae_deg": _mae(known["control_deg"].to_numpy() - true),
        "control_bias_deg": _rounded((known["control_deg"] - true).mean()),
        "control_true_tilt_mae_deg": _mae((known["control_true_deg"] - true).dropna().to_numpy()),
        "control_passed_mae_deg": _mae((known["passed_true_deg"] - true).dropna().to_numpy()),
        "control_guess_mae_deg": _mae(true - np.median(true)) if len(true) else None,
    }


def _rounded(number: float) -> float | None:
    return round(float(number), 3) if np.isfinite(number) else None


def scope_table(
    moments: pd.DataFrame, reps: pd.DataFrame, estimated: Floats, target: Target
) -> dict[str, Any]:
    """Figures of single moments and of reps in every scope."""
    of_moments, of_reps = scopes(moments), scopes(reps)
    return {
        name: {
            "moments": moment_figures(
                moments[of_moments[name]], estimated[of_moments[name].to_numpy()], target
            ),
            "reps": rep_figures(reps[of_reps[name]]),
        }
        for name in of_moments
    }


def condition_table(
    moments: pd.DataFrame, reps: pd.DataFrame, estimated: Floats
) -> list[dict[str, Any]]:
    """Figures under every condition, a row a level: how each degrades."""
    own = moments.assign(estimate=estimated)
    by_level = {(c, level): rows for c, level, rows in levels(own)}
    rows = []
    for condition, level, part in levels(reps):
        seen = by_level[(condition, level)]
        at = moment_figures(seen, seen["estimate"].to_numpy(float), "change")
        of_reps = rep_figures(part, draws=300)
        of_moments = {f"moment_{key}": found for key, found in at.items()}
        rows.append({"condition": condition, "level": level, **of_moments, **of_reps})
    return rows


# --- what is needed to get there ------------------------------------------------------------------


def source_table(
    train: pd.DataFrame, test: pd.DataFrame, scope: str = "side, fitted"
) -> list[dict[str, Any]]:
    """Figures of every regressor of `sources`, over all reps and in one scope, a row each."""
    rows = []
    for source in sources():
        found = estimate(source, train, test)
        reps = joined_reps(test, found)
        for name in ("all", scope):
            at, within = scopes(test)[name], scopes(reps)[name]
            rows.append(
                {"source": source.name, "seen": source.seen, "target": source.target,
                 "scope": name, **moment_figures(test[at], found[at.to_numpy()], source.target),
                 "rep_auc": with_interval(changed_or_flat(reps[within]), auc, 300),
                 "rep_auc_arched": with_interval(arched_or_good(reps[within]), auc, 300),
                 "rep_auc_throughout": with_interval(
                     arched_or_good(throughout(reps[within])), auc, 300)}
            )  # fmt: skip
    return rows


def throughout(reps: pd.DataFrame) -> pd.DataFrame:
    """Reps that are arched all the time, and good ones."""
    return reps[(reps["true_arch"] == "throughout") | (reps["true_label"] == "good")]


def joined_reps(moments: pd.DataFrame, estimated: Floats) -> pd.DataFrame:
    """`rep_estimates` with the true rep's columns and how the clip was filmed."""
    changing = {"time_s", "phase", "leg_angle_deg", "shot_idx", "legs_high", "true_change_deg",
                "true_pelvic_tilt_deg", "true_lumbar_gap_norm", *MOMENT_COLUMNS}  # fmt: skip
    about = moments.drop(columns=changing).drop_duplicates(KEYS)
    return about.merge(rep_estimates(moments, estimated).reset_index(), on=KEYS)


def learning_curve(
    train: pd.DataFrame, test: pd.DataFrame, sizes: Sequence[int] = CURVE_SIZES
) -> list[dict[str, Any]]:
    """Measure what more training bodies bring, a row a size and draw of bodies."""
    names = np.sort(train["person_id"].unique())
    sizes = [*(size for size in sizes if size < len(names)), len(names)]
    rows = []
    for size in sizes:
        for draw in range(1 if size == len(names) else CURVE_DRAWS):
            some = np.random.default_rng([SEED, size, draw]).choice(names, size, replace=False)
            found = estimate(sources()[0], train[train["person_id"].isin(some)], test)
            reps = changed_or_flat(joined_reps(test, found))
            rows.append(
                {"n_bodies": int(size), "draw": draw, **moment_figures(test, found, "change"),
                 "rep_auc": _plain_auc(reps["arched"].to_numpy(bool), reps["p_arched"].to_numpy())}
            )  # fmt: skip
    return rows


def detection_table(reps: pd.DataFrame) -> list[dict[str, Any]]:
    """Share of reps called arched at 5 % false alarms among good ones, by true rise.

    Rows by waist (`all`, `free`, `hidden`) and bin of the true rise; the threshold is the waist's
    own, so that both have the same false alarms. Throughout-arched reps, which do not rise, are
    left out.
    """
    known = reps[reps["rise_deg"].notna() & (reps["true_arch"] != "throughout")]
    free = known["arms"].isin(FREE_ARMS)
    rows = []
    for waist, part in (("all", known), ("free", known[free]), ("hidden", known[~free])):
        good = part.loc[part["true_label"] == "good", "rise_deg"]
        limit = float(good.quantile(1 - MAX_FALSE_ALARMS))
        called = part.assign(called=part["rise_deg"] > limit)
        bins = pd.cut(called["true_rise_deg"], list(RISE_EDGES_DEG), right=False)
        for level, inside in called.groupby(bins, observed=True):
            rows.append(
                {"waist": waist, "limit_deg": round(limit, 3), "from_deg": float(level.left),
                 "to_deg": float(level.right), "n_reps": len(inside),
                 "called_frac": round(float(inside["called"].mean()), 4)}
            )  # fmt: skip
    return rows


def gap_sizes(reps: pd.DataFrame) -> dict[str, dict[str, float | None]]:
    """Median true lumbar gap of rising and of good reps: what there is to be seen.

    In mm, in pixels of the picture, and in pixels of the pose model's mask, which is `MASK_PX` wide
    for a square of about `MASK_TRUNKS` trunk lengths about the whole body.
    """
    sides = {
        "rising": reps[reps["true_rise_deg"] >= ARCHED_DEG],
        "good": reps[reps["true_label"] == "good"],
    }
    in_mask = MASK_PX / MASK_TRUNKS
    return {
        name: {
            "n_reps": len(part),
            "gap_mm": _rounded(part["true_gap_mm"].median()),
            "gap_px": _rounded((part["true_gap_norm"] * part["true_trunk_px"]).median()),
            "gap_mask_px": _rounded((part["true_gap_norm"] * in_mask).median()),
        }
        for name, part in sides.items()
    }
