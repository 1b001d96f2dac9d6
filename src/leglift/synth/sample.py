"""All that one synthetic clip is made of, as data: the person, the set, the room, the recording."""

from __future__ import annotations

from pydantic import Field

from leglift.synth import looks, scene
from leglift.synth.body import BodyParams, Frac, Frozen
from leglift.synth.motion import Programme
from leglift.synth.pose import ArmPose


class Thing(Frozen):
    """A box that stands in the background; its centre and half sides in metres."""

    centre_m: tuple[float, float, float]
    half_m: tuple[float, float, float]
    colour: tuple[float, float, float]


class Bystander(Frozen):
    """A second person who stands still behind the first."""

    body: BodyParams
    clothes: looks.Clothes
    x_m: float
    behind_m: float = Field(default=1.2, ge=0.7)
    yaw_deg: float = 0.0


class Room(Frozen):
    """Floor, mat, back wall and what stands in front of it; lengths in metres."""

    floor: looks.Surface = looks.Surface()
    wall: looks.Surface = looks.Surface(kind="plain", colour=(0.72, 0.74, 0.75), contrast=0.05)
    mat: looks.Surface | None = looks.Surface(kind="noise", colour=(0.35, 0.40, 0.47), contrast=0.1)
    mat_half_m: tuple[float, float] = (0.95, 0.33)
    mat_shift_m: float = -0.25
    mat_thick_m: float = Field(default=0.008, ge=0, le=0.05)
    wall_m: float = Field(default=1.6, ge=0.7, le=8)  # from the body to the wall behind it
    baseboard_m: float = Field(default=0.0, ge=0, le=0.3)  # height; 0 for none
    baseboard: looks.Colour = (0.8, 0.8, 0.78)
    things: tuple[Thing, ...] = ()
    bystander: Bystander | None = None


class Recording(Frozen):
    """What happens between the lens and the file."""

    samples: int = Field(default=4, ge=0, le=4)  # antialiasing of the body; 0 is fastest
    cell_m: float = Field(default=0.0, ge=0, le=0.02)  # mesh detail; 0 keeps every triangle
    lens_blur_px: float = Field(default=0.0, ge=0, le=3)  # sigma of a Gaussian
    blur_pictures: int = Field(default=1, ge=1, le=4)  # averaged for motion blur
    shutter_frac: Frac = 0.5  # share of a frame that the shutter is open
    noise: float = Field(default=1.5, ge=0, le=20)  # of the sensor, in grey levels
    crf: int = Field(default=27, ge=10, le=45)  # H.264 quality, higher is worse


class Sample(Frozen):
    """Everything one synthetic clip is made of."""

    seed: int
    body: BodyParams
    clothes: looks.Clothes
    arms: ArmPose
    programme: Programme
    camera: scene.Camera
    light: scene.Light
    room: Room
    recording: Recording
