"""Figures show the numbers they are given, in colours people can tell apart, with steady bytes."""

from __future__ import annotations

import subprocess
import sys
from itertools import combinations
from pathlib import Path

import matplotlib as mpl
import numpy as np
import pandas as pd
import pytest
from matplotlib.collections import LineCollection, PolyCollection
from matplotlib.colors import to_rgb
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle

from leglift.motion.segment import Motion
from leglift.study import marks, plots
from leglift.study.stick import LIMBS, StickFigure


@pytest.fixture(autouse=True)
def _themed():
    with mpl.rc_context():
        plots.theme()
        yield


def words(figure: Figure) -> list[str]:
    """Everything that is written inside the figure's panels."""
    return [text.get_text() for ax in figure.axes for text in ax.texts]


VIDEOS = pd.DataFrame(
    {
        "clip_id": ["c1", "c2", "c3", "c4"],
        "person_id": ["P1", "P1", "P2", "P3"],
        "view": ["side", "side", "oblique", "side"],
    }
)
REPS = pd.DataFrame(
    {"clip_id": ["c1"] * 5 + ["c3"] * 2, "person_id": ["P1"] * 5 + ["P2"] * 2,
     "view": ["side"] * 5 + ["oblique"] * 2}
)  # fmt: skip


# --- counts ------------------------------------------------------------------------------------


def test_counts_include_groups_without_reps() -> None:
    table = plots.count_table(VIDEOS, REPS, "person_id")
    assert table.to_dict("index") == {
        "P1": {"clips": 2, "reps": 5},
        "P2": {"clips": 1, "reps": 2},
        "P3": {"clips": 1, "reps": 0},
    }


def test_every_bar_says_its_number() -> None:
    figure = plots.counts_by(VIDEOS, REPS, ["view", "person_id"])
    assert len(figure.axes) == 4
    clips, reps = figure.axes[:2]
    assert [text.get_text() for text in clips.texts] == ["3", "1"]
    assert [bar.get_width() for bar in clips.patches] == [3, 1]
    assert [text.get_text() for text in reps.texts] == ["5", "2"]


@pytest.mark.parametrize(
    ("counts", "people"), [([5, 2], 1), ([1, 1, 1, 1], 2), ([1, 1, 1], 2), ([7], 1)]
)
def test_people_that_hold_half_of_the_reps(counts: list[int], people: int) -> None:
    person_id = np.repeat([f"P{i}" for i in range(len(counts))], counts)
    assert plots.people_of_half(pd.DataFrame({"person_id": person_id})) == people


def test_people_are_drawn_busiest_first() -> None:
    figure = plots.counts_by_person(VIDEOS, REPS)
    assert "half of all reps come from 1 of 3 people" in words(figure)
    names = [label.get_text() for label in figure.axes[1].get_xticklabels()]
    assert names == ["P1", "P2", "P3"]


# --- detection, traces -------------------------------------------------------------------------


def test_detection_counts_clips_seen_in_every_frame() -> None:
    clips = VIDEOS.assign(detected_frac=[1.0, 0.7, 1.0, 1.0])
    visibility = pd.DataFrame(
        [{"part": part, "side": side, "visibility": 0.5} for part in plots.BODY
         for side in ("near", "far")]
    )  # fmt: skip
    figure = plots.detection(clips, visibility)
    assert "2 of 3\nin every frame" in words(figure)
    assert "1 of 1\nin every frame" in words(figure)


def motion(n_reps: int) -> Motion:
    """Reps of two seconds each; the leg goes up and down once a rep."""
    time_s = np.arange(0, 2 * n_reps + 1, 0.1)
    angle = 45 - 45 * np.cos(np.pi * time_s)
    signals = pd.DataFrame(
        {"time_s": time_s, "shot_idx": 0, "near_leg_deg": angle, "far_leg_deg": angle}
    )
    starts = 2.0 * np.arange(n_reps)
    movements = pd.DataFrame({"start_s": starts, "top_s": starts + 1, "end_s": starts + 2})
    return Motion(signals, movements.assign(reason=""), {})


def test_every_rep_of_a_trace_is_shaded_and_numbered() -> None:
    motions = {"a": motion(3), "b": motion(0)}
    figure = plots.leg_traces(motions, {"a": "P1 a", "b": "P2 b"}, columns=3)
    first, second, unused = figure.axes
    assert [text.get_text() for text in first.texts] == ["1", "2", "3"]
    spans = [patch for patch in first.patches if isinstance(patch, Rectangle)]
    assert [(span.get_x(), span.get_width()) for span in spans] == [(0, 2), (2, 2), (4, 2)]
    assert [second.get_title(loc="left"), list(second.texts)] == ["P2 b", []]
    assert not unused.axison


# --- gallery -----------------------------------------------------------------------------------


def body(width: float = 3.0) -> StickFigure:
    """A flat body; landmarks lie along a line and the outline is a box around them."""
    joints = {
        f"{side}_{part}": np.array([x, 0.0])
        for side in ("left", "right")
        for part, x in zip(
            ("ear", "shoulder", "elbow", "wrist", "hip", "knee", "ankle"),
            np.linspace(-width / 2, width / 2, 7), strict=True,
        )
    }  # fmt: skip
    box = np.array([[-1, -0.2], [1, -0.2], [1, 0.2], [-1, 0.2]]) * [width / 2, 1]
    return StickFigure([box], joints, "left")


def test_a_gallery_draws_and_names_every_body() -> None:
    groups = {"": [(body(), f"P{i}") for i in range(5)], "kicks": [(body(), "P9")]}
    figure = plots.gallery(groups, columns=3)
    said = words(figure)
    assert [word for word in said if word.startswith("P")] == [*(f"P{i}" for i in range(5)), "P9"]
    assert "kicks" in said
    (ax,) = figure.axes
    kinds = [type(collection) for collection in ax.collections]
    assert kinds.count(PolyCollection) == 6
    assert kinds.count(LineCollection) == 12
    limbs = [c for c in ax.collections if isinstance(c, LineCollection)]
    assert {len(c.get_segments()) for c in limbs} == {len(LIMBS)}


def test_bodies_stay_in_their_cells_and_rows() -> None:
    figure = plots.gallery({"": [(body(9.0), "P1"), (body(2.0), "P2"), (body(9.0), "P3")]}, 2)
    (ax,) = figure.axes
    outlines = [
        np.concatenate([path.vertices for path in collection.get_paths()])
        for collection in ax.collections
        if isinstance(collection, PolyCollection)
    ]
    (left, right), (bottom, top) = ax.get_xlim(), ax.get_ylim()
    for points in outlines:
        assert left < points[:, 0].min() < points[:, 0].max() < right
        assert bottom < points[:, 1].min() < points[:, 1].max() < top
    assert outlines[0][:, 0].max() < outlines[1][:, 0].min()
    assert outlines[2][:, 1].max() < outlines[0][:, 1].min()
    assert np.ptp(outlines[1][:, 0]) == pytest.approx(2.0, abs=0.02)  # no smaller than it must be


# --- intervals ---------------------------------------------------------------------------------


def test_point_ranges_leave_unknown_values_out() -> None:
    table = pd.DataFrame(
        {"group": ["g", "g", "h"], "name": ["a", "b", "c"], "n_reps": [9, 2, 5],
         "value": [0.5, np.nan, 0.2], "low": [0.4, np.nan, np.nan],
         "high": [0.6, np.nan, np.nan]}
    )  # fmt: skip
    figure = plots.point_ranges(table, "kappa")
    first, second = figure.axes
    assert [label.get_text() for label in first.get_yticklabels()] == ["a (9 reps)", "b (2 reps)"]
    assert second.get_xlabel() == "kappa"
    drawn = first.lines[-1].get_xdata()
    assert list(drawn) == [0.5]
    assert "not defined" in words(figure)[0]


# --- files and colours ---------------------------------------------------------------------------

SAVE = """
import sys
from pathlib import Path
from leglift.study import plots
plots.theme()
figure = plots.new_figure(3, 2)
ax = figure.subplots()
ax.plot([1, 3, 2], label="a")
ax.set_title("angle (deg)")
figure.legend()
plots.save_figure(figure, "one", Path(sys.argv[1]))
"""


def test_files_have_the_same_bytes_in_every_process(tmp_path: Path) -> None:
    for name in ("a", "b"):
        subprocess.run([sys.executable, "-c", SAVE, tmp_path / name], check=True)
    files = sorted(path.name for path in (tmp_path / "a").iterdir())
    assert files == ["one.png", "one.svg"]
    for file in files:
        assert (tmp_path / "a" / file).read_bytes() == (tmp_path / "b" / file).read_bytes()


def test_files_have_no_date_and_a_white_ground(tmp_path: Path) -> None:
    figure = plots.new_figure(2, 1)
    figure.subplots().plot([0, 1])
    png = plots.save_figure(figure, "x", tmp_path)
    assert png == tmp_path / "x.png"
    svg = (tmp_path / "x.svg").read_text(encoding="utf-8")
    assert "dc:date" not in svg
    assert "matplotlib" not in svg.lower().replace("matplotlib.axis", "")
    assert tuple(mpl.image.imread(png)[0, 0]) == (1, 1, 1, 1)


def test_saving_twice_gives_the_same_file(tmp_path: Path) -> None:
    figure = plots.counts_by(VIDEOS, REPS, ["view"])
    first = plots.save_figure(figure, "x", tmp_path).read_bytes()
    assert plots.save_figure(figure, "x", tmp_path).read_bytes() == first


def test_outcomes_are_the_verdicts_everywhere() -> None:
    outcomes = {"good", "arched", "cant_tell"}
    for table in (marks.OUTCOME_COLOURS, marks.OUTCOME_NAMES, marks.OUTCOME_MARKERS):
        assert set(table) == outcomes
        assert len(set(table.values())) == 3
    assert marks.in_words("cant_tell") == "can't tell"
    assert marks.in_words("both_leg_raise") == "both leg raise"


# Machado, Oliveira and Fernandes 2009, severity 1, on linear RGB.
BLINDNESS = {
    "none": np.eye(3),
    "protanopia": np.array(
        [[0.152286, 1.052583, -0.204868], [0.114503, 0.786281, 0.099216],
         [-0.003882, -0.048116, 1.051998]]
    ),
    "deuteranopia": np.array(
        [[0.367322, 0.860646, -0.227968], [0.280085, 0.672501, 0.047413],
         [-0.011820, 0.042940, 0.968881]]
    ),
    "tritanopia": np.array(
        [[1.255528, -0.076749, -0.178779], [-0.078411, 0.930809, 0.147602],
         [0.004733, 0.691367, 0.303900]]
    ),
}  # fmt: skip
TO_XYZ = np.array(
    [[0.4124, 0.3576, 0.1805], [0.2126, 0.7152, 0.0722], [0.0193, 0.1192, 0.9505]]
)  # fmt: skip
MAKES_GREY = np.array([0.9505, 1.0, 1.089])


def lab(colour: str, blindness: str) -> np.ndarray:
    """CIELAB of a colour as somebody with a colour blindness sees it."""
    rgb = np.array(to_rgb(colour))
    linear = np.where(rgb <= 0.04045, rgb / 12.92, ((rgb + 0.055) / 1.055) ** 2.4)
    xyz = TO_XYZ @ (BLINDNESS[blindness] @ linear).clip(0, 1) / MAKES_GREY
    f = np.where(xyz > 0.008856, np.cbrt(xyz), 7.787 * xyz + 16 / 116)
    return np.array([116 * f[1] - 16, 500 * (f[0] - f[1]), 200 * (f[1] - f[2])])


@pytest.mark.parametrize("blindness", BLINDNESS)
@pytest.mark.parametrize("pair", combinations(marks.OUTCOME_COLOURS, 2), ids="-".join)
def test_outcomes_can_be_told_apart(pair: tuple[str, str], blindness: str) -> None:
    a, b = (lab(marks.OUTCOME_COLOURS[name], blindness) for name in pair)
    assert np.linalg.norm(a - b) > 25
