"""Stick figures that are looked at as videos are, but for the pose model that would look."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from pathlib import Path

import pytest

from factories import Clip, write_clip
from leglift.motion.back import BackModel, GapRule
from leglift.params import load_params
from leglift.verdict.judge import Judged, Task, judged
from leglift.vision.table import read_meta

WATCH = "leglift.verdict.watch"


@contextmanager
def _as_video(clip: Clip, *complaints: str, neighbour_frac: float = 0.0) -> Iterator[None]:
    def extract_clip(_video, table, *_):
        return replace(read_meta(write_clip(table, clip)), complaints=list(complaints))

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(f"{WATCH}.extract_clip", extract_clip)
        patch.setattr(f"{WATCH}.is_far_away", lambda *_: False)
        patch.setattr(f"{WATCH}.neighbour_frac", lambda *_: neighbour_frac)
        yield


@pytest.fixture(scope="session")
def as_video() -> Callable:
    """A context in which every video shows the given figure."""
    return _as_video


@pytest.fixture(scope="session")
def judge_figure() -> Iterator[Callable[..., Judged]]:
    """Judge a figure as if it were what `video` shows; its table lasts as long as the tests."""
    params = load_params()
    with ExitStack() as open_tables:

        def judge_figure(clip: Clip, video: Path, model: BackModel | None = None) -> Judged:
            # `document` names the pose bundle by what the table says of it: none is needed here.
            with _as_video(clip):
                looking = judged(video, Task(None, model or GapRule(params), params))
                return open_tables.enter_context(looking)

        yield judge_figure


@pytest.fixture
def db(tmp_path: Path) -> Path:
    """Where a history may lie: in a folder that is not there yet."""
    return tmp_path / "folder" / "history.sqlite"
