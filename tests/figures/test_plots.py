"""Figures have colours and marks that people can tell apart, and files with steady bytes."""

import matplotlib as mpl
import numpy as np
import pytest

from leglift.figures import marks, plots


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
