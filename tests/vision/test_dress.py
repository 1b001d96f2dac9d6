"""The same pictures in other files: geometry, streams, clocks and holes."""

from fractions import Fraction
from pathlib import Path

import cv2
import numpy as np
import pytest
from PIL import Image

from clips import DEMO, cut_off, painted, remuxed, write_tracks, write_video, zeroed
from leglift.errors import VideoError
from leglift.vision.clock import Clock
from leglift.vision.video import FrameReader, PictureReader, Reading, probe, some_pictures

FULL = 4096
N_FRAMES = 657
"""Of the demo clip, at 30 a second."""


def read(path, reading=None, kind=FrameReader):
    reader = kind(path, FULL, reading or Reading())
    return list(reader), reader


SUFFIXES = [".mp4", ".mkv", ".ts"]


@pytest.mark.parametrize("shape", [Fraction(1, 2), Fraction(64, 45)])
@pytest.mark.parametrize("rotation_deg", [0, 90])
@pytest.mark.parametrize("kind", [FrameReader, PictureReader])
def test_pixels_come_square(tmp_path, shape, rotation_deg, kind):
    """The stored picture is stretched, as the true one has pixels of this shape."""
    true = cv2.GaussianBlur(painted(1, 384, 512)[0], (0, 0), 4)
    wide = np.rot90(true, -rotation_deg // 90)
    size = (round(wide.shape[1] / max(shape, 1)), round(wide.shape[0] * min(shape, 1)))
    size = tuple(2 * (side // 2) for side in size)
    stored = cv2.resize(wide, size, interpolation=cv2.INTER_AREA)
    path = write_video(
        tmp_path / "a.mp4", [stored] * 3, rotation_deg=rotation_deg, pixel_shape=shape
    )
    frames, _ = read(path, kind=kind)
    info = probe(path)
    assert (info.width_px, info.height_px) == pytest.approx((512, 384), abs=4)
    if kind is FrameReader:
        assert frames[0].rgb.shape[:2] == (info.height_px, info.width_px)
    seen = cv2.resize(frames[0].rgb, (512, 384))
    assert np.abs(seen.astype(int) - true).mean() < 6


@pytest.mark.parametrize("shape", [Fraction(376, 375), Fraction(1, 100), Fraction(1000, 1)])
def test_pixels_that_are_square_or_cannot_be_stay_as_they_are(tmp_path, shape):
    path = write_video(tmp_path / "a.mp4", painted(2), pixel_shape=shape)
    assert read(path)[0][0].rgb.shape == (64, 96, 3)


@pytest.mark.parametrize("rotate_deg", [90, 180, 270])
@pytest.mark.parametrize("tag_deg", [0, 90])
def test_the_user_turns_the_picture_clockwise(tmp_path, rotate_deg, tag_deg):
    stored = painted(2, 64, 96)
    path = write_video(tmp_path / "a.mp4", stored, lossless=True, rotation_deg=tag_deg)
    reading = Reading(rotate_deg=rotate_deg)
    shown = np.rot90(np.rot90(stored[0], tag_deg // 90), -rotate_deg // 90)
    frames, _ = read(path, reading)
    np.testing.assert_array_equal(frames[0].rgb, shown)
    info = probe(path, reading)
    assert (info.height_px, info.width_px) == shown.shape[:2]
    assert info.rotation_deg % 360 == tag_deg


def joined(path, *parts):
    """Transport streams one after the other, as a stream that changes its size."""
    path.write_bytes(b"".join(part.read_bytes() for part in parts))
    return path


@pytest.mark.parametrize("kind", [FrameReader, PictureReader])
@pytest.mark.parametrize(("height", "width"), [(180, 240), (720, 960), (240, 180)])
def test_a_stream_that_changes_its_size_keeps_its_proportions(tmp_path, kind, height, width):
    """A disc stays round and in its place; a picture of another shape gets a border."""

    def disc(high, wide):
        picture = np.full((high, wide, 3), 40, np.uint8)
        return cv2.circle(picture, (wide // 2, high // 2), min(high, wide) // 4, (250,) * 3, -1)

    parts = [
        write_video(tmp_path / f"{i}.ts", [disc(*size)] * 8)
        for i, size in enumerate([(360, 480), (height, width)])
    ]
    frames, reader = read(joined(tmp_path / "a.ts", *parts), kind=kind)
    assert len(frames) == 16, reader.complaints
    for frame in frames:
        high, wide = frame.rgb.shape[:2]
        assert wide / high == pytest.approx(4 / 3, rel=0.01)
        assert frame.scale == pytest.approx(wide / 480, rel=0.01)
        x, y, w, h = cv2.boundingRect(np.asarray(frame.rgb[..., 0] > 150).view(np.uint8))
        assert w / h == pytest.approx(1, abs=0.06)
        assert (x + w / 2, y + h / 2) == pytest.approx((wide / 2, high / 2), abs=wide / 50)
    if kind is PictureReader:
        assert len({frame.rgb.shape for frame in frames}) == 1


SMALL, LARGE = painted(3, 48, 64), painted(9, 96, 128, seed=1)
TRACKS = {
    "the default one": ([(SMALL, 1, False), (LARGE, 30, True)], 128),
    "the default one though small": ([(LARGE, 30, False), (SMALL, 30, True)], 64),
    "the larger of two": ([(SMALL, 30, True), (LARGE, 30, True)], 128),
    "the first of two alike": ([(LARGE, 30, True), (LARGE[::-1], 30, True)], 128),
}


@pytest.mark.parametrize("kind", TRACKS)
def test_the_track_is_read_that_a_player_shows(tmp_path, kind):
    tracks, width = TRACKS[kind]
    path = write_tracks(tmp_path / "a.mov", tracks)
    assert probe(path).width_px == width
    assert {frame.rgb.shape[1] for frame in read(path)[0]} == {width}


@pytest.mark.parametrize(
    ("n", "words"), [(4, "animated picture .WebP.*save it as MP4"), (1, "a still picture")]
)
def test_a_picture_says_what_it_is(tmp_path, n, words):
    with pytest.raises(VideoError, match=words):
        probe(animated(tmp_path / "a.webp", painted(n)))


def test_a_stream_without_times_says_which_rate_is_assumed(tmp_path):
    """It is the codec's own, not FFmpeg's 25."""
    frames, reader = read(remuxed(tmp_path / "a.h264", DEMO))
    assert frames[-1].time_s == pytest.approx((N_FRAMES - 1) / 30)
    (said,) = reader.complaints
    assert "30 frames a second are assumed" in said
    assert "--source-fps" in said


@pytest.mark.parametrize("suffix", [".h264", ".mp4"])
def test_the_user_may_give_the_rate(tmp_path, suffix):
    path = write_video(tmp_path / f"a{suffix}", painted(12))
    frames, reader = read(path, Reading(source_fps=240))
    assert [f.time_s for f in frames] == pytest.approx([i / 240 for i in range(12)])
    assert reader.complaints == []


@pytest.mark.parametrize(
    ("by_s", "words"),
    [(35 * 3600.0, "35 h"), (90.0, "2 min"), (-2.0, "back 2 s"), (-300.0, "back 5 min")],
)
def test_a_clock_that_jumps_is_a_cut(by_s, words):
    times = [i / 30 + 2 for i in range(60)]
    clock = Clock(30)
    timed = [clock.at(t + (by_s if i >= 30 else 0), False) for i, t in enumerate(times)]
    assert [time_s for time_s, _ in timed] == pytest.approx([i / 30 for i in range(60)])
    assert [i for i, (_, cut) in enumerate(timed) if cut] == [30]
    assert clock.complaints() == [f"the clock jumps by {words} at 1.0 s; taken for a cut"]


def test_an_uneven_rate_is_no_hole():
    rng = np.random.default_rng(3)
    clock = Clock(30)
    times = np.cumsum(rng.uniform(0.02, 0.6, 200))
    assert not any(clock.at(t, False)[1] for t in times)
    assert clock.complaints() == []


@pytest.fixture(scope="module")
def whole(tmp_path_factory):
    folder = tmp_path_factory.mktemp("whole")
    return {suffix: remuxed(folder / f"a{suffix}", DEMO) for suffix in SUFFIXES}


SMALL_HOLES = [(".mp4", 0.54, 64), (".mkv", 0.46, 64), (".ts", 0.5, 64)]
"""After these all frames come: the decoder makes up what is missing of them."""


@pytest.mark.parametrize(
    ("suffix", "at_frac", "n_bytes"), [*((suffix, 0.42, 4096) for suffix in SUFFIXES), *SMALL_HOLES]
)
def test_after_a_hole_the_reading_goes_on(tmp_path, whole, suffix, at_frac, n_bytes):
    frames, reader = read(zeroed(tmp_path / f"a{suffix}", whole[suffix], at_frac, n_bytes))
    times_s = np.array([frame.time_s for frame in frames])
    assert 2 / 3 * N_FRAMES < len(frames) < N_FRAMES
    assert times_s[-1] == pytest.approx((N_FRAMES - 1) / 30, abs=0.05)
    (said,) = reader.complaints
    lost_s = float(said.split("about ")[1].split(" s ")[0])
    assert lost_s == pytest.approx((N_FRAMES - len(frames)) / 30, abs=0.09)
    assert reader.damaged_at_s is None
    longest = int(np.argmax(np.diff(times_s)))
    assert frames[longest + 1].cut == (np.diff(times_s)[longest] > 0.4)


@pytest.mark.parametrize("share", [0.31, 0.999])
@pytest.mark.parametrize("suffix", SUFFIXES)
def test_a_file_that_is_cut_off_says_that_it_ends_early(tmp_path, whole, suffix, share):
    if suffix == ".mp4":
        source = write_video(tmp_path / "fast.mp4", painted(60), faststart=True)
    else:
        source = whole[suffix]
    frames, reader = read(cut_off(tmp_path / f"a{suffix}", source, share))
    assert reader.damaged_at_s == pytest.approx(frames[-1].time_s)
    assert "ends early" in reader.complaints[-1]


@pytest.fixture(scope="module")
def gif(tmp_path_factory):
    path = tmp_path_factory.mktemp("gif") / "a.gif"
    return animated(path, painted(20), loop=0)


def animated(path: Path, pictures, **how) -> Path:
    first, *others = map(Image.fromarray, pictures)
    first.save(path, save_all=True, append_images=others, duration=60, **how)
    return path


@pytest.mark.parametrize("lost", [0.69, 0.03, 1, 0], ids=["most", "the end", "the trailer", "none"])
def test_a_gif_that_is_cut_off_says_that_it_ends_early(tmp_path, gif, lost):
    """One without a trailer is whole."""
    share = 1 - (lost if lost < 1 else 1 / gif.stat().st_size)
    frames, reader = read(cut_off(tmp_path / "a.gif", gif, share))
    if lost in (0, 1):
        assert (len(frames), reader.complaints, reader.damaged_at_s) == (20, [], None)
    else:
        assert 3 < len(frames) <= 20
        assert "ends early" in reader.complaints[-1]


@pytest.mark.parametrize(("suffix", "max_fps"), [(".mp4", None), (".mkv", 10), (".ts", 4)])
def test_nothing_is_said_of_a_whole_file_and_a_few_pictures_come_from_all_over(
    whole, suffix, max_fps
):
    frames, reader = read(whole[suffix])
    assert len(frames) == N_FRAMES
    assert not any(frame.cut for frame in frames)
    assert (reader.complaints, reader.damaged_at_s) == ([], None)
    reading = Reading(max_fps=max_fps)
    assert len(list(some_pictures(whole[suffix], FULL, reading, 6, 600))) == 6
    assert len(list(some_pictures(whole[suffix], FULL, reading, 5, 100))) == 5
