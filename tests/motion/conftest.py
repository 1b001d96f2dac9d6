"""Stick figures through the motion room; the figures themselves come from tests/conftest.py."""

import pandas as pd
import pytest

from factories import WAYS_TO_SEE, Body, Camera
from leglift.motion.back import GapRule, judge_back
from leglift.motion.features import rep_features
from leglift.vision.table import LANDMARK_COLUMNS, read_frames


@pytest.fixture(params=WAYS_TO_SEE.values(), ids=WAYS_TO_SEE.keys())
def camera(request):
    return request.param


@pytest.fixture(scope="session")
def frames_of(table_of):
    """Landmarks of a figure, a row a frame, as one shot."""

    def frames_of(body: Body | None = None, camera: Camera | None = None) -> pd.DataFrame:
        table = table_of(body or Body(), camera or Camera())
        return read_frames(table, LANDMARK_COLUMNS).assign(shot_idx=0)

    return frames_of


@pytest.fixture(scope="session")
def judged(motion_of, params):
    """Reps of a figure with features and the gap rule's verdict."""

    def judged(body: Body | None = None, camera: Camera | None = None) -> pd.DataFrame:
        features = rep_features(motion_of(body, camera), params)
        return judge_back(features, pd.DataFrame(), GapRule(params), params)

    return judged
