from __future__ import annotations

import json
from importlib.resources import files
from pathlib import Path

import jsonschema
import pytest
from hypothesis import settings

from clips import DEMO, ROOT
from command import Ran, leglift

settings.register_profile(
    "leglift", deadline=None, derandomize=True, max_examples=25, database=None
)
settings.load_profile("leglift")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if "demo_run" in getattr(item, "fixturenames", ()):
            item.add_marker(pytest.mark.slow)


@pytest.fixture(scope="session")
def judge_schema() -> jsonschema.Draft202012Validator:
    schema = json.loads(files("leglift.verdict").joinpath("judge.schema.json").read_text("utf-8"))
    jsonschema.Draft202012Validator.check_schema(schema)
    return jsonschema.Draft202012Validator(schema)


@pytest.fixture(scope="session")
def demo_csv(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where `demo_run` writes its table."""
    return tmp_path_factory.mktemp("demo") / "reps.csv"


@pytest.fixture(scope="session")
def demo_run(demo_csv: Path) -> Ran:
    """`leglift judge --json --csv ... data/demo/leg_lifts.mp4`, once for all tests."""
    return leglift(
        "judge", "--json", "--csv", demo_csv, DEMO.relative_to(ROOT), cwd=ROOT, tmp=demo_csv.parent
    )


@pytest.fixture(scope="session")
def demo_document(demo_run: Ran) -> dict:
    assert demo_run.code == 0, demo_run.err
    return demo_run.documents[0]
