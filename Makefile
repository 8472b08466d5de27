# How the project is checked and built. `make` alone lists the targets.

SHELL := bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help
.PHONY: help test lint validate fuzz build bench rust browser

ENV ?= dev
TOOLS := .venv/.made
CLIENTS := tests/clients/node_modules/.made
APT := $(if $(filter 0,$(shell id -u)),,sudo) env DEBIAN_FRONTEND=noninteractive apt-get -qq
export PATH := $(CURDIR)/.venv/bin:$(PATH)
export AWS_DEFAULT_REGION ?= eu-central-1
export SAM_CLI_TELEMETRY := 0

help: ## List the targets
	@awk -F ':[^#]*## ' '/^[a-z]+:.*## / { printf "  make %-9s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

test: lint validate $(CLIENTS) browser ## Install what is missing and check everything
	@echo "== tests"
	@cargo test --quiet --workspace

lint: rust ## Check the format and the lints of the Rust code
	@echo "== format"
	@cargo fmt --all --check
	@echo "== clippy"
	@cargo clippy --quiet --workspace --all-targets -- -D warnings

validate: $(TOOLS) ## Check template.yaml as SAM reads it and as it deploys, and the OpenAPI document
	@echo "== template"
	@sam validate --lint --template template.yaml
	@python infra/lint-template.py template.yaml
	@openapi-spec-validator functions/poll/src/openapi.json

fuzz: rust $(TOOLS) ## Ask a local host everything that the OpenAPI document allows, and what it does not; SEED=1 and the like
	@infra/fuzz-api.sh $(SEED)

build: rust $(TOOLS) ## Build the functions for Lambda
	@rustup target add aarch64-unknown-linux-gnu
	@sam build --config-env $(ENV)

bench: rust ## Measure the local host, and what an approval costs; BENCH="--seconds 10" and the like
	@cargo run --quiet --release --package bench -- $(BENCH)

# A C compiler for SQLite and ring, and cargo's two checkers.
rust:
	@command -v cc >/dev/null || { $(APT) update && $(APT) install -y build-essential; }
	@cargo fmt --version >/dev/null 2>&1 && cargo clippy --version >/dev/null 2>&1 || rustup component add rustfmt clippy

# Chromium, and what drives it.
browser:
	@command -v chromedriver >/dev/null && command -v chromium >/dev/null || \
		{ $(APT) update && $(APT) install -y --no-install-recommends chromium chromium-driver fonts-dejavu-core; }

$(CLIENTS): tests/clients/package-lock.json
	@echo "== installing what the tests use from npm"
	@command -v npm >/dev/null || { $(APT) update && $(APT) install -y nodejs npm; }
	@npm ci --silent --prefix tests/clients
	@touch $@

$(TOOLS): requirements-dev.txt
	@echo "== installing the tools of $< into .venv"
	@python3 -c 'import ensurepip' 2>/dev/null || { $(APT) update && $(APT) install -y python3-venv; }
	@python3 -m venv --clear .venv
	@.venv/bin/pip install --quiet --disable-pip-version-check --requirement $<
	@touch $@
