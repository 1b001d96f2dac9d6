"""What the README shows is what was measured."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from types import ModuleType
from typing import Any

import pytest

from clips import MODEL, ROOT
from leglift.verdict.table import trust, verdict_text, wrapped


def block(name: str, page: str) -> str:
    text = (ROOT / page).read_text(encoding="utf-8")
    found = re.search(rf"<!-- {name} -->\n(.*?)\n<!-- /{name} -->", text, re.DOTALL)
    assert found is not None
    return found[1]


@pytest.mark.parametrize(
    ("name", "page"),
    [("reps", "docs/method.md"), ("cues", "docs/method.md"), ("accuracy", "README.md")],
)
def test_a_table_is_current(script: Callable[[str], ModuleType], name: str, page: str) -> None:
    assert block(name, page) == getattr(script("update_readme"), f"{name}_block")()


def test_pictures_and_pages_that_the_readme_names_are_there() -> None:
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    names = re.findall(r"\]\((?!https?:)([^)#]+)", text)
    assert len(names) > 5
    assert [name for name in names if not (ROOT / name).exists()] == []


def test_the_demo_s_output_is_current(demo_document: dict[str, Any]) -> None:
    sidecar = json.loads(MODEL.with_suffix(".json").read_text(encoding="utf-8"))
    text = verdict_text(demo_document) + "\n".join(wrapped([trust(sidecar)]))
    lines = [line.rstrip() for line in text.rstrip().splitlines()]
    assert block("demo", "README.md").splitlines()[1:-1] == lines


def figures_of(part: Any) -> set[str]:
    """Every interval of the measured figures, written as the README writes it."""
    if not isinstance(part, dict):
        return set()
    if {"value", "low", "high"} <= part.keys() and None not in part.values():
        value, low, high = (f"{part[name]:.2f}" for name in ("value", "low", "high"))
        return {f"{value} ({low}-{high})", f"+{value}, {low} to {high}"}
    return set().union(*map(figures_of, part.values()))


def test_every_interval_in_the_readme_was_measured() -> None:
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    shown = set(
        re.findall(r"\d\.\d\d \(\d\.\d\d-\d\.\d\d\)|\+\d\.\d\d, -?\d\.\d\d to \d\.\d\d", text)
    )
    measured = figures_of(json.loads((ROOT / "reports/metrics.json").read_text(encoding="utf-8")))
    assert len(shown) > 10
    assert shown <= measured
