from __future__ import annotations

import json
import os
from collections.abc import Callable
from functools import cache
from importlib.resources import files
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path
from types import ModuleType

import jsonschema
import pytest
from hypothesis import settings

from clips import DEMO, ROOT
from command import Ran, leglift, names_in
from factories import Body, Camera, Clip, write_clip
from leglift import cli
from leglift.motion.segment import Motion, segment_clip
from leglift.params import Params, load_params

QUICK = settings(deadline=None, derandomize=True, max_examples=25, database=None)
settings.register_profile("leglift", QUICK)
settings.load_profile("leglift")

LONG = ("demo_run", "notebook_runs")
"""Fixtures that take half a minute: what needs one runs in one process."""


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        for name in set(LONG) & set(getattr(item, "fixturenames", ())):
            item.add_marker(pytest.mark.slow)
            item.add_marker(pytest.mark.xdist_group(name))


@pytest.fixture(scope="session")
def judge_schema() -> jsonschema.Draft202012Validator:
    schema = json.loads(files("leglift.verdict").joinpath("judge.schema.json").read_text("utf-8"))
    jsonschema.Draft202012Validator.check_schema(schema)
    return jsonschema.Draft202012Validator(schema)


@pytest.fixture(scope="session")
def demo_csv(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("demo") / "reps.csv"


@pytest.fixture(scope="session")
def demo_run(demo_csv: Path) -> Ran:
    """`leglift judge --json --csv ... data/demo/leg_lifts.mp4`, once for all tests."""
    told = ("judge", "--json", "--csv", demo_csv, DEMO.relative_to(ROOT))
    return leglift(*told, cwd=ROOT, tmp=demo_csv.parent)


@pytest.fixture(scope="session")
def demo_document(demo_run: Ran) -> dict:
    assert demo_run.code == 0, demo_run.err
    return demo_run.documents[0]


@pytest.fixture
def scratch(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder for temporary files, empty at the start."""
    folder = tmp_path / "scratch"
    folder.mkdir()
    monkeypatch.setattr("tempfile.tempdir", str(folder))
    return folder


@pytest.fixture
def here(
    scratch: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> Callable[..., Ran]:
    """Run `leglift` in this process, which is quicker; gives what `command.leglift` gives."""

    def run(*args: object) -> Ran:
        capfd.readouterr()
        monkeypatch.setattr("sys.argv", ["leglift", *map(os.fspath, args)])
        with pytest.raises(SystemExit) as ended:
            cli.main()
        out, err = capfd.readouterr()
        return Ran(ended.value.code, out, err, names_in(scratch))

    return run


@pytest.fixture(scope="session")
def script() -> Callable[[str], ModuleType]:
    def load(name: str) -> ModuleType:
        spec = spec_from_file_location(name, ROOT / "scripts" / f"{name}.py")
        module = module_from_spec(spec)
        spec.loader.exec_module(module)
        return module

    return load


@pytest.fixture(scope="session")
def params() -> Params:
    return load_params()


@pytest.fixture(scope="session")
def table_of(tmp_path_factory: pytest.TempPathFactory) -> Callable:
    folder = tmp_path_factory.mktemp("clips")

    @cache
    def table_of(body: Body, camera: Camera):
        number = len(list(folder.iterdir()))
        return write_clip(folder / f"{number}.parquet", Clip(body, camera))

    return table_of


@pytest.fixture(scope="session")
def motion_of(table_of: Callable, params: Params) -> Callable[..., Motion | None]:
    @cache
    def motion_of(body: Body | None = None, camera: Camera | None = None) -> Motion | None:
        return segment_clip(table_of(body or Body(), camera or Camera()), params)

    return motion_of
