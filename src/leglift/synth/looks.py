"""What the body wears and what the room looks like: colours, garment surfaces, textures."""

from __future__ import annotations

from dataclasses import dataclass, replace
from importlib import resources
from typing import Literal

import cv2
import numpy as np
from numpy.typing import NDArray
from pydantic import Field
from scipy.ndimage import gaussian_filter

from leglift.errors import UsageError
from leglift.synth.body import Body, Floats, Frac, Frozen, Mask

Pixels = NDArray[np.uint8]
Colour = tuple[float, float, float]
Photo = Literal["brick", "grass", "gravel", "desk", "garage"]


class Clothes(Frozen):
    """Colours are linear RGB; lengths are shares of the limb that the garment covers."""

    skin: Colour = (0.58, 0.36, 0.26)
    hair: Colour = (0.05, 0.03, 0.02)
    top: Colour = (0.05, 0.20, 0.42)
    bottom: Colour = (0.03, 0.03, 0.04)
    shoes: Colour | None = None
    bare_top: bool = False
    crop_frac: float = Field(default=0.0, ge=0, le=0.8, exclude_if=lambda frac: frac == 0)
    """Share of the way from waist to neck that a short top leaves bare."""
    sleeve_frac: Frac = 0.0
    leg_frac: float = Field(default=0.3, ge=0.1, le=1)
    top_loose_m: float = Field(default=0.003, ge=0, le=0.03)
    bottom_loose_m: float = Field(default=0.003, ge=0, le=0.03)
    wrinkle_m: float = Field(default=0.0, ge=0, le=0.015)
    sag_frac: Frac = 0.0  # how far loose cloth hangs to the floor
    hair_m: float = Field(default=0.012, ge=0, le=0.05)
    hair_style: Literal["short", "bun", "tail", "spread"] = "short"
    hair_length_m: float = Field(default=0.2, ge=0.02, le=0.5)
    hair_aside_deg: float = Field(default=0.0, ge=-90, le=90)  # where a tail points
    print_contrast: Frac = 0.0  # 0 is plain cloth
    print_waves_per_m: float = Field(default=8.0, ge=2, le=25)  # the finest a mesh can hold
    print_sharp: bool = False  # patches instead of shades
    print_seed: int = 0
    band_m: float = Field(default=0.0, ge=0, le=0.08)  # height of a waistband; 0: none
    band: Colour = (0.5, 0.5, 0.5)


class Surface(Frozen):
    """A texture: base colour (0..1 sRGB), a pattern or a photograph, and how strong it is."""

    kind: Literal["plain", "noise", "planks", "tiles", "stripes", "carpet"] = "planks"
    colour: Colour = (0.55, 0.43, 0.32)
    contrast: Frac = 0.2
    seed: int = 0
    photo: Photo | None = Field(default=None, exclude_if=lambda name: name is None)
    """One of `PHOTOS` or `SCENES` instead of the pattern."""


PHOTOS: dict[Photo, str] = {"brick": "brick.png", "grass": "grass.png", "gravel": "gravel.png"}
"""Photographs of surfaces that scikit-image carries, CC0; grey, so that they take any colour."""

SCENES: dict[Photo, str] = {"desk": "coffee.png", "garage": "motorcycle_left.png"}
"""Photographs of rooms and things, with colours of their own."""


@dataclass(frozen=True)
class Garments:
    """What covers each vertex (V,) of a body: at most one of them."""

    top: Mask
    bottom: Mask
    shoes: Mask
    hair: Mask


def garments_of(body: Body, clothes: Clothes) -> Garments:
    """Find what the clothes and the hair cover."""
    z, waist = body.rest_m[:, 2], body.joints_m[body.bone("spine04"), 2] + 0.02
    neck = body.joints_m[body.bone("neck01"), 2] - 0.035
    trunk = body.share("root", "spine", "clavicle", "shoulder")
    arm = _limb_frac(body, "upperarm01", "wrist")
    sleeve = (body.share("upperarm", "lowerarm") > 0.5) & (arm < clothes.sleeve_frac)
    hem = waist + clothes.crop_frac * (neck - waist)
    top = (((trunk > 0.5) & (z < neck)) | sleeve) & (z > hem)
    legs = body.share("upperleg", "lowerleg", "root", "spine")
    leg = _limb_frac(body, "upperleg01", "foot")
    # The scalp lies behind a plane from the forehead to the nape.
    eye, x = body.joints_m[body.bone("eye.L")], body.rest_m
    behind = (x[:, 2] - eye[2] - 0.055) + 0.85 * (x[:, 1] - eye[1] - 0.015) > 0
    eyes = [body.joints_m[body.bone(f"eye.{side}")] for side in "LR"]
    eye_m = np.min([np.linalg.norm(x - e, axis=1) for e in eyes], axis=0)
    return Garments(
        top=top & (not clothes.bare_top),
        bottom=(legs > 0.5) & (z <= waist) & (leg < clothes.leg_frac),
        shoes=(body.share("foot") > 0.6) & (clothes.shoes is not None),
        hair=(body.share("head") > 0.8) & behind & (eye_m > 0.03),
    )


def _limb_frac(body: Body, start: str, end: str) -> Floats:
    """How far along a limb each vertex lies (V,), the nearer side's limb counting."""
    fracs = []
    for side in "LR":
        a = body.joints_m[body.bone(f"{start}.{side}")]
        limb = body.segment(f"{start}.{side}", f"{end}.{side}")
        fracs.append((body.rest_m - a) @ limb / (limb @ limb))
    return np.asarray(np.where(body.rest_m[:, 0] > 0, *fracs))


def vertex_colours(body: Body, clothes: Clothes, worn: Garments) -> Floats:
    """Linear colours (V, 3) of skin, face, hair and clothes.

    What is not plain shows how it turns: the pose model needs none of it, optical flow does.
    """
    colours = np.tile(np.asarray(clothes.skin), (len(body.rest_m), 1))
    _paint_face(body, clothes, colours)
    colours[worn.top], colours[worn.bottom] = clothes.top, clothes.bottom
    colours[worn.shoes], colours[worn.hair] = clothes.shoes or clothes.skin, clothes.hair
    cloth = worn.top | worn.bottom
    if clothes.print_contrast > 0:
        shade = 1.0 + clothes.print_contrast * _print(body.rest_m, clothes)[cloth]
        colours[cloth] = np.clip(colours[cloth] * shade[:, None], 0.0, 1.0)
    if clothes.band_m > 0:  # along the top of the bottom garment
        z = body.rest_m[:, 2]
        edge = z[worn.bottom].max(initial=-np.inf)
        colours[worn.bottom & (z > edge - clothes.band_m)] = clothes.band
    return colours


def _print(rest_m: Floats, clothes: Clothes) -> Floats:
    """Smooth shades or patches (V,) between -1 and 1: a few waves in random directions."""
    rng = np.random.default_rng(clothes.print_seed)
    waves = rng.normal(size=(4, 3)) * 2 * np.pi * clothes.print_waves_per_m / np.sqrt(3)
    field = np.sin(rest_m @ waves.T + rng.uniform(0, 2 * np.pi, 4)).mean(axis=1)
    pattern: Floats = np.sign(field) * 0.6 if clothes.print_sharp else np.clip(2 * field, -1, 1)
    return pattern


def _paint_face(body: Body, clothes: Clothes, colours: Floats) -> None:
    """Eyes, brows and lips in place: the pose detector looks for a face."""
    eye = body.joints_m[body.bone("eye.L")]
    x, z, y = body.rest_m[:, 0], body.rest_m[:, 2] - eye[2], body.rest_m[:, 1] - eye[1]
    front = (body.share("head") + body.share("eye.") > 0.8) & (y < 0.0)
    brow = front & (z > 0.012) & (z < 0.026) & (np.abs(np.abs(x) - eye[0]) < 0.022)
    lips = front & (z > -0.083) & (z < -0.062) & (np.abs(x) < 0.024)
    ball = body.share("eye.") > 0.5
    near = np.hypot(np.abs(x) - eye[0], z)
    colours[brow] = np.asarray(clothes.hair) * 1.2
    colours[lips] = colours[lips] * [0.9, 0.55, 0.55]
    colours[ball] = [0.75, 0.75, 0.75]
    colours[ball & (near < 0.006)] = [0.05, 0.03, 0.02]


def dressed_rest(body: Body, clothes: Clothes, worn: Garments, seed: int = 0) -> Floats:
    """Rest vertices (V, 3) pushed out to the garment surface, folds included.

    The folds are a few sine waves in random directions.
    """
    rng = np.random.default_rng(seed)
    waves = rng.normal(size=(6, 3)) * [25.0, 25.0, 45.0]
    folds = np.sin(body.rest_m @ waves.T + rng.uniform(0, 6.3, 6)).mean(axis=1)
    wrinkles = np.clip(folds + 0.4, 0.0, 1.0) * clothes.wrinkle_m * (worn.top | worn.bottom)
    loose = worn.top * clothes.top_loose_m + worn.bottom * clothes.bottom_loose_m
    out = loose + wrinkles + worn.shoes * 0.008 + worn.hair * clothes.hair_m
    dressed: Floats = body.rest_m + body.normals * out[:, None]
    return dressed


def hair_piece(body: Body, clothes: Clothes) -> Body | None:
    """Bun, ponytail or hair spread over the floor, which turns with the head; None if short."""
    if clothes.hair_style == "short":
        return None
    head = body.rest_m[body.share("head") > 0.8]
    top, back = head[:, 2].max(), head[:, 1].max()
    a, length = np.radians(clothes.hair_aside_deg), clothes.hair_length_m
    along = np.array([np.sin(a), 0.0, np.cos(a)])
    if clothes.hair_style == "bun":
        middle, radii_m = np.array([0.0, back - 0.01, top - 0.03]), (0.042, 0.042, 0.042)
    elif clothes.hair_style == "spread":
        middle, radii_m = np.array([0.0, back - 0.005, top - 0.06]), (0.12, 0.018, length / 2)
    else:
        middle = np.array([0.0, back - 0.025, top - 0.03]) + along * length / 2
        radii_m = (0.028, 0.02, length / 2)
    points, normals, faces = _ellipsoid(np.array(radii_m), along)
    on_head = np.zeros((len(points), len(body.labels)))
    on_head[:, body.bone("head")] = 1.0
    return replace(body, rest_m=middle + points, normals=normals, faces=faces, weights=on_head)


def _ellipsoid(
    radii: Floats, along: Floats, rings: int = 9
) -> tuple[Floats, Floats, NDArray[np.int32]]:
    """Vertices, normals and triangles of an ellipsoid about the origin.

    Its third axis points `along` (in the plane y = 0).
    """
    polar, turn = np.meshgrid(
        np.linspace(0, np.pi, rings), np.linspace(0, 2 * np.pi, 2 * rings, endpoint=False)
    )
    ball = np.stack([np.sin(polar) * np.cos(turn), np.sin(polar) * np.sin(turn), np.cos(polar)], 2)
    axes = np.array([[along[2], 0.0, -along[0]], [0.0, 1.0, 0.0], along])
    points, outward = (ball.reshape(-1, 3) * radii) @ axes, (ball.reshape(-1, 3) / radii) @ axes
    i, j = np.meshgrid(np.arange(2 * rings), np.arange(rings - 1), indexing="ij")
    a, b = i * rings + j, (i + 1) % (2 * rings) * rings + j
    quads = np.stack([a, a + 1, b, b, a + 1, b + 1], axis=-1).reshape(-1, 3)
    normals = outward / np.linalg.norm(outward, axis=1, keepdims=True)
    return points, normals, quads.astype(np.int32)


def texture(surface: Surface, size: int = 512) -> Pixels:
    """Tileable picture (size, size, 3) of a surface, in linear light."""
    if surface.photo in SCENES:
        picture = _photograph(SCENES[surface.photo], size) / 255.0
    else:
        if surface.photo:
            grey = _photograph(PHOTOS[surface.photo], size).mean(axis=2)
            pattern = grey / grey.mean() - 1.0
        else:
            pattern = _pattern(surface.kind, np.random.default_rng(surface.seed), size)
            pattern = (pattern - pattern.mean()) / max(float(np.abs(pattern).max()), 1e-9)
        shade = 1.0 + surface.contrast * pattern[:, :, None]
        picture = np.clip(np.asarray(surface.colour) * shade, 0.0, 1.0)
    return np.asarray(np.round(picture**2.2 * 255), dtype=np.uint8)


def _photograph(name: str, size: int) -> Pixels:
    """Read a picture (size, size, 3) of scikit-image's, mirrored so that its borders meet."""
    with resources.as_file(resources.files("skimage") / "data" / name) as path:
        picture = cv2.imread(str(path))
    if picture is None:
        raise UsageError(f"{name}: not in this scikit-image; install leglift[synth]")
    side = min(picture.shape[:2])
    half = (size // 2, size // 2)
    square = cv2.resize(picture[:side, :side, ::-1], half, interpolation=cv2.INTER_AREA)
    wide = np.concatenate([square, square[:, ::-1]], axis=1)
    return np.ascontiguousarray(np.concatenate([wide, wide[::-1]]), dtype=np.uint8)


def _pattern(kind: str, rng: np.random.Generator, size: int) -> Floats:
    """Draw the shades (size, size) of a surface without a photograph."""

    def cloud(*sigma: float) -> Floats:
        field = gaussian_filter(rng.normal(size=(size, size)), sigma, mode="wrap")
        return np.asarray(field / field.std())

    along = np.arange(size)
    if kind == "plain":
        return 0.3 * cloud(60, 60)
    if kind == "noise":
        return cloud(2, 2) + cloud(25, 25)
    if kind == "carpet":
        return cloud(0.7, 0.7) + 0.5 * cloud(6, 6)
    if kind == "planks":
        rows = along * 8 // size
        tone = rng.normal(size=8)[rows][:, None]
        grain = 0.5 * cloud(1, 40) + 0.8 * tone
        grain[np.diff(rows, prepend=rows[-1]) != 0] -= 3.0
        return grain
    if kind == "tiles":
        cell = along % (size // 4) < size // 64
        return 0.3 * cloud(8, 8) - 2.0 * (cell[:, None] | cell[None, :])
    period = size // int(rng.choice([4, 8, 16]))  # stripes
    return np.tile(np.sign(along % period - period / 2)[:, None], (1, size))
