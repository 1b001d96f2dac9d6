"""Calls in a thread beside the one that takes their results."""

import threading
import time

import pytest

from clips import painted, write_video
from leglift.vision.beside import in_turn
from leglift.vision.video import FrameReader, read_ahead


def threads():
    return [t for t in threading.enumerate() if t.name.startswith(("mine", "leglift-decoder"))]


class Counting:
    """Calls that tell their number; one of them fails."""

    def __init__(self, fails_at=None):
        self.made, self.fails_at = [], fails_at

    def __call__(self):
        if len(self.made) == self.fails_at:
            raise ZeroDivisionError("on purpose")
        self.made.append(threading.current_thread().name)
        return len(self.made) - 1


@pytest.mark.parametrize("fails_at", [0, 7])
def test_errors_come_after_the_results_before(fails_at):
    got = []
    with pytest.raises(ZeroDivisionError, match="on purpose"):
        got.extend(in_turn([Counting(fails_at)] * 9, 3, "mine"))
    assert got == list(range(fails_at))
    assert threads() == []


def test_no_more_calls_are_made_than_there_is_room_for_and_none_when_nobody_takes_on():
    call = Counting()
    results = in_turn([call] * 40, 5, "mine")
    assert next(results) == 0
    time.sleep(0.2)
    assert len(call.made) == 6
    assert set(call.made) == {"mine_0"}
    results.close()
    assert (len(call.made), threads()) == (6, [])


@pytest.fixture
def reader(tmp_path):
    return FrameReader(write_video(tmp_path / "a.avi", painted(40, 360, 640)), 4096)


@pytest.mark.parametrize("queue_mib", [0, 1, 64])
def test_frames_decoded_ahead_are_the_same(reader, queue_mib):
    for ahead, plain in zip(read_ahead(reader, queue_mib), reader, strict=True):
        assert (ahead.frame_idx, ahead.time_s) == (plain.frame_idx, plain.time_s)
        assert (ahead.rgb == plain.rgb).all()
    assert reader.damaged_at_s is None
    assert threads() == []


def test_decoding_stops_when_the_taker_fails(reader):
    def fail(frames):
        for _ in frames:
            assert len(threads()) == 1
            raise KeyError

    with pytest.raises(KeyError):
        fail(read_ahead(reader, 0))
    assert threads() == []
