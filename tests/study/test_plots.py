"""Figures have colours and marks that people can tell apart, and files with steady bytes."""

from itertools import combinations

import matplotlib as mpl
import numpy as np
import pytest
from matplotlib.colors import to_rgb

from leglift.study import marks, plots


@pytest.fixture(autouse=True)
def _themed():
    with mpl.rc_context():
        plots.theme()
        yield


def test_files_are_steady_without_a_date_and_on_a_white_ground(tmp_path):
    """In another process too: the notebooks are run again and compared."""
    figure = plots.new_figure(2, 1)
    figure.subplots().plot([0, 1])
    once, again = (
        [path.with_suffix(suffix).read_bytes() for suffix in (".png", ".svg")]
        for path in (plots.save_figure(figure, "x", tmp_path) for _ in range(2))
    )
    assert once == again
    svg = (tmp_path / "x.svg").read_text(encoding="utf-8")
    assert "dc:date" not in svg
    assert "matplotlib" not in svg.lower().replace("matplotlib.axis", "")
    assert tuple(mpl.image.imread(tmp_path / "x.png")[0, 0]) == (1, 1, 1, 1)


def test_unknown_values_are_not_drawn():
    ax = plots.new_figure(2, 1).subplots()
    marks.interval(ax, 0, None, marks.INK)
    marks.interval(ax, 0, {"value": np.nan, "low": 0.1, "high": 0.2}, marks.INK)
    assert not ax.lines
    assert not ax.collections
    marks.interval(ax, 0, {"value": 0.5, "low": np.nan, "high": np.nan}, marks.INK, "test")
    assert list(ax.lines[0].get_xdata()) == [0.5]
    assert not ax.collections


def test_states_and_methods_have_marks_of_their_own():
    for table in (marks.STATE_COLOURS, marks.STATE_MARKERS, marks.METHOD_COLOURS):
        assert len(set(table.values())) == len(table)
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
TO_XYZ = np.array([[0.4124, 0.3576, 0.1805], [0.2126, 0.7152, 0.0722], [0.0193, 0.1192, 0.9505]])
MAKES_GREY = np.array([0.9505, 1.0, 1.089])


def lab(colour: str, blindness: str) -> np.ndarray:
    """CIELAB of a colour as somebody with a colour blindness sees it."""
    rgb = np.array(to_rgb(colour))
    linear = np.where(rgb <= 0.04045, rgb / 12.92, ((rgb + 0.055) / 1.055) ** 2.4)
    xyz = TO_XYZ @ (BLINDNESS[blindness] @ linear).clip(0, 1) / MAKES_GREY
    f = np.where(xyz > 0.008856, np.cbrt(xyz), 7.787 * xyz + 16 / 116)
    return np.array([116 * f[1] - 16, 500 * (f[0] - f[1]), 200 * (f[1] - f[2])])


@pytest.mark.parametrize("blindness", BLINDNESS)
@pytest.mark.parametrize("pair", combinations(["lifted", "flat", "unknown"], 2), ids="-".join)
def test_states_can_be_told_apart(pair, blindness):
    a, b = (lab(marks.STATE_COLOURS[name], blindness) for name in pair)
    assert np.linalg.norm(a - b) > 25
