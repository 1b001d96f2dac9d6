"""The truth of a sample without its pictures."""

import pandas as pd

from leglift.synth.actor import make_actor, pose_at
from leglift.synth.motion import make_motion
from leglift.synth.sample import Sample
from leglift.synth.truth import frame_truth


def truth_table(sample: Sample, every: int = 1) -> pd.DataFrame:
    """Truth of every `every`-th frame without rendering anything."""
    actor, motion = make_actor(sample), make_motion(sample.programme, sample.seed)
    frames = range(0, len(motion.time_s), every)
    rows = [
        frame_truth(sample, actor, motion, i, pose_at(sample, actor, motion, i)) for i in frames
    ]
    return pd.DataFrame(rows)
