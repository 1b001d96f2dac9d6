"""Which videos a command line means, and what comes out of many."""

from __future__ import annotations

import logging
import threading
from pathlib import Path

import pytest

from leglift.errors import ModelError
from leglift.params import load_params
from leglift.verdict import outcome
from leglift.verdict.batch import closing, find_model
from leglift.verdict.inputs import expanded, passed_over
from leglift.vision.pose import find_bundle


@pytest.fixture
def here(tmp_path, monkeypatch) -> Path:
    """A folder with videos and other things, which is also the current one."""
    for name in ("b.mp4", "a.MOV", "sub/c.webm", "sub/deep/d.gif", "notes.txt", "sub/table.csv"):
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch()
    (tmp_path / "empty").mkdir()
    (tmp_path / "not a file.mp4").mkdir()
    monkeypatch.chdir(tmp_path)
    return tmp_path


def names(*given: str) -> list[str]:
    return [str(path) for path in expanded([Path(name) for name in given])]


def test_a_file_is_itself_whatever_it_is_called(here):
    assert names("notes.txt", "missing.mp4", "b.mp4", "b.mp4") == [
        "notes.txt", "missing.mp4", "b.mp4", "b.mp4",
    ]  # fmt: skip


def test_a_folder_is_its_videos_and_those_below(here):
    assert names("sub") == ["sub/c.webm", "sub/deep/d.gif"]
    assert names(".") == ["a.MOV", "b.mp4", "sub/c.webm", "sub/deep/d.gif"]


def test_a_folder_without_videos_is_left_to_fail(here):
    assert names("empty") == ["empty"]


@pytest.mark.parametrize(
    ("pattern", "found"),
    [
        ("*.mp4", ["b.mp4"]),
        ("[ab].*", ["a.MOV", "b.mp4"]),
        ("**/*.gif", ["sub/deep/d.gif"]),
        ("s?b/*", ["sub/c.webm", "sub/table.csv"]),
        ("*.mkv", ["*.mkv"]),
    ],
)
def test_a_pattern_that_the_shell_left_alone(here, pattern, found):
    assert names(pattern) == found


def test_a_pattern_from_the_root(here):
    assert names(f"{here}/*.mp4") == [f"{here}/b.mp4"]


def test_a_file_whose_name_looks_like_a_pattern(here):
    (here / "set [1].mp4").touch()
    assert names("set [1].mp4") == ["set [1].mp4"]


def test_a_name_longer_than_names_can_be(here):
    assert names("x" * 5000 + "*") == ["x" * 5000 + "*"]


def test_what_looks_like_a_video_and_is_not_taken_is_named(here):
    for name in ("sub/GX01.LRV", "sub/deep/a.webp", "sub/b.insv", "sub/c.h264", "sub/d.txt"):
        (here / name).touch()
    assert passed_over([Path("sub"), Path("empty"), Path("b.mp4"), Path("no")]) == [
        "sub: passed over for their endings: GX01.LRV, b.insv, c.h264 and 1 more; name a file to "
        "have it tried"
    ]


def judged_as(video: str, *verdicts: str) -> outcome.Outcome:
    counts = {f"n_{name}": verdicts.count(name) for name in ("good", "arched", "cant_tell")}
    said = {"set": {"n_reps": len(verdicts), **counts, "point_of_control_deg": None}}
    return outcome.Outcome(Path(video), said)


def test_several_videos_are_summed_up():
    found = [
        judged_as("a.mp4", "good", "good", "arched"),
        outcome.Outcome(Path("b.mp4"), None, "b.mp4: no such file", 3),
        judged_as("c.mp4", "cant_tell"),
    ]
    assert closing(found, "How far to trust it: not far.") == (
        "Judged 2 of 3 videos; not judged: b.mp4.\n4 reps: 2 good, 1 arched, 1 can't tell.\n"
    )


def test_one_video_needs_no_summary():
    assert closing([judged_as("a.mp4", "good")], "How far to trust it: not far.") == ""
    assert closing([outcome.Outcome(Path("b.mp4"), None, "no", 3)] * 2, "") == ""


def test_warnings_belong_to_the_thread_that_made_them():
    """A cluster's worker may judge several videos at a time."""
    log = logging.getLogger("leglift.verdict.judge")
    with outcome._heard() as lines:
        log.warning("mine")
        other = threading.Thread(target=log.warning, args=("another's",))
        other.start()
        other.join()
        log.info("too quiet")
    log.warning("too late")
    assert lines == ["mine"]


@pytest.mark.parametrize("section", ["vision", "motion", "reps", "back", "view", "cues", "check"])
def test_a_model_is_refused_with_parameters_that_change_its_features(section):
    """Cues and the camera help may be tuned; what the model was trained on may not."""
    params = load_params()
    old = getattr(params, section)
    name = next(iter(type(old).model_fields))
    new = old.model_copy(update={name: getattr(old, name) + 1})
    tuned = params.model_copy(update={section: new})
    if section in ("view", "cues", "check"):
        assert find_model("shipped", find_bundle("full"), tuned).model_id.startswith("leglift")
    else:
        with pytest.raises(ModelError, match="trained with other parameters"):
            find_model("shipped", find_bundle("full"), tuned)
    assert find_model("gap-rule", find_bundle("full"), tuned)
