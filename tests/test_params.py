from __future__ import annotations

import random
from pathlib import Path

import pytest
import yaml

from leglift.errors import UsageError
from leglift.params import Params, feature_params_sha256, load_params, params_sha256, resource

TEXT = resource("params.yaml").read_text(encoding="utf-8")


def written(folder: Path, text: str) -> Params:
    path = folder / "params.yaml"
    path.write_text(text, encoding="utf-8")
    load_params.cache_clear()
    return load_params(path)


def shuffled(values: dict, seed: int) -> dict:
    items = [(k, shuffled(v, seed) if isinstance(v, dict) else v) for k, v in values.items()]
    random.Random(seed).shuffle(items)
    return dict(items)


@pytest.mark.parametrize("missing", [True, False])
@pytest.mark.parametrize("section", ["", *yaml.safe_load(TEXT)])
def test_an_unknown_or_a_missing_key_is_refused(tmp_path, section, missing):
    values = yaml.safe_load(TEXT)
    inside = values[section] if section else values
    key = next(iter(inside)) if missing else "surprise"
    if missing:
        del inside[key]
    else:
        inside[key] = 1
    with pytest.raises(UsageError, match=key):
        written(tmp_path, yaml.safe_dump(values))


DAMAGED = {
    "cut off": (TEXT[: len(TEXT) // 2].rsplit(":", 1)[0].encode(), "params.yaml"),
    "no YAML": (b"vision: [1, 2", "line 1"),
    "another text": (b"hello", "all of it"),
    "empty": (b"", "all of it"),
    "zeros": (bytes(400), "not allowed"),
    "no text": (b"\xff\xfe\x80", "decode"),
    "no number": (TEXT.replace("max_side_px: ", "max_side_px: x", 1).encode(), "vision.max_side"),
    "missing": (None, "No such file"),
}


@pytest.mark.parametrize("kind", DAMAGED)
def test_a_damaged_file_is_one_plain_line(tmp_path, kind):
    content, words = DAMAGED[kind]
    if content is not None:
        (tmp_path / "params.yaml").write_bytes(content)
    with pytest.raises(UsageError, match=words) as caught:
        load_params(tmp_path / "params.yaml")
    assert "\n" not in str(caught.value)
    assert "install leglift again" in str(caught.value)


@pytest.mark.parametrize("seed", range(3))
def test_hash_ignores_comments_and_order(tmp_path, seed):
    bare = yaml.safe_dump(shuffled(yaml.safe_load(TEXT), seed), sort_keys=False)
    assert "#" in TEXT
    assert "#" not in bare
    assert params_sha256(written(tmp_path, bare)) == params_sha256(load_params())


def test_hash_follows_every_value(tmp_path):
    """A model's own hash follows what it was trained with, not what only words a verdict."""
    hashes, values = {params_sha256(load_params())}, yaml.safe_load(TEXT)
    own, old = feature_params_sha256(load_params()), load_params()
    knobs = [(section, key) for section in values for key in values[section]]
    for section, key in knobs:
        changed = yaml.safe_load(TEXT)
        changed[section][key] += 1
        params = written(tmp_path, yaml.safe_dump(changed))
        hashes.add(params_sha256(params))
        same = feature_params_sha256(params) == own
        assert same == (section in ("view", "plausible", "cues", "check", "history"))
        for name in values:
            same = params_sha256(getattr(params, name)) == params_sha256(getattr(old, name))
            assert same == (name != section)
    assert len(hashes) == 1 + len(knobs)
