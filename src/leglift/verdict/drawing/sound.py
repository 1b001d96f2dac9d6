"""The sound of the judged video for the drawn one: as it is where MP4 holds it, else as AAC.

Times are those of the pictures: 0 is the first frame, and what sounds before it or after the last
one is left out.
"""

from __future__ import annotations

import logging
from collections.abc import Iterator
from heapq import merge
from pathlib import Path
from typing import Any

import av
from av.audio.resampler import AudioResampler

from leglift.vision.container import UNREADABLE, decoded, opened, packets

FASTSTART = {"movflags": "faststart"}
"""The index first: it plays before it is loaded."""

_KEPT = {"aac", "ac3", "alac", "eac3", "mp3", "opus"}
"""Codecs that players expect in MP4."""

_RATE_HZ, _SAMPLES = 48_000, 1024

_log = logging.getLogger(__name__)


def add_sound(drawn: Path, video: Path, *, own_times: bool) -> None:
    """Give a silent MP4 the sound of the video it was drawn from; without any it stays as it is.

    `own_times` tells that the pictures have the times of the file. One line is said where there is
    sound that cannot be taken over; the drawn video is whole all the same.
    """
    part = drawn.with_name(drawn.name + ".sound")
    with opened(video) as (source, _):
        sound = source.streams.best("audio")
        if sound is None:
            return
        if not own_times:
            _log.warning("%s: drawn without sound, whose times are not the pictures'", video)
            return
        try:
            with (
                av.open(str(drawn.absolute())) as silent,
                av.open(str(part.absolute()), "w", format="mp4", options=FASTSTART) as both,
            ):
                _join(both, silent, source, sound, _first_s(video))
            part.replace(drawn)
        except UNREADABLE:
            _log.warning("%s: drawn without sound; it cannot be read", video)
        finally:
            part.unlink(missing_ok=True)


def _join(both: Any, silent: Any, source: Any, sound: Any, first_s: float) -> None:
    """Write the pictures of one file and the sound of the other, in order of time."""
    if sound.codec_context is None:
        raise ValueError("a codec that is not known here")
    shown = silent.streams.video[0]
    picture = both.add_stream_from_template(shown)
    end_s = float(silent.duration or 0) / av.time_base
    way = _as_it_is if sound.codec_context.codec.canonical_name in _KEPT else _as_aac
    heard = way(both, source, sound, first_s, end_s)
    pictures = (packet for packet in silent.demux(shown) if packet.dts is not None)
    for packet in merge(pictures, heard, key=_decoded_s):
        if packet.stream is shown:
            packet.stream = picture
        both.mux(packet)


def _decoded_s(packet: Any) -> float:
    return float((packet.dts or 0) * packet.time_base)


def _first_s(video: Path) -> float:
    """Time of the first picture."""
    with opened(video) as (container, stream):
        first, _ = next(decoded(container, stream), (None, False))
        return float(first.time) if first is not None and first.time is not None else 0.0


def _as_it_is(both: Any, source: Any, sound: Any, first_s: float, end_s: float) -> Iterator[Any]:
    """Packets as they are; a clock that goes back ends them."""
    copy, last_s = both.add_stream_from_template(sound), -1.0
    for packet in packets(source, sound):
        if packet is None or packet.pts is None or packet.dts is None:
            continue
        late = round(first_s / packet.time_base)
        packet.pts, packet.dts = packet.pts - late, packet.dts - late
        when_s = float(packet.pts * packet.time_base)
        if when_s < 0.0:
            continue
        if when_s <= last_s or when_s >= end_s:
            return
        last_s, packet.stream = when_s, copy
        yield packet


def _as_aac(both: Any, source: Any, sound: Any, first_s: float, end_s: float) -> Iterator[Any]:
    """Decode and encode again; every frame keeps its own time."""
    layout = "mono" if sound.codec_context.channels == 1 else "stereo"
    coded = both.add_stream("aac", rate=_RATE_HZ, layout=layout)
    resampler = AudioResampler("fltp", layout, _RATE_HZ, frame_size=_SAMPLES)
    for frame, _ in decoded(source, sound):
        if frame is not None and frame.pts is not None:
            frame.pts -= round(first_s / frame.time_base)
            if 0.0 <= frame.pts * frame.time_base < end_s:
                for part in resampler.resample(frame):
                    yield from coded.encode(part)
    if not coded.codec_context.is_open:
        raise ValueError("nothing of it can be decoded")
    yield from coded.encode(None)
