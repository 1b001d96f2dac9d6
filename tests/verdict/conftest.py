"""Stick figures that are judged as videos are, but for the pose model that would look at them."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path

import pytest

from factories import Clip, clip_meta, frame_times, write_clip
from leglift.motion.back import BackModel, GapRule
from leglift.params import load_params
from leglift.verdict.judge import Judged, judged


@pytest.fixture(scope="session")
def judge_figure() -> Callable[..., Judged]:
    """Judge a figure as if it were what `video` shows; its table lasts as long as the tests."""
    params = load_params()
    with ExitStack() as open_tables:

        def judge_figure(clip: Clip, video: Path, model: BackModel | None = None) -> Judged:
            def extract_clip(_video, table, *_):
                write_clip(table, clip)
                return clip_meta(clip, frame_times(clip), frame_times(clip) >= 0)

            with pytest.MonkeyPatch.context() as patch:
                patch.setattr("leglift.verdict.watch.extract_clip", extract_clip)
                patch.setattr("leglift.verdict.watch.neighbour_frac", lambda *_: 0.0)
                return open_tables.enter_context(
                    judged(video, None, model or GapRule(params), params)
                )

        # `document` names the pose bundle by what the table says of it, so none is needed here.
        yield judge_figure


@pytest.fixture
def db(tmp_path: Path) -> Path:
    """Where a history may lie: in a folder that is not there yet."""
    return tmp_path / "folder" / "history.sqlite"
