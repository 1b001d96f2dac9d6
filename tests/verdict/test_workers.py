"""`--jobs` and `--scheduler`: the same results from several processes, also when one is killed."""

from __future__ import annotations

import os
import shutil
import signal
import threading
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from canned import DyingWorker
from clips import demo_reps, noise, write_shot, write_video
from command import Ran, leglift
from leglift.errors import UsageError
from leglift.verdict.batch import judge_all
from leglift.verdict.workers import in_processes

N = 2
OPTIONS = {
    "pose": "full", "model": "shipped", "as_json": True, "csv": None, "overwrite": False,
    "verbose": False,
}  # fmt: skip


@pytest.fixture(scope="module")
def videos(tmp_path_factory) -> Path:
    """Several clips of rep 3 of the demo clip, and two files that cannot be judged."""
    folder = tmp_path_factory.mktemp("videos")
    one = write_shot(folder / "0.mp4", demo_reps(3, 3, step=5))
    shutil.copy(one, folder / "1.mp4")
    (folder / "2 bad.mp4").write_text("no video")
    write_video(folder / "3 noise.mp4", noise(2))
    return folder


@pytest.fixture(scope="module")
def alone(videos, tmp_path_factory) -> Ran:
    """What one process says."""
    ran = leglift("judge", "--json", videos, tmp=tmp_path_factory.mktemp("alone"))
    assert ran.code == 3
    assert [Path(d["clip"]["path"]).name for d in ran.documents] == [f"{i}.mp4" for i in range(N)]
    assert [line.split(": ")[1] for line in ran.err.splitlines()] == [
        str(videos / "2 bad.mp4"),
        str(videos / "3 noise.mp4"),
    ]
    return ran


@pytest.fixture
def scratch(tmp_path, monkeypatch) -> Path:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    return tmp_path


def kill_once(victim: Callable[[], int | None]) -> threading.Thread:
    """Kill -9 the process that `victim` names, as soon as it names one."""

    def hunt() -> None:
        until = time.monotonic() + 120
        while time.monotonic() < until:
            if pid := victim():
                os.kill(pid, signal.SIGKILL)
                killed.append(pid)
                return
            time.sleep(0.02)

    killed: list[int] = []
    thread = threading.Thread(target=hunt, daemon=True)
    thread.killed = killed
    thread.start()
    return thread


def assert_the_same(code: int, capfd: pytest.CaptureFixture, alone: Ran) -> None:
    out, err = capfd.readouterr()
    said = [line for line in err.splitlines() if line.startswith("leglift: ")]
    assert (code, out, said) == (alone.code, alone.out, alone.err.splitlines())


@pytest.mark.slow
def test_processes_say_the_same_as_one(videos, alone, scratch, capfd):
    code = judge_all([videos], **OPTIONS, jobs=2)
    assert_the_same(code, capfd, alone)
    assert list(scratch.iterdir()) == []


def test_a_process_that_dies_costs_at_most_its_video(monkeypatch, tmp_path):
    names = ["0", "1 dies once", "2", "3 dies always", "4"]
    videos = [tmp_path / f"{name}.mp4" for name in names]
    monkeypatch.setattr("leglift.verdict.workers._in_worker", DyingWorker())
    outcomes = list(in_processes(videos, None, 2))
    assert [outcome.video for outcome in outcomes] == videos
    for outcome in outcomes:
        failed = "always" in outcome.video.name
        assert (outcome.document is None) == failed
        assert outcome.exit_code == (1 if failed else 0)
        assert ("the process that judged it died" in outcome.failure) == failed


# --- Dask -------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def cluster():
    """A scheduler and three worker processes on this machine."""
    import distributed

    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("DASK_LOGGING__DISTRIBUTED", "error")
        with (
            distributed.LocalCluster(
                n_workers=3, threads_per_worker=1, processes=True, dashboard_address=None
            ) as made,
            distributed.Client(made, set_as_default=False) as client,
        ):
            yield made.scheduler_address, client


@pytest.mark.slow
@pytest.mark.filterwarnings("default")
def test_a_cluster_says_the_same_as_one_also_when_a_worker_is_killed(cluster, videos, alone, capfd):
    address, client = cluster
    before = set(client.run(os.getpid).values())

    def a_busy_worker() -> int | None:
        busy = [name for name, keys in client.processing().items() if keys]
        return client.run(os.getpid, workers=busy[:1])[busy[0]] if busy else None

    hunter = kill_once(a_busy_worker)
    code = judge_all([videos], **OPTIONS, scheduler=address)
    assert_the_same(code, capfd, alone)
    assert len(before - set(client.run(os.getpid).values())) == len(hunter.killed) == 1


def test_no_cluster_there(videos, monkeypatch):
    """Said before anything is judged."""
    monkeypatch.setattr("leglift.verdict.workers._CONNECT_S", 1)
    with pytest.raises(UsageError, match="no Dask scheduler answers"):
        judge_all([videos], **OPTIONS, scheduler="tcp://127.0.0.1:9")
