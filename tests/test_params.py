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


@pytest.mark.parametrize("section", ["", *yaml.safe_load(TEXT)])
def test_unknown_key_is_refused(tmp_path, section):
    values = yaml.safe_load(TEXT)
    (values[section] if section else values)["surprise"] = 1
    with pytest.raises(UsageError, match="surprise"):
        written(tmp_path, yaml.safe_dump(values))


@pytest.mark.parametrize("section", list(yaml.safe_load(TEXT)))
def test_missing_key_is_refused(tmp_path, section):
    values = yaml.safe_load(TEXT)
    gone = next(iter(values[section]))
    del values[section][gone]
    with pytest.raises(UsageError, match=gone):
        written(tmp_path, yaml.safe_dump(values))


DAMAGED = {
    "cut off": (TEXT[: len(TEXT) // 2].rsplit(":", 1)[0].encode(), "params.yaml"),
    "no YAML": (b"vision: [1, 2", "line 1"),
    "another text": (b"hello", "all of it"),
    "empty": (b"", "all of it"),
    "zeros": (bytes(400), "not allowed"),
    "no text": (b"\xff\xfe\x80", "decode"),
    "no number": (TEXT.replace("max_side_px: ", "max_side_px: x", 1).encode(), "vision.max_side"),
}


@pytest.mark.parametrize("kind", DAMAGED)
def test_a_damaged_file_is_one_plain_line(tmp_path, kind):
    content, words = DAMAGED[kind]
    (tmp_path / "params.yaml").write_bytes(content)
    with pytest.raises(UsageError, match=words) as caught:
        load_params(tmp_path / "params.yaml")
    assert "\n" not in str(caught.value)
    assert "install leglift again" in str(caught.value)


def test_a_missing_file_is_one_plain_line(tmp_path):
    with pytest.raises(UsageError, match="No such file"):
        load_params(tmp_path / "params.yaml")


@pytest.mark.parametrize("seed", range(3))
def test_hash_ignores_comments_and_order(tmp_path, seed):
    bare = yaml.safe_dump(shuffled(yaml.safe_load(TEXT), seed), sort_keys=False)
    assert "#" in TEXT
    assert "#" not in bare
    assert bare.split() != TEXT.split()
    assert params_sha256(written(tmp_path, bare)) == params_sha256(load_params())


def test_hash_follows_every_value(tmp_path):
    params = load_params()
    hashes = {params_sha256(params)}
    values = yaml.safe_load(TEXT)
    knobs = [(section, key) for section in values for key in values[section]]
    for section, key in knobs:
        changed = yaml.safe_load(TEXT)
        changed[section][key] += 1
        hashes.add(params_sha256(written(tmp_path, yaml.safe_dump(changed))))
    assert len(hashes) == 1 + len(knobs)


def test_what_a_model_was_trained_with_is_told_from_what_only_words_a_verdict(tmp_path):
    values, own = yaml.safe_load(TEXT), feature_params_sha256(load_params())
    for section in values:
        changed = yaml.safe_load(TEXT)
        changed[section][next(iter(values[section]))] += 1
        same = feature_params_sha256(written(tmp_path, yaml.safe_dump(changed))) == own
        assert same == (section in ("view", "plausible", "cues", "check", "history"))


def test_hash_of_a_section_is_blind_to_the_others(tmp_path):
    values = yaml.safe_load(TEXT)
    values["cues"]["min_lowering_s"] += 1
    other = written(tmp_path, yaml.safe_dump(values))
    assert params_sha256(other.back) == params_sha256(load_params().back)
    assert params_sha256(other.cues) != params_sha256(load_params().cues)
