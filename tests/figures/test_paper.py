"""The page stands on its own, quotes the metrics, and leaves nothing unfilled."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest

from clips import ROOT
from leglift.figures import paper
from leglift.study.dataset import read_json
from leglift.study.model_card import format_interval

PAGE = (ROOT / "reports/report.html").read_text(encoding="utf-8")
METRICS: dict[str, Any] = json.loads((ROOT / "reports/metrics.json").read_text("utf-8"))
LIMIT_BYTES = 2_000_000


def test_it_loads_nothing_and_is_small_and_shows_every_figure() -> None:
    assert len(PAGE.encode()) < LIMIT_BYTES
    assert "<script" not in PAGE
    sources = re.findall(r'(?:src|href)="([^"]{0,30})', PAGE)
    assert len(sources) == len(paper.FIGURES)
    assert all(source.startswith("data:image/svg+xml;base64,") for source in sources)
    for words in paper.FIGURES.values():  # for who cannot see it
        assert f'alt="{words}"' in PAGE.replace("&#39;", "'")


@pytest.mark.parametrize("split", ["fresh", "test"])
def test_the_headline_is_that_of_the_metrics(split: str) -> None:
    own = METRICS["instrument"][split]
    for figures in (own, own["gap_rule"], own["legs_only"]):
        assert format_interval(figures["auc_equal_leg_angle"]) in PAGE


def test_it_says_whether_the_interval_includes_chance() -> None:
    low = METRICS["instrument"]["together"]["auc_equal_leg_angle"]["low"]
    word = "includes" if low <= 0.5 else "does not include"
    assert f"the interval {word} one half" in PAGE


def test_a_method_has_a_dash_where_it_has_no_figure() -> None:
    brier = re.search(r"<tr><td>Brier score</td>(.*)</tr>", PAGE)[1]
    cells = re.findall(r"<td[^>]*>([^<]*)</td>", brier)
    assert [cell == "-" for cell in cells] == [False, True, True] * 3


def test_the_cut_off_is_where_the_curve_says_so() -> None:
    card = {"lifted_at": 0.5, "middle_norm": 0.04, "slope": 30.0}
    assert paper.cut_norm(card) == pytest.approx(0.04)
    assert paper.cut_norm(card | {"lifted_at": 0.6}) > 0.04


def test_missing_metrics_are_said_in_one_line(tmp_path: Path) -> None:
    with pytest.raises(Exception, match=r"metrics.json: no such file"):
        read_json(tmp_path / "metrics.json")


@pytest.mark.slow
def test_made_again_it_is_the_same(tmp_path: Path) -> None:
    (tmp_path / "reports").mkdir()
    for name in ("data", "models", "reports/metrics.json"):
        (tmp_path / name).symlink_to(ROOT / name)
    paper.run_report(tmp_path)
    assert (tmp_path / "reports" / "report.html").read_text(encoding="utf-8") == PAGE
