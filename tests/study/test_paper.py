"""The page stands on its own, is current, and holds no number that was written by hand."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from clips import ROOT
from leglift.params import file_sha256
from leglift.study import paper, words
from leglift.study.results import read_verdicts

REPORT = ROOT / "reports" / "report.html"
TEMPLATE = Path(paper.__file__).with_name("paper.html.jinja")


@pytest.fixture(scope="module")
def page() -> str:
    return REPORT.read_text(encoding="utf-8")


def test_no_number_is_written_by_hand() -> None:
    text = TEMPLATE.read_text(encoding="utf-8")
    for hidden in (r"<style>.*?</style>", r"\{%.*?%\}", r"\{\{.*?\}\}", r"<[^>]*>"):
        text = re.sub(hidden, " ", text, flags=re.DOTALL)
    assert re.findall(r"\d+\.\d+|\d+ ?%|0\.\d", text.replace("Python 3.11", "")) == []


def test_it_shows_the_measured_figures(page: str) -> None:
    metrics = json.loads((ROOT / "reports" / "metrics.json").read_text(encoding="utf-8"))
    shown = page.replace("&#39;", "'").replace("&#34;", '"').replace("&amp;", "&")
    for sentence in (words.headline, words.legs, words.simulated, words.raters, words.onset):
        assert sentence(metrics) in shown
    assert words.failures(read_verdicts(ROOT / "reports" / "verdicts.csv")) in shown


def test_it_is_made_of_the_tables_as_they_are(page: str) -> None:
    for name in paper.TABLES:
        assert file_sha256(ROOT / name)[:16] in page, f"{name} is newer: run leglift report"


def test_it_loads_nothing_and_runs_nothing(page: str) -> None:
    assert "<script" not in page
    assert set(re.findall(r'(?:src|href)="([a-z]+:?)', page)) == {"data:"}
    assert "default-src 'none'" in page
    assert page.count("<img") == len(paper.FIGURES)
    assert page.count('alt=""') == 0


def test_the_surest_failures_are_failures_one_a_clip() -> None:
    verdicts = read_verdicts(ROOT / "reports" / "verdicts.csv")
    reps = paper.surest_failures(verdicts)
    assert len(reps) == min(paper.SHOWN_FAILURES, reps["clip_id"].nunique())
    assert set(reps["outcome"]) <= {"missed arch", "false alarm"}
    off = (reps["p_arched"] - 0.5).abs()
    assert (off.diff().dropna() <= 1e-9).all()
