"""Series of still moments as pictures, with one row of truth a still.

`DIR/CLIP_ID/NN.png` are the stills, `DIR/truth.parquet` the rows. Angles and `_norm` lengths mean
what they mean elsewhere; `tilt_deg` is the pelvis against the same body's flat position.
"""

from __future__ import annotations

import io
import sys
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pandas as pd

from leglift.files import write_whole
from leglift.synth import body as bodies
from leglift.synth import scene, torso
from leglift.synth.actor import Actor, make_actor, posed_surface
from leglift.synth.batch import clip_id, in_workers, need_extra, whole
from leglift.synth.body import Floats, Mask
from leglift.synth.clip import CODEC, render, write_film
from leglift.synth.moments import Series, draw_series, settle
from leglift.synth.pose import Posed
from leglift.synth.scene import Pixels
from leglift.synth.truth import frame_truth

ARM = ("upperarm", "lowerarm", "wrist", "finger", "metacarpal")
EDGE_SLOTS = 12
STRIP_NORM = 0.025  # half the height of the strip in which the edge's contrast is measured


def lumbar_edge_m(actor: Actor, surface_m: Floats, camera: scene.Camera) -> Floats:
    """Near lower edge of the lower back: per slice the vertex lowest in the picture, (S, 3)."""
    trunk = np.flatnonzero(torso.trunk_mask(actor.drawn))
    slot = torso.lumbar_slots(actor.drawn.part(trunk), EDGE_SLOTS)
    y_px = scene.project_px(camera, surface_m[trunk])[:, 1]
    slices = [np.flatnonzero(slot == k) for k in range(1, EDGE_SLOTS + 1)]
    lowest = [trunk[s[np.argmax(y_px[s])]] for s in slices if len(s)]
    return surface_m[lowest]


def is_behind(eye_m: Floats, points_m: Floats, triangles_m: Floats) -> Mask:
    """Whether the way from the eye (3,) to each point (N, 3) is cut by a triangle (T, 3, 3)."""
    a = triangles_m[:, 0]
    u, v = triangles_m[:, 1] - a, triangles_m[:, 2] - a
    start = eye_m - a
    across = np.cross(start, u)
    hidden = np.zeros(len(points_m), dtype=bool)
    for k, ray in enumerate(points_m - eye_m):
        side = np.cross(ray, v)
        area = (u * side).sum(axis=1)
        area = np.where(np.abs(area) < 1e-12, np.inf, area)
        first, second = (start * side).sum(axis=1) / area, across @ ray / area
        way = (across * v).sum(axis=1) / area
        inside = (first >= 0) & (second >= 0) & (first + second <= 1)
        hidden[k] = bool((inside & (way > 0) & (way < 0.999)).any())
    return hidden


def visible_frac(actor: Actor, surface_m: Floats, edge_m: Floats, camera: scene.Camera) -> float:
    """Share of the edge's points that no arm hides from the camera."""
    on_arm = (actor.drawn.share(*ARM) > 0.5)[actor.drawn.faces].all(axis=1)
    triangles = surface_m[actor.drawn.faces[on_arm]]
    return 1.0 - float(is_behind(scene.eye_m(camera), edge_m, triangles).mean())


def edge_contrast(picture: Pixels, edge_px: Floats, reach_px: float) -> float:
    """Grey levels between body and floor: the middle step across the edge (N, 2).

    `picture` (height, width, 3) is looked at `reach_px` above and below each point; NaN if all of
    those lie outside it.
    """
    grey = picture.astype(float) @ [0.299, 0.587, 0.114]
    x = np.round(edge_px[:, 0]).astype(int)
    above, below = (np.round(edge_px[:, 1] + s * reach_px).astype(int) for s in (-1, 1))
    inside = (x >= 0) & (x < grey.shape[1]) & (above >= 0) & (below < grey.shape[0])
    if not inside.any():
        return float("nan")
    x, above, below = x[inside], above[inside], below[inside]
    return float(np.median(np.abs(grey[above, x] - grey[below, x])))


def gap_truth(actor: Actor, posed: Posed, surface_m: Floats) -> dict[str, float]:
    """Gap under the skin, widest and mean over the lumbar window, and as drawn; trunk lengths.

    Cloth may fill the gap: `gap_drawn_norm` is what is left of it under the clothes.
    """
    trunk = torso.trunk_mask(actor.drawn)
    bare = torso.lumbar_lows_m(actor.trunk, bodies.skin(actor.trunk, posed.transforms))
    drawn = torso.lumbar_lows_m(actor.drawn.part(trunk), surface_m[trunk])
    bare, drawn = (np.maximum(low, 0.0) / actor.table.trunk_m for low in (bare, drawn))
    return {
        "gap_norm": float(bare.max()),
        "gap_mean_norm": float(bare.mean()),
        "gap_drawn_norm": float(drawn.max()),
    }


def knee_inner_deg(joints_m: Floats) -> float:
    """Inner angle at the knee of hip, knee and ankle (3, 3); 180 is straight."""
    up, down = joints_m[0] - joints_m[1], joints_m[2] - joints_m[1]
    cosine = up @ down / (np.linalg.norm(up) * np.linalg.norm(down))
    return float(np.degrees(np.arccos(np.clip(cosine, -1.0, 1.0))))


def series_truth(series: Series) -> dict[str, Any]:
    """Describe what all stills of a series share."""
    sample = series.sample
    camera, light = sample.camera, sample.light
    return {
        "width_px": camera.width_px,
        "height_px": camera.height_px,
        "feet_down": series.feet_down,
        "arms": sample.arms.name,
        "clothing": series.clothing,
        "camera_azimuth_deg": camera.azimuth_deg,
        "camera_elevation_deg": camera.elevation_deg,
        "camera_height_m": float(scene.eye_m(camera)[2]),
        "camera_roll_deg": camera.roll_deg,
        "light_key": float(np.mean(light.key)),
        "light_sky": float(np.mean(light.sky)),
        "noise": sample.recording.noise,
        "lens_blur_px": sample.recording.lens_blur_px,
        "crf": sample.recording.crf,
    }


def still_truth(
    actor: Actor, posed: Posed, seen: dict[str, Any], picture: Pixels
) -> dict[str, Any]:
    """Truth of one still, of the near side, read from the posed body.

    `seen` is the frame's truth in a clip; only the contrast is read from the picture.
    """
    camera, surface = actor.sample.camera, posed_surface(actor, posed)[0].astype(float)
    edge, side = lumbar_edge_m(actor, surface, camera), camera.side
    letter = "L" if side == "left" else "R"
    bones = [actor.body.bone(f"{b}.{letter}") for b in ("upperleg01", "lowerleg01", "foot")]
    joints = [f"{joint}_{axis}_px" for joint in ("shoulder", "hip", "ankle") for axis in "xy"]
    places = {name: seen[f"{side}_{name}"] for name in joints}
    trunk = [places[f"shoulder_{axis}_px"] - places[f"hip_{axis}_px"] for axis in "xy"]
    trunk_px = float(np.hypot(*trunk))
    edge_px = scene.project_px(camera, edge)
    return {
        "side": side,
        "feet_right": side == "right",
        "leg_deg": seen[f"leg_elevation_{side}_deg"],
        "knee_deg": knee_inner_deg(posed.joints_m[bones]),
        "tilt_deg": seen["pelvic_tilt_deg"],
        **places,
        "trunk_px": trunk_px,
        **gap_truth(actor, posed, surface),
        "waist_visible_frac": visible_frac(actor, surface, edge, camera),
        "edge_contrast": edge_contrast(picture, edge_px, STRIP_NORM * trunk_px),
    }


def compressed(picture: Pixels, crf: int) -> Pixels:
    """Picture (height, width, 3) after H.264 has had it, as the only frame of a film."""
    import av

    film = io.BytesIO()
    write_film(film, [picture], 30, {"crf": str(crf), **CODEC})
    film.seek(0)
    with av.open(film, "r") as written:
        decoded = next(written.decode(video=0)).to_ndarray(format="rgb24")
    return np.asarray(decoded, dtype=np.uint8)


def shots(series: Series) -> Iterator[tuple[Pixels, dict[str, Any]]]:
    """Picture (height, width, 3) and truth of every moment of a series."""
    actor, motion = settle(series, make_actor(series.sample))
    shared = series_truth(series)
    for idx, (picture, posed) in enumerate(render(actor, motion)):
        still = compressed(picture, actor.sample.recording.crf)
        seen = frame_truth(actor, motion, idx, posed)
        yield still, {**shared, **still_truth(actor, posed, seen, still)}


def write_series(
    index: int, seed: int, count: int, clear: bool, out_dir: Path
) -> list[dict[str, Any]]:
    """Write one series of `count` stills into a folder of its own; their rows come back."""
    name, rows = clip_id(seed, index), []
    with whole(out_dir) as work:
        (work / name).mkdir()
        for moment, (picture, truth) in enumerate(shots(draw_series(seed, index, count, clear))):
            file = f"{name}/{moment:02d}.png"
            cv2.imwrite(str(work / file), picture[:, :, ::-1])
            rows.append({"clip_id": name, "moment": moment, "file": file, **truth})
    return rows


def run_moments(count: int, seed: int, moments: int, clear: bool, out_dir: Path, jobs: int) -> int:
    """Write a run's stills and their truth, with progress; returns the exit code."""
    need_extra()
    make = partial(write_series, seed=seed, count=moments, clear=clear, out_dir=out_dir)
    rows = [row for series in in_workers(make, count, jobs) for row in series]
    write_whole(
        out_dir / "truth.parquet",
        lambda part: pd.DataFrame(rows).to_parquet(part, index=False),
    )
    sys.stdout.write(f"{len(rows)} stills of {count} bodies in {out_dir}\n")
    return 0
