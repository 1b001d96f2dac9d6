"""Camera help: can this clip be judged, and what should be changed before the next one."""

from __future__ import annotations

import json
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from leglift.console import quiet_libraries
from leglift.errors import LegliftError, NoLegLiftError
from leglift.motion.back import cannot_tell
from leglift.motion.features import rep_features
from leglift.motion.geometry import ShotView
from leglift.motion.reps import CUT_OFF
from leglift.motion.segment import Motion, segment_lifter
from leglift.motion.trained import TrainedBack
from leglift.params import Params, load_params
from leglift.vision.extract import extract_clip
from leglift.vision.pose import PoseBundle, find_bundle

Document = dict[str, Any]

_MOST = 0.5
_JITTER_WINDOW_S = 0.5
_WORDS = {"ear": "head", "wrist": "hands", "elbow": "arms", "ankle": "feet", "knee": "knees"}


def main_shot(motion: Motion) -> int:
    """Return the number of the shot with most reps, without any that of the longest shot."""
    shots = motion.reps["shot_idx"] if len(motion.reps) else motion.signals["shot_idx"]
    return int(shots.mode().iloc[0])


def obstacles(
    motion: Motion, features: pd.DataFrame, params: Params, needs_bare_waist: bool
) -> list[str]:
    """Why the back cannot be judged in most reps, each reason with what to change; none if it can.

    Without any rep the main shot is taken for one. `needs_bare_waist` is the model's.
    """
    seen = features if len(features) else _whole_shot(motion)
    reasons = seen.apply(cannot_tell, axis=1, params=params, needs_bare_waist=needs_bare_waist)
    if (reasons == "").mean() >= _MOST:
        return []
    return list(reasons[reasons != ""].value_counts().index)


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


def advice(motion: Motion, params: Params, needs_bare_waist: bool) -> list[str]:
    """Say what could be better in the main shot although the clip can be judged."""
    view, rows, limits = motion.views[main_shot(motion)], _rows(motion), params.check
    checks = {
        f"the camera stands about {view.off_axis_deg:.0f} deg off side-on; move it towards the "
        f"{'head' if view.towards == 'feet' else 'feet'} until it looks square across": (
            limits.note_off_axis_deg < view.off_axis_deg <= params.view.max_off_axis_deg
            and not view.hanging
        ),
        "the camera looks down on the body; put it at hip height": (
            _camera_deg(view, params) > limits.note_camera_deg and not view.hanging
        ),
        f"{_outside(view)} out of the picture; keep the whole body in the frame": bool(
            view.outside
        ),
        f"nobody is found in {view.lost_frac:.0%} of the frames; film in even light, before a "
        "plain background": view.lost_frac > limits.max_lost_frac,
        f"the trunk is only {view.trunk_px:.0f} pixels long; come closer or film larger": (
            params.view.min_trunk_px <= view.trunk_px < limits.note_trunk_px
        ),
        "an arm lies along the waist and hides part of the lower back; move it away": (
            not (needs_bare_waist or view.hanging)
            and rows["arm_cover_frac"].mean() > params.view.max_arm_cover_frac
        ),
        "the outline of the lower back flickers; wear a tight shirt that stands out from floor "
        "and wall": _gap_jitter(rows) > limits.max_gap_jitter_norm,
        "the clip is cut; film the set in one take": len(motion.views) > 1,
        "the clip ends within a lift, which is left out; film until the legs are down": bool(
            (motion.movements["reason"] == CUT_OFF).any()
        ),
    }
    return [said for said, wrong in checks.items() if wrong]


def view_notes(
    motion: Motion, features: pd.DataFrame, params: Params, needs_bare_waist: bool
) -> list[str]:
    """All of the camera help: what hinders first, then what could be better."""
    return [
        *obstacles(motion, features, params, needs_bare_waist),
        *advice(motion, params, needs_bare_waist),
    ]


def _rows(motion: Motion) -> pd.DataFrame:
    """Signals of the main shot within its reps, or all of it without any."""
    shot, seen = main_shot(motion), motion.signals[["time_s", "gap_norm", "arm_cover_frac"]]
    signals = seen[motion.signals["shot_idx"] == shot]
    reps = motion.reps[motion.reps["shot_idx"] == shot]
    inside = np.full(len(signals), reps.empty)
    for rep in reps.itertuples():
        inside |= signals["time_s"].between(rep.start_s, rep.end_s).to_numpy()
    return signals[inside]


def _camera_deg(view: ShotView, params: Params) -> float:
    """How steeply the camera looks across: the far side seems to lie higher than the near one."""
    raised = np.clip(view.stacked_norm / params.view.breadth_to_trunk, 0.0, 1.0)
    return float(np.degrees(np.arcsin(raised)))


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


def check_text(clip: Document) -> str:
    """Say in one line whether the clip can be judged, and what to change."""
    lifts = "" if clip["n_reps"] else " (no leg lift in it)"
    said = "can be judged" if clip["usable"] else "the back cannot be judged"
    notes = "".join(f" {note[0].upper()}{note[1:]}." for note in clip["notes"])
    return f"{clip['path']}: {said}{lifts}.{notes}"


def check_video(video: Path, bundle: PoseBundle, params: Params) -> Document:
    """Look at one video: `path`, `usable`, `n_reps` and `notes`, as `leglift check --json` prints.

    Raises
    ------
    VideoError
        The video is missing or cannot be read.
    NoLegLiftError
        It shows no person. A person who lifts no leg is checked all the same.
    """
    with tempfile.TemporaryDirectory(prefix="leglift-") as folder:
        table = Path(folder) / "clip.parquet"
        broken_s = extract_clip(video, table, bundle, params.vision).damaged_at_s
        motion = segment_lifter(table, params)
    if motion is None or motion.signals.empty:
        raise NoLegLiftError(
            f"{video}: no person found; film the whole body from the side, in good light"
        )
    features = rep_features(motion, params)
    waist = TrainedBack.needs_bare_waist  # as the shipped model would judge it
    hinders = obstacles(motion, features, params, waist)
    return {
        "path": str(video),
        "usable": not hinders,
        "n_reps": len(features),
        "notes": [*hinders, *_damage(broken_s), *advice(motion, params, waist)],
    }


def _damage(broken_s: float | None) -> list[str]:
    if broken_s is None:
        return []
    return [f"the file is damaged after {broken_s:.1f} s and read up to there; copy it again"]


def check_all(videos: Sequence[Path], *, pose: str, as_json: bool, verbose: bool) -> int:
    """Print a line a video; returns the exit code of the first failure, or 0."""
    params, bundle, code = load_params(), find_bundle(pose), 0
    with quiet_libraries(verbose) as console:
        for video in videos:
            try:
                said = check_video(video, bundle, params)
            except LegliftError as error:
                console.print(f"leglift: {error}", markup=False, soft_wrap=True)
                code = code or error.exit_code
                continue
            sys.stdout.write((json.dumps(said) if as_json else check_text(said)) + "\n")
            sys.stdout.flush()
    return code
