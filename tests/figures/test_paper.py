"""The page stands on its own, quotes the metrics, and leaves nothing unfilled."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest

from clips import ROOT
from leglift.figures import paper
from leglift.figures.evidence import read_json
from leglift.study.model_card import format_interval

PAGE = ROOT / "reports" / "report.html"
LIMIT_BYTES = 2_000_000


@pytest.fixture(scope="module")
def page() -> str:
    return PAGE.read_text(encoding="utf-8")


@pytest.fixture(scope="module")
def metrics() -> dict[str, Any]:
    return json.loads((ROOT / "reports" / "metrics.json").read_text(encoding="utf-8"))


def test_it_loads_nothing_and_is_small(page: str) -> None:
    assert PAGE.stat().st_size < LIMIT_BYTES
    assert "<script" not in page
    sources = re.findall(r'(?:src|href)="([^"]{0,30})', page)
    assert len(sources) == len(paper.FIGURES)
    assert all(source.startswith("data:image/svg+xml;base64,") for source in sources)


def test_every_figure_is_on_it_with_words_for_who_cannot_see_it(page: str) -> None:
    for shown in paper.FIGURES:
        assert f'alt="{shown.alt}"' in page.replace("&#39;", "'")


@pytest.mark.parametrize("split", ["study", "test"])
@pytest.mark.parametrize("method", ["instrument", "gap_rule", "legs_only"])
def test_the_headline_is_that_of_the_metrics(
    page: str, metrics: dict[str, Any], split: str, method: str
) -> None:
    own = metrics["instrument"][split]
    figures = own if method == "instrument" else own[method]
    assert format_interval(figures["auc_equal_leg_angle"]) in page


def test_it_says_whether_the_interval_includes_chance(page: str, metrics: dict[str, Any]) -> None:
    low = metrics["instrument"]["together"]["auc_equal_leg_angle"]["low"]
    word = "includes" if low <= 0.5 else "does not include"
    assert f"the interval {word} one half" in page


def test_five_rows_with_a_dash_where_a_method_has_no_figure(metrics: dict[str, Any]) -> None:
    rows = paper.headline_rows(metrics["instrument"])
    assert len(rows) == 5
    assert rows[4]["test legs_only"] == "-"
    assert rows[0]["test legs_only"] != "-"


def test_the_cut_off_is_where_the_curve_says_so() -> None:
    card = {"lifted_at": 0.5, "middle_norm": 0.04, "slope": 30.0}
    assert paper.cut_norm(card) == pytest.approx(0.04)
    assert paper.cut_norm(card | {"lifted_at": 0.6}) > 0.04


def test_missing_metrics_are_said_in_one_line(tmp_path: Path) -> None:
    with pytest.raises(Exception, match=r"metrics.json: no such file"):
        read_json(tmp_path / "metrics.json")


@pytest.mark.slow
def test_made_again_it_is_the_same(page: str, tmp_path: Path) -> None:
    for name in ("data", "models"):
        (tmp_path / name).symlink_to(ROOT / name)
    (tmp_path / "reports").mkdir()
    (tmp_path / "reports" / "metrics.json").symlink_to(ROOT / "reports" / "metrics.json")
    paper.run_report(tmp_path)
    again = (tmp_path / "reports" / "report.html").read_text(encoding="utf-8")
    assert again == page
