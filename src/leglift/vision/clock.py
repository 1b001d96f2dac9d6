"""When each frame is shown: the container's own times, and what is wrong with them."""

from __future__ import annotations

from collections import deque

import numpy as np

_JUMP_S = 60.0  # nobody holds one picture for so long: the clock was set, or recordings joined
_BACK_S = 1.0  # less than this backwards is a repeated or badly rounded time
_BRIDGED_S = 0.4  # as `motion.max_gap_s`: shorter holes are bridged like frames without a person
_SAME_HOLE_S = 0.25  # frames between two holes this close are made of damaged ones
_LOST_PERIODS, _LOST_S = 5.0, 0.25
_RHYTHM = 60  # frames
_LEAST_RHYTHM = 30
_EVEN, _EVEN_FRAC = 0.25, 0.9


class Clock:
    """Gives every frame its time and keeps what was lost, jumped or never said.

    Times are the container's, made strictly increasing: a repeated or missing one is put one frame
    period, at least a millisecond, after the frame before it. A clock that jumps goes on one
    period later. With `source_fps` the container's times count for nothing.
    """

    def __init__(self, fps: float, source_fps: float | None = None) -> None:
        self.holes_s: list[float] = []  # when they begin; those close together are one
        self.lost_s = 0.0
        self.jump: tuple[float, float] | None = None  # when, and by how many seconds: the first
        self.n_untimed = self.n_frames = 0
        self.last_s = 0.0
        self.period_s = 1.0 / (source_fps or fps)
        self._even = source_fps is not None
        self._origin_s = self._said_s = 0.0
        self._steps: deque[float] = deque(maxlen=_RHYTHM)
        self._hole_end_s = -np.inf

    def at(self, said_s: float | None, broken: bool) -> tuple[float, bool]:
        """Time the next frame, in seconds from the first, and tell whether a cut lies before it.

        `broken` tells that something before it could not be decoded.
        """
        self.n_untimed += said_s is None
        self.n_frames += 1
        if self.n_frames == 1:
            self._origin_s = self._said_s = said_s or 0.0
            return 0.0, False
        after_s = self.last_s + self.period_s
        if self._even or said_s is None:
            jumped, time_s = False, after_s
        else:
            jumped = self._jumps(said_s, after_s)
            time_s = said_s - self._origin_s
        if time_s < self.last_s + 1e-3:
            time_s = self.last_s + max(min(self.period_s, 0.05), 1e-3)
        cut = self._loses(time_s, broken) or jumped
        self.last_s = time_s
        return time_s, cut

    def misses(self, said_s: float | None, broken: bool, whole_index: bool) -> bool:
        """Whether frames are missing before the one that comes next, which is not timed yet.

        A container with a `whole_index` names all its frames: a gap in it is a recorder's pause.
        """
        if self.n_frames == 0:
            return False
        if said_s is None or self._even:
            return broken
        step_s = said_s - self._origin_s - self.last_s
        return step_s <= _JUMP_S and self._is_hole(step_s, broken, silently=not whole_index)

    def _jumps(self, said_s: float, after_s: float) -> bool:
        step_s, self._said_s = said_s - self._said_s, said_s
        jumped = not -_BACK_S <= step_s <= _JUMP_S
        if jumped:
            self.jump = self.jump or (self.last_s, step_s)
            self._origin_s = said_s - after_s
        return jumped

    def _loses(self, time_s: float, broken: bool) -> bool:
        """Note frames that are missing before this one; whether too much to bridge is."""
        step_s = time_s - self.last_s
        if not self._is_hole(step_s, broken):
            self._steps.append(step_s)
            return False
        usual_s = self._usual_s()
        self.lost_s += step_s - usual_s
        if self.last_s - self._hole_end_s > _SAME_HOLE_S:
            self.holes_s.append(self.last_s)
        self._hole_end_s = time_s
        return time_s - self.holes_s[-1] - usual_s > _BRIDGED_S

    def _is_hole(self, step_s: float, broken: bool, *, silently: bool = True) -> bool:
        """Whether frames are missing in a step: where it is broken, or `silently`.

        They are missing from an even rate; an uneven one may leave some out.
        """
        usual_s = self._usual_s()
        if broken and step_s > 1.5 * usual_s:
            return True
        if not silently or step_s <= max(_LOST_S, _LOST_PERIODS * usual_s):
            return False
        steps = np.array(self._steps)
        even = np.abs(steps - usual_s) <= _EVEN * usual_s
        return len(steps) >= _LEAST_RHYTHM and bool(even.mean() >= _EVEN_FRAC)

    def _usual_s(self) -> float:
        return float(np.median(self._steps)) if self._steps else self.period_s

    def complaints(self) -> list[str]:
        """Say what is wrong with the times, in words that go after the file's name."""
        said = []
        if self.holes_s:
            n, at = len(self.holes_s), f"{self.holes_s[0]:.1f} s"
            where = f"at {at}" if n == 1 else f"in {n} places, the first at {at}"
            said.append(f"damaged {where}: about {self.lost_s:.1f} s are lost; copy it again")
        if self.jump:
            at_s, by_s = self.jump
            said.append(f"the clock jumps by {_span(by_s)} at {at_s:.1f} s; taken for a cut")
        if self.n_untimed > 1 and self.n_untimed == self.n_frames and not self._even:
            said.append(
                f"no times in the file: {1 / self.period_s:.4g} frames a second are assumed; "
                "--source-fps gives the true rate"
            )
        return said


def _span(seconds: float) -> str:
    """Put a span of time into words, in the unit that fits."""
    size, way = abs(seconds), "back " if seconds < 0 else ""
    for unit, long_s in (("h", 3600.0), ("min", 60.0)):
        if size >= 1.5 * long_s:
            return f"{way}{size / long_s:.0f} {unit}"
    return f"{way}{size:.0f} s"
