"""`--jobs` and `--scheduler`: the same results from several processes, also when one is killed."""

from __future__ import annotations

import os
import shutil
import signal
import threading
import time
from pathlib import Path

import pytest

from canned import DyingWorker
from clips import demo_reps, noise, write_shot, write_video
from command import Ran, leglift
from leglift.errors import UsageError
from leglift.verdict.batch import first_failure, judge_all, task_of
from leglift.verdict.inputs import expanded
from leglift.verdict.outcome import in_processes


@pytest.fixture(scope="module")
def videos(tmp_path_factory) -> Path:
    """Two clips of rep 3 of the demo clip, and two files that cannot be judged."""
    folder = tmp_path_factory.mktemp("videos")
    one = write_shot(folder / "0.mp4", demo_reps(3, 3, step=5))
    shutil.copy(one, folder / "1.mp4")
    (folder / "2 bad.mp4").write_text("no video")
    write_video(folder / "3 noise.mp4", noise(2))
    return folder


@pytest.fixture(scope="module")
def alone(videos, tmp_path_factory) -> Ran:
    ran = leglift("judge", "--json", videos, tmp=tmp_path_factory.mktemp("alone"))
    assert ran.code == 3
    judged = [document["clip"]["path"] for document in ran.documents]
    failed = [line.split(": ")[1] for line in ran.err.splitlines()]
    names = ("0.mp4", "1.mp4", "2 bad.mp4", "3 noise.mp4")
    assert [*judged, *failed] == [str(videos / name) for name in names]
    return ran


def judged(videos: Path, **how) -> int:
    task = task_of("full", "shipped")
    return first_failure(judge_all(expanded([videos]), task, as_json=True, **how))


def assert_the_same(code: int, capfd: pytest.CaptureFixture, alone: Ran) -> None:
    out, err = capfd.readouterr()
    said = [line for line in err.splitlines() if line.startswith("leglift: ")]
    assert (code, out, said) == (alone.code, alone.out, alone.err.splitlines())


@pytest.mark.slow
def test_processes_say_the_same_as_one(videos, alone, scratch, capfd):
    code = judged(videos, jobs=2)
    assert_the_same(code, capfd, alone)
    assert list(scratch.iterdir()) == []


def test_a_process_that_dies_costs_at_most_its_video(monkeypatch, tmp_path):
    names = ["0", "1 dies once", "2", "3 dies always", "4"]
    videos = [tmp_path / f"{name}.mp4" for name in names]
    monkeypatch.setattr("leglift.verdict.outcome._in_worker", DyingWorker())
    outcomes = list(in_processes(videos, None, 2))
    assert [outcome.video for outcome in outcomes] == videos
    for outcome in outcomes:
        failed = "always" in outcome.video.name
        assert (outcome.document is None) == failed
        assert outcome.exit_code == (1 if failed else 0)
        assert ("the process that judged it died" in outcome.failure) == failed


@pytest.fixture(scope="module")
def cluster():
    import distributed

    how = {"threads_per_worker": 1, "processes": True, "dashboard_address": None}
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("DASK_LOGGING__DISTRIBUTED", "error")
        with (
            distributed.LocalCluster(n_workers=3, **how) as made,
            distributed.Client(made, set_as_default=False) as client,
        ):
            yield made.scheduler_address, client


@pytest.mark.slow
@pytest.mark.filterwarnings("default")
def test_a_cluster_says_the_same_as_one_also_when_a_worker_is_killed(cluster, videos, alone, capfd):
    address, client = cluster
    before = set(client.run(os.getpid).values())

    def kill_a_busy_worker() -> None:
        until, busy = time.monotonic() + 120, []
        while not busy and time.monotonic() < until:
            busy = [name for name, keys in client.processing().items() if keys]
            time.sleep(0.02)
        os.kill(client.run(os.getpid, workers=busy[:1])[busy[0]], signal.SIGKILL)

    threading.Thread(target=kill_a_busy_worker, daemon=True).start()
    code = judged(videos, scheduler=address)
    assert_the_same(code, capfd, alone)
    assert len(before - set(client.run(os.getpid).values())) == 1


def test_no_cluster_there(videos, monkeypatch):
    """Said before anything is judged."""
    monkeypatch.setattr("leglift.verdict.outcome._CONNECT_S", 1)
    with pytest.raises(UsageError, match="no Dask scheduler answers"):
        judged(videos, scheduler="tcp://127.0.0.1:9")
