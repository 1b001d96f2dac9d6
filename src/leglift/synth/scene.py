"""Camera, room and light, drawn off-screen with OpenGL (EGL, software rendering is enough).

One small renderer instead of a scene library: only the body's vertices change between frames, so a
frame is one buffer upload, one shadow pass, one contact pass and one picture.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict, Field

Floats = NDArray[np.float64]
Reals = NDArray[Any]
Pixels = NDArray[np.uint8]
SHADOW_SIZE = 1024
CONTACT_SIZE = (192, 72)
CONTACT_HALF_M = (1.6, 0.6)
CONTACT_DEPTH_M = 0.5
CONTACT_REACH_M = 0.15  # how far the shade of `OPENNESS` spreads beyond the body
BELOW: Floats = np.diag([1.0, 1.0, -1.0, 1.0])

VERTEX = """
#version 330
uniform mat4 view_projection;
in vec3 position; in vec3 normal; in vec3 colour; in vec2 uv;
out vec3 at; out vec3 facing; out vec3 tint; out vec2 texel;
void main() {
    at = position; facing = normal; tint = colour; texel = uv;
    gl_Position = view_projection * vec4(position, 1.0);
}
"""
FRAGMENT = """
#version 330
uniform sampler2D surface; uniform sampler2DShadow shadow;
uniform mat4 light_projection; uniform vec3 to_light; uniform vec3 eye;
uniform vec3 key; uniform vec3 sky; uniform vec3 ground; uniform float gloss;
uniform float lying; uniform float far;
uniform float softness;
in vec3 at; in vec3 facing; in vec3 tint; in vec2 texel; out vec4 pixel;
float lit(vec3 n) {
    vec4 p = light_projection * vec4(at + n * 0.012, 1.0);
    vec3 s = p.xyz * 0.5 + 0.5;
    float sum = 0.0;
    for (int i = 0; i < 4; i++) {
        vec2 o = vec2(i & 1, i >> 1) * 2.0 - 1.0;
        sum += texture(shadow, vec3(s.xy + o * softness, s.z - 0.002));
    }
    return sum / 4.0;
}
void main() {
    vec3 n = normalize(facing);
    vec3 base = tint * texture(surface, texel).rgb;
    vec3 v = normalize(eye - at);
    float near_floor = exp(-max(at.z, 0.0) / 0.10) * clamp(0.35 - n.z * 0.65, 0.0, 1.0);
    float under = 1.0 - 0.75 * near_floor * (1.0 - lying);
    vec3 ambient = mix(ground, sky, n.z * 0.5 + 0.5) * under;
    float facing_light = max(dot(n, to_light), 0.0);
    float l = facing_light > 0.0 && far < 0.5 ? lit(n) * facing_light : facing_light;
    vec3 h = normalize(to_light + v);
    vec3 c = base * (ambient + key * l) + gloss * key * l * pow(max(dot(n, h), 0.0), 24.0);
    pixel = vec4(pow(clamp(c, 0.0, 1.0), vec3(1.0 / 2.2)), lying);
}
"""
# The room is drawn once; each frame only darkens its floor where the body may shade it.
BACKDROP = """
#version 330
uniform sampler2D room; uniform sampler2DShadow shadow; uniform sampler2D openness;
uniform mat4 light_projection; uniform mat4 from_clip; uniform vec3 eye; uniform vec2 contact_half;
uniform vec3 ambient; uniform vec3 direct; uniform float softness;
in vec2 c; out vec4 pixel;
void main() {
    vec4 base = texture(room, c);
    pixel = vec4(base.rgb, 1.0);
    if (base.a < 0.02) return;
    vec4 beyond = from_clip * vec4(c * 2.0 - 1.0, 1.0, 1.0);
    vec3 ray = beyond.xyz / beyond.w - eye;
    if (ray.z > -1e-6) return;
    vec3 at = eye - ray * eye.z / ray.z;
    vec3 s = (light_projection * vec4(at, 1.0)).xyz * 0.5 + 0.5;
    float lit = 1.0;
    if (all(greaterThan(s, vec3(0.0))) && all(lessThan(s, vec3(1.0)))) {
        lit = 0.0;
        for (int i = 0; i < 4; i++) {
            vec2 o = vec2(i & 1, i >> 1) * 2.0 - 1.0;
            lit += 0.25 * texture(shadow, vec3(s.xy + o * softness, s.z - 0.002));
        }
    }
    vec2 p = at.xy / contact_half * 0.5 + 0.5;
    bool near = all(greaterThan(p, vec2(0.0))) && all(lessThan(p, vec2(1.0)));
    float open = near ? texture(openness, p).r : 1.0;
    if (lit > 0.999 && open > 0.995) return;
    vec3 shade = (ambient * open + direct * lit) / (ambient + direct);
    vec3 dark = pow(pow(base.rgb, vec3(2.2)) * shade, vec3(1.0 / 2.2));
    pixel.rgb = mix(base.rgb, dark, base.a);
}
"""
DEPTH_VERTEX = """
#version 330
uniform mat4 view_projection; in vec3 position;
void main() { gl_Position = view_projection * vec4(position, 1.0); }
"""
DEPTH_ONLY = "#version 330\nvoid main() {}\n"
FULL_SCREEN = """
#version 330
out vec2 c;
void main() {
    c = vec2((gl_VertexID << 1) & 2, gl_VertexID & 2);
    gl_Position = vec4(c * 2.0 - 1.0, 0.0, 1.0);
}
"""
# How much of the sky the floor still sees under a body at the given heights.
OPENNESS = """
#version 330
uniform sampler2D contact; uniform vec2 step_size; uniform float depth;
in vec2 c; out float open;
void main() {
    float covered = 0.0;
    for (int i = -2; i <= 2; i++) for (int j = -2; j <= 2; j++) {
        float h = texture(contact, c + vec2(i, j) * step_size).r * depth;
        covered += clamp(1.0 - h / 0.16, 0.0, 1.0);
    }
    open = 1.0 - 0.85 * covered / 25.0;
}
"""


class Camera(BaseModel):
    """A pinhole camera that looks at the trunk; azimuth 0 is side-on, positive towards the feet."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    side: Literal["left", "right"] = "left"
    azimuth_deg: float = Field(default=8.0, ge=-60, le=60)
    elevation_deg: float = Field(default=5.0, ge=-15, le=60)
    distance_m: float = Field(default=3.4, gt=0.5, le=12)
    fov_deg: float = Field(
        default=36.0, gt=5, le=100, description="field of view of the longer side"
    )
    target_m: tuple[float, float, float] = (-0.2, 0.0, 0.35)
    roll_deg: float = Field(default=0.0, ge=-15, le=15)
    width_px: int = Field(default=640, ge=64, le=1920)
    height_px: int = Field(default=360, ge=64, le=1920)


class Light(BaseModel):
    """One key light and an ambient sky; colours are linear RGB factors."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    azimuth_deg: float = 40.0
    elevation_deg: float = Field(default=55.0, ge=15, le=90)
    key: tuple[float, float, float] = (0.75, 0.72, 0.68)
    sky: tuple[float, float, float] = (0.5, 0.52, 0.55)
    ground: tuple[float, float, float] = (0.30, 0.28, 0.26)
    softness: float = Field(default=0.002, ge=0, le=0.02)


@dataclass(frozen=True)
class Mesh:
    """Triangles with linear colours (N, 3) and texture coordinates (N, 2)."""

    vertices_m: Floats
    normals: Floats
    colours: Floats
    uv: Floats
    faces: NDArray[np.int32]
    texture: Pixels | None = None
    shadow_faces: NDArray[np.int32] | None = None
    is_floor: bool = False
    is_far: bool = False
    casts: bool = True
    gloss: float = 0.0


def eye_m(camera: Camera) -> Floats:
    """Position (3,) of the camera."""
    az, el = np.radians(camera.azimuth_deg), np.radians(camera.elevation_deg)
    away = -1.0 if camera.side == "left" else 1.0
    direction = np.array([-np.sin(az) * np.cos(el), away * np.cos(az) * np.cos(el), np.sin(el)])
    position: Floats = np.asarray(camera.target_m) + camera.distance_m * direction
    return position


def view_matrix(camera: Camera) -> Floats:
    """World to camera (4, 4); the camera looks along its own -Z."""
    return _look_at(eye_m(camera), np.asarray(camera.target_m), camera.roll_deg)


def _look_at(eye: Floats, target: Floats, roll_deg: float = 0.0) -> Floats:
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


def projection_matrix(camera: Camera, near_m: float = 0.2, far_m: float = 40.0) -> Floats:
    """Camera to clip space (4, 4)."""
    long_px = max(camera.width_px, camera.height_px)
    focal = long_px / np.tan(np.radians(camera.fov_deg) / 2)
    matrix = np.zeros((4, 4))
    matrix[0, 0], matrix[1, 1] = focal / camera.width_px, focal / camera.height_px
    matrix[2, 2] = -(far_m + near_m) / (far_m - near_m)
    matrix[2, 3] = -2 * far_m * near_m / (far_m - near_m)
    matrix[3, 2] = -1.0
    return matrix


def orthographic(half: tuple[float, float], near_m: float, far_m: float) -> Floats:
    """Parallel projection (4, 4)."""
    matrix = np.diag([1 / half[0], 1 / half[1], -2 / (far_m - near_m), 1.0])
    matrix[2, 3] = -(far_m + near_m) / (far_m - near_m)
    return matrix


def project_px(camera: Camera, points_m: Floats) -> Floats:
    """Image positions (N, 2) in pixels, x to the right and y down, of world points (N, 3)."""
    matrix = projection_matrix(camera) @ view_matrix(camera)
    clip = points_m @ matrix[:, :3].T + matrix[:, 3]
    ndc = clip[:, :2] / clip[:, 3:4]
    return (ndc * [0.5, -0.5] + 0.5) * [camera.width_px, camera.height_px]


def shaded_box_m(
    toward_light: Floats, vertices_m: Reals, margin_m: float = CONTACT_REACH_M
) -> Floats:
    """Corners (4, 3) of the floor that a body may shade.

    The floor beneath the vertices (V, 3) and where the light throws them, `margin_m` wider.
    """
    thrown = vertices_m[:, :2] - vertices_m[:, 2:3] * (toward_light[:2] / toward_light[2])
    both = np.stack([vertices_m[:, :2], thrown])
    low, high = both.min(axis=(0, 1)) - margin_m, both.max(axis=(0, 1)) + margin_m
    return np.array([[x, y, 0.0] for x in (low[0], high[0]) for y in (low[1], high[1])])


def box_px(
    view_projection: Floats, corners_m: Floats, size_px: tuple[int, int]
) -> tuple[int, int, int, int]:
    """Left, bottom, width and height in pixels (y up) around points (N, 3).

    The whole picture if one of the points is beside or behind the camera.
    """
    clip = corners_m @ view_projection[:, :3].T + view_projection[:, 3]
    if clip[:, 3].min() < 0.1:
        return 0, 0, *size_px
    places = (clip[:, :2] / clip[:, 3:4] * 0.5 + 0.5) * size_px
    first = np.clip(np.floor(places.min(axis=0)), 0, size_px).astype(int)
    last = np.clip(np.ceil(places.max(axis=0)), 0, size_px).astype(int)
    return int(first[0]), int(first[1]), int(last[0] - first[0]), int(last[1] - first[1])


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


def interleaved(mesh: Mesh) -> NDArray[np.float32]:
    """Vertex buffer (N, 11): position, normal, colour, texture coordinates."""
    return np.hstack([mesh.vertices_m, mesh.normals, mesh.colours, mesh.uv]).astype(np.float32)


class Renderer:
    """Draws one room and one body whose vertices are replaced every frame.

    The room is drawn once, antialiased; `samples` sets the antialiasing of the moving body, which
    costs about as much as everything else together.
    """

    def __init__(
        self, camera: Camera, light: Light, body: Mesh, room: list[Mesh], samples: int = 4
    ) -> None:
        import moderngl

        self.camera, self.light, self.samples = camera, light, samples
        options: Any = {"standalone": True, "backend": "egl"}
        self.context: Any = moderngl.create_context(**options)
        self._make_programs()
        self._make_targets()
        self._set_uniforms()
        self.parts = [self._upload(mesh) for mesh in room]
        self._draw_room()
        self.room = self.context.framebuffer([self.room_texture])
        self.body = self._upload(body)
        self.parts = [self.body]
        self.buffer = interleaved(body)

    def _make_programs(self) -> None:
        program = self.context.program
        self.program = program(vertex_shader=VERTEX, fragment_shader=FRAGMENT)
        self.depth_program = program(vertex_shader=DEPTH_VERTEX, fragment_shader=DEPTH_ONLY)
        self.openness_program = program(vertex_shader=FULL_SCREEN, fragment_shader=OPENNESS)
        self.backdrop_program = program(vertex_shader=FULL_SCREEN, fragment_shader=BACKDROP)
        self.openness_array = self.context.vertex_array(self.openness_program, [])
        self.backdrop_array = self.context.vertex_array(self.backdrop_program, [])

    def _make_targets(self) -> None:
        size, context = (self.camera.width_px, self.camera.height_px), self.context
        self.room_texture = context.texture(size, 4)
        self.single = context.framebuffer(
            [context.renderbuffer(size, 4)], context.depth_renderbuffer(size)
        )
        self.multi = self._multisampled(self.samples) if self.samples else self.single
        self.shadow = context.depth_texture((SHADOW_SIZE, SHADOW_SIZE))
        self.shadow.compare_func = "<="
        self.contact = context.depth_texture(CONTACT_SIZE)
        self.contact.compare_func = ""
        self.openness = context.texture(CONTACT_SIZE, 1)
        for texture in (self.shadow, self.contact, self.openness):
            texture.repeat_x = texture.repeat_y = False
        self.shadow_target = context.framebuffer(depth_attachment=self.shadow)
        self.contact_target = context.framebuffer(depth_attachment=self.contact)
        self.openness_target = context.framebuffer([self.openness])
        self.white = context.texture((1, 1), 3, b"\xff\xff\xff")

    def _multisampled(self, samples: int) -> Any:
        size, context = (self.camera.width_px, self.camera.height_px), self.context
        return context.framebuffer(
            [context.renderbuffer(size, 4, samples=samples)],
            context.depth_renderbuffer(size, samples=samples),
        )

    def _set_uniforms(self) -> None:
        light, toward = self.light, light_direction(self.light)
        camera_matrix = projection_matrix(self.camera) @ view_matrix(self.camera)
        self.view_projection, self.toward_light = camera_matrix, toward
        self.light_matrix = orthographic((1.7, 1.7), 1.0, 12.0) @ _look_at(
            toward * 6.0, np.zeros(3)
        )
        self.contact_matrix = orthographic(CONTACT_HALF_M, 0.0, CONTACT_DEPTH_M) @ BELOW
        self._assign(self.program, {
            "to_light": toward, "eye": eye_m(self.camera), "key": light.key, "sky": light.sky,
            "ground": light.ground, "softness": light.softness, "surface": 0, "shadow": 1,
            "view_projection": camera_matrix, "light_projection": self.light_matrix,
        })  # fmt: skip
        self._assign(self.openness_program, {
            "contact": 3, "depth": CONTACT_DEPTH_M, "step_size": 0.02 / np.asarray(CONTACT_HALF_M),
        })  # fmt: skip
        self._assign(self.backdrop_program, {
            "room": 0, "shadow": 1, "openness": 2, "light_projection": self.light_matrix,
            "from_clip": np.linalg.inv(camera_matrix), "eye": eye_m(self.camera),
            "contact_half": CONTACT_HALF_M, "ambient": light.sky, "softness": light.softness,
            "direct": np.asarray(light.key) * max(float(toward[2]), 0.0),
        })  # fmt: skip

    @staticmethod
    def _assign(program: Any, values: dict[str, Any]) -> None:
        for name, value in values.items():
            if isinstance(value, np.ndarray) and value.shape == (4, 4):
                program[name].write(_column_major(value))
            else:
                program[name] = tuple(value) if isinstance(value, np.ndarray) else value

    def _upload(self, mesh: Mesh) -> dict[str, Any]:
        buffer = self.context.buffer(interleaved(mesh).tobytes())
        index = self.context.buffer(mesh.faces.astype(np.int32).tobytes())
        coarse = mesh.faces if mesh.shadow_faces is None else mesh.shadow_faces
        coarse_index = self.context.buffer(coarse.astype(np.int32).tobytes())
        names = ("position", "normal", "colour", "uv")
        array, depth = self.context.vertex_array, [(buffer, "3f 32x", "position")]
        return {
            "mesh": mesh,
            "buffer": buffer,
            "texture": self._texture(mesh.texture),
            "array": array(self.program, [(buffer, "3f 3f 3f 2f", *names)], index),
            "depth": array(self.depth_program, depth, coarse_index),
        }

    def _texture(self, pixels: Pixels | None) -> Any:
        if pixels is None:
            return self.white
        height, width = pixels.shape[:2]
        texture = self.context.texture((width, height), 3, np.ascontiguousarray(pixels).tobytes())
        texture.build_mipmaps()
        texture.anisotropy = 8.0
        return texture

    def _draw_room(self) -> None:
        """Draw everything that does not move into `room_texture`; alpha marks the floor."""
        self._depth_pass(self.shadow_target, self.light_matrix)
        target = self._multisampled(4)
        target.use()
        target.clear(0.6, 0.6, 0.6, 0.0, depth=1.0)
        self._draw_parts()
        flat = self.context.framebuffer([self.room_texture])
        self.context.copy_framebuffer(flat, target)
        for resource in (flat, target):
            resource.release()

    def _draw_parts(self) -> None:
        self.shadow.use(1)
        for part in self.parts:
            part["texture"].use(0)
            self.program["lying"] = float(part["mesh"].is_floor)
            self.program["far"] = float(part["mesh"].is_far)
            self.program["gloss"] = part["mesh"].gloss
            part["array"].render()

    def _depth_pass(self, target: Any, matrix: Floats) -> None:
        self.context.enable(self.context.DEPTH_TEST)
        target.use()
        target.clear(depth=1.0)
        self.depth_program["view_projection"].write(_column_major(matrix))
        for part in self.parts:
            if part["mesh"].casts:
                part["depth"].render()

    def _full_screen(self, target: Any, array: Any, **textures: int) -> None:
        target.use()
        self.context.disable(self.context.DEPTH_TEST)
        for name, unit in textures.items():
            getattr(self, name).use(unit)
        array.render(vertices=3)
        self.context.enable(self.context.DEPTH_TEST)

    def _draw_backdrop(self, vertices_m: Reals) -> None:
        """Copy the room and darken its floor where the body may shade it."""
        textures = {"room_texture": 0, "shadow": 1, "openness": 2}
        self.multi.clear(depth=1.0)
        if self.multi is not self.single:  # pictures cannot be copied into a multisampled one
            self._full_screen(self.multi, self.backdrop_array, **textures)
            return
        self.context.copy_framebuffer(self.single, self.room)
        shaded = shaded_box_m(self.toward_light, vertices_m)
        size = (self.camera.width_px, self.camera.height_px)
        self.single.scissor = box_px(self.view_projection, shaded, size)
        self._full_screen(self.single, self.backdrop_array, **textures)
        self.single.scissor = None

    def draw(self, vertices_m: Reals, normals: Reals) -> Pixels:
        """Picture (height, width, 3) of the body at `vertices_m` (V, 3), RGB."""
        self.buffer[:, :3], self.buffer[:, 3:6] = vertices_m, normals
        self.body["buffer"].write(self.buffer.tobytes())
        self._depth_pass(self.shadow_target, self.light_matrix)
        self._depth_pass(self.contact_target, self.contact_matrix)
        self._full_screen(self.openness_target, self.openness_array, contact=3)
        self._draw_backdrop(vertices_m)
        self.context.enable(self.context.CULL_FACE)
        self._draw_parts()
        self.context.disable(self.context.CULL_FACE)
        if self.multi is not self.single:
            self.context.copy_framebuffer(self.single, self.multi)
        size = (self.camera.height_px, self.camera.width_px, 3)
        picture = np.frombuffer(self.single.read(components=3, alignment=1), np.uint8)
        return picture.reshape(size)[::-1]

    def close(self) -> None:
        """Give the OpenGL context back."""
        self.context.release()


def _column_major(matrix: Floats) -> bytes:
    return np.ascontiguousarray(matrix.T, dtype=np.float32).tobytes()
