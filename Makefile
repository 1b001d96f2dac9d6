# One environment in .venv, made from the lock files; every target does its own set-up.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
# DVC and mlcroissant have an environment of their own; DVC's stages run with the project's commands.
PIPELINE := .venv-pipeline
DVC := PATH="$(CURDIR)/$(BIN):$$PATH" $(PIPELINE)/bin/dvc
# Torch is heavy: the tests of the simulated bodies have an environment of their own.
SYNTH := .venv-synth
EXECUTE := --to notebook --inplace --execute --ExecutePreprocessor.record_timing=False

# One set of machine instructions on every x86-64, so that tables are the same to the last bit: sums
# in another order differ in the 16th digit, and a tie may then fall the other way.
ifeq ($(shell uname -m),x86_64)
export OPENBLAS_CORETYPE := Haswell
export NPY_DISABLE_CPU_FEATURES := X86_V4 AVX512_ICL AVX512_SPR
endif

.PHONY: help demo test test-synth check fuzz lock bench invariance clean repro repro-check status croissant notebooks

help: ## list the targets
	@grep -E '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed 's/:.*## /\t/'

$(VENV)/.run: requirements.lock pyproject.toml
	@echo "Setting up $(VENV): about 1.5 GB and some minutes, this once."
	scripts/system_libraries.sh
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --require-hashes -r requirements.lock
	$(BIN)/python -m pip install --quiet --no-deps -e .
	@touch $@

$(VENV)/.test: requirements-test.lock $(VENV)/.run
	$(BIN)/python -m pip install --quiet --require-hashes -r requirements-test.lock
	@touch $@

$(PIPELINE)/.run: requirements-pipeline.lock
	$(PYTHON) -m venv $(PIPELINE)
	$(PIPELINE)/bin/python -m pip install --quiet --require-hashes -r requirements-pipeline.lock
	@touch $@

$(SYNTH)/.run: requirements-synth.lock
	scripts/system_libraries.sh
	$(PYTHON) -m venv $(SYNTH)
	$(SYNTH)/bin/python -m pip install --quiet --require-hashes -r requirements-synth.lock
	$(SYNTH)/bin/python -m pip install --quiet --no-deps -e .
	@touch $@

demo: $(VENV)/.run ## judge the clip that comes with the repository
	$(BIN)/leglift judge data/demo/leg_lifts.mp4

test: $(VENV)/.test ## run the tests
	$(BIN)/python -m pytest -n 2 --dist loadgroup

test-synth: $(SYNTH)/.run ## run the tests of the simulated bodies (needs the CPU build of torch)
	$(SYNTH)/bin/python -m pytest tests/synth

check: $(VENV)/.test ## lint, format and type checks
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

bench: $(VENV)/.test ## speed and memory of judge against a bare landmarker loop
	$(BIN)/python benchmarks/speed.py
	$(BIN)/python benchmarks/memory.py --minutes 0.5 2 --whole 2

invariance: $(VENV)/.test ## judge the demo clip in many dresses (rotated, dark, HDR, ...; half an hour)
	$(BIN)/python benchmarks/invariance.py --fps 10

fuzz: $(VENV)/.test ## send all damaged videos through the command, all but the pose model (minutes)
	LEGLIFT_FUZZ=all $(BIN)/python -m pytest tests/test_faults.py -k damaged_videos

repro: $(VENV)/.test $(PIPELINE)/.run ## re-run the stages of the pipeline that are stale
	$(DVC) repro

status: $(PIPELINE)/.run ## fail if a table is older than what it is made from
	@$(DVC) status -q || { $(DVC) status; echo "stale: make repro" >&2; exit 1; }

# What is made from committed tables within minutes; `make repro` also joins answers and evaluates.
REBUILT := edge train card croissant

repro-check: $(VENV)/.run $(PIPELINE)/.run ## rebuild edge, model, card, metadata; fail on any other bit
	cp dvc.lock $(PIPELINE)/before.lock
	$(DVC) repro --force --single-item $(REBUILT)
	cmp dvc.lock $(PIPELINE)/before.lock

croissant: $(PIPELINE)/.run ## read the tables as others would, by their Croissant metadata
	$(PIPELINE)/bin/python scripts/check_croissant.py

notebooks: $(VENV)/.run ## execute the notebooks anew, in place
	$(BIN)/jupyter nbconvert $(EXECUTE) notebooks/*.ipynb

lock: $(VENV)/.test ## resolve the dependencies anew (needs uv)
	scripts/lock.sh

clean: ## remove the environments and caches
	rm -rf $(VENV) $(PIPELINE) $(SYNTH) .pytest_cache .mypy_cache .ruff_cache .hypothesis
