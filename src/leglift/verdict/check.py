"""Camera help: is this clip upright, can it be judged, and what to change before the next one."""

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
from leglift.motion.signals import Floats
from leglift.params import Params

_MOST = 0.5
_JITTER_WINDOW_S = 0.5
_NOTE_LIES_DEG = 6.0  # level cameras in the study: half of them below 2, nine in ten below this
_WORDS = {"ear": "head", "wrist": "hands", "elbow": "arms", "ankle": "feet", "knee": "knees"}

_PARTS = ("ear", "shoulder", "hip", "ankle")
TURN_COLUMNS = [
    *(f"{side}_{part}_{axis}_px" for side in ("left", "right") for part in _PARTS for axis in "xy"),
    "nose_x_px",
    "nose_y_px",
]
_FACE_WEIGHT = 3.0  # a nose is a fifth of a trunk before the ears, a leg reaches far
_CLEAR_NORM = 0.3
_CLEAR_FRAC = 0.7
_NEAR_DEG = 40.0


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


def turn_words(deg: int) -> str:
    """Say what to do about a picture that had to be turned by so many degrees clockwise."""
    if deg == 180:
        facing = "the front of the body faces down; lie on the back, or, if you do, the picture is"
        return f"{facing} upside down: add --rotate 180"
    facing = "the trunk is upright in the picture; lie down on the back, or, if you do lie, turn"
    return f"{facing} the picture: add --rotate {deg}"


def turn_deg(frames: pd.DataFrame) -> int:
    """By how much to turn a clip's picture clockwise, for the person to lie on the back in it.

    0, 90, 180 or 270; 0 also where nothing can be said. `frames` have the landmarks of
    `TURN_COLUMNS`. The front is the side of the trunk on which the nose is, and to which the legs
    go.
    """
    ear, shoulder, hip, ankle = (_middle(frames, part) for part in _PARTS)
    nose = frames[["nose_x_px", "nose_y_px"]].to_numpy(float)
    trunk = hip - shoulder
    length = np.linalg.norm(trunk, axis=1, keepdims=True)
    across = np.column_stack([trunk[:, 1], -trunk[:, 0]]) / np.maximum(length, 1.0)
    lead = _FACE_WEIGHT * ((nose - ear) * across).sum(axis=1) + ((ankle - hip) * across).sum(axis=1)
    lead = lead / np.maximum(length[:, 0], 1.0)
    known = np.isfinite(lead)
    if not known.any() or abs(np.median(lead[known])) < _CLEAR_NORM:
        return 0
    front = (across * np.sign(np.median(lead[known])))[known].mean(axis=0)
    if not np.hypot(*front) > _CLEAR_FRAC:
        return 0
    to_top_deg = -np.degrees(np.arctan2(front[0], -front[1]))  # clockwise; y points down
    quarters = round(to_top_deg / 90)
    return 90 * (quarters % 4) if abs(to_top_deg - 90 * quarters) <= _NEAR_DEG else 0


def _middle(frames: pd.DataFrame, part: str) -> Floats:
    left, right = (
        frames[[f"{side}_{part}_{axis}_px" for axis in "xy"]].to_numpy(float)
        for side in ("left", "right")
    )
    return np.asarray((left + right) / 2)
