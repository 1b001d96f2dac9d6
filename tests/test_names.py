"""What people type and what their disks say: one plain line, and a documented exit code."""

from __future__ import annotations

import os
import subprocess
import sys
from contextlib import contextmanager
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import av
import pytest

from clips import DEMO, painted, write_video
from command import ENTRY, assert_failed, environment
from leglift.console import plain
from leglift.errors import UsageError
from leglift.verdict.history.commands import done_on
from leglift.verdict.history.documents import read_documents
from leglift.verdict.watch import watched

USAGE, VIDEO = 2, 3


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("my set.mp4", "my set.mp4"),
        ("Bildschirm 10.30\u202fUhr ä 测试.mp4", "Bildschirm 10.30\u202fUhr ä 测试.mp4"),
        ("\x1b[31mred\x1b[0m", r"\x1b[31mred\x1b[0m"),
        ("two\nlines\r", r"two\nlines\r"),
        ("\u202egnp.mp4", r"\u202egnp.mp4"),
        ("\udcff.mp4", r"\udcff.mp4"),
        ("\x9b31m", r"\x9b31m"),
    ],
)
def test_what_does_not_show_is_written_out(text, shown):
    assert plain(text) == shown


@pytest.mark.parametrize("verb", ["judge", "check"])
@pytest.mark.parametrize("name", [b"\xff\xfe.mp4", b"\x1b[31m.mp4", b"two\nlines.mp4"])
def test_odd_names_stay_on_one_line(here, tmp_path, verb, name):
    path = Path(os.fsdecode(os.fsencode(tmp_path) + b"/" + name))
    path.write_bytes(b"no video")
    line = assert_failed(here(verb, path), VIDEO, "not a video")
    assert line.isprintable()


def test_a_name_that_is_no_text_is_read(tmp_path):
    path = Path(os.fsdecode(os.fsencode(tmp_path) + b"/\xff\xfe.mp4"))
    write_video(tmp_path / "a.mp4", painted(3)).rename(path)
    from leglift.vision.video import probe

    assert probe(path).width_px == 96


@pytest.mark.parametrize("given", ["-", "https://a.example/b.mp4"])
def test_what_is_no_file_is_exit_3(here, given):
    assert_failed(here("judge", given), VIDEO, "save it" if given == "-" else "download")


def test_a_name_with_a_leading_dash(here, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    write_video(tmp_path / "a.mp4", painted(3)).rename(tmp_path / "-x.mp4")
    assert_failed(here("judge", "-x.mp4"), USAGE, "write ./-x.mp4")


def test_only_quarter_turns(here):
    assert_failed(here("judge", "--rotate", "45", DEMO), USAGE, "--rotate")


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="a device that is always full")
@pytest.mark.parametrize("args", [["--version"], ["judge", "--help"]])
def test_a_full_disk_behind_stdout(tmp_path, args):
    with Path("/dev/full").open("w") as full:
        done = subprocess.run(
            [sys.executable, "-c", ENTRY, *args],
            stdout=full,
            stderr=subprocess.PIPE,
            env=environment(tmp_path),
            check=False,
        )
    assert done.returncode == USAGE
    (line,) = done.stderr.decode().splitlines()
    assert "No space left on device" in line


def test_a_full_folder_for_temporary_files(monkeypatch, scratch):
    @contextmanager
    def full(*_, **__):
        raise OSError(28, "No space left on device", str(scratch / "leglift-x/clip.parquet.part"))
        yield

    monkeypatch.setattr("leglift.vision.writing.pq.ParquetWriter", full)
    monkeypatch.setattr("tempfile.TemporaryDirectory", lambda **_: _Folder(scratch / "leglift-x"))
    said = r"temporary files cannot be written .No space.*TMPDIR"
    with pytest.raises(UsageError, match=said), watched(DEMO, _bundle(), _params()):
        pass


class _Folder:
    def __init__(self, path: Path) -> None:
        self.path = path

    def __enter__(self) -> str:
        self.path.mkdir()
        return str(self.path)

    def __exit__(self, *_: object) -> None:
        self.path.rmdir()


def _bundle():
    from leglift.vision.pose import find_bundle

    return find_bundle("full")


def _params():
    from leglift.params import load_params

    return load_params()


def recorded(path: Path, day: date) -> Path:
    with av.open(str(path), "w") as container:
        container.metadata["creation_time"] = f"{day.isoformat()}T12:00:00.000000Z"
        stream = container.add_stream("libx264", rate=30)
        stream.height, stream.width, stream.pix_fmt = 64, 96, "yuv420p"
        for frame in painted(3):
            container.mux(stream.encode(av.VideoFrame.from_ndarray(frame, "rgb24")))
        container.mux(stream.encode(None))
    return path


def test_a_recording_of_the_future_is_not_kept(tmp_path, here):
    today = datetime.now(UTC).date()
    assert done_on(recorded(tmp_path / "a.mp4", today - timedelta(days=9)))[1] == ""
    path = recorded(tmp_path / "b.mp4", today + timedelta(days=999))
    with pytest.raises(UsageError, match="yet to come; give the day with --on"):
        done_on(path)
    ran = here("history", "add", path, "--person", "me", "--db", tmp_path / "h.sqlite")
    assert_failed(ran, USAGE, "yet to come")
    assert not (tmp_path / "h.sqlite").exists()


def test_a_file_changed_in_the_future_counts_as_today(tmp_path):
    path = write_video(tmp_path / "a.mkv", painted(3))
    os.utime(path, (4e9, 4e9))
    assert done_on(path)[0] <= datetime.now(UTC).astimezone().date()


@pytest.mark.parametrize("text", ["{}", '{"schema_version": 1, "set": {"n_reps": "x"}}', "[]"])
def test_no_validator_speaks_to_people(tmp_path, text):
    path = tmp_path / "a.json"
    path.write_text(text)
    with pytest.raises(UsageError, match="not what leglift judge --json prints") as caught:
        read_documents(path)
    for word in ("Input should", "Field required", "pydantic"):
        assert word not in str(caught.value)
