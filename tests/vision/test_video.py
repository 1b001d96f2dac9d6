import gc
import os
from functools import partial
from pathlib import Path

import av
import cv2
import numpy as np
import pytest

from clips import painted, write_sound, write_video
from leglift.errors import VideoError
from leglift.vision.clock import Clock
from leglift.vision.video import FrameReader, PictureReader, probe, read_ahead

FULL = 4096
"""A longest side that no test video reaches."""


def read(path, max_side_px=FULL):
    return list(FrameReader(path, max_side_px))


def times_s(path):
    return [frame.time_s for frame in read(path)]


@pytest.mark.parametrize("width", [96, 333, 854, 1156])
@pytest.mark.parametrize("height", [64, 61])
def test_frames_are_whole_and_equal_at_any_width(tmp_path, width, height):
    shown = painted(4, height, width)
    frames = read(write_video(tmp_path / "a.mp4", shown, lossless=True))
    assert [frame.frame_idx for frame in frames] == [0, 1, 2, 3]
    for frame, true in zip(frames, shown, strict=True):
        assert frame.rgb.flags.c_contiguous
        assert frame.rgb.dtype == np.uint8
        np.testing.assert_array_equal(frame.rgb, true)
        assert frame.scale == 1.0


@pytest.mark.parametrize(
    ("size", "limit_px"),
    [((640, 360), 160), ((360, 640), 160), ((333, 201), 160), ((96, 64), 1280)],
)
def test_long_frames_are_scaled_down_and_short_ones_never_enlarged(tmp_path, size, limit_px):
    shown = [cv2.GaussianBlur(frame, (0, 0), 6) for frame in painted(2, *size[::-1])]
    longest = min(limit_px, max(size))
    frames = read(write_video(tmp_path / "a.mp4", shown, lossless=True), limit_px)
    for frame, true in zip(frames, shown, strict=True):
        assert max(frame.rgb.shape[:2]) == longest
        assert frame.scale == pytest.approx(longest / max(size))
        small = cv2.resize(true, frame.rgb.shape[1::-1], interpolation=cv2.INTER_AREA)
        assert np.abs(frame.rgb.astype(int) - small).mean() < 3


SHOWN = {
    "as it is": ((1, 0, 0, 1), lambda stored: stored),
    "turned by a quarter": ((0, -1, 1, 0), np.rot90),
    "turned by a half": ((-1, 0, 0, -1), lambda stored: stored[::-1, ::-1]),
    "turned by three quarters": ((0, 1, -1, 0), lambda stored: np.rot90(stored, -1)),
    "mirrored left and right": ((-1, 0, 0, 1), lambda stored: stored[:, ::-1]),
    "mirrored up and down": ((1, 0, 0, -1), lambda stored: stored[::-1]),
    "mirrored at the diagonal": ((0, 1, 1, 0), lambda stored: stored.transpose(1, 0, 2)),
    "mirrored at the other": ((0, -1, -1, 0), lambda stored: np.rot90(stored[::-1])),
}


def with_display_matrix(path, abcd):
    """Rewrite the display matrix of an mp4's track header: (x, y) to (a x + c y, b x + d y)."""
    data = bytearray(path.read_bytes())
    at = data.index(b"tkhd") + 44
    a, b, c, d = (value * 65536 for value in abcd)
    for i, value in enumerate((a, b, 0, c, d)):
        data[at + 4 * i : at + 4 * i + 4] = value.to_bytes(4, "big", signed=True)
    path.write_bytes(data)
    return path


@pytest.mark.parametrize("way", SHOWN)
@pytest.mark.parametrize(("reader", "off"), [(FrameReader, 1), (PictureReader, 20)])
def test_frames_come_upright(tmp_path, way, reader, off):
    """Phones store the front camera's picture one way and ask players to show it the other."""
    abcd, shown = SHOWN[way]
    stored = painted(2, 360, 480)
    path = with_display_matrix(write_video(tmp_path / "a.mp4", stored, lossless=True), abcd)
    frames = list(reader(path, FULL))
    for frame, true in zip(frames, map(shown, stored), strict=True):
        assert frame.rgb.shape == true.shape
        assert frame.rgb.flags.c_contiguous
        assert np.abs(frame.rgb.astype(int) - true).mean() < off
    info = probe(path)
    assert (info.height_px, info.width_px) == frames[0].rgb.shape[:2]


@pytest.mark.parametrize("fps", [15, 240])
def test_even_rate(tmp_path, fps):
    path = write_video(tmp_path / "a.mp4", painted(12), fps=fps)
    assert times_s(path) == pytest.approx([i / fps for i in range(12)], abs=1e-4)
    info = probe(path)
    assert info.fps == pytest.approx(fps, rel=0.01)
    assert info.n_frames == 12
    assert info.duration_s == pytest.approx(12 / fps, abs=1.5 / fps)


@pytest.mark.parametrize("b_frames", [0, 2])
@pytest.mark.parametrize("suffix", [".mp4", ".mkv", ".ts"])
def test_variable_rate_keeps_the_containers_times_from_the_first_frame_on(
    tmp_path, suffix, b_frames
):
    uneven_s = [0.0, 0.03, 0.1, 0.11, 0.5, 0.52, 0.9, 0.933, 1.4, 1.45]
    late_s = [5 + t for t in uneven_s]
    path = write_video(tmp_path / f"a{suffix}", painted(10), late_s, b_frames=b_frames)
    with av.open(str(path)) as container:
        assert next(container.decode(video=0)).time > 1  # the container really starts late
    assert times_s(path) == pytest.approx(uneven_s, abs=1e-3)


def test_repeated_times_become_strictly_increasing():
    clock = Clock(30)
    said_s = [5 + i / 30 for i in (0, 1, 1, 2, 3, 3, 3, 4, 4.001, 5)]
    got = [clock.at(time_s, False)[0] for time_s in said_s]
    assert got[0] == 0.0
    assert np.diff([round(t * 1000) for t in got]).min() >= 1  # what MediaPipe is told
    assert got[-1] == pytest.approx(said_s[-1] - said_s[0], abs=0.15)


def without_index(path):
    whole = write_video(path.with_name("whole.mp4"), painted(30)).read_bytes()
    path.write_bytes(whole[: whole.index(b"moov")])


def picture(path, suffix):
    path.write_bytes(cv2.imencode(suffix, painted(1)[0])[1].tobytes())


NO_VIDEO = {
    "missing.mp4": (lambda path: None, "no such file"),
    "my_sett.mp4": (lambda path: (path.parent / "my_set.mp4").touch(), "did you mean .*my_set.mp4"),
    "gone/my_set.mp4": (lambda path: None, "there is no folder"),
    "link.mp4": (lambda path: path.symlink_to("gone.mp4"), "a link to .*gone.mp4, which is not th"),
    "empty.mp4": (lambda path: path.touch(), "empty"),
    "text.mp4": (lambda path: path.write_text("no video\n" * 99), "not a video"),
    "bytes.mp4": (lambda path: path.write_bytes(np.random.default_rng(0).bytes(50_000)), "not a v"),
    "sound.m4a": (write_sound, "no video stream"),
    "cover.mp3": (partial(write_sound, codec="libmp3lame", cover=True), "sound and a cover"),
    "pipe.mp4": (os.mkfifo, "a pipe or device"),
    "picture.jpg": (lambda path: picture(path, ".jpg"), "still picture"),
    "png_named.mp4": (lambda path: picture(path, ".png"), "still picture"),
    "folder.mp4": (lambda path: path.mkdir(), "folder"),
    "no_index.mp4": (without_index, "not a video"),
    f"{'long' * 75}.mp4": (lambda path: None, "cannot be read"),
    "below_a_file.txt/a.mp4": (lambda path: path.parent.touch(), "cannot be read"),
}


@pytest.mark.parametrize("name", NO_VIDEO)
@pytest.mark.parametrize("reader", [probe, read])
def test_what_is_no_video_is_said_in_one_line(tmp_path, reader, name):
    path, (make, why) = tmp_path / name, NO_VIDEO[name]
    make(path)
    with pytest.raises(VideoError, match=why) as caught:
        reader(path)
    assert str(caught.value).startswith(f"{path}: ")
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    "name", ["10:30.mp4", "concat:a|b.mp4", "%03d.mp4", "-i.mp4", os.fsdecode(b"\xff\xfe.mp4")]
)
def test_a_file_is_never_taken_for_anything_else(tmp_path, monkeypatch, name):
    monkeypatch.chdir(tmp_path)
    write_video(tmp_path / "a.mp4", painted(3)).rename(tmp_path / name)
    assert len(read(Path(name))) == 3


@pytest.mark.parametrize("kind", [FrameReader, PictureReader])
def test_decoded_frames_do_not_wait_for_the_collector(tmp_path, kind):
    frames = kind(write_video(tmp_path / "a.mp4", painted(60)), FULL)
    gc.collect()
    before = decoded_in_memory()
    gc.disable()
    try:
        for i, _ in enumerate(frames):
            if i % 30 == 29:  # to look takes long
                assert decoded_in_memory() - before < 10
    finally:
        gc.enable()


def decoded_in_memory():
    return sum(isinstance(thing, av.VideoFrame) for thing in gc.get_objects())


OPEN_FILES = Path("/proc/self/fd")


@pytest.mark.skipif(not OPEN_FILES.is_dir(), reason="needs a system that lists open files")
def test_no_file_is_left_open(tmp_path):
    path = write_video(tmp_path / "a.avi", painted(40))
    before = len(list(OPEN_FILES.iterdir()))
    for _ in range(5):
        probe(path)
        frames = read_ahead(FrameReader(path, FULL), 0)
        next(frames)
        frames.close()
    assert len(list(OPEN_FILES.iterdir())) <= before
