"""Highest memory of `leglift judge` by length of the clip, up to an hour.

    python benchmarks/memory.py [--minutes 1 10 60] [--whole 1] [--report] [--annotate]

The clip is the demo clip over and over, its packets copied. Up to `--whole` minutes it is judged as
it is. The pose model would look at an hour for half an hour, so of a longer clip it sees the first
minute only: the table of that minute is then repeated to the clip's length with the writer of
`leglift study extract`, in the same process, and all that comes after is done for real. Every
length has a process of its own; its highest resident size is printed (`ru_maxrss`).
"""

from __future__ import annotations

import argparse
import subprocess
import sys
import tempfile
from pathlib import Path

import av
from dressing import DEMO

_JUDGE = """
import resource, sys, time
from dataclasses import replace
from pathlib import Path
import av, numpy as np, pyarrow as pa, pyarrow.parquet as pq
from leglift.verdict import watch
from leglift.verdict.batch import task_of
from leglift.verdict.outcome import judge_one
from leglift.verdict.outputs import write_page
from leglift.vision.table import META_KEY, SCHEMA
from leglift.vision.writing import table_groups

video, first, times, report, annotate = sys.argv[1:]
times, extract_clip = int(times), watch.extract_clip

def peak():
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024

def repeated(_, table, bundle, params, *others):
    meta = extract_clip(Path(first), table, bundle, params, *others)
    one, about = pq.read_table(table), pq.read_metadata(table).metadata
    n, length_s = one.num_rows, meta.duration_s
    with table_groups(table, params.rows_per_group) as groups:
        for i in range(times):
            times_s = np.round(one["time_s"].to_numpy() + i * length_s, 6)
            frames = pa.array(one["frame_idx"].to_numpy() + i * n, pa.int32())
            later = one.set_column(0, "frame_idx", frames)
            later = later.set_column(2, "time_s", pa.array(times_s)).cast(SCHEMA)
            for start in range(0, n, 256):
                groups.add_table(later.slice(start, 256))
        groups.finish(about[META_KEY])
    print("EXTRACTED", peak())
    return replace(meta, n_frames=n * times, duration_s=length_s * times)

if times > 1:
    watch.extract_clip = repeated
task = replace(task_of("full", "shipped"), report=report == "yes",
               annotate=Path(annotate) if annotate else None)
start = time.perf_counter()
done = judge_one(Path(video), task)
assert done.document is not None and not done.failure, done.failure
if done.chapter is not None:
    from leglift.verdict.drawing.report import report_page
    write_page(report_page([done.chapter]), Path(video).with_suffix(".html"))
clip = done.document["clip"]
print("MEASURED", peak(), clip["n_frames"], done.document["set"]["n_reps"],
      time.perf_counter() - start)
"""


def looped(minutes: float, target: Path) -> Path:
    """Write the demo clip over and over, its packets copied, until it is so long."""
    with av.open(str(target), "w") as out:
        stream, shift = None, 0
        for _ in range(round(minutes * 4)):  # of 15 s
            with av.open(str(DEMO)) as video:
                source = video.streams.video[0]
                stream = stream or out.add_stream_from_template(source)
                for packet in video.demux(source):
                    if packet.dts is None:
                        continue
                    packet.pts, packet.dts = packet.pts + shift, packet.dts + shift
                    packet.stream = stream
                    out.mux(packet)
                shift += source.duration
    return target


def measured(folder: Path, minutes: float, whole: float, report: bool, annotate: bool) -> str:
    """Judge a clip of so many minutes and say what it took."""
    first = looped(min(minutes, whole), folder / f"first{minutes}.mp4")
    times = max(round(minutes / whole), 1)
    drawn = annotate and times > 1
    video = looped(minutes, folder / f"long{minutes}.mp4") if drawn else first
    target = str(folder / f"drawn{minutes}.mp4") if annotate else ""
    done = subprocess.run(
        [sys.executable, "-c", _JUDGE, *map(str, (video, first, times)), "yes" if report else "no",
         target],
        capture_output=True,
        text=True,
        check=False,
    )  # fmt: skip
    said = {text.split()[0]: text.split()[1:] for text in done.stdout.splitlines() if text.strip()}
    if "MEASURED" not in said:
        raise SystemExit(f"the run failed:\n{done.stderr}")
    peak, frames, reps, took_s = map(float, said["MEASURED"])
    return f"| {minutes:g} | {frames:.0f} | {reps:.0f} | {peak:.0f} MiB | {took_s:.0f} s |"


def main() -> None:
    """Print a table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--minutes", type=float, nargs="+", default=[1, 10, 60])
    parser.add_argument("--whole", type=float, default=1, help="judged as it is up to here")
    parser.add_argument("--report", action="store_true", help="make the report too")
    parser.add_argument("--annotate", action="store_true", help="draw on the video too")
    arguments = parser.parse_args()
    print("| minutes | frames | reps | highest memory | took |\n|---|---|---|---|---|")
    with tempfile.TemporaryDirectory() as name:
        for minutes in arguments.minutes:
            how = (arguments.whole, arguments.report, arguments.annotate)
            print(measured(Path(name), minutes, *how), flush=True)


if __name__ == "__main__":
    main()
