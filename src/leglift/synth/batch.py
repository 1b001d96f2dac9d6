"""What runs of clips and of stills share: their names, their workers, files that are whole."""

from __future__ import annotations

import importlib.util
import os
import shutil
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TypeVar

from leglift.console import quiet_libraries
from leglift.errors import UsageError

EXTRA = ("torch", "anny", "moderngl", "skimage")
Made = TypeVar("Made")


def need_extra() -> None:
    """Raise `UsageError` with the way out unless the extra's packages are there."""
    missing = [name for name in EXTRA if importlib.util.find_spec(name) is None]
    if missing:
        raise UsageError(
            f"simulated bodies need {', '.join(missing)}: "
            "pip install torch==2.13.0 (a CPU build is enough), then pip install 'leglift[synth]'"
        )


def clip_id(seed: int, index: int) -> str:
    """Name of one clip and of the person in it."""
    return f"synth-{seed:04d}-{index:05d}"


@contextmanager
def whole(out_dir: Path) -> Iterator[Path]:
    """Folder whose files and folders move into `out_dir` once all of them are written.

    A `.json` moves last: it says that a clip is whole.
    """
    out_dir.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=out_dir, prefix=".tmp-") as work:
        yield Path(work)
        for path in sorted(Path(work).iterdir(), key=lambda path: path.suffix == ".json"):
            if path.is_dir():
                shutil.rmtree(out_dir / path.name, ignore_errors=True)
            path.replace(out_dir / path.name)


def in_workers(make: Callable[[int], Made], count: int, jobs: int) -> list[Made]:
    """Call `make` with 0 to `count - 1`, `jobs` at a time, with progress; results in order."""
    from joblib import Parallel, delayed, parallel_config
    from rich.progress import track

    # Workers share the cores: the renderer's own threads would only fight over them.
    os.environ.setdefault("LP_NUM_THREADS", "1")
    alone = parallel_config(backend="loky", inner_max_num_threads=1)
    with quiet_libraries(verbose=False) as console, alone:
        made = Parallel(n_jobs=jobs, return_as="generator", pre_dispatch="2*n_jobs")(
            delayed(make)(index) for index in range(count)
        )
        shown = console.is_terminal
        return list(track(made, "rendering", total=count, console=console, disable=not shown))
