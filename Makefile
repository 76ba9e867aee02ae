# Every target works on a fresh clone: what it needs is fetched into .venv and dashboard/node_modules.
SHELL := /usr/bin/env bash
.SHELLFLAGS := -eu -o pipefail -c
.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
MAKEFLAGS += --no-print-directory

export PATH := $(CURDIR)/.venv/bin:$(PATH):$(HOME)/.cargo/bin
export CARGO_TERM_COLOR ?= auto

UV_VERSION := 0.13.9
PYTHON ?= python3
STAMPS := .stamps
# A file's tests stay together, they share a simulator; each worker has servers of its own.
PYTEST_SIDE_BY_SIDE := pytest --quiet --numprocesses auto --maxprocesses 4 --dist loadfile
RUST := $(shell find crates -type f) Cargo.toml Cargo.lock
# Collected by a build script, which cargo fmt does not follow.
SIGNALS := --edition 2024 crates/engine/src/signals/*.rs
DASHBOARD := $(shell find dashboard/src dashboard/static -type f 2>/dev/null) $(wildcard dashboard/*.ts dashboard/*.js dashboard/package.json)

SCRIPTS := .ci/run tests/e2e/run deploy/check deploy/verify/run deploy/blue-green/switch deploy/compose/prepare \
  deploy/verify/stand-ins/postgres-entrypoint deploy/release/deploy deploy/release/publish
DOCKERFILES := deploy/docker/Dockerfile deploy/verify/stand-ins/Dockerfile deploy/verify/broken/Dockerfile

# $(call timed,what,command): run it, then say how long it took.
timed = @start=$$(date +%s); $(2); echo "$(1): $$(( $$(date +%s) - start )) s" | tee -a $(STAMPS)/times

.PHONY: help run build wheel image verify site rust publish deploy check test test-fast fmt generate bench e2e screenshots lighthouse clean

help: ## This list
	@awk -F ':.*## ' '/^[a-z0-9-]+:.*## / {printf "  make %-10s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

run: build ## Build all and start: the demo group without CHATWARDEN_BOT_TOKEN, your own groups with it
	@exec chatwarden run

build: $(STAMPS)/engine $(STAMPS)/processor $(STAMPS)/dashboard ## Build engine, processor and dashboard into .venv and the package

$(STAMPS)/python: requirements/dev.lock
	@mkdir -p $(STAMPS)
	@test -x .venv/bin/python || $(PYTHON) -m venv .venv
	@echo "Fetching Python packages and Node"
	@.venv/bin/python -m pip install --quiet --disable-pip-version-check uv==$(UV_VERSION)
	@uv pip sync --quiet --require-hashes requirements/dev.lock
	@rm -f $(STAMPS)/engine $(STAMPS)/processor
	@touch $@

$(STAMPS)/engine: $(RUST) pyproject.toml | $(STAMPS)/python
	@command -v cargo >/dev/null || { echo "Rust 1.85 or newer is needed: https://rustup.rs"; exit 1; }
	@echo "Building the engine (about a minute on two cores)"
	$(call timed,build engine,maturin develop --release --uv --quiet > $(STAMPS)/engine.log 2>&1 || { cat $(STAMPS)/engine.log; exit 1; })
	@touch $@

# After the engine: both compile the same crates.
$(STAMPS)/processor: $(STAMPS)/engine
	@echo "Building the processor"
	$(call timed,build processor,cargo build --quiet --release --package chatwarden-processor > $(STAMPS)/processor.log 2>&1 || { cat $(STAMPS)/processor.log; exit 1; })
	@install target/release/chatwarden-processor .venv/bin/chatwarden-processor
	@touch $@

$(STAMPS)/node: dashboard/package-lock.json | $(STAMPS)/python
	@echo "Fetching the dashboard's packages"
	@cd dashboard && npm ci --no-fund --no-audit --no-progress --loglevel=error > /dev/null
	@touch $@

$(STAMPS)/dashboard: $(DASHBOARD) $(STAMPS)/node
	@echo "Building the dashboard"
	$(call timed,build dashboard,(cd dashboard && npm run --silent build) > $(STAMPS)/dashboard.log 2>&1 || { cat $(STAMPS)/dashboard.log; exit 1; })
	@touch $@

wheel: $(STAMPS)/engine $(STAMPS)/dashboard ## The package with engine and dashboard inside, into dist/
	@rm -rf dist
	@maturin build --release --quiet --out dist
	@ls dist/*.whl

image: ## The image of all services, as chatwarden
	DOCKER_BUILDKIT=1 docker build --file deploy/docker/Dockerfile --build-arg REVISION=$$(git rev-parse HEAD) --tag chatwarden .

verify: build ## Images, Compose and the switch between colours, on a real Docker engine where one can be had
	@deploy/verify/run

site: $(STAMPS)/python ## The documentation as a site, into dist/site
	@NO_MKDOCS_2_WARNING=1 mkdocs build --strict --quiet --site-dir dist/site

# What only a release needs.
rust:
	@command -v cargo > /dev/null || deploy/release/rust

publish: $(STAMPS)/python
	@deploy/release/publish

deploy:
	@deploy/release/deploy

check: build ## Static checks: format, lint, types, borders, stale generated files, licences
	black --quiet --check .
	ruff check --quiet .
	mypy
	lint-imports --no-cache
	cargo fmt --all --check
	rustfmt --check $(SIGNALS)
	cargo clippy --quiet --workspace --all-targets -- -D warnings
	cd dashboard && npm run --silent format:check && npm run --silent lint && npm run --silent check && npm run --silent size
	python contracts/generate.py --check
	python -m tests.support.licences
	shellcheck $(SCRIPTS)
	yamllint --strict .
	hadolint --failure-threshold warning $(DOCKERFILES)
	zizmor --offline --quiet .github
	deploy/check
	NO_MKDOCS_2_WARNING=1 mkdocs build --strict --quiet --site-dir $(STAMPS)/site

fmt: $(STAMPS)/node ## Format everything
	black --quiet .
	ruff check --quiet --fix .
	cargo fmt --all
	rustfmt $(SIGNALS)
	cd dashboard && npm run --silent format

generate: $(STAMPS)/engine $(STAMPS)/node ## Write everything that is generated from code
	python contracts/generate.py

test: build ## All tests: Rust, Python, dashboard, browser, kill -9 (real PostgreSQL started by itself)
	@: > $(STAMPS)/times
	$(call timed,test rust,cargo test --quiet --workspace)
	$(call timed,test python,$(PYTEST_SIDE_BY_SIDE) --cov --cov-report= tests/unit tests/contract tests/integration)
	$(call timed,test chaos,pytest --quiet tests/chaos)
	$(call timed,test coverage,(coverage combine --quiet --keep 2>/dev/null || true; coverage report --fail-under=80 | tail -n 4))
	$(call timed,test dashboard,(cd dashboard && npm run --silent test))
	$(call timed,test browser,$(MAKE) e2e)
	@echo "Times:"; cat $(STAMPS)/times

test-fast: build ## Tests without browser and kill -9
	cargo test --quiet --workspace
	$(PYTEST_SIDE_BY_SIDE) tests/unit tests/contract tests/integration
	cd dashboard && npm run --silent test

e2e: build ## Tests in a real browser over the real product
	@tests/e2e/run

screenshots: build ## The docs' pictures of every page, anew
	cd dashboard && npm run --silent screenshots

$(STAMPS)/lighthouse: dashboard/lighthouse/package-lock.json | $(STAMPS)/python
	@echo "Fetching Lighthouse"
	@cd dashboard/lighthouse && npm ci --ignore-scripts --no-progress --loglevel=error > /dev/null
	@touch $@

lighthouse: build $(STAMPS)/lighthouse ## Lighthouse over every page with a year's outcomes (PAGES="feed policy": over these)
	cd dashboard && npm run --silent lighthouse -- $(PAGES)

bench: build ## Benchmarks, short form; results into bench/records
	chatwarden bench engine --record bench/records

clean: ## Remove everything built
	rm -rf .venv target dist $(STAMPS) dashboard/node_modules dashboard/.svelte-kit src/chatwarden/api/static src/chatwarden/*.so
