"""Stick figures through the motion room; the figures themselves come from tests/conftest.py."""

from __future__ import annotations

from collections.abc import Callable

import pandas as pd
import pytest

from factories import WAYS_TO_SEE, Body, Camera
from leglift.motion.back import GapRule, judge_back
from leglift.motion.features import rep_features
from leglift.motion.signals import NEEDED_COLUMNS
from leglift.params import Params
from leglift.vision.table import read_frames


@pytest.fixture(params=WAYS_TO_SEE.values(), ids=WAYS_TO_SEE.keys())
def camera(request: pytest.FixtureRequest) -> Camera:
    return request.param


@pytest.fixture(scope="session")
def frames_of(table_of: Callable) -> Callable[..., pd.DataFrame]:
    """Landmarks of a figure, a row a frame, as one shot."""

    def frames_of(body: Body | None = None, camera: Camera | None = None) -> pd.DataFrame:
        table = table_of(body or Body(), camera or Camera())
        return read_frames(table, NEEDED_COLUMNS).assign(shot_idx=0)

    return frames_of


@pytest.fixture(scope="session")
def judged(motion_of: Callable, params: Params) -> Callable[..., pd.DataFrame]:
    """Reps of a figure with features and the gap rule's verdict."""

    def judged(body: Body | None = None, camera: Camera | None = None) -> pd.DataFrame:
        features = rep_features(motion_of(body, camera), params)
        return judge_back(features, pd.DataFrame(), GapRule(params), params)

    return judged
