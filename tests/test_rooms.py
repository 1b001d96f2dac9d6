"""A room imports only from rooms before it; what serves every room imports from none."""

from __future__ import annotations

import ast
import re
import subprocess
import sys
from pathlib import Path

import pytest

from clips import ROOT

SOURCE = ROOT / "src" / "leglift"
ROOMS = (
    "schemas", "vision", "motion", "instrument", "verdict", "labelling",
    "synth", "simulated", "study", "figures", "cli",
)  # fmt: skip
MAY_IMPORT_SYNTH = {"synth", "simulated", "cli"}
PUBLIC = "__init__.py"
"""The package itself: `leglift.judge` and `leglift.measure` lead into `verdict`."""


def imported(file: Path) -> set[str]:
    names: set[str] = set()
    for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
        if isinstance(node, ast.ImportFrom) and node.module:
            assert node.level == 0, file
            names |= {f"{node.module}.{alias.name}" for alias in node.names}
        elif isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
    return {name.split(".")[1] for name in names if name.startswith("leglift.")}


def test_the_rooms_are_the_folders_of_the_package() -> None:
    assert {path.parent.name for path in SOURCE.glob("*/__init__.py")} == set(ROOMS)


@pytest.mark.parametrize("room", ROOMS)
def test_a_room_imports_only_from_rooms_before_it(room: str) -> None:
    later = set(ROOMS[ROOMS.index(room) + 1 :])
    if room not in MAY_IMPORT_SYNTH:
        later.add("synth")
    found = {path.name: imported(path) & later for path in (SOURCE / room).rglob("*.py")}
    assert {name: rooms for name, rooms in found.items() if rooms} == {}


def test_what_serves_every_room_imports_from_none() -> None:
    shared = [path for path in SOURCE.glob("*.py") if path.name != PUBLIC]
    assert {path.name: imported(path) & set(ROOMS) for path in shared} == {
        path.name: set() for path in shared
    }


def test_pictures_are_loaded_by_who_asks_for_them() -> None:
    """Nothing in `verdict` needs its pictures but who writes them, where one is asked for."""
    files = (SOURCE / "verdict").glob("*.py")
    found = {path.name for path in files if "verdict.drawing" in path.read_text("utf-8")}
    assert found == {"batch.py", "outcome.py"}


def test_the_map_names_modules_that_there_are() -> None:
    page = ROOT / "docs" / "architecture.md"
    links = re.findall(r"\]\(([^)#]+)", page.read_text("utf-8"))
    assert [link for link in links if not (page.parent / link).exists()] == []


def test_who_reads_a_table_loads_neither_video_nor_pictures() -> None:
    heavy = ("av", "cv2", "mediapipe")
    code = f"""import sys, leglift.motion.segment, leglift.instrument.back
print([name for name in {heavy} if name in sys.modules])"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
