"""What the body wears and what the room looks like: colours, garment surfaces, textures."""

from __future__ import annotations

from dataclasses import dataclass
from importlib import resources
from typing import Literal

import cv2
import numpy as np
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict, Field
from scipy.ndimage import gaussian_filter

from leglift.errors import UsageError
from leglift.synth.body import Body, Floats, Reals

Pixels = NDArray[np.uint8]
Colour = tuple[float, float, float]


class Clothes(BaseModel):
    """Colours are linear RGB; lengths are shares of the limb that the garment covers."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    skin: Colour = (0.58, 0.36, 0.26)
    hair: Colour = (0.05, 0.03, 0.02)
    top: Colour = (0.05, 0.20, 0.42)
    bottom: Colour = (0.03, 0.03, 0.04)
    shoes: Colour | None = None
    bare_top: bool = False
    crop_frac: float = Field(
        default=0.0, ge=0, le=0.8, exclude_if=lambda frac: frac == 0,
        description="share of the way from waist to neck that a short top leaves bare",
    )  # fmt: skip
    sleeve_frac: float = Field(default=0.0, ge=0, le=1)
    leg_frac: float = Field(default=0.3, ge=0.1, le=1)
    top_loose_m: float = Field(default=0.003, ge=0, le=0.03)
    bottom_loose_m: float = Field(default=0.003, ge=0, le=0.03)
    wrinkle_m: float = Field(default=0.0, ge=0, le=0.015)
    sag_frac: float = Field(
        default=0.0, ge=0, le=1, description="how far loose cloth hangs to the floor"
    )
    hair_m: float = Field(default=0.012, ge=0, le=0.05)
    hair_style: Literal["short", "bun", "tail", "spread"] = "short"
    hair_length_m: float = Field(default=0.2, ge=0.02, le=0.5)
    hair_aside_deg: float = Field(default=0.0, ge=-90, le=90, description="where a tail points")
    print_contrast: float = Field(default=0.0, ge=0, le=1, description="0 is plain cloth")
    print_waves_per_m: float = Field(default=8.0, ge=2, le=25, description="finest a mesh can hold")
    print_sharp: bool = Field(default=False, description="patches instead of shades")
    print_seed: int = 0
    band_m: float = Field(default=0.0, ge=0, le=0.08, description="height of a waistband; 0: none")
    band: Colour = (0.5, 0.5, 0.5)


class Surface(BaseModel):
    """A texture: base colour (0..1 sRGB), a pattern or a photograph, and how strong it is."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    kind: Literal["plain", "noise", "planks", "tiles", "stripes", "carpet"] = "planks"
    colour: Colour = (0.55, 0.43, 0.32)
    contrast: float = Field(default=0.2, ge=0, le=1)
    seed: int = 0
    photo: str | None = Field(
        default=None, exclude_if=lambda name: name is None,
        description="a picture of scikit-image's instead of the pattern: see `PHOTOS`",
    )  # fmt: skip


PHOTOS = {"brick": "brick.png", "grass": "grass.png", "gravel": "gravel.png"}
"""Photographs of surfaces that scikit-image carries, CC0; grey, so that they take any colour."""

SCENES = {"desk": "coffee.png", "garage": "motorcycle_left.png"}
"""Photographs of rooms and things, with colours of their own."""


def garment_masks(body: Body, clothes: Clothes) -> tuple[Floats, Floats, Floats, Floats]:
    """Coverage (V,) of top, bottom, shoes and hair, each 0 or 1."""
    z, waist = body.rest_m[:, 2], body.joints_m[body.bone("spine04"), 2] + 0.02
    neck = body.joints_m[body.bone("neck01"), 2] - 0.035
    trunk = body.share("root", "spine", "clavicle", "shoulder")
    arm = _limb_frac(body, "upperarm01.L", "wrist.L", "upperarm01.R", "wrist.R")
    sleeve = (body.share("upperarm", "lowerarm") > 0.5) & (arm < clothes.sleeve_frac)
    hem = waist + clothes.crop_frac * (neck - waist)
    top = (((trunk > 0.5) & (z < neck)) | sleeve) & (z > hem)
    top &= not clothes.bare_top
    leg = _limb_frac(body, "upperleg01.L", "foot.L", "upperleg01.R", "foot.R")
    legs = body.share("upperleg", "lowerleg", "root", "spine")
    bottom = (legs > 0.5) & (z <= waist) & (leg < clothes.leg_frac)
    shoes = (body.share("foot") > 0.6) & (clothes.shoes is not None)
    masks = tuple(np.asarray(m, dtype=float) for m in (top, bottom, shoes, _hair_mask(body)))
    return masks[0], masks[1], masks[2], masks[3]


def _limb_frac(body: Body, *ends: str) -> Floats:
    """How far along a limb each vertex lies (V,), the nearer side's limb counting."""
    left = body.rest_m[:, 0] > 0
    fracs = []
    for start, end in (ends[:2], ends[2:]):
        a, b = body.joints_m[body.bone(start)], body.joints_m[body.bone(end)]
        fracs.append((body.rest_m - a) @ (b - a) / ((b - a) @ (b - a)))
    frac: Floats = np.where(left, fracs[0], fracs[1])
    return frac


def _hair_mask(body: Body) -> NDArray[np.bool_]:
    """Scalp behind a plane from the forehead to the nape."""
    eye, x = body.joints_m[body.bone("eye.L")], body.rest_m
    behind = (x[:, 2] - eye[2] - 0.055) + 0.85 * (x[:, 1] - eye[1] - 0.015) > 0
    mask: NDArray[np.bool_] = (body.share("head") > 0.8) & behind & (_eye_distance(body) > 0.03)
    return mask


def _eye_distance(body: Body) -> Floats:
    """Distance (V,) to the nearer eye's centre."""
    eyes = [body.joints_m[body.bone(f"eye.{side}")] for side in "LR"]
    distance: Floats = np.min([np.linalg.norm(body.rest_m - e, axis=1) for e in eyes], axis=0)
    return distance


def vertex_colours(body: Body, clothes: Clothes) -> Floats:
    """Linear colours (V, 3) of skin, face, hair and clothes."""
    colours = np.tile(np.asarray(clothes.skin), (len(body.rest_m), 1))
    _paint_face(body, clothes, colours)
    paints = (clothes.top, clothes.bottom, clothes.shoes or clothes.skin, clothes.hair)
    masks = garment_masks(body, clothes)
    for mask, paint in zip(masks, paints, strict=True):
        colours = colours * (1 - mask[:, None]) + mask[:, None] * np.asarray(paint)
    return _printed(body, clothes, colours, masks[0], masks[1])


def _printed(body: Body, clothes: Clothes, colours: Floats, top: Floats, bottom: Floats) -> Floats:
    """Colours with a pattern on the cloth and a band along the top of the bottom garment.

    What is not plain shows how it turns: the pose model needs none of it, optical flow does.
    """
    if clothes.print_contrast > 0:
        shade = 1.0 + clothes.print_contrast * _pattern(body.rest_m, clothes)
        colours = np.clip(colours * np.where(top + bottom > 0, shade, 1.0)[:, None], 0.0, 1.0)
    if clothes.band_m > 0:
        z = body.rest_m[:, 2]
        edge = z[bottom > 0].max(initial=-np.inf)
        colours[(bottom > 0) & (z > edge - clothes.band_m)] = clothes.band
    return colours


def _pattern(rest_m: Floats, clothes: Clothes) -> Floats:
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


def dressed_rest(body: Body, clothes: Clothes, seed: int) -> Floats:
    """Rest vertices (V, 3) pushed out to the garment surface, wrinkles included."""
    top, bottom, shoes, hair = garment_masks(body, clothes)
    loose = top * clothes.top_loose_m + bottom * clothes.bottom_loose_m
    wrinkles = _wrinkles(body.rest_m, seed) * clothes.wrinkle_m * np.maximum(top, bottom)
    out = loose + wrinkles + shoes * 0.008 + hair * clothes.hair_m
    dressed: Floats = body.rest_m + body.normals * out[:, None]
    return dressed


@dataclass(frozen=True)
class Piece:
    """A closed surface that hangs on the head: vertices and normals (N, 3), triangles (F, 3)."""

    rest_m: Floats
    normals: Floats
    faces: NDArray[np.int32]


def hair_piece(body: Body, clothes: Clothes) -> Piece | None:
    """Bun, ponytail or hair spread over the floor, in rest axes; None for short hair."""
    if clothes.hair_style == "short":
        return None
    head = body.rest_m[body.share("head") > 0.8]
    top, back = head[:, 2].max(), head[:, 1].max()
    a, length = np.radians(clothes.hair_aside_deg), clothes.hair_length_m
    along = np.array([np.sin(a), 0.0, np.cos(a)])
    if clothes.hair_style == "bun":
        return _ellipsoid(np.array([0.0, back - 0.01, top - 0.03]), np.full(3, 0.042), along)
    if clothes.hair_style == "spread":
        middle = np.array([0.0, back - 0.005, top - 0.06])
        return _ellipsoid(middle, np.array([0.12, 0.018, length * 0.5]), along)
    root = np.array([0.0, back - 0.025, top - 0.03])
    return _ellipsoid(root + along * length / 2, np.array([0.028, 0.02, length / 2]), along)


def _ellipsoid(centre: Floats, radii: Floats, along: Floats, rings: int = 9) -> Piece:
    """Ellipsoid whose third axis points `along` (in the plane y = 0)."""
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
    return Piece(centre + points, normals, quads.astype(np.int32))


def _wrinkles(rest_m: Floats, seed: int) -> Floats:
    """Folds (V,) between 0 and 1: a few sine waves in random directions."""
    rng = np.random.default_rng(seed)
    waves = rng.normal(size=(6, 3)) * [25.0, 25.0, 45.0]
    folds: Floats = np.sin(rest_m @ waves.T + rng.uniform(0, 6.3, 6)).mean(axis=1)
    return np.asarray(np.clip(folds + 0.4, 0.0, 1.0))


def hang(vertices_m: Reals, loose: Reals, sag_frac: float) -> Reals:
    """Let loose cloth (V,) under the body hang towards the floor, so that it may fill the gap."""
    if sag_frac == 0:
        return vertices_m
    hung = vertices_m.copy()
    near = np.exp(-np.maximum(vertices_m[:, 2], 0.0) / 0.06)
    hung[:, 2] -= np.minimum(vertices_m[:, 2], 0.05) * near * loose * sag_frac
    return hung


def texture(surface: Surface, size: int = 512) -> Pixels:
    """Tileable picture (size, size, 3) of a surface."""
    if surface.photo in SCENES:
        return _photograph(SCENES[surface.photo], size)
    if surface.photo:
        grey = _photograph(PHOTOS[surface.photo], size).mean(axis=2)
        pattern = grey / grey.mean() - 1.0
    else:
        pattern = _PATTERNS[surface.kind](np.random.default_rng(surface.seed), size)
        pattern = (pattern - pattern.mean()) / max(float(np.abs(pattern).max()), 1e-9)
    shade = 1.0 + surface.contrast * pattern[:, :, None]
    picture = np.clip(np.asarray(surface.colour) * shade, 0.0, 1.0) ** 2.2
    return np.asarray(np.round(picture * 255), dtype=np.uint8)


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


def _cloud(rng: np.random.Generator, size: int, sigma: tuple[float, float]) -> Floats:
    field: Floats = gaussian_filter(rng.normal(size=(size, size)), sigma, mode="wrap")
    scaled: Floats = field / field.std()
    return scaled


def _plain(rng: np.random.Generator, size: int) -> Floats:
    return 0.3 * _cloud(rng, size, (60, 60))


def _noise(rng: np.random.Generator, size: int) -> Floats:
    return _cloud(rng, size, (2, 2)) + _cloud(rng, size, (25, 25))


def _carpet(rng: np.random.Generator, size: int) -> Floats:
    return _cloud(rng, size, (0.7, 0.7)) + 0.5 * _cloud(rng, size, (6, 6))


def _planks(rng: np.random.Generator, size: int) -> Floats:
    rows = np.arange(size) * 8 // size
    tone = rng.normal(size=8)[rows][:, None]
    grain = 0.5 * _cloud(rng, size, (1, 40)) + 0.8 * tone
    grain[np.diff(rows, prepend=rows[-1]) != 0] -= 3.0
    return np.asarray(grain)


def _tiles(rng: np.random.Generator, size: int) -> Floats:
    cell = np.arange(size) % (size // 4) < size // 64
    grout = cell[:, None] | cell[None, :]
    return np.asarray(0.3 * _cloud(rng, size, (8, 8)) - 2.0 * grout)


def _stripes(rng: np.random.Generator, size: int) -> Floats:
    period = size // int(rng.choice([4, 8, 16]))
    return np.asarray(np.tile(np.sign(np.arange(size) % period - period / 2)[:, None], (1, size)))


_PATTERNS = {
    "plain": _plain, "noise": _noise, "planks": _planks,
    "tiles": _tiles, "stripes": _stripes, "carpet": _carpet,
}  # fmt: skip
