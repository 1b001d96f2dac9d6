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
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from typing import Any

METADATA_NAME = "TFLITE_METADATA"
METADATA_VERSION = "1.0.0"  # oldest metadata parser that reads all the fields used here
MODEL_ID, METADATA_ID = b"TFL3", b"M001"
ZIP_EPOCH = (1980, 1, 1, 0, 0, 0)


class BundleError(Exception):
    """A failure the user can act on; shown as one line."""


@dataclass(frozen=True)
class Package:
    """A package by name, and the command that leaves its archive in the current folder."""

    spec: str
    command: tuple[str, ...]


@dataclass(frozen=True)
class Weights:
    """A TFLite file inside a package; its inputs are ``(pixel - mean) / std``, pixels 0 to 255."""

    package: Package
    member: str
    sha256: str
    description: str
    mean: float
    std: float


# Nothing compiled in the wheel is used, so one wheel serves every Python and platform.
PIP_DOWNLOAD = "-m pip download --disable-pip-version-check --no-deps --only-binary=:all:"
ONE_WHEEL = "--python-version=3.11 --platform=manylinux_2_28_x86_64"
NPM_PACK = "npm pack --ignore-scripts --loglevel=error"

WHEEL = Package("mediapipe==0.10.21", (sys.executable, *PIP_DOWNLOAD.split(), *ONE_WHEEL.split()))
TARBALL = Package("@mediapipe/pose@0.5.1675469404", tuple(NPM_PACK.split()))
# Pinned: other versions lay out the same content in other bytes.
FLATBUFFERS = Package("flatbuffers==25.12.19", WHEEL.command)
SCHEMAS = ("schema_py_generated", "metadata_schema_py_generated")

DETECTOR = Weights(
    WHEEL,
    "mediapipe/modules/pose_detection/pose_detection.tflite",
    "9ba9dd3d42efaaba86b4ff0122b06f29c4122e756b329d89dca1e297fd8f866c",
    "det",
    127.5,
    127.5,
)


@dataclass(frozen=True)
class Flatbuffers:
    """The library's builder, and the schemas of a TFLite model and of its metadata."""

    builder: Any
    model: Any
    metadata: Any


def landmark_model(package: Package, member: str, sha256: str) -> Weights:
    """Name the weights of a landmark model; all three take inputs from 0 to 1."""
    return Weights(package, member, sha256, "lm", 0.0, 255.0)


LANDMARKS = {
    "full": landmark_model(
        WHEEL,
        "mediapipe/modules/pose_landmark/pose_landmark_full.tflite",
        "e9a5c5cb17f736fafd4c2ec1da3b3d331d6edbe8a0d32395855aeb2cdfd64b9f",
    ),
    "lite": landmark_model(
        TARBALL,
        "package/pose_landmark_lite.tflite",
        "f17bfbecadb61c3be1baa8b8d851cc6619c870a87167b32848ad20db306b9d61",
    ),
    "heavy": landmark_model(
        TARBALL,
        "package/pose_landmark_heavy.tflite",
        "59e42d71bcd44cbdbabc419f0ff76686595fd265419566bd4009ef703ea8e1fe",
    ),
}


def download(package: Package, folder: Path) -> Path:
    """Get the package's archive into `folder`, which must hold nothing else."""
    program, *options = package.command
    command = [shutil.which(program) or program, *options, package.spec]
    try:
        done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
    except OSError as error:
        raise BundleError(f"cannot get {package.spec}: {program} does not run ({error})") from error
    archives = list(folder.iterdir())
    if done.returncode or len(archives) != 1:
        raise BundleError(f"cannot get {package.spec}: {complaint(done.stderr)}")
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


def verified(archives: dict[Package, Path], weights: Weights) -> bytes:
    """Return the bytes of the weights if they are the expected ones."""
    data = read_member(archives[weights.package], weights.member)
    found = hashlib.sha256(data).hexdigest()
    if found != weights.sha256:
        where = f"{weights.member} in {weights.package.spec}"
        raise BundleError(f"wrong checksum of {where}: {found}, expected {weights.sha256}")
    return data


def fetch(packages: Iterable[Package], scratch: Path) -> dict[Package, Path]:
    """Download each package once, each into a folder of its own."""
    archives: dict[Package, Path] = {}
    for package in dict.fromkeys(packages):
        print(f"getting {package.spec}", file=sys.stderr)
        archives[package] = download(package, Path(tempfile.mkdtemp(dir=scratch)))
    return archives


def flatbuffer_tools(archives: dict[Package, Path], scratch: Path) -> Flatbuffers:
    """Load the pinned flatbuffers library, and MediaPipe's schemas out of its wheel."""
    for name in SCHEMAS:
        source = read_member(archives[WHEEL], f"mediapipe/tasks/metadata/{name}.py")
        (scratch / f"{name}.py").write_bytes(source)
    sys.path[:0] = [str(scratch), str(archives[FLATBUFFERS])]
    try:
        import_module("numpy")  # flatbuffers does without it, but takes minutes
        library, model, metadata = map(import_module, ("flatbuffers", *SCHEMAS))
    except ImportError as error:
        raise BundleError(f"cannot load flatbuffers: {error}") from error
    finally:
        del sys.path[:2]
    if not FLATBUFFERS.spec.endswith(f"=={library.__version__}"):
        raise BundleError(f"flatbuffers {library.__version__} is loaded, not {FLATBUFFERS.spec}")
    return Flatbuffers(library.Builder, model, metadata)


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


def metadata(fb: Flatbuffers, weights: Weights, n_outputs: int) -> bytes:
    """Describe the model as MediaPipe's own MetadataWriter would.

    The writer's compiled part is gone from current releases; the schemas are not.
    """
    schema = fb.metadata
    output = schema.TensorMetadataT()
    output.name = "Identity"  # like the writer, which names every output after the first
    graph = schema.SubGraphMetadataT()
    graph.inputTensorMetadata = [image_input(schema, weights)]
    graph.outputTensorMetadata = [output] * n_outputs
    root = schema.ModelMetadataT()
    root.name, root.description = "pose", weights.description
    root.subgraphMetadata = [graph]
    root.minParserVersion = METADATA_VERSION
    return packed(fb.builder(0), root, METADATA_ID)


def attach(schema: Any, model: Any, blob: bytes) -> None:
    """Put `blob` into the model as its metadata, in place of any it already has."""
    buffer = schema.BufferT()
    buffer.data = blob
    for entry in model.metadata:
        if entry.name.decode() == METADATA_NAME:
            model.buffers[entry.buffer] = buffer
            return
    entry = schema.MetadataT()
    entry.name, entry.buffer = METADATA_NAME, len(model.buffers)
    model.buffers.append(buffer)
    model.metadata.append(entry)


def with_metadata(fb: Flatbuffers, weights: Weights, data: bytes) -> bytes:
    """Return the model with its metadata and, as the writer does, a zip of no extra files."""
    model = fb.model.ModelT.InitFromObj(fb.model.Model.GetRootAsModel(data, 0))
    attach(fb.model, model, metadata(fb, weights, len(model.subgraphs[0].outputs)))
    content = io.BytesIO(packed(fb.builder(0), model, MODEL_ID))
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


def write_atomically(path: Path, data: bytes) -> None:
    """Write beside the target, then rename: no reader sees half a file."""
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_name(f".{path.name}.part")
    try:
        part.write_bytes(data)
        part.replace(path)
    finally:
        part.unlink(missing_ok=True)


def build(variant: str) -> bytes:
    """Return the bytes of one variant's bundle."""
    models = {
        "pose_detector.tflite": DETECTOR,
        "pose_landmarks_detector.tflite": LANDMARKS[variant],
    }
    with tempfile.TemporaryDirectory() as folder:
        scratch = Path(folder)
        packages = [weights.package for weights in models.values()]
        archives = fetch([*packages, FLATBUFFERS], scratch)
        sources = {name: verified(archives, weights) for name, weights in models.items()}
        fb = flatbuffer_tools(archives, scratch)
    return stored_zip({name: with_metadata(fb, models[name], sources[name]) for name in models})


def arguments(argv: Sequence[str] | None) -> argparse.Namespace:
    """Parse the command line."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--variant", choices=LANDMARKS, default="full", help="default: full")
    parser.add_argument("--out", type=Path, default=Path("models"), help="folder; default: models")
    parser.add_argument("--overwrite", action="store_true", help="replace an existing bundle")
    return parser.parse_args(argv)


def main(argv: Sequence[str] | None = None) -> int:
    """Build one bundle; its sha256 goes to stdout, one line of complaint to stderr."""
    args = arguments(argv)
    path = args.out / f"pose_landmarker_{args.variant}.task"
    try:
        if path.exists() and not args.overwrite:
            raise BundleError(f"{path} exists; --overwrite replaces it")
        bundle = build(args.variant)
        write_atomically(path, bundle)
    except (BundleError, OSError) as error:
        print(f"error: {error}", file=sys.stderr)
        return 1
    print(f"{hashlib.sha256(bundle).hexdigest()}  {path}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
