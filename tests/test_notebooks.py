"""Notebooks are committed executed: running them again changes no byte, in them or in figures."""

from __future__ import annotations

import ast
import json
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor, wait
from pathlib import Path
from typing import Any

import pytest

from clips import ROOT
from leglift.params import file_sha256

NOTEBOOKS = sorted((ROOT / "notebooks").glob("*.ipynb"))
FIGURES = ROOT / "reports" / "figures"
EXECUTE = ["--to", "notebook", "--execute", "--ExecutePreprocessor.record_timing=False"]
MAX_DEF_LINES = 5
WORKERS = 2

EXAMPLE = ROOT / "notebooks" / "example.ipynb"
"""For users: it judges a clip and reads none of the study's tables."""

assert NOTEBOOKS
each = pytest.mark.parametrize("notebook", NOTEBOOKS, ids=lambda path: path.stem)


def read(path: Path) -> dict[str, Any]:
    return json.loads(path.read_text(encoding="utf-8"))


def code_of(notebook: Path) -> list[str]:
    return ["".join(c["source"]) for c in read(notebook)["cells"] if c["cell_type"] == "code"]


def text_of(cell: dict[str, Any]) -> str:
    """What a reader sees of a cell: its text, or its output."""
    if cell["cell_type"] == "markdown":
        return "".join(cell["source"])
    data = [output.get("data", {}) for output in cell["outputs"]]
    return "".join("".join(d.get("text/markdown", d.get("text/plain", ""))) for d in data)


@each
def test_it_asks_first_answers_last_and_was_executed_from_top_to_bottom(notebook: Path) -> None:
    first, *_, last = cells = read(notebook)["cells"]
    assert first["cell_type"] == "markdown"
    assert "**Question.**" in text_of(first)
    assert "**Answer.**" in text_of(last)
    run = [c for c in cells if c["cell_type"] == "code"]
    assert [c["execution_count"] for c in run] == list(range(1, len(run) + 1))
    kinds = {o["output_type"] for c in run for o in c["outputs"]}
    assert kinds <= {"display_data", "execute_result"}


@each
def test_work_is_done_elsewhere(notebook: Path) -> None:
    code = code_of(notebook)
    if notebook != EXAMPLE:
        assert "fingerprints(" in code[0]
        assert any("assert metrics[" in cell for cell in code)
    tree = ast.parse("\n".join(code))
    long = [node.name for node in ast.walk(tree) if isinstance(node, ast.FunctionDef)
            and node.end_lineno - node.lineno >= MAX_DEF_LINES]  # fmt: skip
    assert long == []
    used = {node.id for node in ast.walk(tree) if isinstance(node, ast.Name)}
    used |= {node.attr for node in ast.walk(tree) if isinstance(node, ast.Attribute)}
    assert used.isdisjoint({"fit", "retrieve", "urlopen", "requests", "fetch_all", "extract_clip"})


@pytest.fixture(scope="session")
def figures_before() -> dict[str, str]:
    """Hashes of the committed figures, before any notebook draws them anew."""
    return hashes()


@pytest.fixture(scope="session")
def notebook_runs(request, tmp_path_factory, figures_before) -> Iterator[dict[Path, Future[Path]]]:
    """Run each notebook that is asked for, once, two at a time; gives what came of it."""
    asked = [item for item in request.session.items if "notebook_runs" in item.fixturenames]
    wanted = {item.callspec.params["notebook"] for item in asked if hasattr(item, "callspec")}
    folder = tmp_path_factory.mktemp("executed")
    with ThreadPoolExecutor(WORKERS) as pool:
        yield {notebook: pool.submit(execute, notebook, folder) for notebook in sorted(wanted)}


def execute(notebook: Path, folder: Path) -> Path:
    command = [sys.executable, "-m", "nbconvert", *EXECUTE, "--output-dir", folder, notebook]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr[-3000:]
    return folder / notebook.name


def hashes() -> dict[str, str]:
    return {path.name: file_sha256(path) for path in FIGURES.iterdir()}


@pytest.mark.slow
@each
def test_running_it_again_changes_nothing(notebook, notebook_runs):
    assert as_text(notebook_runs[notebook].result()) == as_text(notebook)


@pytest.mark.slow
def test_drawing_the_figures_again_changes_nothing(notebook_runs, figures_before):
    wait(notebook_runs.values())
    assert hashes() == figures_before


def as_text(path: Path) -> str:
    """The notebook without the patch level of Python, which nbconvert notes.

    The example runs the pose model, whose last digits differ between processors: what it says is
    compared, and not its pictures.
    """
    document = read(path)
    for output in [o for c in document["cells"] for o in c.get("outputs", [])]:
        if path.name == EXAMPLE.name:
            output["data"].pop("image/png", None)
    document["metadata"]["language_info"].pop("version")
    return json.dumps(document, indent=1, ensure_ascii=False)
