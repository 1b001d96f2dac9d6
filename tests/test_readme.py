"""What the README shows is what was measured."""

from __future__ import annotations

import importlib.util
import json
import re
from types import ModuleType
from typing import Any

import pytest

from clips import MODEL, ROOT
from leglift.verdict.table import trust, verdict_text, wrapped


@pytest.fixture
def update_readme() -> ModuleType:
    spec = importlib.util.spec_from_file_location("u", ROOT / "scripts" / "update_readme.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def block(name: str, page: str = "README.md") -> str:
    text = (ROOT / page).read_text(encoding="utf-8")
    found = re.search(rf"<!-- {name} -->\n(.*?)\n<!-- /{name} -->", text, re.DOTALL)
    assert found is not None
    return found[1]


def test_the_table_of_rep_counts_is_current(update_readme: ModuleType) -> None:
    assert block("reps", "docs/method.md") == update_readme.reps_block()


def test_the_table_of_cues_is_current(update_readme: ModuleType) -> None:
    assert block("cues", "docs/method.md") == update_readme.cues_block()


def test_pictures_and_pages_that_the_readme_names_are_there() -> None:
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    names = re.findall(r"\]\((?!https?:)([^)#]+)", text)
    assert len(names) > 5
    assert [name for name in names if not (ROOT / name).exists()] == []


def test_the_demo_s_output_is_current(demo_document: dict[str, Any]) -> None:
    """What the command prints of this document is shown to be these lines by tests/cli."""
    sidecar = json.loads(MODEL.with_suffix(".json").read_text(encoding="utf-8"))
    text = verdict_text(demo_document) + "\n".join(wrapped([trust(sidecar)]))
    lines = [line.rstrip() for line in text.rstrip().splitlines()]
    assert block("demo").splitlines()[1:-1] == lines


def test_the_table_of_accuracy_is_current(update_readme: ModuleType) -> None:
    assert block("accuracy") == update_readme.accuracy_block()
