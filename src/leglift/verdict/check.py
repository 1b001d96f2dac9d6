"""Camera help: can this clip be judged, and what should be changed before the next one."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pandas as pd

from leglift.instrument.back import MIN_SEEN_FRAC
from leglift.instrument.gate import NOT_VISIBLE, REASONS, SEEN_AT, why_hidden
from leglift.motion.back import cannot_tell
from leglift.motion.geometry import ShotView
from leglift.motion.plausible import HALF_SEEN, ends_unseen, with_doubt
from leglift.motion.reps import CUT_OFF
from leglift.motion.segment import Motion
from leglift.params import Params

_MOST = 0.5
_JITTER_WINDOW_S = 0.5
_NOTE_LIES_DEG = 6.0  # level cameras in the study: half of them below 2, nine in ten below this
_WORDS = {"ear": "head", "wrist": "hands", "elbow": "arms", "ankle": "feet", "knee": "knees"}


def main_shot(motion: Motion) -> int:
    """Return the number of the shot with most reps, without any that of the longest shot."""
    shots = motion.reps["shot_idx"] if len(motion.reps) else motion.signals["shot_idx"]
    return int(shots.mode().iloc[0])


def obstacles(
    motion: Motion, features: pd.DataFrame, params: Params, edge: pd.DataFrame | None
) -> list[str]:
    """Why the back cannot be judged in most reps, each reason with what to change; none if it can.

    Without any rep the main shot is taken for one. `edge` holds the moments with `rep` and
    `back_visible`, None of the gap rule, which has no gate.
    """
    if features.empty and (lies := motion.views[main_shot(motion)].lies_otherwise(params.reps)):
        return [f"{lies}; lie on the back"]
    known = with_doubt(features, params.plausible)
    seen = known if len(features) else _whole_shot(motion)
    gated = edge is not None
    reasons = seen.apply(cannot_tell, axis=1, params=params, own_gate=gated).astype(str)
    if edge is not None:
        unseen = [unseen_reason(part, params) for part in _moments(edge, motion, features)]
        reasons = reasons.where(reasons != "", pd.Series(unseen, reasons.index, dtype=str))
    if (reasons == "").mean() >= _MOST:
        return []
    return list(reasons[reasons != ""].value_counts().index)


def _moments(edge: pd.DataFrame, motion: Motion, features: pd.DataFrame) -> Iterator[pd.DataFrame]:
    """Moments of each rep; without any rep those of the main shot."""
    if features.empty:
        yield edge[edge["shot_idx"] == main_shot(motion)]
    for rep in features.get("rep", []):
        yield edge[edge["rep"] == rep]


def unseen_reason(moments: pd.DataFrame, params: Params) -> str:
    """Why the back is not seen in these moments, with what to change; empty if it is."""
    if len(moments) and moments["back_visible"].ge(SEEN_AT).mean() >= MIN_SEEN_FRAC:
        return ""
    return why_hidden(moments, params.gate)


def _whole_shot(motion: Motion) -> pd.DataFrame:
    """Take the main shot for one rep: what the gate wants to know of it."""
    view, rows = motion.views[main_shot(motion)], _rows(motion)
    known = float(rows["gap_norm"].notna().mean())
    return pd.DataFrame(
        {
            "posture": ["hanging" if view.hanging else "lying"],
            "off_axis_deg": view.off_axis_deg,
            "trunk_px": view.trunk_px,
            "outline_frac": known,
            "gap_rise_norm": 0.0 if known else np.nan,
            "arm_cover_frac": rows["arm_cover_frac"].mean(),
        }
    )


def advice(motion: Motion, params: Params) -> list[str]:
    """Say what could be better in the main shot although the clip can be judged."""
    view, rows, limits = motion.views[main_shot(motion)], _rows(motion), params.check
    turned = [view.turned for view in motion.views.values()]
    checks = {
        f"the camera stands about {view.off_axis_deg:.0f} deg off side-on; move it towards the "
        f"{'head' if view.towards == 'feet' else 'feet'} until it looks square across": (
            limits.note_off_axis_deg < view.off_axis_deg <= params.view.max_off_axis_deg
            and not view.hanging
        ),
        f"the camera is rolled by about {abs(view.floor_deg):.0f} deg, and angles are read off the "
        "resting body; hold it level": view.floor_deg != 0 and not view.hanging,
        f"the body lies at about {abs(view.lies_deg):.0f} deg in the picture, and the legs' angles "
        "may be off by as much; hold the camera level, and lie flat": (
            view.floor_deg == 0
            and not view.hanging
            and abs(view.lies_deg) >= _NOTE_LIES_DEG
            and view.off_axis_deg <= limits.note_off_axis_deg
        ),
        REASONS["height"]: view.raised_deg > limits.note_camera_deg and not view.hanging,
        f"{_outside(view)} out of the picture; keep the whole body in the frame": view.outside,
        f"nobody is found in {view.lost_frac:.0%} of the frames; film in even light, before a "
        "plain background": view.lost_frac > limits.max_lost_frac,
        f"the trunk is only {view.trunk_px:.0f} pixels long; come closer or film larger": (
            params.view.min_trunk_px <= view.trunk_px < limits.note_trunk_px
        ),
        "the outline of the lower back flickers; wear a tight shirt that stands out from floor "
        "and wall": _gap_jitter(rows) > limits.max_gap_jitter_norm,
        "the clip is cut; film the set in one take": turned.count(False) > 1,
        "the body turns round within the clip; each part is judged by itself": any(turned),
        "the clip ends within a lift, which is left out; film until the legs are down": bool(
            (motion.movements["reason"] == CUT_OFF).any()
        ),
        f"a rep is {HALF_SEEN}": any(
            ends_unseen(rep, params.plausible) for rep in motion.reps.to_dict("records")
        ),
    }
    return [said for said, wrong in checks.items() if wrong]


def with_advice(hinders: list[str], motion: Motion, params: Params) -> list[str]:
    """Add what could be better, but for what hinders and is said already."""
    said = {why.removeprefix(NOT_VISIBLE) for why in hinders}
    return [*hinders, *(note for note in advice(motion, params) if note not in said)]


def _rows(motion: Motion) -> pd.DataFrame:
    """Signals of the main shot within its reps, or all of it without any."""
    shot, seen = main_shot(motion), motion.signals[["time_s", "gap_norm", "arm_cover_frac"]]
    signals = seen[motion.signals["shot_idx"] == shot]
    reps = motion.reps[motion.reps["shot_idx"] == shot]
    inside = np.full(len(signals), reps.empty)
    for rep in reps.itertuples():
        inside |= signals["time_s"].between(rep.start_s, rep.end_s).to_numpy()
    return signals[inside]


def _outside(view: ShotView) -> str:
    words = list(dict.fromkeys(_WORDS.get(part, "trunk") for part in view.outside))
    verb = "is" if words in (["head"], ["trunk"]) else "are"
    return f"the {' and '.join(words)} {verb}"


def _gap_jitter(rows: pd.DataFrame) -> float:
    """How much the lumbar gap flickers about its own course, RMS in trunk lengths."""
    gap = rows["gap_norm"]
    step_s = rows["time_s"].diff().median()
    window = max(int(_JITTER_WINDOW_S / step_s), 3) if step_s > 0 else 3
    return float((gap - gap.rolling(window, center=True).median()).std())


def share_seen(edge: pd.DataFrame, motion: Motion, features: pd.DataFrame) -> float | None:
    """Share of moments that show the back, within the reps or, without any, the main shot."""
    rows = pd.concat(list(_moments(edge, motion, features)))
    return round(float(rows["back_visible"].ge(SEEN_AT).mean()), 2) if len(rows) else None
