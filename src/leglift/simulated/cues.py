"""What the cues rest on, held against simulated sets whose movement is known.

A set is drawn again from its seed, so the tables need not hold everything that was asked of it.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd

from leglift.motion.tempo import momentum_frac, swing_deg
from leglift.params import CueParams, MotionParams, Params
from leglift.synth.draw import draw_set
from leglift.synth.motion import Programme, make_motion, rep_starts_s

KEYS = ["clip_id", "true_rep"]
SLIGHTLY_BENT_DEG = 20.0
UNSTEADY = "unsteady"
"""The run whose sets swing and tremble, at a frame rate that shows it; for cues alone."""

_LEG_TO_TRUNK = 1.65  # hip to ankle over shoulder to hip (0.81 m, 0.49 m)


def simulated_reps(folder: Path, parts: tuple[str, ...], params: Params) -> pd.DataFrame:
    """Read the reps that were found in `folder/PART_reps.parquet` with what was asked of each."""
    tables = []
    for part in parts:
        reps = pd.read_parquet(folder / f"{part}_reps.parquet").dropna(subset="true_rep")
        truth = pd.read_parquet(folder / f"{part}_truth.parquet")
        sets = true_sets(truth, params.motion, unsteady=part == UNSTEADY)
        tables.append(reps.merge(sets, "left", KEYS))
    return pd.concat(tables, ignore_index=True)


def true_sets(truth: pd.DataFrame, params: MotionParams, *, unsteady: bool) -> pd.DataFrame:
    """Knee, swing, momentum and tremor that were asked of every true rep.

    A run's fewest and most reps, which it was drawn with, are those that it has. That the same sets
    are drawn is seen from the knees, which the truth holds; `ValueError` if they are not.
    """
    run = truth.assign(**truth["clip_id"].str.extract(r"-(?P<seed>\d+)-(?P<index>\d+)").astype(int))
    rows = []
    for seed, clips in run.groupby("seed"):
        span = int(clips["n_true"].min()), int(clips["n_true"].max())
        for (clip, index), reps in clips.groupby(["clip_id", "index"]):
            drawn = draw_set(int(seed), int(index), span, unsteady=unsteady)
            asked = _asked(drawn, params).iloc[reps["true_rep"].astype(int) - 1]
            if not np.allclose(asked["true_knee_deg"], reps["true_knee_deg"]):
                raise ValueError(f"{clip}: its set is not drawn again; is the run complete?")
            rows.append(asked.assign(clip_id=clip))
    return pd.concat(rows, ignore_index=True)


def _asked(programme: Programme, params: MotionParams) -> pd.DataFrame:
    """Return a row a rep of what a set was asked to do; tremor and swing are those of the set.

    Momentum and swing are the tool's own measures of the true course: what is left is the error of
    reading it. How far a lift swings is worked out where the set was asked to swing.
    """
    at_grid = {"tremor_deg": 0.0, "fps": params.grid_hz}
    motion = make_motion(programme.model_copy(update=at_grid), 0)
    starts = rep_starts_s(programme)
    rows = []
    for k, (rep, start_s) in enumerate(zip(programme.reps, starts, strict=True)):
        since_s = motion.time_s - start_s
        whole = (since_s >= 0) & (since_s <= rep.lift_s + rep.top_s + rep.lowering_s)
        angle = motion.elevation_deg[whole, 1 if rep.legs == "right" else 0]
        top = int(np.argmax(angle))
        swing = swing_deg(since_s[whole], angle, top) if programme.swing_deg else 0.0
        rows.append((k + 1, rep.knee_deg, momentum_frac(angle[: top + 1], 0.0, params), swing))
    names = ["true_rep", "true_knee_deg", "true_momentum_frac", "true_swing_deg"]
    # The tremor is the mean of three sines of this amplitude.
    shake = _LEG_TO_TRUNK * np.radians(programme.tremor_deg) / np.sqrt(6)
    return pd.DataFrame(rows, columns=names).assign(true_shake_norm=shake)


def steady_cues(reps: pd.DataFrame, cues: CueParams) -> dict[str, tuple[pd.Series, pd.Series]]:
    """For each cue whether it is said of each rep, and whether the rep deserves it."""
    return {
        "lowering faster than 3 s": (
            reps["lowering_s"] < cues.min_lowering_s,
            reps["true_lowering_s"] < cues.asked_lowering_s,
        ),
        "not perpendicular at the top": (
            reps["top_leg_angle_deg"] < cues.min_top_deg,
            reps["true_top_deg"] < cues.min_top_deg,
        ),
        "knees bent more than slightly": (
            reps["knee_angle_min_deg"] < cues.min_knee_deg,
            reps["true_knee_deg"] > SLIGHTLY_BENT_DEG,
        ),
    }


def unsteady_cues(reps: pd.DataFrame, cues: CueParams) -> dict[str, tuple[pd.Series, pd.Series]]:
    """`steady_cues` of those that need sets which swing and tremble."""
    return {
        name: (reps[column] > most, reps[f"true_{column}"] > most)
        for name, column, most in (
            ("thrown up", "momentum_frac", cues.max_momentum_frac),
            ("swung about its course", "swing_deg", cues.max_swing_deg),
            ("trembled", "shake_norm", cues.shake_norm),
        )
    }
