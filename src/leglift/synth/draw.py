"""Draws samples: people, reps, arches, arms, cameras and looks.

What the back does is drawn from its own random stream and only ever in shares of the rep's own
range, so neither the legs nor the tempo say anything about it.
"""

from __future__ import annotations

import numpy as np

from leglift.synth.chance import Rng
from leglift.synth.draw_person import draw_arms, draw_body, draw_clothes, draw_print
from leglift.synth.draw_reps import draw_programme, draw_unsteadiness
from leglift.synth.draw_scene import (
    draw_camera,
    draw_light,
    draw_recording,
    draw_room,
    match_mat,
    with_photos,
)
from leglift.synth.motion import Programme
from leglift.synth.sample import Sample


def _streams(seed: int, index: int) -> dict[str, Rng]:
    names = (
        "body", "legs", "arch", "arms", "clothes", "room", "light", "camera", "recording", "match",
        "print", "unsteady", "photos",
    )  # fmt: skip
    streams = map(np.random.default_rng, np.random.SeedSequence([seed, index]).spawn(len(names)))
    return dict(zip(names, streams, strict=True))


def draw_set(
    seed: int,
    index: int,
    reps: tuple[int, int],
    max_fps: float = 30.0,
    unsteady: bool = False,
) -> Programme:
    """Draw what the body of clip `index` of run `seed` does: `draw_sample` without its looks."""
    rng = _streams(seed, index)
    programme = draw_programme(rng["legs"], rng["arch"], reps, max_fps)
    if not unsteady:
        return programme
    return programme.model_copy(update=draw_unsteadiness(rng["unsteady"]))


def draw_sample(
    seed: int,
    index: int,
    reps: tuple[int, int] = (4, 8),
    max_fps: float = 30.0,
    prints: bool = True,
    unsteady: bool = False,
    photos: bool = False,
) -> Sample:
    """Clip `index` of run `seed`; each part has a random stream of its own."""
    rng = _streams(seed, index)
    body = draw_body(rng["body"])
    programme = draw_set(seed, index, reps, max_fps, unsteady)
    clothes = draw_clothes(rng["clothes"], body)
    if prints:
        clothes = clothes.model_copy(update=draw_print(rng["print"]))
    arms = draw_arms(rng["arms"], body)
    room = match_mat(rng["match"], clothes, draw_room(rng["room"]))
    return Sample(
        seed=int(rng["recording"].integers(1 << 30)),
        body=body,
        clothes=clothes,
        arms=arms,
        programme=programme,
        camera=draw_camera(rng["camera"], arms, programme),
        light=draw_light(rng["light"]),
        room=with_photos(rng["photos"], room) if photos else room,
        recording=draw_recording(rng["recording"], programme.fps),
    )
