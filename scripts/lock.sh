#!/bin/sh
# Write the lock files: exact versions and hashes for every platform, no addresses.
set -eu
lock() {
    uv pip compile --quiet --universal --generate-hashes --no-header --no-annotate \
        --no-emit-index-url --no-emit-find-links --python-version 3.11 "$@"
}
lock pyproject.toml -o requirements.lock
lock pyproject.toml --group test -c requirements.lock -o requirements-test.lock
lock --group pipeline -o requirements-pipeline.lock
lock --group synth-test -c requirements-test.lock -o requirements-synth.lock
