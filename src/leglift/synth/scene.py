"""Camera, light and meshes, and the matrices between the world and the picture."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray
from pydantic import Field

from leglift.synth.body import Floats, Frozen, Reals

Pixels = NDArray[np.uint8]
CONTACT_REACH_M = 0.15  # how far the shade of `OPENNESS` spreads beyond the body


class Camera(Frozen):
    """A pinhole camera that looks at the trunk; azimuth 0 is side-on, positive towards the feet."""

    side: Literal["left", "right"] = "left"
    azimuth_deg: float = Field(default=8.0, ge=-60, le=60)
    elevation_deg: float = Field(default=5.0, ge=-15, le=60)
    distance_m: float = Field(default=3.4, gt=0.5, le=12)
    fov_deg: float = Field(default=36.0, gt=5, le=100)  # of the longer side
    target_m: tuple[float, float, float] = (-0.2, 0.0, 0.35)
    roll_deg: float = Field(default=0.0, ge=-15, le=15)
    width_px: int = Field(default=640, ge=64, le=1920)
    height_px: int = Field(default=360, ge=64, le=1920)


class Light(Frozen):
    """One key light and an ambient sky; colours are linear RGB factors."""

    azimuth_deg: float = 40.0
    elevation_deg: float = Field(default=55.0, ge=15, le=90)
    key: tuple[float, float, float] = (0.75, 0.72, 0.68)
    sky: tuple[float, float, float] = (0.5, 0.52, 0.55)
    ground: tuple[float, float, float] = (0.30, 0.28, 0.26)
    softness: float = Field(default=0.002, ge=0, le=0.02)


@dataclass(frozen=True)
class Mesh:
    """Triangles with linear colours (N, 3) and texture coordinates (N, 2).

    What is floor or far casts no shadow.
    """

    vertices_m: Reals
    normals: Reals
    colours: Floats
    uv: Floats
    faces: NDArray[np.int32]
    texture: Pixels | None = None
    shadow_faces: NDArray[np.int32] | None = None
    is_floor: bool = False
    is_far: bool = False
    gloss: float = 0.0


def eye_m(camera: Camera) -> Floats:
    """Position (3,) of the camera."""
    az, el = np.radians(camera.azimuth_deg), np.radians(camera.elevation_deg)
    away = -1.0 if camera.side == "left" else 1.0
    direction = np.array([-np.sin(az) * np.cos(el), away * np.cos(az) * np.cos(el), np.sin(el)])
    position: Floats = np.asarray(camera.target_m) + camera.distance_m * direction
    return position


def look_at(eye: Floats, target: Floats, roll_deg: float = 0.0) -> Floats:
    """World to camera (4, 4) from one place towards another."""
    forward = (target - eye) / np.linalg.norm(target - eye)
    up = np.array([0.0, 0.0, 1.0]) if abs(forward[2]) < 0.999 else np.array([0.0, 1.0, 0.0])
    right = np.cross(forward, up)
    right /= np.linalg.norm(right)
    up = np.cross(right, forward)
    c, s = np.cos(np.radians(roll_deg)), np.sin(np.radians(roll_deg))
    axes = np.stack([c * right + s * up, c * up - s * right, -forward])
    matrix = np.eye(4)
    matrix[:3, :3], matrix[:3, 3] = axes, -axes @ eye
    return matrix


def orthographic(half: tuple[float, float], near_m: float, far_m: float) -> Floats:
    """Parallel projection (4, 4)."""
    matrix = np.diag([1 / half[0], 1 / half[1], -2 / (far_m - near_m), 1.0])
    matrix[2, 3] = -(far_m + near_m) / (far_m - near_m)
    return matrix


def camera_matrix(camera: Camera) -> Floats:
    """World to clip space (4, 4); the camera looks along its own -Z."""
    near_m, far_m = 0.2, 40.0
    focal = max(camera.width_px, camera.height_px) / np.tan(np.radians(camera.fov_deg) / 2)
    matrix = np.diag([focal / camera.width_px, focal / camera.height_px, 0.0, 0.0])
    matrix[2, 2:] = np.array([far_m + near_m, 2 * far_m * near_m]) / (near_m - far_m)
    matrix[3, 2] = -1.0
    return matrix @ look_at(eye_m(camera), np.asarray(camera.target_m), camera.roll_deg)


def project_px(camera: Camera, points_m: Floats) -> Floats:
    """Image positions (N, 2) in pixels, x to the right and y down, of world points (N, 3)."""
    matrix = camera_matrix(camera)
    clip = points_m @ matrix[:, :3].T + matrix[:, 3]
    ndc = clip[:, :2] / clip[:, 3:4]
    return (ndc * [0.5, -0.5] + 0.5) * [camera.width_px, camera.height_px]


def shaded_px(
    view_projection: Floats, toward_light: Floats, vertices_m: Reals, size_px: tuple[int, int]
) -> tuple[int, int, int, int]:
    """Left, bottom, width and height (px, y up) of the floor that a body (V, 3) may shade.

    The floor beneath it and where the light throws it, a little wider; the whole picture if a
    corner of that is beside or behind the camera.
    """
    thrown = vertices_m[:, :2] - vertices_m[:, 2:3] * (toward_light[:2] / toward_light[2])
    both = np.stack([vertices_m[:, :2], thrown])
    low, high = both.min(axis=(0, 1)) - CONTACT_REACH_M, both.max(axis=(0, 1)) + CONTACT_REACH_M
    corners = np.array([[x, y, 0.0] for x in (low[0], high[0]) for y in (low[1], high[1])])
    clip = corners @ view_projection[:, :3].T + view_projection[:, 3]
    if clip[:, 3].min() < 0.1:
        return 0, 0, *size_px
    places = (clip[:, :2] / clip[:, 3:4] * 0.5 + 0.5) * size_px
    left, bottom = np.clip(np.floor(places.min(axis=0)), 0, size_px).astype(int).tolist()
    right, top = np.clip(np.ceil(places.max(axis=0)), 0, size_px).astype(int).tolist()
    return left, bottom, right - left, top - bottom


def light_direction(light: Light) -> Floats:
    """Point towards the key light: unit vector (3,)."""
    az, el = np.radians(light.azimuth_deg), np.radians(light.elevation_deg)
    return np.array([np.cos(el) * np.cos(az), np.cos(el) * np.sin(az), np.sin(el)])


def plane(
    centre_m: Floats, half_u_m: Floats, half_v_m: Floats, repeat: tuple[float, float], **kwargs: Any
) -> Mesh:
    """Make a textured rectangle; its texture repeats `repeat` times along each side."""
    signs = np.array([[-1, -1], [1, -1], [1, 1], [-1, 1]], dtype=float)
    vertices = centre_m + signs[:, :1] * half_u_m + signs[:, 1:] * half_v_m
    normal = np.cross(half_u_m, half_v_m)
    normals = np.tile(normal / np.linalg.norm(normal), (4, 1))
    uv = (signs * 0.5 + 0.5) * repeat
    faces = np.array([[0, 1, 2], [0, 2, 3]], dtype=np.int32)
    return Mesh(vertices, normals, np.ones((4, 3)), uv, faces, **kwargs)


def box(centre_m: Floats, half_m: Floats, colour: Floats, **kwargs: Any) -> Mesh:
    """Make an axis-aligned box of one colour."""
    parts = []
    for axis in range(3):
        for sign in (-1.0, 1.0):
            u, v, w = (np.zeros(3) for _ in range(3))
            w[axis] = sign * half_m[axis]
            u[(axis + 1) % 3], v[(axis + 2) % 3] = half_m[(axis + 1) % 3], half_m[(axis + 2) % 3]
            parts.append(plane(centre_m + w, u if sign > 0 else -u, v, (1.0, 1.0)))
    vertices = np.concatenate([p.vertices_m for p in parts])
    faces = np.concatenate([p.faces + 4 * i for i, p in enumerate(parts)])
    return Mesh(
        vertices,
        np.concatenate([p.normals for p in parts]),
        np.tile(colour, (len(vertices), 1)),
        np.concatenate([p.uv for p in parts]),
        faces.astype(np.int32),
        **kwargs,
    )
