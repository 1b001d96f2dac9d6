"""Stick figures through the motion room, each distinct one only once per run."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache

import pandas as pd
import pytest

from factories import WAYS_TO_SEE, Body, Camera, Clip, write_clip
from leglift.motion.back import GapRule, judge_back
from leglift.motion.features import rep_features
from leglift.motion.segment import Motion, segment_clip
from leglift.motion.signals import NEEDED_COLUMNS
from leglift.params import Params, load_params
from leglift.vision.extract import read_frames


@pytest.fixture(scope="session")
def params() -> Params:
    return load_params()


@pytest.fixture(params=WAYS_TO_SEE.values(), ids=WAYS_TO_SEE.keys())
def camera(request: pytest.FixtureRequest) -> Camera:
    return request.param


@pytest.fixture(scope="session")
def table_of(tmp_path_factory: pytest.TempPathFactory) -> Callable:
    folder = tmp_path_factory.mktemp("clips")

    @cache
    def table_of(body: Body, camera: Camera):
        number = len(list(folder.iterdir()))
        return write_clip(folder / f"{number}.parquet", Clip(body, camera))

    return table_of


@pytest.fixture(scope="session")
def frames_of(table_of: Callable) -> Callable[..., pd.DataFrame]:
    """Landmarks of a figure, a row a frame, as one shot."""

    def frames_of(body: Body | None = None, camera: Camera | None = None) -> pd.DataFrame:
        table = table_of(body or Body(), camera or Camera())
        return read_frames(table, NEEDED_COLUMNS).assign(shot_idx=0)

    return frames_of


@pytest.fixture(scope="session")
def motion_of(table_of: Callable, params: Params) -> Callable[..., Motion | None]:
    @cache
    def segmented(body: Body, camera: Camera) -> Motion | None:
        return segment_clip(table_of(body, camera), params)

    def motion_of(body: Body | None = None, camera: Camera | None = None) -> Motion | None:
        return segmented(body or Body(), camera or Camera())

    return motion_of


@pytest.fixture(scope="session")
def judged(motion_of: Callable, params: Params) -> Callable[..., pd.DataFrame]:
    """Reps of a figure with features and the gap rule's verdict."""

    def judged(body: Body | None = None, camera: Camera | None = None) -> pd.DataFrame:
        features = rep_features(motion_of(body, camera), params)
        return judge_back(features, pd.DataFrame(), GapRule(params), params)

    return judged
