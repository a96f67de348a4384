# motcua: `make demo` shows the whole job, `make test` proves it. `make help` lists the rest.
SHELL := /bin/bash
.DEFAULT_GOAL := help
VENV := .venv
BIN := $(VENV)/bin
PEERS := .venv-bench
RECENT := import sys; sys.exit(sys.version_info < (3, 11))
PYTHON ?= $(shell for python in python3 python3.14 python3.13 python3.12 python3.11; do \
    $$python -c '$(RECENT)' 2>/dev/null && echo $$python && break; done)
PACKAGES := libs/events libs/service libs/worktime services/intake services/workflow \
            services/feedback services/scoring deploy/local
EDITABLE := $(foreach package,$(PACKAGES),-e $(package))

.PHONY: help
help: ## list the targets
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 14

$(VENV)/.runtime: requirements.lock $(addsuffix /pyproject.toml,$(PACKAGES))
	@test -n "$(PYTHON)" || { echo "motcua needs Python 3.11 or later (or name one: make PYTHON=...)"; exit 1; }
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	@echo "installing the pinned requirements ..."
	@$(BIN)/python -m pip install -q --disable-pip-version-check --require-hashes -r requirements.lock
	@$(BIN)/python -m pip install -q --disable-pip-version-check --no-deps --no-build-isolation $(EDITABLE)
	@touch $@

$(VENV)/.dev: $(VENV)/.runtime requirements-dev.lock
	@echo "installing what tests and checks need ..."
	@$(BIN)/python -m pip install -q --disable-pip-version-check --require-hashes -r requirements-dev.lock
	@touch $@

.PHONY: setup
setup: $(VENV)/.runtime ## make the virtual environment

.PHONY: demo
demo: setup ## Tây Ninh 2020 through the whole system (DEMO="--exit" to stop by itself)
	@$(BIN)/motcua demo $(DEMO)

.PHONY: up
up: setup ## everything on this machine, until Ctrl-C
	@$(BIN)/motcua up $(UP)

SIDE_BY_SIDE := -n 2 --dist loadfile tests/unit tests/contract tests/integration
BY_THEMSELVES := tests/acceptance tests/browser tests/fault tests/benchmarks

.PHONY: test
test: $(VENV)/.dev ## all tests (TESTS="tests/unit -k rounding" for some)
	@$(BIN)/python -m pytest $(or $(TESTS),$(SIDE_BY_SIDE))
	@$(if $(TESTS),,$(BIN)/python -m pytest $(BY_THEMSELVES))

$(PEERS)/.peers: requirements-bench.lock libs/events/pyproject.toml
	@test -x $(PEERS)/bin/python || $(PYTHON) -m venv $(PEERS)
	@echo "installing the peers of the benchmarks ..."
	@$(PEERS)/bin/python -m pip install -q --disable-pip-version-check --require-hashes -r requirements-bench.lock
	@$(PEERS)/bin/python -m pip install -q --disable-pip-version-check --no-deps --no-build-isolation -e libs/events
	@touch $@

.PHONY: bench
bench: $(VENV)/.dev $(PEERS)/.peers ## the benchmarks, with peers, into docs/benchmarks (EVENTS=1000000, BENCH="--only replay")
	@PYTHONPATH=tests:tests/support $(BIN)/python -m benchmarks --peers $(PEERS)/bin/python $(if $(EVENTS),--events $(EVENTS)) $(BENCH)

SECONDS ?= 240
SEEDS ?= 1,2,3

.PHONY: fault
fault: $(VENV)/.dev ## long fault runs on real servers, into docs/faults.md (SECONDS=600 SEEDS=1,2,3)
	@PYTHONPATH=tests/support $(BIN)/python -m faults --seconds $(SECONDS) --seeds $(SEEDS)

.PHONY: check
check: $(VENV)/.dev ## lint, types, import rules, contract snapshots, generated documents
	@$(BIN)/ruff format --check .
	@$(BIN)/ruff check .
	@$(BIN)/mypy
	@$(BIN)/lint-imports
	@$(BIN)/python -m motcua_local.documents --check

.PHONY: documents
documents: $(VENV)/.dev ## write the generated contracts and API documents
	@$(BIN)/python -m motcua_local.documents

.PHONY: format
format: $(VENV)/.dev ## format and mend what ruff can mend
	@$(BIN)/ruff check --fix --quiet . ; $(BIN)/ruff format --quiet .

.PHONY: lock
lock: $(VENV)/.dev ## renew the pinned requirements
	@$(BIN)/pip-compile -q --generate-hashes --strip-extras --allow-unsafe --no-emit-index-url --no-emit-find-links --no-emit-options --no-header --upgrade -o requirements.lock requirements.in
	@$(BIN)/pip-compile -q --generate-hashes --strip-extras --allow-unsafe --no-emit-index-url --no-emit-find-links --no-emit-options --no-header --upgrade -c requirements.lock -o requirements-dev.lock requirements-dev.in
	@$(BIN)/pip-compile -q --generate-hashes --strip-extras --allow-unsafe --no-emit-index-url --no-emit-find-links --no-emit-options --no-header --upgrade -o requirements-bench.lock requirements-bench.in

.PHONY: clean
clean: ## remove the virtual environment, caches and the local data folder
	@rm -rf $(VENV) $(PEERS) .motcua .mypy_cache .ruff_cache .pytest_cache .hypothesis
