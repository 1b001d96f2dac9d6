# One environment in .venv, made from the lock files; every target does its own set-up.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin

.PHONY: help demo test check lock bench clean

help: ## list the targets
	@grep -E '^[a-z]+:.*## ' $(MAKEFILE_LIST) | sed 's/:.*## /\t/'

$(VENV)/.run: requirements.lock pyproject.toml
	scripts/system_libraries.sh
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --require-hashes -r requirements.lock
	$(BIN)/python -m pip install --quiet --no-deps -e .
	@touch $@

$(VENV)/.test: requirements-test.lock $(VENV)/.run
	$(BIN)/python -m pip install --quiet --require-hashes -r requirements-test.lock
	@touch $@

demo: $(VENV)/.run ## judge the clip that comes with the repository
	$(BIN)/leglift judge data/demo/leg_lifts.mp4

test: $(VENV)/.test ## run the tests
	$(BIN)/python -m pytest

check: $(VENV)/.test ## lint, format and type checks
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

bench: $(VENV)/.test ## speed and memory of judge against a bare landmarker loop
	$(BIN)/python benchmarks/judge_cost.py

lock: $(VENV)/.test ## resolve the dependencies anew (needs uv)
	scripts/lock.sh

clean: ## remove the environment and caches
	rm -rf $(VENV) .pytest_cache .mypy_cache .ruff_cache .hypothesis
