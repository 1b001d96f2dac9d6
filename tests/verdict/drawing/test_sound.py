"""The drawn video keeps the sound, in time with the pictures, or says why it does not."""

from __future__ import annotations

import logging
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import pytest

from clips import painted, write_video
from command import names_in
from leglift.verdict.drawing.sound import add_sound

RATE_HZ = 48_000
BEEP_S = 1.0
"""When the tone sets in, in seconds after the first picture."""


def filmed(
    path: Path, codec: str | None, *, pictures_s: float = 0.0, sound_s: float = 0.0, garbage=False
) -> Path:
    """Three seconds of pictures and sound that begin when they are said to."""
    with av.open(str(path), "w") as out:
        film = out.add_stream("libx264", rate=10, options={"preset": "ultrafast", "bf": "0"})
        film.width, film.height, film.pix_fmt = 96, 64, "yuv420p"
        film.codec_context.time_base = Fraction(1, 1000)
        sound = codec and out.add_stream(codec, rate=RATE_HZ, layout="mono")
        packets = []
        for i, rgb in enumerate(painted(30)):
            picture = av.VideoFrame.from_ndarray(rgb, "rgb24")
            picture.pts, picture.time_base = round(1000 * (pictures_s + i / 10)), Fraction(1, 1000)
            packets += film.encode(picture)
        packets += film.encode(None)
        if sound:
            t = sound_s + np.arange(3 * RATE_HZ) / RATE_HZ
            loud = t >= pictures_s + BEEP_S
            wave = (12_000 * np.sin(2 * np.pi * 1000 * t) * loud).astype(np.int16)[None]
            for at in range(0, wave.shape[1], 960):
                frame = av.AudioFrame.from_ndarray(wave[:, at : at + 960], "s16", "mono")
                frame.sample_rate, frame.time_base = RATE_HZ, Fraction(1, RATE_HZ)
                frame.pts = at + round(RATE_HZ * sound_s)
                packets += sound.encode(frame)
            packets += sound.encode(None)
        packets.sort(key=lambda packet: float(packet.dts * packet.time_base))
        for packet in packets:
            if garbage and packet.stream is sound:
                packet.update(b"\x5a" * packet.size)
            out.mux(packet)
    return path


@pytest.fixture
def drawn(tmp_path) -> Path:
    """What was drawn before there was sound: the same pictures from 0 s on."""
    return write_video(tmp_path / "drawn.mp4", painted(30), fps=10)


def heard(path: Path) -> tuple[str, float, float]:
    """Codec of the sound, when the tone sets in, and when the sound ends (s)."""
    with av.open(str(path)) as container:
        stream = container.streams.audio[0]
        loud, end_s = [], 0.0
        for frame in container.decode(stream):
            wave = frame.to_ndarray().astype(float)
            high = 0.1 if frame.format.name.startswith("flt") else 3000
            at = np.flatnonzero(np.abs(wave).max(axis=0) > high)
            start_s = float(frame.pts * frame.time_base)
            end_s = start_s + frame.samples / frame.sample_rate
            loud += [start_s + at[0] / frame.sample_rate] if len(at) else []
        return stream.codec_context.name, loud[0], end_s


@pytest.fixture
def said(caplog):
    caplog.set_level(logging.WARNING, "leglift")
    return lambda: caplog.messages


BEGINS = ({"pictures_s": 5.0, "sound_s": 5.0}, {"sound_s": 0.5}, {"pictures_s": 0.5})
KEPT = [
    ("a.mp4", "aac", "aac", {}),
    ("a.mov", "pcm_s16le", "aac", {}),
    ("a.mkv", "libopus", "opus", {}),
    ("a.mkv", "libmp3lame", "mp3float", {}),
    ("a.ts", "aac", "aac", {}),
    *[("a.mkv", codec, "aac", begin) for codec in ("aac", "flac") for begin in BEGINS],
]


@pytest.mark.parametrize(("name", "codec", "kept", "begin"), KEPT)
def test_sound_is_kept_in_time_whatever_begins_first(
    tmp_path, drawn, said, name, codec, kept, begin
):
    before = times_of(drawn)
    add_sound(drawn, filmed(tmp_path / name, codec, **begin), own_times=True)
    found, beep_s, end_s = heard(drawn)
    assert found == kept
    assert beep_s == pytest.approx(BEEP_S, abs=0.03)
    assert end_s < 3.1
    assert begin or end_s > 2.9
    assert said() == []
    assert names_in(tmp_path) == [name, "drawn.mp4"]
    assert times_of(drawn) == pytest.approx(before, abs=1e-4)


def times_of(path: Path) -> list[float]:
    with av.open(str(path)) as container:
        return [float(frame.time) for frame in container.decode(video=0)]


@pytest.mark.parametrize("kind", ["silent", "damaged", "slowed down"])
def test_without_sound_nothing_is_done_and_what_cannot_be_kept_is_said(tmp_path, drawn, said, kind):
    before = drawn.read_bytes()
    codec = None if kind == "silent" else "flac"
    video = filmed(tmp_path / "a.mkv", codec, garbage=kind == "damaged")
    add_sound(drawn, video, own_times=kind != "slowed down")
    assert drawn.read_bytes() == before
    assert len(said()) == (kind != "silent")
    assert all(line.startswith(f"{video}: drawn without sound") for line in said())
    assert names_in(tmp_path) == ["a.mkv", "drawn.mp4"]
