"""Damaged input of every kind: one line and an exit code, never a traceback, never a hang."""

from __future__ import annotations

import json
import os
import re
import shutil
import signal
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager, nullcontext
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import skops.io
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image
from sklearn.preprocessing import FunctionTransformer

from clips import BUNDLE, DEMO, MODEL, ROOT, painted, write_video
from command import assert_failed
from factories import Body, Camera, Lifts, write_table
from leglift.errors import LegliftError, ModelError, UsageError, VideoError
from leglift.instrument.back import OWN_SUM, sidecar_sha256
from leglift.motion.back import GapRule
from leglift.motion.features import rep_features
from leglift.motion.segment import segment_lifter
from leglift.params import file_sha256, load_params
from leglift.schemas import read_videos
from leglift.verdict import watch
from leglift.verdict.course import measured_edge
from leglift.verdict.judge import judged_reps
from leglift.verdict.sections import document
from leglift.vision import extract
from leglift.vision.corpus import is_current
from leglift.vision.pose import find_bundle
from leglift.vision.table import SCHEMA, read_meta
from leglift.vision.video import FrameReader, probe

PARAMS = load_params()

N_DAMAGED = 520
LONGEST_S = 20
EVERY, JUDGE_EVERY = (1, 1) if os.environ.get("LEGLIFT_FUZZ") == "all" else (3, 13)
"""Of the damaged videos one in so many is read, and one in so many goes through the command."""


def bits_flipped(data: bytes, rng: np.random.Generator) -> bytes:
    raw = bytearray(data)
    for at in rng.integers(0, len(raw), rng.choice([1, 4, 32, 256])):
        raw[at] ^= 1 << int(rng.integers(8))
    return bytes(raw)


def block_zeroed(data: bytes, rng: np.random.Generator) -> bytes:
    at, n = int(rng.integers(len(data))), int(rng.integers(1, 4096))
    return data[:at] + bytes(min(n, len(data) - at)) + data[at + n :]


def block_moved(data: bytes, rng: np.random.Generator) -> bytes:
    a, b, c = sorted(int(i) for i in rng.integers(0, len(data), 3))
    return data[:a] + data[b:c] + data[a:b] + data[c:]


def numbers_blown_up(data: bytes, rng: np.random.Generator) -> bytes:
    """Four bytes at 255: sizes, counts and times that cannot be."""
    raw = bytearray(data)
    for at in rng.integers(0, min(len(raw), 2000), 3):
        raw[at : at + 4] = b"\xff" * len(raw[at : at + 4])
    return bytes(raw)


def wrong_header(data: bytes, rng: np.random.Generator) -> bytes:
    n = int(rng.integers(4, 64))
    return rng.bytes(n) + data[n:]


DAMAGES = {
    "bits flipped": bits_flipped,
    "cut short": lambda data, rng: data[: int(rng.integers(1, len(data)))],
    "beginning lost": lambda data, rng: data[int(rng.integers(1, len(data))) :],
    "wrong header": wrong_header,
    "block zeroed": block_zeroed,
    "block moved": block_moved,
    "numbers blown up": numbers_blown_up,
}


@pytest.fixture(scope="module")
def whole_files(tmp_path_factory) -> list[Path]:
    folder, frames = tmp_path_factory.mktemp("whole"), painted(8, 64, 96)
    turned = write_video(folder / "turned.mp4", frames, rotation_deg=90, faststart=True)
    suffixes = (".mp4", ".mkv", ".avi", ".ts", ".h264")
    files = [write_video(folder / f"a{suffix}", frames) for suffix in suffixes]
    first, *others = (Image.fromarray(frame) for frame in frames)
    first.save(folder / "a.gif", save_all=True, append_images=others, duration=60)
    return [turned, *files, folder / "a.gif"]


def damaged(whole_files: list[Path], folder: Path, n: int) -> Iterator[Path]:
    """Write file after file, the same ones each time."""
    rng = np.random.default_rng(20)
    for i in range(n):
        whole = whole_files[i % len(whole_files)]
        damage = list(DAMAGES)[i // len(whole_files) % len(DAMAGES)]
        path = folder / f"{i:03d} {damage}{whole.suffix}"
        path.write_bytes(DAMAGES[damage](whole.read_bytes(), rng))
        yield path


@contextmanager
def in_time(seconds: int) -> Iterator[None]:
    too_long = f"took more than {seconds} s"
    before = signal.signal(signal.SIGALRM, lambda *_: pytest.fail(too_long))
    signal.alarm(seconds)
    try:
        yield
    finally:
        signal.alarm(0)
        signal.signal(signal.SIGALRM, before)


@pytest.mark.skipif(not hasattr(signal, "SIGALRM"), reason="POSIX signals")
def test_damaged_videos_are_read_or_refused_in_a_line_each(
    whole_files, here, tmp_path, monkeypatch
):
    """Probing, decoding and, for some, the whole command without its pose model.

    All 520 with `make fuzz`.
    """
    monkeypatch.setattr(extract, "open_landmarker", lambda *_: nullcontext())
    monkeypatch.setattr(extract, "detect", lambda *_: None)
    monkeypatch.setattr(extract, "poses_of", lambda *_: [])
    monkeypatch.setattr(watch, "neighbour_frac", lambda *_: 0.0)
    monkeypatch.setattr(watch, "is_far_away", lambda *_: False)
    folder, counts = tmp_path / "videos", []
    folder.mkdir()
    for i, video in enumerate(damaged(whole_files, folder, N_DAMAGED)):
        if i % EVERY == 0:
            with in_time(LONGEST_S):
                outcome = outcome_of(n_frames_of, video)
            assert "\n" not in outcome, video
            counts.append(0 if outcome.startswith(f"refused: {video}: ") else int(outcome))
        if i % JUDGE_EVERY:
            video.unlink()
    few = N_DAMAGED // EVERY // 10
    assert min(counts.count(0), counts.count(8)) > few  # refused, and read as if nothing were wrong
    assert sum(0 < n < 8 for n in counts) > few  # read up to the damage

    videos = sorted(folder.iterdir())
    ran = here("judge", "--json", *videos)
    assert (ran.out, ran.left) == ("", [])
    assert ran.code in (VideoError.exit_code, 4)
    warned = ("damaged ", "the clock jumps", "no times in the file")
    lines = [line for line in ran.err.splitlines() if not any(word in line for word in warned)]
    assert [Path(line.split(": ")[1]) for line in lines] == videos


def n_frames_of(video: Path) -> int:
    info = probe(video)
    frames = list(FrameReader(video, PARAMS.vision.max_side_px))
    assert frames[0].rgb.shape == (info.height_px, info.width_px, 3)
    assert (np.diff([frame.time_s for frame in frames]) > 0).all()
    return len(frames)


NUMBERS = [f.name for f in SCHEMA if pa.types.is_floating(f.type) and f.name != "time_s"]
ODD = [np.nan, np.inf, -np.inf, 1e30, -1e6, 0.0]


def with_column(table: pa.Table, name: str, values: object) -> pa.Table:
    index = table.schema.get_field_index(name)
    return table.set_column(index, SCHEMA.field(name), pa.array(values, SCHEMA.field(name).type))


def odd_numbers(table: pa.Table, rng: np.random.Generator) -> pa.Table:
    for name in rng.choice(NUMBERS, 40):
        values = np.array(table[name].to_pylist(), float)
        values[rng.integers(0, len(values), 5)] = rng.choice(ODD, 5)
        table = with_column(table, name, values)
    return table


def all_alike(table: pa.Table, rng: np.random.Generator) -> pa.Table:
    value = rng.choice([0.0, 1.0, -1.0, np.nan])
    for name in NUMBERS:
        table = with_column(table, name, np.full(len(table), value))
    return table


def odd_times(table: pa.Table, rng: np.random.Generator) -> pa.Table:
    times = np.array(table["time_s"].to_pylist())
    times[rng.integers(0, len(times), 3)] = rng.choice([np.nan, np.inf, -5.0, 0.0, 1e9], 3)
    return with_column(table, "time_s", times)


def odd_outlines(table: pa.Table, rng: np.random.Generator) -> pa.Table:
    cells = table["rings_px"].to_pylist()
    odd = [[[]], [], None, [[1.0]], [[float("nan")] * 6], [[1.0, 2.0, 3.0]], [[5.0] * 8]]
    for i in rng.integers(0, len(cells), 8):
        cells[i] = odd[rng.integers(len(odd))]
    return with_column(table, "rings_px", cells)


def people_mixed_up(table: pa.Table, rng: np.random.Generator) -> pa.Table:
    table = with_column(table, "track_idx", rng.integers(-3, 5, len(table)))
    return with_column(table, "frame_idx", rng.integers(-3, 99, len(table)))


CHANGES: dict[str, Callable[[pa.Table, np.random.Generator], pa.Table]] = {
    "odd numbers": odd_numbers,
    "all alike": all_alike,
    "odd times": odd_times,
    "odd outlines": odd_outlines,
    "people mixed up": people_mixed_up,
    "rows shuffled": lambda t, rng: t.take(rng.permutation(len(t))[: rng.integers(len(t))]),
    "a few rows": lambda t, rng: t.slice(0, rng.integers(0, 4)),
    "rarely seen": lambda t, rng: with_column(t, "detected", rng.random(len(t)) < 0.3),
    "columns lost": lambda t, rng: t.drop_columns(list(rng.choice(t.column_names, 2))),
    "column of words": lambda t, _: t.set_column(0, "frame_idx", pa.array(["a"] * len(t))),
}


@pytest.fixture(scope="module")
def whole_table(table_of) -> Path:
    lifts = Lifts(n=2, rest_s=0.3, lift_s=0.8, lowering_s=0.9, hold_s=0.1)
    return table_of(Body(near_leg=lifts.course), Camera(fps=12))


def judged(table: Path) -> str | None:
    """The JSON document of a table, None where nobody lifts a leg in it."""
    motion = segment_lifter(table, PARAMS)
    if motion is None or motion.reps.empty:
        return None
    model = GapRule(PARAMS)
    edge, _ = measured_edge(motion, model, PARAMS)
    reps = judged_reps(rep_features(motion, PARAMS), edge, model, PARAMS)
    said = document(table, read_meta(table), motion, reps, edge, model, PARAMS)
    return json.dumps(said, allow_nan=False)


def test_a_whole_table_is_judged(whole_table):
    assert judged(whole_table).count("top_s") == 2


@given(st.sampled_from(sorted(CHANGES)), st.integers(0, 2**32 - 1))
def test_a_damaged_table_is_judged_or_refused(whole_table, tmp_path_factory, kind, seed):
    path = tmp_path_factory.mktemp("damaged") / "a.parquet"
    table = CHANGES[kind](pq.read_table(whole_table), np.random.default_rng(seed))
    write_table(path, table, pq.read_metadata(whole_table).metadata[b"leglift"])
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", RuntimeWarning)  # numbers that cannot be overflow
        outcome = outcome_of(judged, path)
    assert "\n" not in outcome


def outcome_of(work: Callable[[Path], object], path: Path) -> str:
    """What `work` says of a path, or the line with which it refuses it."""
    try:
        return str(work(path))
    except LegliftError as error:
        return f"refused: {error}"


METADATA = {
    "none": None,
    "no JSON": b"{",
    "no text": b"\xff\xfe",
    "a list": b"[]",
    "fields lost": b'{"fps": 30}',
    "wrong types": b'{"width_px": "wide"}',
}


@pytest.mark.parametrize("kind", METADATA)
def test_a_table_of_broken_metadata_is_refused_and_made_anew(whole_table, tmp_path, kind):
    table = pq.read_table(whole_table).replace_schema_metadata(None)
    path = write_table(tmp_path / "a.parquet", table, METADATA[kind])
    with pytest.raises(UsageError, match="not a table of leglift study extract") as caught:
        read_meta(path)
    assert "\n" not in str(caught.value)
    row = pd.Series({"sha256": "0" * 64, "n_people": 1})
    assert not is_current(path, row, find_bundle("full"), PARAMS.vision)


@given(st.floats(0, 1, exclude_max=True))
def test_a_table_cut_short_is_refused(whole_table, tmp_path_factory, share):
    path = tmp_path_factory.mktemp("cut") / "a.parquet"
    data = whole_table.read_bytes()
    path.write_bytes(data[: int(share * len(data))])
    assert outcome_of(judged, path).startswith(f"refused: {path}: ")


@given(st.integers(0, 30), st.integers(0, 22), st.text(max_size=12))
def test_any_cell_of_the_source_list_is_read_or_refused(tmp_path_factory, row, column, text):
    videos = pd.read_csv(ROOT / "data/videos.csv", dtype=str, keep_default_na=False)
    videos.iloc[row, column] = text
    path = tmp_path_factory.mktemp("list") / "videos.csv"
    videos.to_csv(path, index=False, errors="replace")
    outcome = outcome_of(lambda p: len(read_videos(p)), path)
    assert outcome == str(len(videos)) or outcome.startswith(f"refused: {path}: ")
    assert "\n" not in outcome


@given(st.binary(max_size=400))
def test_any_bytes_are_no_source_list(tmp_path_factory, data):
    path = tmp_path_factory.mktemp("list") / "videos.csv"
    path.write_bytes(data)
    assert re.fullmatch(rf"refused: {re.escape(str(path))}: .*", outcome_of(read_videos, path))


def sidecar_with(model: Path, *, vouched: bool = True, **changes: object) -> None:
    """Change the sidecar; `vouched` also renews its own checksum, as a forger would."""
    beside = model.with_suffix(".json")
    card = {**json.loads(beside.read_text("utf-8")), **changes}
    card = {k: v for k, v in card.items() if v is not None}
    if vouched:
        card[OWN_SUM] = sidecar_sha256(card)
    beside.write_text(json.dumps(card), "utf-8")


def one_bit(path: Path, at: float) -> None:
    raw = bytearray(path.read_bytes())
    raw[int(at * len(raw))] ^= 4
    path.write_bytes(raw)


def calls_a_shell(model: Path) -> None:
    """A model that would call a function, with a sidecar that vouches for it."""
    skops.io.dump({"curve": FunctionTransformer(os.system)}, model)
    sidecar_with(model, sha256=file_sha256(model))


def bit_and_checksum(model: Path) -> None:
    one_bit(model, 0.5)
    sidecar_with(model, sha256=file_sha256(model))


TAMPERED = {
    "a bit in the middle": lambda model: one_bit(model, 0.5),
    "a bit, and the sidecar's checksum": bit_and_checksum,
    "no model at all": lambda model: model.unlink(),
    "a model that calls a shell": calls_a_shell,
    "another threshold": lambda model: sidecar_with(model, vouched=False, lifted_at=0.5),
    "sidecar no text": lambda model: model.with_suffix(".json").write_bytes(b"\xff\xfe\x00"),
    "sidecar without a field": lambda model: sidecar_with(model, lifted_at=None),
    "sidecar of other versions": lambda model: sidecar_with(model, versions={}),
    "sidecar of other parameters": lambda model: sidecar_with(model, params_sha256="0" * 64),
    "sidecar of another pose model": lambda model: sidecar_with(model, pose_sha256="0" * 64),
}


@pytest.mark.parametrize("how", TAMPERED)
def test_a_model_that_was_tampered_with_is_refused(here, tmp_path, how):
    for suffix in (".skops", ".json"):
        shutil.copy(MODEL.with_suffix(suffix), tmp_path / f"m{suffix}")
    TAMPERED[how](tmp_path / "m.skops")
    ran = here("judge", "--model", tmp_path / "m.skops", DEMO)
    assert_failed(ran, ModelError.exit_code, "model ")
    assert ran.out == ""


def test_a_pose_bundle_that_was_tampered_with_is_refused(here, tmp_path):
    bundle = Path(shutil.copy(BUNDLE, tmp_path / "mine.task"))
    one_bit(bundle, 0.3)
    ran = here("judge", "--pose", bundle, DEMO)
    assert_failed(ran, ModelError.exit_code, str(bundle))
    assert ran.out == ""
