#!/bin/sh
# Write both lock files: exact versions and hashes for every platform, no addresses.
set -eu
lock() {
    uv pip compile --quiet --universal --generate-hashes --no-header --no-annotate \
        --no-emit-index-url --no-emit-find-links --python-version 3.11 "$@"
}
lock pyproject.toml -o requirements.lock
lock pyproject.toml --group test -c requirements.lock -o requirements-test.lock
