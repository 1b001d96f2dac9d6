"""Which videos a command line means, and what comes out of many."""

from __future__ import annotations

import logging
import threading
from pathlib import Path

import pytest

from leglift.console import heard
from leglift.errors import ModelError, NoLegLiftError
from leglift.params import load_params
from leglift.verdict import outcome
from leglift.verdict.batch import closing, find_model
from leglift.verdict.inputs import expanded, taken
from leglift.verdict.progress import each_file
from leglift.vision.pose import find_bundle

LONG = "x" * 5000 + "*"


@pytest.fixture
def here(tmp_path, monkeypatch) -> Path:
    """A folder with videos and other things, which is also the current one."""
    monkeypatch.chdir(tmp_path)
    for folder in ("sub/deep", "empty", "not a file.mp4"):
        Path(folder).mkdir(parents=True)
    names = ("b.mp4", "a.MOV", "sub/c.webm", "sub/deep/d.gif", "notes.txt", "sub/table.csv")
    for name in (*names, "set [1].mkv"):
        Path(name).touch()
    return tmp_path


def names(*given: str) -> list[str]:
    return [str(path) for path in expanded([Path(name) for name in given])]


BELOW = ["sub/c.webm", "sub/deep/d.gif"]
MEANT = [
    ("sub", BELOW),
    (".", ["a.MOV", "b.mp4", "set [1].mkv", *BELOW]),
    ("empty", ["empty"]),  # is left to fail
    ("*.mp4", ["b.mp4"]),
    ("[ab].*", ["a.MOV", "b.mp4"]),
    ("**/*.gif", ["sub/deep/d.gif"]),
    ("s?b/*", ["sub/c.webm", "sub/table.csv"]),
    ("*.flv", ["*.flv"]),
    ("set [1].mkv", ["set [1].mkv"]),
    (LONG, [LONG]),
]


@pytest.mark.parametrize(("given", "found"), MEANT, ids=[given[:20] for given, _ in MEANT])
def test_a_folder_is_its_videos_and_a_pattern_what_fits_it(here, given, found):
    assert names(given) == found


def test_a_file_is_itself_whatever_it_is_called(here):
    given = ["notes.txt", "missing.mp4", "b.mp4", "b.mp4"]
    assert names(*given) == given
    assert names(f"{here}/*.mp4") == [f"{here}/b.mp4"]


def test_what_looks_like_a_video_and_is_not_taken_is_named(here, capsys):
    for name in ("sub/GX01.LRV", "sub/deep/a.webp", "sub/b.insv", "sub/c.h264", "sub/d.txt"):
        (here / name).touch()
    taken([Path("sub"), Path("empty"), Path("b.mp4"), Path("no")])
    assert capsys.readouterr().err == (
        "leglift: sub: passed over for their endings: GX01.LRV, b.insv, c.h264 and 1 more; name a "
        "file to have it tried\n"
    )


def judged_as(video: str, *verdicts: str) -> outcome.Outcome:
    counts = {f"n_{name}": verdicts.count(name) for name in ("good", "arched", "cant_tell")}
    said = {"set": {"n_reps": len(verdicts), **counts, "point_of_control_deg": None}}
    return outcome.Outcome(Path(video), said)


def test_several_videos_are_summed_up_and_one_needs_no_summary():
    good, other = judged_as("a.mp4", "good", "good", "arched"), judged_as("c.mp4", "cant_tell")
    lost = outcome.Outcome(Path("b.mp4"), None, "b.mp4: no such file", 3)
    assert closing([good, lost, other], "How far to trust it: not far.") == (
        "Judged 2 of 3 videos; not judged: b.mp4.\n4 reps: 2 good, 1 arched, 1 can't tell.\n"
    )
    assert closing([good], "How far to trust it: not far.") == closing([lost] * 2, "") == ""


def test_warnings_belong_to_the_thread_that_made_them():
    """A cluster's worker may judge several videos at a time."""
    log = logging.getLogger("leglift.verdict.judge")
    with heard() as lines:
        log.warning("mine")
        other = threading.Thread(target=log.warning, args=("another's",))
        other.start()
        other.join()
        log.info("too quiet")
    log.warning("too late")
    assert [record.getMessage() for record in lines] == ["mine"]


def test_what_is_wrong_with_a_file_is_said_before_why_it_failed(capfd):
    def do(path, _):
        logging.getLogger("leglift.verdict.watch").warning("%s: ends early", path)
        if path == Path("a.mp4"):
            raise NoLegLiftError(f"{path}: no person found")
        return f"{path}: checked\n"

    assert each_file([Path("a.mp4"), Path("b.mp4")], do) == NoLegLiftError.exit_code
    said, told = capfd.readouterr()
    assert said == "b.mp4: checked\n"
    assert [line.removeprefix("leglift: ") for line in told.splitlines()] == [
        "a.mp4: ends early", "a.mp4: no person found", "b.mp4: ends early",
    ]  # fmt: skip


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
