"""The sound of the judged video for the drawn one: as it is where MP4 holds it, else as AAC.

Times are those of the pictures: 0 is the first frame, and what sounds before it or after the last
one is left out.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator
from fractions import Fraction
from heapq import merge
from itertools import islice
from pathlib import Path
from typing import Any

import av
import av.error
from av.filter import Graph

from leglift.vision.container import UNREADABLE, decoded, opened, packets

_KEPT = {"aac", "ac3", "alac", "eac3", "mp3", "opus"}
"""Codecs that players expect in MP4."""

_TRIED = 50  # packets, until one gives sound
_RATE_HZ, _SAMPLES = 48_000, 1024

_log = logging.getLogger(__name__)

Timed = tuple[float, Any]
"""A packet and when it is decoded (s)."""


def add_sound(drawn: Path, video: Path, *, own_times: bool) -> None:
    """Give a silent MP4 the sound of the video it was drawn from; without any it stays as it is.

    `own_times` tells that the pictures have the times of the file. One line is said where there is
    sound that cannot be taken over; the drawn video is whole all the same.
    """
    with opened(video) as (source, _):
        sound = source.streams.best("audio")
        if sound is None:
            return
        codec = getattr(sound.codec_context, "name", "").removesuffix("float")  # FFmpeg's decoder
    if not own_times:
        _log.warning("%s: drawn without sound, whose times are not the pictures'", video)
    elif not any(_tried(drawn, video, way) for way in _ways(codec)):
        _log.warning("%s: drawn without sound; it cannot be read", video)


def _ways(codec: str) -> list[Callable[..., Iterator[Timed]]]:
    if not codec:
        return []
    return [_as_it_is, _as_aac] if codec in _KEPT else [_as_aac]


def _tried(drawn: Path, video: Path, way: Callable[..., Iterator[Timed]]) -> bool:
    """Write both into a file beside the drawn one and put it in its place; whether that works."""
    part = drawn.with_name(drawn.name + ".sound")
    try:
        with (
            opened(video) as (source, _),
            av.open(str(drawn.absolute())) as silent,
            av.open(
                str(part.absolute()), "w", format="mp4", options={"movflags": "faststart"}
            ) as both,
        ):
            if not _sounds(video):
                return False
            shown = silent.streams.video[0]
            picture = both.add_stream_from_template(shown)
            end_s = float(silent.duration or 0) / av.time_base
            sound = way(both, source, source.streams.best("audio"), _first_s(video), end_s)
            for _, packet in merge(_pictures(silent, shown, picture), sound, key=_when):
                both.mux(packet)
        part.replace(drawn)
    except UNREADABLE:
        return False
    finally:
        part.unlink(missing_ok=True)
    return True


def _when(timed: Timed) -> float:
    return timed[0]


def _first_s(video: Path) -> float:
    """Time of the first picture."""
    with opened(video) as (container, stream):
        first, _ = next(decoded(container, stream), (None, False))
        return float(first.time) if first is not None and first.time is not None else 0.0


def _sounds(video: Path) -> bool:
    """Whether any of the first packets can be decoded."""
    with opened(video) as (container, _):
        sound = container.streams.best("audio")
        return any(
            _frames(packet) for packet in islice(filter(None, packets(container, sound)), _TRIED)
        )


def _readable(container: Any, stream: Any) -> Iterator[Any]:
    """Packets that can be read, also after damage."""
    return (packet for packet in packets(container, stream) if packet is not None)


def _frames(packet: Any) -> list[Any]:
    try:
        return list(packet.decode())
    except UNREADABLE:
        return []


def _pictures(silent: Any, shown: Any, picture: Any) -> Iterator[Timed]:
    for packet in silent.demux(shown):
        if packet.dts is not None:
            when_s = float(packet.dts * packet.time_base)
            packet.stream = picture
            yield when_s, packet


def _as_it_is(both: Any, source: Any, sound: Any, first_s: float, end_s: float) -> Iterator[Timed]:
    """Packets as they are; a clock that goes back ends them."""
    return _shifted(source, sound, both.add_stream_from_template(sound), first_s, end_s)


def _shifted(source: Any, sound: Any, copy: Any, first_s: float, end_s: float) -> Iterator[Timed]:
    last_s = -1.0
    for packet in _readable(source, sound):
        if packet.pts is None or packet.dts is None:
            continue
        late = round(first_s / packet.time_base)
        packet.pts, packet.dts = packet.pts - late, packet.dts - late
        when_s = float(packet.pts * packet.time_base)
        if when_s < 0.0:
            continue
        if when_s <= last_s or when_s >= end_s:
            return
        last_s, packet.stream = when_s, copy
        yield when_s, packet


def _as_aac(both: Any, source: Any, sound: Any, first_s: float, end_s: float) -> Iterator[Timed]:
    """Decode and encode again, with silence in the gaps."""
    layout = "mono" if sound.codec_context.channels == 1 else "stereo"
    coded = both.add_stream("aac", rate=_RATE_HZ, layout=layout)
    return _coded(source, sound, coded, first_s, end_s)


def _coded(source: Any, sound: Any, coded: Any, first_s: float, end_s: float) -> Iterator[Timed]:
    graph = _graph(sound, coded)
    for packet in _readable(source, sound):
        for frame in _frames(packet):
            if frame.pts is None:
                continue
            frame.pts -= round(first_s / frame.time_base)
            if float(frame.pts * frame.time_base) >= end_s:
                break
            graph.push(frame)
            yield from _encoded(graph, coded)
    graph.push(None)
    yield from _encoded(graph, coded)
    for packet in coded.encode(None):
        yield _timed(packet)


def _graph(sound: Any, coded: Any) -> Graph:
    """Bring frames into the encoder's form; silence where nothing is keeps later sounds in time."""
    steps = {
        "aresample": f"{_RATE_HZ}:async=1:first_pts=0",
        "aformat": f"sample_fmts=fltp:channel_layouts={coded.codec_context.layout.name}",
        "asetnsamples": f"n={_SAMPLES}:p=0",
    }
    graph = Graph()
    nodes = [graph.add(name, how) for name, how in steps.items()]
    graph.link_nodes(graph.add_abuffer(template=sound), *nodes, graph.add("abuffersink"))
    graph.configure()
    return graph


def _encoded(graph: Graph, coded: Any) -> Iterator[Timed]:
    while True:
        try:
            frame = graph.pull()
        except (av.error.BlockingIOError, av.error.EOFError):
            return
        for packet in coded.encode(frame):
            yield _timed(packet)


def _timed(packet: Any) -> Timed:
    return float((packet.dts or 0) * (packet.time_base or Fraction(1, _RATE_HZ))), packet
