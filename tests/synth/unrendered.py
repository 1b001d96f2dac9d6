"""Simulated bodies without their pictures: the truth of a sample, and a pose."""

import numpy as np
import pandas as pd

from leglift.synth.actor import Actor, make_actor, pose_at
from leglift.synth.moments import as_motion
from leglift.synth.motion import make_motion
from leglift.synth.pose import Posed
from leglift.synth.sample import Sample
from leglift.synth.truth import frame_truth


def truth_table(sample: Sample, every: int = 1) -> pd.DataFrame:
    """Truth of every `every`-th frame without rendering anything."""
    actor, motion = make_actor(sample), make_motion(sample.programme, sample.seed)
    frames = range(0, len(motion.time_s), every)
    return pd.DataFrame(frame_truth(actor, motion, i, pose_at(actor, motion, i)) for i in frames)


def held(actor: Actor, tilt_deg: float, leg_deg: float = 30.0, knee_deg: float = 0.0) -> Posed:
    """Pose both legs and the back of an actor."""
    angles = np.full((1, 2), leg_deg), np.full(1, knee_deg), np.full(1, tilt_deg)
    return pose_at(actor, as_motion(*angles), 0)
