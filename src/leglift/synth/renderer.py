"""The scene drawn off-screen with OpenGL (EGL, software rendering is enough).

One small renderer instead of a scene library: only the body's vertices change between frames, so a
frame is one buffer upload, one shadow pass, one contact pass and one picture.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from leglift.synth import scene, shaders
from leglift.synth.body import Floats, Reals
from leglift.synth.scene import Camera, Light, Mesh, Pixels

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

        self.size_px, self.samples = (camera.width_px, camera.height_px), samples
        options: Any = {"standalone": True, "backend": "egl"}
        self.context: Any = moderngl.create_context(**options)
        self._make_programs()
        self._make_targets()
        self._set_uniforms(camera, light)
        self._draw_room([self._upload(mesh) for mesh in room])
        self.body, self.buffer = self._upload(body), interleaved(body)

    def _make_programs(self) -> None:
        def program(vertex: str, fragment: str) -> Any:
            return self.context.program(vertex_shader=vertex, fragment_shader=fragment)

        self.program = program(shaders.VERTEX, shaders.LIT + shaders.FRAGMENT)
        self.depth_program = program(shaders.DEPTH_VERTEX, shaders.DEPTH_ONLY)
        self.openness_program = program(shaders.FULL_SCREEN, shaders.OPENNESS)
        self.backdrop_program = program(shaders.FULL_SCREEN, shaders.LIT + shaders.BACKDROP)
        self.openness_array = self.context.vertex_array(self.openness_program, [])
        self.backdrop_array = self.context.vertex_array(self.backdrop_program, [])

    def _make_targets(self) -> None:
        context = self.context
        self.room_texture = context.texture(self.size_px, 4)
        self.room = context.framebuffer([self.room_texture])
        self.single = self._target(0)
        self.multi = self._target(self.samples) if self.samples else self.single
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

    def _target(self, samples: int) -> Any:
        colour = self.context.renderbuffer(self.size_px, 4, samples=samples)
        depth = self.context.depth_renderbuffer(self.size_px, samples=samples)
        return self.context.framebuffer([colour], depth)

    def _set_uniforms(self, camera: Camera, light: Light) -> None:
        toward, eye = scene.light_direction(light), scene.eye_m(camera)
        self.toward_light, self.view_projection = toward, scene.camera_matrix(camera)
        from_light = scene.look_at(toward * 6.0, np.zeros(3))
        self.light_matrix = scene.orthographic((1.7, 1.7), 1.0, 12.0) @ from_light
        self.contact_matrix = scene.orthographic(CONTACT_HALF_M, 0.0, CONTACT_DEPTH_M) @ BELOW
        _assign(
            self.program, to_light=toward, eye=eye, key=light.key, sky=light.sky,
            ground=light.ground, softness=light.softness, surface=0, shadow=1,
            view_projection=self.view_projection, light_projection=self.light_matrix,
        )  # fmt: skip
        _assign(
            self.openness_program, contact=3, depth=CONTACT_DEPTH_M,
            step_size=0.02 / np.asarray(CONTACT_HALF_M),
        )  # fmt: skip
        _assign(
            self.backdrop_program, room=0, shadow=1, openness=2,
            light_projection=self.light_matrix, from_clip=np.linalg.inv(self.view_projection),
            eye=eye, contact_half=CONTACT_HALF_M, ambient=light.sky, softness=light.softness,
            direct=np.asarray(light.key) * max(float(toward[2]), 0.0),
        )  # fmt: skip

    def _upload(self, mesh: Mesh) -> dict[str, Any]:
        buffer = self.context.buffer(interleaved(mesh).tobytes())
        index = self.context.buffer(mesh.faces.tobytes())
        coarse = mesh.faces if mesh.shadow_faces is None else mesh.shadow_faces
        coarse_index = self.context.buffer(coarse.tobytes())
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
            return self.context.texture((1, 1), 3, b"\xff\xff\xff")
        height, width = pixels.shape[:2]
        texture = self.context.texture((width, height), 3, pixels.tobytes())
        texture.build_mipmaps()
        texture.anisotropy = 8.0
        return texture

    def _draw_room(self, parts: list[dict[str, Any]]) -> None:
        """Draw everything that does not move into `room_texture`; alpha marks the floor."""
        self._depth_pass(self.shadow_target, self.light_matrix, parts)
        target = self._target(4)
        target.use()
        target.clear(0.6, 0.6, 0.6, 0.0, depth=1.0)
        self._draw_parts(parts)
        self.context.copy_framebuffer(self.room, target)
        target.release()

    def _draw_parts(self, parts: list[dict[str, Any]]) -> None:
        self.shadow.use(1)
        for part in parts:
            mesh = part["mesh"]
            part["texture"].use(0)
            _assign(self.program, lying=mesh.is_floor, far=mesh.is_far, gloss=mesh.gloss)
            part["array"].render()

    def _depth_pass(self, target: Any, matrix: Floats, parts: list[dict[str, Any]]) -> None:
        self.context.enable(self.context.DEPTH_TEST)
        target.use()
        target.clear(depth=1.0)
        _assign(self.depth_program, view_projection=matrix)
        for part in parts:
            if not (part["mesh"].is_floor or part["mesh"].is_far):
                part["depth"].render()

    def _full_screen(self, target: Any, array: Any, textures: dict[int, Any]) -> None:
        target.use()
        self.context.disable(self.context.DEPTH_TEST)
        for unit, texture in textures.items():
            texture.use(unit)
        array.render(vertices=3)
        self.context.enable(self.context.DEPTH_TEST)

    def _draw_backdrop(self, vertices_m: Reals) -> None:
        """Copy the room and darken its floor where the body may shade it."""
        self.multi.clear(depth=1.0)
        if self.multi is self.single:  # pictures cannot be copied into a multisampled one
            self.context.copy_framebuffer(self.single, self.room)
            self.single.scissor = scene.shaded_px(
                self.view_projection, self.toward_light, vertices_m, self.size_px
            )
        textures = {0: self.room_texture, 1: self.shadow, 2: self.openness}
        self._full_screen(self.multi, self.backdrop_array, textures)
        self.single.scissor = None

    def draw(self, vertices_m: Reals, normals: Reals) -> Pixels:
        """Picture (height, width, 3) of the body at `vertices_m` (V, 3), RGB."""
        self.buffer[:, :3], self.buffer[:, 3:6] = vertices_m, normals
        self.body["buffer"].write(self.buffer.tobytes())
        self._depth_pass(self.shadow_target, self.light_matrix, [self.body])
        self._depth_pass(self.contact_target, self.contact_matrix, [self.body])
        self._full_screen(self.openness_target, self.openness_array, {3: self.contact})
        self._draw_backdrop(vertices_m)
        self.context.enable(self.context.CULL_FACE)
        self._draw_parts([self.body])
        self.context.disable(self.context.CULL_FACE)
        if self.multi is not self.single:
            self.context.copy_framebuffer(self.single, self.multi)
        picture = np.frombuffer(self.single.read(components=3, alignment=1), np.uint8)
        return picture.reshape(self.size_px[1], self.size_px[0], 3)[::-1]

    def close(self) -> None:
        """Give the OpenGL context back."""
        self.context.release()


def _assign(program: Any, **values: Any) -> None:
    """Set uniforms: numbers, vectors, and matrices column by column."""
    for name, value in values.items():
        if np.ndim(value):
            value = tuple(np.asarray(value, dtype=np.float32).T.ravel().tolist())
        program[name] = value
