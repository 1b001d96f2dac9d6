"""Short films for raters who can play them: the trunk slowly, and legs high against lowest."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import numpy as np
import numpy.typing as npt

Picture = npt.NDArray[np.uint8]

SLOW_PX = (792, 448)
"""Width and height of a slow clip."""

SLOWER = 4.0
_BEFORE_S, _AFTER_S = 0.2, 0.3
_TICKS_PER_S = 1000
_FLICKERS = 8
_FLICKER_S = 0.5


class Film:
    """An mp4 file of pictures with their own times; it appears under its name when closed."""

    def __init__(self, path: Path, size: tuple[int, int]) -> None:
        self.path = path
        self._part = path.with_name(path.name + ".part")
        self._container = av.open(str(self._part), "w", format="mp4")
        stream: Any = self._container.add_stream("libx264", rate=30)
        stream.width, stream.height = size
        stream.pix_fmt, stream.options = "yuv420p", {"crf": "18", "preset": "veryfast"}
        stream.time_base = stream.codec_context.time_base = Fraction(1, _TICKS_PER_S)
        self._stream = stream

    def add(self, rgb: Picture, time_s: float) -> None:
        """Show a picture from a moment on."""
        frame = av.VideoFrame.from_ndarray(np.ascontiguousarray(rgb), format="rgb24")
        frame.pts, frame.time_base = round(time_s * _TICKS_PER_S), Fraction(1, _TICKS_PER_S)
        self._container.mux(self._stream.encode(frame))

    def close(self) -> None:
        """Write what is left and put the file in its place."""
        self._container.mux(self._stream.encode(None))
        self._container.close()
        self._part.replace(self.path)


class SlowClip:
    """The frames of one rep at a quarter of their speed."""

    def __init__(self, path: Path, size: tuple[int, int], start_s: float, end_s: float) -> None:
        self._from_s, self._to_s = start_s - _BEFORE_S, end_s + _AFTER_S
        self._path, self._size = path, size
        self._first_s = 0.0
        self._film: Film | None = None

    def wants(self, time_s: float) -> bool:
        """Whether a frame of this time belongs to the rep."""
        return self._from_s <= time_s <= self._to_s

    def add(self, rgb: Picture, time_s: float) -> None:
        """Add a frame; times must rise."""
        if self._film is None:
            self._film, self._first_s = Film(self._path, self._size), time_s
        self._film.add(rgb, SLOWER * (time_s - self._first_s))

    def close(self) -> None:
        """Finish the file; nothing is written if no frame came."""
        if self._film is not None:
            self._film.close()


def write_flicker(path: Path, high: Picture, low: Picture) -> None:
    """Write a film that flips between two pictures of the same size."""
    film = Film(path, (high.shape[1], high.shape[0]))
    for i in range(2 * _FLICKERS):
        film.add(low if i % 2 else high, i * _FLICKER_S)
    film.close()
