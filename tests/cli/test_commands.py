"""`leglift` as people and scripts meet it: what it prints, how it ends, what it leaves behind."""

from __future__ import annotations

import io
import json
import os
import re
import shutil
import signal
import subprocess
import sys
import time
from contextlib import contextmanager
from pathlib import Path
from types import SimpleNamespace

import av
import numpy as np
import pytest

from clips import (
    DEMO,
    Shot,
    demo_reps,
    demo_shot,
    demo_tops_s,
    noise,
    write_shot,
    write_video,
)
from command import Ran, assert_failed, command, environment, leglift, names_in
from leglift import __version__

USAGE, VIDEO, NO_LIFT, MODEL, INTERRUPTED = 2, 3, 4, 5, 130


@pytest.fixture
def canned(monkeypatch, demo_document) -> list[Path]:
    """Judging takes no time: every existing video gets the demo clip's document."""
    videos = []

    @contextmanager
    def judged(video, *_):
        videos.append(video)
        document = {**demo_document, "clip": {**demo_document["clip"], "path": str(video)}}
        yield SimpleNamespace(document=document)

    monkeypatch.setattr("leglift.verdict.outcome.judged", judged)
    return videos


@pytest.fixture(scope="module")
def films(tmp_path_factory) -> Path:
    """A folder for derived clips."""
    return tmp_path_factory.mktemp("films")


@pytest.fixture(scope="module")
def one_rep(films) -> Path:
    """Rep 3 of the demo clip, the arched one, at 10 frames a second."""
    return write_shot(films / "one rep.mp4", demo_reps(3, 3, step=3))


def overs(ran: Ran) -> list[bool]:
    """Whether each rep of the one document is arched."""
    return [verdict == "arched" for verdict in verdicts(ran)]


def verdicts(ran: Ran) -> list[str]:
    assert ran.code == 0, ran.err
    assert ran.left == []
    (document,) = ran.documents
    return [rep["verdict"] for rep in document["reps"]]


# --- help and version --------------------------------------------------------------------------


def test_help_is_quick(tmp_path):
    took_s = []
    for _ in range(3):
        started = time.monotonic()
        ran = leglift("--help", tmp=tmp_path)
        took_s.append(time.monotonic() - started)
    assert (ran.code, ran.err) == (0, "")
    assert "judge" in ran.out
    assert min(took_s) < 1.0


def test_help_loads_nothing_heavy():
    heavy = ("av", "cv2", "mediapipe", "numpy", "pandas", "scipy", "pyarrow", "matplotlib", "rich")
    code = f"import sys, leglift.cli; print([m for m in {heavy} if m in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_version(here):
    assert here("--version") == Ran(0, f"leglift {__version__}\n", "", [])


def test_help_of_judge_names_every_option_and_exit_code(here):
    ran = here("judge", "--help")
    assert (ran.code, ran.err) == (0, "")
    for word in ("--json", "--csv", "--pose", "--overwrite", "--verbose", "-v"):
        assert word in ran.out
    for code in (USAGE, VIDEO, NO_LIFT, MODEL):
        assert re.search(rf"\b{code}\b", ran.out)


def test_nothing_at_all_shows_help(here):
    ran = here()
    assert (ran.code, ran.out) == (USAGE, "")
    assert ran.err.startswith("Usage: leglift")


# --- usage: exit code 2 ------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("args", "word"),
    [
        (["judge"], "VIDEO"),
        (["judge", "--jsn", DEMO], "--jsn"),
        (["judge", DEMO, "--csv"], "--csv"),
        (["juge", DEMO], "juge"),
    ],
)
def test_wrong_usage(here, args, word):
    ran = here(*args)
    assert_failed(ran, USAGE, word, "--help")
    assert ran.out == ""


def test_output_that_exists_is_kept(here, canned, tmp_path):
    table = tmp_path / "reps.csv"
    table.write_text("mine")
    ran = here("judge", "--csv", table, DEMO)
    assert_failed(ran, USAGE, str(table), "exists", "--overwrite")
    assert (ran.out, table.read_text(), canned) == ("", "mine", [])


def test_output_that_exists_is_replaced_when_asked_for(here, canned, tmp_path):
    table = tmp_path / "reps.csv"
    table.write_text("mine")
    ran = here("judge", "--json", "--overwrite", "--csv", table, DEMO)
    assert (ran.code, ran.err) == (0, "")
    assert len(table.read_text().splitlines()) == 1 + 3
    assert names_in(tmp_path) == ["reps.csv", "scratch"]


@pytest.mark.parametrize("overwrite", [[], ["--overwrite"]])
@pytest.mark.parametrize(
    ("name", "word"),
    [("no/such/reps.csv", "does not exist"), ("", "folder"), ("/dev/null", "device")],
)
def test_output_that_cannot_be(here, canned, tmp_path, name, word, overwrite):
    ran = here("judge", "--csv", tmp_path / name, *overwrite, DEMO)
    assert_failed(ran, USAGE, str(tmp_path / name), word)
    assert (ran.out, canned) == ("", [])


def test_the_terminal_is_no_file(here, canned, tmp_path):
    ran = here("judge", "--csv", "-", DEMO)
    assert_failed(ran, USAGE, "-: name a file", "--json")
    assert (ran.out, canned) == ("", [])


def test_a_usage_error_names_the_command_s_own_help(here):
    assert "see leglift judge --help" in here("judge").err
    assert "see leglift history show --help" in here("history", "show").err
    assert here("history").err.startswith("Usage: leglift history")


def test_output_without_permission(here, canned, tmp_path, monkeypatch):
    access = os.access
    monkeypatch.setattr("os.access", lambda path, how: how != os.W_OK and access(path, how))
    ran = here("judge", "--csv", tmp_path / "reps.csv", DEMO)
    assert_failed(ran, USAGE, "reps.csv", "permission")
    assert canned == []


def test_output_that_fails_while_it_is_written(here, canned, tmp_path, monkeypatch):
    def full(*_, **__):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("pandas.DataFrame.to_csv", full)
    ran = here("judge", "--json", "--csv", tmp_path / "reps.csv", DEMO)
    assert_failed(ran, USAGE, "reps.csv", "No space left")
    assert len(ran.documents) == 1  # what was judged is not lost
    assert names_in(tmp_path) == ["scratch"]


def test_a_video_is_never_the_output(here, canned, tmp_path):
    video = tmp_path / "a.mp4"
    shutil.copy(DEMO, video)
    ran = here("judge", "--overwrite", "--csv", video, DEMO, video)
    assert_failed(ran, USAGE, str(video), "one of the videos")
    assert (canned, video.read_bytes()) == ([], DEMO.read_bytes())


# --- videos that cannot be read: exit code 3 ---------------------------------------------------


UNREADABLE = {
    "missing.mp4": (lambda path: None, "no such file"),
    "text.mp4": (lambda path: path.write_text("Not a video.\n" * 50), "not a video"),
    "folder": (lambda path: path.mkdir(), "folder"),
}
"""The rest of what is no video is shown to the reader itself, in tests/vision."""


@pytest.mark.parametrize("name", UNREADABLE)
def test_unreadable_video(here, tmp_path, name):
    make, why = UNREADABLE[name]
    make(tmp_path / name)
    ran = here("judge", "--json", tmp_path / name)
    assert_failed(ran, VIDEO, str(tmp_path / name), why)
    assert ran.out == ""


def test_video_without_permission(here, monkeypatch):
    """It is the video that cannot be read (3), not the command that is wrong (2)."""

    def refuse(*_, **__):
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr("os.access", lambda *_: False)
    monkeypatch.setattr("leglift.vision.container.av.open", refuse)
    assert_failed(here("judge", DEMO), VIDEO, str(DEMO), "Permission denied")


def test_a_line_is_a_line_however_long_the_path(tmp_path, here):
    path = tmp_path / ("a very long folder name " * 5) / ("[bold]no[/bold] such clip " * 5)
    assert str(path) in assert_failed(here("judge", path), VIDEO)


# --- nobody, or nobody who lifts: exit code 4 --------------------------------------------------


def grey(n):
    return [np.full((120, 160, 3), 128, np.uint8)] * n


NO_LIFTS = {
    "half a second": (lambda path: write_shot(path, demo_shot(0, 0.5, step=2)), "no leg lift"),
    "plain colour": (lambda path: write_video(path, grey(8)), "no person"),
    "person who lies still": (
        lambda path: write_video(path, demo_shot(0, 0.03).frames[:1] * 12, fps=10),
        "no leg lift",
    ),
}


@pytest.mark.slow
@pytest.mark.parametrize("kind", NO_LIFTS)
def test_no_leg_lift(here, tmp_path, kind):
    make, why = NO_LIFTS[kind]
    video = tmp_path / "a.mp4"
    make(video)
    ran = here("judge", "--json", video)
    assert_failed(ran, NO_LIFT, str(video), why)
    assert ran.out == ""


# --- pose bundles: exit code 5 -----------------------------------------------------------------


def test_pose_bundle_that_is_missing(here, canned):
    ran = here("judge", "--pose", "no.task", DEMO)
    assert_failed(ran, MODEL, "no.task", "no such file")
    assert (ran.out, canned) == ("", [])


def test_pose_bundle_that_cannot_be_had_in_a_process_of_its_own(tmp_path):
    nowhere = dict.fromkeys(("https_proxy", "HTTPS_PROXY", "ALL_PROXY"), "http://127.0.0.1:9")
    cache = str(tmp_path / "cache")
    ran = leglift(
        "judge", "--pose", "lite", DEMO, tmp=tmp_path, LEGLIFT_CACHE=cache, no_proxy="", **nowhere
    )
    assert_failed(ran, MODEL, "pose_landmarker_lite.task", cache, "--pose")
    assert ran.out == ""
    assert [path for path in Path(cache).rglob("*") if path.is_file()] == []


# --- what is judged all the same: exit code 0 --------------------------------------------------


@pytest.fixture(scope="module")
def two_reps() -> Shot:
    """Rep 2, good, and rep 3, arched, of the demo clip at 10 frames a second."""
    return demo_reps(2, 3, step=3)


@pytest.mark.slow
def test_rotation_metadata(here, films, two_reps, judge_schema):
    turned = two_reps.mapped(lambda frame: np.rot90(frame, -1))
    ran = here("judge", "--json", write_shot(films / "turned.mp4", turned, rotation_deg=90))
    assert overs(ran) == [False, True]
    judge_schema.validate(ran.documents[0])
    starts = [rep["top_s"] for rep in ran.documents[0]["reps"]]
    assert starts == pytest.approx(demo_tops_s(2, 3), abs=0.4)


@pytest.mark.slow
def test_240_frames_a_second(here, films, judge_schema):
    """Rep 3 four times as fast, each of its frames twice; too fast for a back to be held up."""
    frames = [frame for frame in demo_reps(3, 3).frames for _ in range(2)]
    ran = here("judge", "--json", write_video(films / "fast.mp4", frames, fps=240))
    assert len(verdicts(ran)) == 1
    (document,) = ran.documents
    judge_schema.validate(document)
    assert document["clip"]["fps"] == pytest.approx(240, abs=1)
    assert document["reps"][0]["top_s"] == pytest.approx(demo_tops_s(3, 3)[0] / 4, abs=0.15)


@pytest.mark.slow
def test_fewer_frames_a_second(here, two_reps, films, tmp_path, judge_schema):
    """`--fps 5` looks at every other one of ten frames a second, and draws on all of them."""
    film, drawn = write_shot(films / "ten.mp4", two_reps), tmp_path / "drawn.mp4"
    ran = here("judge", "--json", "--fps", "5", "--annotate", drawn, film)
    assert len(verdicts(ran)) == 2
    (document,) = ran.documents
    judge_schema.validate(document)
    assert document["clip"]["fps"] == pytest.approx(5, abs=0.2)
    assert document["clip"]["n_frames"] == pytest.approx(len(two_reps.frames) / 2, abs=1)
    tops = [rep["top_s"] for rep in document["reps"]]
    assert tops == pytest.approx(demo_tops_s(2, 3), abs=0.5)
    with av.open(str(drawn)) as container:
        assert sum(1 for _ in container.decode(video=0)) == len(two_reps.frames)


@pytest.mark.slow
def test_somebody_who_lies_still_beside(here, films, judge_schema):
    shot = demo_reps(2, 3, step=4)
    still = shot.frames[0]
    video = write_shot(films / "still.mp4", shot.mapped(lambda f: np.hstack([still, f])))
    ran = here("judge", "--json", video)
    assert overs(ran) == [False, True]
    judge_schema.validate(ran.documents[0])


@pytest.mark.slow
def test_a_file_cut_in_the_middle_is_judged_as_far_as_it_goes(here, films):
    shot = demo_reps(2, 3, step=3)
    whole = write_shot(films / "whole.mp4", shot, faststart=True).read_bytes()
    assert whole.index(b"moov") < whole.index(b"mdat")
    cut = films / "cut.mp4"
    cut.write_bytes(whole[: len(whole) * 65 // 100])
    ran = here("judge", "--json", cut)
    (document,) = ran.documents
    assert (ran.code, ran.left) == (0, [])
    assert "Traceback" not in ran.err
    assert 30 < document["clip"]["n_frames"] < len(shot.frames) - 10
    assert document["reps"][0]["verdict"] in ("good", "cant_tell")
    assert document["clip"]["duration_s"] < 9


@pytest.mark.slow
def test_several_videos_with_bad_ones(films, one_rep, tmp_path):
    """In a process of its own; the names hold spaces, letters of any script, and no text at all."""
    good = films / "Beinheben 脚上げ подъём ног.mp4"
    shutil.copy(one_rep, good)
    nobody = write_video(films / "nobody.mp4", noise(3))
    table = tmp_path / "Wiederholungen 回.csv"
    videos = [films / "não existe.mp4", good, nobody, films / os.fsdecode(b"\xff\xfe.mp4")]
    ran = leglift("judge", "--json", "--csv", table, *videos, tmp=tmp_path, LC_ALL="C.UTF-8")
    assert ran.code == VIDEO  # the first failure's
    first, second, third = ran.err.splitlines()
    assert first == f"leglift: {videos[0]}: no such file"
    assert second.startswith(f"leglift: {nobody}: no person found")
    assert third == rf"leglift: {films}/\udcff\udcfe.mp4: no such file"
    (document,) = ran.documents
    assert document["clip"]["path"] == str(good)
    assert [rep["verdict"] for rep in document["reps"]] == ["arched"]
    assert len(table.read_text("utf-8").splitlines()) == 2
    assert str(good) in table.read_text("utf-8")
    assert names_in(tmp_path) == sorted(["scratch", table.name])
    assert ran.left == []


@pytest.mark.slow
def test_the_first_failure_gives_the_exit_code(here, tmp_path):
    nobody = write_video(tmp_path / "nobody.mp4", noise(2))
    missing = tmp_path / "missing.mp4"
    table = tmp_path / "reps.csv"
    ran = here("judge", "--csv", table, nobody, missing)
    assert ran.code == NO_LIFT
    assert [line.split(": ")[1] for line in ran.err.splitlines()] == [str(nobody), str(missing)]
    assert (ran.out, ran.left) == ("", [])
    assert not table.exists()
    assert here("judge", missing, nobody).code == VIDEO


# --- what is printed ---------------------------------------------------------------------------


def test_the_human_table(here, canned):
    ran = here("judge", DEMO)
    assert (ran.code, ran.err) == (0, "")
    assert str(DEMO) in ran.out.splitlines()[0]
    rows = [line.split() for line in ran.out.splitlines() if re.match(r" +\d ", line)]
    assert [row[0] for row in rows] == ["1", "2", "3"]
    assert ["ARCHED" in row for row in rows] == [False, False, True]
    assert ran.out.index("Point of control") < ran.out.index("rep   start")
    assert max(map(len, ran.out.splitlines()[1:])) <= 80
    assert "the set is over at rep 3" in ran.out


def test_one_document_a_line(here, canned):
    ran = here("judge", "--json", DEMO, DEMO)
    assert (ran.code, len(ran.documents), canned) == (0, 2, [DEMO, DEMO])


def test_json_is_plain_ascii_and_strict(here, canned, tmp_path):
    ran = here("judge", "--json", tmp_path / "脚.mp4")
    assert ran.out.isascii()
    assert json.loads(ran.out)["clip"]["path"] == str(tmp_path / "脚.mp4")


def test_a_terminal_that_cannot_show_the_name(here, canned, tmp_path, monkeypatch):
    shown = io.BytesIO()
    monkeypatch.setattr("sys.stdout", io.TextIOWrapper(shown, encoding="ascii"))
    assert here("judge", tmp_path / "脚.mp4").code == 0
    assert str(tmp_path).encode() + rb"/\u811a.mp4: 3 reps" in b" ".join(shown.getvalue().split())


@pytest.mark.slow
def test_verbose_shows_the_libraries_own_logs_and_still_ends_in_one_line(tmp_path):
    """In a process of its own."""
    video = write_video(tmp_path / "noise.mp4", noise(2))
    ran = leglift("judge", "--verbose", video, tmp=tmp_path)
    assert (ran.code, ran.out, ran.left) == (NO_LIFT, "", [])
    own = [line for line in ran.err.splitlines() if line.startswith("leglift: ")]
    assert len(own) == 1
    assert len(ran.err.splitlines()) > 1
    assert "Traceback" not in ran.err


# --- interruptions -----------------------------------------------------------------------------


def wait_for(happens, what: str, seconds: float = 60) -> None:
    until = time.monotonic() + seconds
    while not happens():
        assert time.monotonic() < until, f"no {what} within {seconds} s"
        time.sleep(0.05)


@pytest.mark.slow
@pytest.mark.skipif(os.name == "nt", reason="POSIX signals")
def test_ctrl_c(tmp_path):
    scratch = tmp_path / "scratch"
    scratch.mkdir()
    # A shell may have started the tests with SIGINT ignored, which children inherit.
    code = (
        "import signal; signal.signal(signal.SIGINT, signal.default_int_handler); "
        "from leglift.cli import main; main()"
    )
    running = subprocess.Popen(
        [sys.executable, "-c", code, "judge", "--json", "--csv", tmp_path / "a.csv", DEMO],
        env=environment(scratch),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    try:
        wait_for(lambda: list(scratch.glob("leglift-*/*.part")), "table in the making")
        time.sleep(0.5)
        running.send_signal(signal.SIGINT)
        out, err = running.communicate(timeout=60)
    finally:
        running.kill()
    ran = Ran(running.returncode, out, err, [path.name for path in scratch.iterdir()])
    assert_failed(ran, INTERRUPTED, "interrupted")
    assert ran.out == ""
    assert names_in(tmp_path) == ["scratch"]


@pytest.mark.parametrize("as_json", [[], ["--json"]])
def test_ctrl_c_between_videos_keeps_the_exit_code(here, monkeypatch, as_json):
    def interrupt(*_):
        raise KeyboardInterrupt

    monkeypatch.setattr("leglift.verdict.outcome.judged", interrupt)
    ran = here("judge", *as_json, DEMO)
    assert_failed(ran, INTERRUPTED, "interrupted")
    assert ran.out == ""


def closed_pipe(*args: object, tmp: Path) -> tuple[int, str]:
    """Run `leglift` with nobody reading its output."""
    read, write = os.pipe()
    os.close(read)
    try:
        done = subprocess.run(
            [*command(), *map(os.fspath, args)],
            env=environment(tmp),
            stdout=write,
            stderr=subprocess.PIPE,
            timeout=120,
            check=False,
        )
    finally:
        os.close(write)
    return done.returncode, done.stderr.decode()


@pytest.mark.slow
def test_broken_pipe_is_no_error(one_rep, tmp_path):
    assert closed_pipe("judge", "--json", one_rep, tmp=tmp_path) == (0, "")
    assert names_in(tmp_path) == []
