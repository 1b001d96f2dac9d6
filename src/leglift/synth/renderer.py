"""The scene drawn off-screen with OpenGL (EGL, software rendering is enough).

One small renderer instead of a scene library: only the body's vertices change between frames, so a
frame is one buffer upload, one shadow pass, one contact pass and one picture.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from leglift.synth.scene import (
    Camera,
    Floats,
    Light,
    Mesh,
    Pixels,
    Reals,
    box_px,
    eye_m,
    light_direction,
    look_at,
    orthographic,
    projection_matrix,
    shaded_box_m,
    view_matrix,
)
from leglift.synth.shaders import (
    BACKDROP,
    DEPTH_ONLY,
    DEPTH_VERTEX,
    FRAGMENT,
    FULL_SCREEN,
    OPENNESS,
    VERTEX,
)

SHADOW_SIZE = 1024
CONTACT_SIZE = (192, 72)
CONTACT_HALF_M = (1.6, 0.6)
CONTACT_DEPTH_M = 0.5

BELOW: Floats = np.diag([1.0, 1.0, -1.0, 1.0])


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
        self.light_matrix = orthographic((1.7, 1.7), 1.0, 12.0) @ look_at(toward * 6.0, np.zeros(3))
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
