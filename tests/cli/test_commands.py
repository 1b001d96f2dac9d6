"""`leglift` as people and scripts meet it: what it prints, how it ends, what it leaves behind."""

from __future__ import annotations

import io
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

from clips import DEMO, Rgb, Shot, demo_reps, demo_shot, demo_tops_s, noise, write_shot, write_video
from command import ENTRY, Ran, assert_failed, command, environment, leglift, names_in
from leglift import __version__
from leglift.verdict.table import verdict_text

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
    return tmp_path_factory.mktemp("films")


@pytest.fixture(scope="module")
def one_rep(films) -> Path:
    """Rep 3 of the demo clip, the arched one, at 10 frames a second."""
    return write_shot(films / "one rep.mp4", demo_reps(3, 3, step=3))


def test_help_is_quick_and_loads_nothing_heavy(tmp_path):
    took_s = []
    for _ in range(3):
        started = time.monotonic()
        ran = leglift("--help", tmp=tmp_path)
        took_s.append(time.monotonic() - started)
    assert (ran.code, ran.err) == (0, "")
    assert "judge" in ran.out
    assert min(took_s) < 1.0
    heavy = ("av", "cv2", "mediapipe", "numpy", "pandas", "scipy", "pyarrow", "matplotlib", "rich")
    code = f"import sys, leglift.cli; print([m for m in {heavy} if m in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_version_and_help_of_judge_with_every_option_and_exit_code(here):
    assert here("--version") == Ran(0, f"leglift {__version__}\n", "", [])
    ran = here("judge", "--help")
    assert (ran.code, ran.err) == (0, "")
    for word in ("--json", "--csv", "--pose", "--overwrite", "--verbose", "-v"):
        assert word in ran.out
    for code in (USAGE, VIDEO, NO_LIFT, MODEL):
        assert re.search(rf"\b{code}\b", ran.out)


@pytest.mark.parametrize("args", [[], ["history"]])
def test_nothing_at_all_shows_help(here, args):
    ran = here(*args)
    assert (ran.code, ran.out) == (USAGE, "")
    assert ran.err.startswith(" ".join(["Usage: leglift", *args]))


REFUSED = [
    (["judge"], USAGE, ["VIDEO", "see leglift judge --help"]),
    (["judge", "--jsn", DEMO], USAGE, ["--jsn", "--help"]),
    (["judge", DEMO, "--csv"], USAGE, ["--csv", "--help"]),
    (["juge", DEMO], USAGE, ["juge", "--help"]),
    (["history", "show"], USAGE, ["see leglift history show --help"]),
    (["judge", DEMO, "--csv", "-"], USAGE, ["-: name a file", "--json"]),
    (["judge", DEMO, DEMO, "--annotate", "a.mp4"], USAGE, ["--annotate", "one video, not 2"]),
    (["judge", DEMO, "--pose", "no.task"], MODEL, ["no.task", "no such file"]),
]


@pytest.mark.parametrize(("args", "code", "words"), REFUSED)
def test_what_cannot_be_meant_is_refused_before_any_work(here, canned, args, code, words):
    ran = here(*args)
    assert_failed(ran, code, *words)
    assert (ran.out, canned) == ("", [])


ANYWAY = ["--overwrite"]
OUTPUTS = [
    ("--csv", "there.csv", [], "exists; choose another name or add --overwrite"),
    ("--report", "there.html", [], "exists; choose another name or add --overwrite"),
    ("--annotate", "there.mp4", [], "exists; choose another name or add --overwrite"),
    ("--csv", "film.mp4", ANYWAY, "film.mp4: is one of the videos"),
    ("--annotate", "film.mp4", ANYWAY, "film.mp4: is one of the videos"),
    ("--csv", "no/such/reps.csv", ANYWAY, "does not exist"),
    ("--report", "no/page.html", [], "does not exist"),
    ("--csv", "", ANYWAY, "folder"),
    ("--csv", "/dev/null", ANYWAY, "/dev/null: is a folder or device"),
    ("--csv", "/dev/null", [], "/dev/null: is a folder or device"),
    ("--report", "page.pdf", [], "page.pdf: name a file that ends in .html"),
    ("--annotate", "film.mov", [], "film.mov: name a file that ends in .mp4"),
]


@pytest.mark.parametrize(("option", "name", "how", "said"), OUTPUTS)
def test_output_that_cannot_be_is_refused_at_once(here, canned, tmp_path, option, name, how, said):
    there = [tmp_path / name for name in ("film.mp4", "there.csv", "there.html", "there.mp4")]
    for path in there:
        path.write_text("mine")
    videos = [there[0]] if option == "--annotate" else [DEMO, there[0]]
    ran = here("judge", *videos, option, tmp_path / name, *how)
    assert_failed(ran, USAGE, str(tmp_path / name), said)
    assert (ran.out, canned) == ("", [])
    assert [path.read_text() for path in there] == ["mine"] * 4


def test_output_that_exists_is_replaced_when_asked_for(here, canned, tmp_path):
    table = tmp_path / "reps.csv"
    table.write_text("mine")
    ran = here("judge", "--json", "--overwrite", "--csv", table, DEMO)
    assert (ran.code, ran.err) == (0, "")
    assert len(table.read_text().splitlines()) == 1 + 3
    assert names_in(tmp_path) == ["reps.csv", "scratch"]


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


UNREADABLE = {
    "missing.mp4": (lambda path: None, "no such file"),
    "text.mp4": (lambda path: path.write_text("Not a video.\n" * 50), "not a video"),
    "folder": (lambda path: path.mkdir(), "folder"),
    "a very long name " * 9 + "[bold]no[/bold] such clip " * 3: (lambda path: None, "no such file"),
}
"""The rest of what is no video is shown to the reader itself, in tests/vision."""


@pytest.mark.parametrize("name", UNREADABLE)
def test_unreadable_video_is_one_line_and_no_file(here, tmp_path, name):
    make, why = UNREADABLE[name]
    make(tmp_path / name)
    ran = here("judge", "--json", "--csv", tmp_path / "reps.csv", tmp_path / name)
    assert_failed(ran, VIDEO, str(tmp_path / name), why)
    assert ran.out == ""
    assert not (tmp_path / "reps.csv").exists()


def test_video_without_permission(here, monkeypatch):
    """It is the video that cannot be read (3), not the command that is wrong (2)."""

    def refuse(*_, **__):
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr("os.access", lambda *_: False)
    monkeypatch.setattr("leglift.vision.container.av.open", refuse)
    assert_failed(here("judge", DEMO), VIDEO, str(DEMO), "Permission denied")


NO_LIFTS = {
    "half a second": (lambda path: write_shot(path, demo_shot(0, 0.5, step=2)), "no leg lift"),
    "plain colour": (
        lambda path: write_video(path, [np.full((120, 160, 3), 128, np.uint8)] * 8),
        "no person",
    ),
    "person who lies still": (
        lambda path: write_video(path, demo_shot(0, 0.03).frames[:1] * 12, fps=10),
        "no leg lift",
    ),
}


@pytest.mark.slow
@pytest.mark.parametrize("kind", NO_LIFTS)
def test_no_leg_lift(here, tmp_path, kind):
    make, why = NO_LIFTS[kind]
    video = make(tmp_path / "a.mp4")
    ran = here("judge", "--json", video)
    assert_failed(ran, NO_LIFT, str(video), why)
    assert ran.out == ""


def test_pose_bundle_that_cannot_be_had_in_a_process_of_its_own(tmp_path):
    nowhere = dict.fromkeys(("https_proxy", "HTTPS_PROXY", "ALL_PROXY"), "http://127.0.0.1:9")
    cache = str(tmp_path / "cache")
    ran = leglift(
        "judge", "--pose", "lite", DEMO, tmp=tmp_path, LEGLIFT_CACHE=cache, no_proxy="", **nowhere
    )
    assert_failed(ran, MODEL, "pose_landmarker_lite.task", cache, "--pose")
    assert ran.out == ""
    assert [path for path in Path(cache).rglob("*") if path.is_file()] == []


@pytest.fixture(scope="module")
def two_reps() -> Shot:
    """Rep 2, good, and rep 3, arched, of the demo clip at 10 frames a second."""
    return demo_reps(2, 3, step=3)


@pytest.fixture
def judged(here, judge_schema):

    def judged(*args: object) -> tuple[dict, list[bool]]:
        ran = here("judge", "--json", *args)
        assert (ran.code, ran.left) == (0, []), ran.err
        assert "Traceback" not in ran.err
        (document,) = ran.documents
        judge_schema.validate(document)
        return document, [rep["verdict"] == "arched" for rep in document["reps"]]

    return judged


def tops_s(document: dict) -> list[float]:
    return [rep["top_s"] for rep in document["reps"]]


@pytest.mark.slow
@pytest.mark.parametrize("kind", ["turned", "somebody lies still beside"])
def test_pictures_that_are_turned_or_shared_with_somebody(judged, tmp_path, two_reps, kind):
    def shown(frame: Rgb) -> Rgb:
        return np.rot90(frame, -1) if kind == "turned" else np.hstack([two_reps.frames[0], frame])

    rotation_deg = 90 if kind == "turned" else 0
    film = write_shot(tmp_path / "a.mp4", two_reps.mapped(shown), rotation_deg=rotation_deg)
    document, overs = judged(film)
    assert overs == [False, True]
    assert tops_s(document) == pytest.approx(demo_tops_s(2, 3), abs=0.4)


@pytest.mark.slow
def test_240_frames_a_second(judged, films):
    """Rep 3 four times as fast, each of its frames twice; too fast for a back to be held up."""
    frames = [frame for frame in demo_reps(3, 3).frames for _ in range(2)]
    document, _ = judged(write_video(films / "fast.mp4", frames, fps=240))
    assert document["clip"]["fps"] == pytest.approx(240, abs=1)
    assert tops_s(document) == pytest.approx([demo_tops_s(3, 3)[0] / 4], abs=0.15)


@pytest.mark.slow
def test_fewer_frames_a_second(judged, two_reps, films, tmp_path):
    """`--fps 5` looks at every other one of ten frames a second, and draws on all of them."""
    film, drawn = write_shot(films / "ten.mp4", two_reps), tmp_path / "drawn.mp4"
    document, _ = judged("--fps", "5", "--annotate", drawn, film)
    assert document["clip"]["fps"] == pytest.approx(5, abs=0.2)
    assert document["clip"]["n_frames"] == pytest.approx(len(two_reps.frames) / 2, abs=1)
    assert tops_s(document) == pytest.approx(demo_tops_s(2, 3), abs=0.5)
    with av.open(str(drawn)) as container:
        assert sum(1 for _ in container.decode(video=0)) == len(two_reps.frames)


@pytest.mark.slow
def test_a_file_cut_in_the_middle_is_judged_as_far_as_it_goes(judged, films, two_reps):
    whole = write_shot(films / "whole.mp4", two_reps, faststart=True).read_bytes()
    assert whole.index(b"moov") < whole.index(b"mdat")
    cut = films / "cut.mp4"
    cut.write_bytes(whole[: len(whole) * 65 // 100])
    document, _ = judged(cut)
    assert 30 < document["clip"]["n_frames"] < len(two_reps.frames) - 10
    assert document["reps"][0]["verdict"] in ("good", "cant_tell")
    assert document["clip"]["duration_s"] < 9


@pytest.mark.slow
def test_several_videos_with_bad_ones(films, one_rep, tmp_path):
    """In a process of its own; the names hold spaces, letters of any script, and no text at all."""
    good = shutil.copy(one_rep, films / "Beinheben 脚上げ подъём ног.mp4")
    nobody = write_video(films / "nobody.mp4", noise(3))
    table = tmp_path / "Wiederholungen 回.csv"
    videos = [films / "não existe.mp4", good, nobody, films / os.fsdecode(b"\xff\xfe.mp4")]
    ran = leglift("judge", "--json", "--csv", table, *videos, tmp=tmp_path, LC_ALL="C.UTF-8")
    assert (ran.code, ran.left) == (VIDEO, [])  # the first failure's
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


def test_the_text_for_people_and_how_far_to_trust_it(here, canned, demo_document):
    ran = here("judge", DEMO)
    assert (ran.code, ran.err) == (0, "")
    at_home = {**demo_document, "clip": {**demo_document["clip"], "path": str(DEMO)}}
    text, closing = ran.out.split("How far to trust it")
    assert text == verdict_text(at_home)
    assert "on people it is not known yet" in " ".join(closing.split())


def test_one_document_a_line_in_plain_ascii(here, canned, tmp_path):
    videos = [DEMO, DEMO, tmp_path / "脚.mp4"]
    ran = here("judge", "--json", *videos)
    assert (ran.code, canned) == (0, videos)
    assert ran.out.isascii()
    assert [document["clip"]["path"] for document in ran.documents] == [str(v) for v in videos]


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
    assert len(re.findall("^leglift: ", ran.err, re.MULTILINE)) == 1
    assert len(ran.err.splitlines()) > 1
    assert "Traceback" not in ran.err


@pytest.mark.slow
@pytest.mark.skipif(os.name == "nt", reason="POSIX signals")
def test_ctrl_c(tmp_path):
    scratch = tmp_path / "scratch"
    scratch.mkdir()
    # A shell may have started the tests with SIGINT ignored, which children inherit.
    code = f"import signal as s; s.signal(s.SIGINT, s.default_int_handler); {ENTRY}"
    told = [sys.executable, "-c", code, "judge", "--json", "--csv", tmp_path / "a.csv", DEMO]
    how = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "text": True}
    running = subprocess.Popen(told, env=environment(scratch), **how)
    try:
        until = time.monotonic() + 60
        while not list(scratch.glob("leglift-*/*.part")):
            assert time.monotonic() < until, "no table in the making"
            time.sleep(0.05)
        time.sleep(0.5)
        running.send_signal(signal.SIGINT)
        out, err = running.communicate(timeout=60)
    finally:
        running.kill()
    assert_failed(Ran(running.returncode, out, err, names_in(scratch)), INTERRUPTED, "interrupted")
    assert out == ""
    assert names_in(tmp_path) == ["scratch"]


@pytest.mark.parametrize("as_json", [[], ["--json"]])
def test_ctrl_c_between_videos_keeps_the_exit_code(here, monkeypatch, as_json):
    def interrupt(*_):
        raise KeyboardInterrupt

    monkeypatch.setattr("leglift.verdict.outcome.judged", interrupt)
    ran = here("judge", *as_json, DEMO)
    assert_failed(ran, INTERRUPTED, "interrupted")
    assert ran.out == ""


@pytest.mark.slow
def test_nobody_who_reads_the_output_is_no_error(one_rep, tmp_path):
    read, write = os.pipe()
    os.close(read)
    told = [*command(), "judge", "--json", str(one_rep)]
    how = {"stdout": write, "stderr": subprocess.PIPE, "timeout": 120, "check": False}
    try:
        done = subprocess.run(told, env=environment(tmp_path), **how)
    finally:
        os.close(write)
    assert (done.returncode, done.stderr.decode()) == (0, "")
    assert names_in(tmp_path) == []
