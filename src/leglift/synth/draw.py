"""Draws samples: people, reps, arches, arms, cameras and looks.

What the back does is drawn from its own random stream and only ever in shares of the rep's own
range, so neither the legs nor the tempo say anything about it.
"""

from __future__ import annotations

from leglift.synth import draw_scene as around
from leglift.synth.chance import streams
from leglift.synth.draw_person import draw_arms, draw_body, draw_clothes, draw_print
from leglift.synth.draw_reps import draw_programme, draw_unsteadiness
from leglift.synth.motion import Programme
from leglift.synth.sample import Sample

STREAMS = "body legs arch arms clothes room light camera recording match print unsteady photos"


def draw_set(
    seed: int, index: int, reps: tuple[int, int], max_fps: float = 30.0, unsteady: bool = False
) -> Programme:
    """Draw what the body of clip `index` of run `seed` does: `draw_sample` without its looks."""
    rng = streams([seed, index], STREAMS)
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
    rng = streams([seed, index], STREAMS)
    body = draw_body(rng["body"])
    programme = draw_set(seed, index, reps, max_fps, unsteady)
    clothes = draw_clothes(rng["clothes"], body)
    if prints:
        clothes = clothes.model_copy(update=draw_print(rng["print"]))
    arms = draw_arms(rng["arms"], body)
    room = around.match_mat(rng["match"], clothes, around.draw_room(rng["room"]))
    return Sample(
        seed=int(rng["recording"].integers(1 << 30)),
        body=body,
        clothes=clothes,
        arms=arms,
        programme=programme,
        camera=around.draw_camera(rng["camera"], arms, programme),
        light=around.draw_light(rng["light"]),
        room=around.with_photos(rng["photos"], room) if photos else room,
        recording=around.draw_recording(rng["recording"], programme.fps),
    )
