"""What the graphics card runs, in GLSL."""

from __future__ import annotations

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
# Comes before `FRAGMENT` and `BACKDROP`: how much of the key light reaches a place, from the shadow
# map at four places about it.
LIT = """
#version 330
uniform sampler2DShadow shadow; uniform mat4 light_projection; uniform float softness;
vec3 in_map(vec3 at) { return (light_projection * vec4(at, 1.0)).xyz * 0.5 + 0.5; }
float lit(vec3 s) {
    float sum = 0.0;
    for (int i = 0; i < 4; i++) {
        vec2 o = vec2(i & 1, i >> 1) * 2.0 - 1.0;
        sum += texture(shadow, vec3(s.xy + o * softness, s.z - 0.002));
    }
    return sum / 4.0;
}
"""
FRAGMENT = """
uniform sampler2D surface; uniform vec3 to_light; uniform vec3 eye;
uniform vec3 key; uniform vec3 sky; uniform vec3 ground; uniform float gloss;
uniform float lying; uniform float far;
in vec3 at; in vec3 facing; in vec3 tint; in vec2 texel; out vec4 pixel;
void main() {
    vec3 n = normalize(facing);
    vec3 base = tint * texture(surface, texel).rgb;
    vec3 v = normalize(eye - at);
    float near_floor = exp(-max(at.z, 0.0) / 0.10) * clamp(0.35 - n.z * 0.65, 0.0, 1.0);
    float under = 1.0 - 0.75 * near_floor * (1.0 - lying);
    vec3 ambient = mix(ground, sky, n.z * 0.5 + 0.5) * under;
    float facing_light = max(dot(n, to_light), 0.0);
    vec3 s = in_map(at + n * 0.012);
    float l = facing_light > 0.0 && far < 0.5 ? lit(s) * facing_light : facing_light;
    vec3 h = normalize(to_light + v);
    vec3 c = base * (ambient + key * l) + gloss * key * l * pow(max(dot(n, h), 0.0), 24.0);
    pixel = vec4(pow(clamp(c, 0.0, 1.0), vec3(1.0 / 2.2)), lying);
}
"""
# The room is drawn once; each frame only darkens its floor where the body may shade it.
BACKDROP = """
uniform sampler2D room; uniform sampler2D openness;
uniform mat4 from_clip; uniform vec3 eye; uniform vec2 contact_half;
uniform vec3 ambient; uniform vec3 direct;
in vec2 c; out vec4 pixel;
void main() {
    vec4 base = texture(room, c);
    pixel = vec4(base.rgb, 1.0);
    if (base.a < 0.02) return;
    vec4 beyond = from_clip * vec4(c * 2.0 - 1.0, 1.0, 1.0);
    vec3 ray = beyond.xyz / beyond.w - eye;
    if (ray.z > -1e-6) return;
    vec3 at = eye - ray * eye.z / ray.z;
    vec3 s = in_map(at);
    bool mapped = all(greaterThan(s, vec3(0.0))) && all(lessThan(s, vec3(1.0)));
    float l = mapped ? lit(s) : 1.0;
    vec2 p = at.xy / contact_half * 0.5 + 0.5;
    bool near = all(greaterThan(p, vec2(0.0))) && all(lessThan(p, vec2(1.0)));
    float open = near ? texture(openness, p).r : 1.0;
    if (l > 0.999 && open > 0.995) return;
    vec3 shade = (ambient * open + direct * l) / (ambient + direct);
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
