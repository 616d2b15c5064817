# Every everyday task is one word here; `make` alone lists them. All works when run twice, as root and not.

SHELL := /bin/bash
.DEFAULT_GOAL := help
.PHONY: licences sbom fuzz audit types help run demo demo-monitor test test-quick test-slow test-db test-postgres test-servers test-faults test-browser mutants bench lint format lock services screenshots clean

PORT ?= 8000
PYTHON ?= python3
BIN := .venv/bin
MANAGE := $(BIN)/python manage.py
# A worker begins with neighbours, which share what they prepare, and takes tests from the end of another when it is done.
PYTEST := $(BIN)/python -m pytest --dist worksteal
# pytest ends with 5 when a group has no test (yet); everything else that is not 0 is a failure.
NONE_IS_FINE = || [ $$? -eq 5 ]
JOBS ?= 2
# Tests that start processes and browsers wait for them a third of their time.
WAITING_JOBS ?= 3
# Tests start hundreds of processes: each would compile the modules again where an image of a container sets this.
unexport PYTHONDONTWRITEBYTECODE

help: ## list the tasks
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "  make %-14s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

run: .venv/runtime.stamp ## set everything up and serve http://127.0.0.1:8000 (PORT=… for another port)
	@echo "Database and the data of the examples."
	@$(MANAGE) sagaflow demo --load
	@echo "Starting the site."
	@LOGIN_HINT=$${LOGIN_HINT:-on} SAGAFLOW_PUBLIC_URL=$${SAGAFLOW_PUBLIC_URL:-http://127.0.0.1:$(PORT)} $(MANAGE) sagaflow up --port $(PORT)

demo: .venv/runtime.stamp ## run the order-fulfilment saga to completion and through two failures, without a browser
	$(MANAGE) migrate --no-input --verbosity 0
	$(MANAGE) migrate --no-input --verbosity 0 --database participant
	$(MANAGE) sagaflow demo

demo-monitor: services .venv/dev.stamp ## watch a choreography of services that know nothing of Sagaflow (PORT=… for another port)
	$(BIN)/python -m examples.elsewhere $(PORT)

test: services test-quick test-slow ## every test there is

test-slow: test-db test-postgres test-servers test-faults test-browser ## every test that is not quick

test-quick: .venv/dev.stamp ## the tests that need neither database nor server (CI=true for every example)
	$(PYTEST) -m quick -n $(JOBS) $(NONE_IS_FINE)

# In CI the same property tests try all their examples over PostgreSQL, and what is not about the database runs once.
test-db: .venv/dev.stamp ## the database tests over SQLite
	$(PYTEST) -m "db$(if $(CI), and not no_database)" -n $(JOBS) --hypothesis-profile=quick $(NONE_IS_FINE)

test-postgres: .venv/dev.stamp ## the database tests over a private PostgreSQL
	$(BIN)/python -m tests.servers exec --skip-missing --postgres -- $(PYTEST) -m "db$(if $(CI), and not one_database)" -n $(JOBS) $(NONE_IS_FINE)

test-servers: .venv/dev.stamp ## the tests that start servers of their own
	$(PYTEST) -m "servers and not faults" -n $(WAITING_JOBS) $(NONE_IS_FINE)

test-faults: .venv/dev.stamp ## the tests that kill processes and servers
	$(PYTEST) -m faults -n $(WAITING_JOBS) $(NONE_IS_FINE)

# A test that fails among others and passes alone is named, and ends nothing: a race to find, in the page or in the test.
ALONE = || { [ $$? -eq 1 ] && echo "Once more, alone: what failed above." && $(PYTEST) -m browser --last-failed --last-failed-no-failures=none; }
test-browser: .venv/dev.stamp ## the tests that drive Chromium and Firefox
	$(PYTEST) -m browser -n $(WAITING_JOBS) $(ALONE)

mutants: .venv/dev.stamp ## change the core in each place and see a test fail (MODULE=sagaflow/core/definition/retry.py for one module)
	nice $(BIN)/python -m tests.mutants $(MODULE)

FUZZ_SECONDS ?= 300
fuzz: .venv/dev.stamp ## try what the tests do not: definitions, YAML, frames, filters, edits (FUZZ_SECONDS=60 for a minute)
	nice $(BIN)/python -m tests.fuzz $(FUZZ_SECONDS)

bench: .venv/dev.stamp var/bench/dbos.stamp ## compare with DBOS, Dramatiq alone and a bare loop, in turns (ROUNDS=5)
	$(BIN)/python -m benchmarks.compare --rounds $(or $(ROUNDS),5)

var/bench/dbos.stamp:
	$(PYTHON) -m venv var/bench/dbos
	var/bench/dbos/bin/python -m pip install --quiet 'dbos==3.4.0' 'psycopg[binary]'
	touch $@

lint: .venv/dev.stamp types ## style, types, the import contract, and whether a migration is missing
	$(BIN)/ruff check
	$(BIN)/ruff format --check
	$(BIN)/mypy
	$(BIN)/lint-imports --no-logo
	$(MANAGE) makemigrations --check --dry-run
	$(MANAGE) check --fail-level WARNING

types: node_modules/.stamp ## the types of the browser's modules, and whether the committed bundle is that of the lock
	node_modules/.bin/tsc
	node vendor/build.mjs --check

format: .venv/dev.stamp ## let ruff fix what it can
	$(BIN)/ruff check --fix
	$(BIN)/ruff format

services: ## install PostgreSQL, Redis, RabbitMQ, NATS, Chromium and Firefox where they are missing (as root, with apt)
	@.ci/services

COMPILE = $(BIN)/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-annotate --no-header \
	--no-emit-index-url --no-emit-find-links
lock: .venv/dev.stamp ## compile requirements*.in into the hashed locks
	$(COMPILE) $(UPGRADE) requirements.in -o requirements.txt
	$(COMPILE) $(UPGRADE) requirements-dev.in -o requirements-dev.txt

licences: .venv/dev.stamp ## list the licence of every package, and fail if one is not allowed
	$(BIN)/python -m tests.supply licences

sbom: .venv/dev.stamp ## write the packages of the site as CycloneDX to sbom.json
	$(BIN)/python -m tests.supply sbom >sbom.json

audit: .venv/dev.stamp ## ask the advisory database about every package of the locks (3: it did not answer)
	$(BIN)/python -m tests.supply audit

screenshots: .venv/dev.stamp ## take the pictures of the pages in docs/images again
	$(BIN)/python -m tests.browser.screenshots

clean: ## remove the virtual environment, the local databases and every cache
	rm -rf .venv node_modules var .pytest_cache .ruff_cache .mypy_cache .import_linter_cache .hypothesis

# As root with apt, .ci/services installs npm where it is missing.
node_modules/.stamp: package-lock.json
	@command -v npm >/dev/null || .ci/services
	@command -v npm >/dev/null || { echo "make lint needs Node.js 20 with npm: install it from your system's packages (Debian: apt-get install nodejs npm)." >&2; exit 1; }
	npm ci --silent --no-audit --no-fund
	@touch $@

# A stamp is newer than the lock that was last installed: no lock changed, nothing to install.
.venv/runtime.stamp: requirements.txt
	@[ -x $(BIN)/python ] || { echo "Virtual environment in .venv."; $(PYTHON) -m venv .venv; }
	@.ci/packages $<
	@touch $@

.venv/dev.stamp: requirements-dev.txt .venv/runtime.stamp
	@.ci/packages $<
	@touch $@
