"""What people type and what their disks say: one plain line, and a documented exit code."""

from __future__ import annotations

import os
import subprocess
import sys
from contextlib import nullcontext
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from clips import DEMO, painted, write_video
from command import ENTRY, assert_failed, environment
from histories import recorded
from leglift.console import plain
from leglift.errors import UsageError
from leglift.verdict.history.commands import done_on
from leglift.verdict.watch import watched
from leglift.vision.pose import find_bundle

USAGE, VIDEO = 2, 3


FINE = ("my set.mp4", "Bildschirm 10.30\u202fUhr ä 测试.mp4")
ODD = ("\x1b[31mred\x1b[0m", "two\nlines\r", "\u202egnp.mp4", "\udcff.mp4", "\x9b31m")


def test_what_does_not_show_is_written_out():
    assert [plain(text) for text in FINE] == list(FINE)
    for text in ODD:
        assert plain(text) == repr(text)[1:-1]


@pytest.mark.parametrize("verb", ["judge", "check"])
@pytest.mark.parametrize("name", [b"\xff\xfe.mp4", b"\x1b[31m.mp4", b"two\nlines.mp4"])
def test_odd_names_stay_on_one_line(here, tmp_path, verb, name):
    path = Path(os.fsdecode(os.fsencode(tmp_path) + b"/" + name))
    path.write_bytes(b"no video")
    line = assert_failed(here(verb, path), VIDEO, "not a video")
    assert line.isprintable()


@pytest.mark.parametrize(
    ("given", "code", "said"),
    [
        (["-"], VIDEO, "save it"),
        (["https://a.example/b.mp4"], VIDEO, "download"),
        (["rtsp://a/b"], VIDEO, "download"),
        (["-x.mp4"], USAGE, "write ./-x.mp4"),
        (["--rotate", "45", DEMO], USAGE, "--rotate"),
    ],
)
def test_what_is_no_file_or_no_option(here, tmp_path, monkeypatch, given, code, said):
    monkeypatch.chdir(tmp_path)
    write_video(tmp_path / "a.mp4", painted(3)).rename(tmp_path / "-x.mp4")
    assert_failed(here("judge", *given), code, said)


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="a device that is always full")
@pytest.mark.parametrize("args", [["--version"], ["judge", "--help"]])
def test_a_full_disk_behind_stdout(tmp_path, args):
    told = [sys.executable, "-c", ENTRY, *args]
    with Path("/dev/full").open("w") as full:
        done = subprocess.run(told, stdout=full, stderr=subprocess.PIPE, env=environment(tmp_path))
    assert done.returncode == USAGE
    (line,) = done.stderr.decode().splitlines()
    assert "No space left on device" in line


def test_a_full_folder_for_temporary_files(monkeypatch, tmp_path, params):
    def full(*_, **__):
        raise OSError(28, "No space left on device", str(tmp_path / "clip.parquet.part"))

    monkeypatch.setattr("leglift.vision.writing.pq.ParquetWriter", full)
    monkeypatch.setattr("tempfile.TemporaryDirectory", lambda **_: nullcontext(str(tmp_path)))
    said = r"temporary files cannot be written .No space.*TMPDIR"
    with pytest.raises(UsageError, match=said), watched(DEMO, find_bundle("full"), params):
        pass


def test_a_recording_of_the_future_is_not_kept(tmp_path, here):
    now = datetime.now(UTC)
    lately, yet_to_come = ((now + timedelta(days=days)).isoformat() for days in (-9, 999))
    assert done_on(recorded(tmp_path / "a.mp4", lately))[1] == ""
    path = recorded(tmp_path / "b.mp4", yet_to_come)
    ran = here("history", "add", path, "--person", "me", "--db", tmp_path / "h.sqlite")
    assert_failed(ran, USAGE, "yet to come; give the day with --on")
    assert not (tmp_path / "h.sqlite").exists()


def test_a_file_changed_in_the_future_counts_as_today(tmp_path):
    path = write_video(tmp_path / "a.mkv", painted(3))
    os.utime(path, (4e9, 4e9))
    assert done_on(path)[0] <= datetime.now(UTC).astimezone().date()
