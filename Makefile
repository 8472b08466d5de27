# How the project is checked and built. `make` alone lists the targets.

SHELL := bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help
.PHONY: help test lint generate validate fuzz build stories package roles readme release-check bench bench-start cost recipes rust browser jq

CPU ?= arm64
TOOLS := .venv/.made
CLIENTS := tests/clients/node_modules/.made
APT := $(if $(filter 0,$(shell id -u)),,sudo) env DEBIAN_FRONTEND=noninteractive apt-get -qq
export PATH := $(CURDIR)/.venv/bin:$(PATH)
export AWS_DEFAULT_REGION ?= eu-central-1
export SAM_CLI_TELEMETRY := 0

help: ## List the targets
	@awk -F ':[^#]*## ' '/^[a-z-]+:.*## / { printf "  make %-12s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

test: lint validate $(CLIENTS) browser jq ## Install what is missing and check everything
	@echo "== tests"
	@rm -rf target/calls
	@cargo test --quiet --workspace --tests
	@echo "== recipes"
	@python checks/run-recipes.py
	@echo "== roles"
	@python checks/check-roles.py target/calls --without-secrets

lint: rust ## Check the format and the lints of the Rust code, that modules import each other in one direction, and that paths lead somewhere
	@echo "== modules and paths"
	@python3 checks/circles.py
	@python3 checks/paths.py
	@echo "== format"
	@cargo fmt --all --check
	@echo "== clippy"
	@cargo clippy --quiet --workspace --all-targets -- -D warnings

generate: rust ## Write what is made of the operations: the OpenAPI document, the template's events, the table of docs/use/api.md
	@cargo run --quiet --package generate

validate: $(TOOLS) ## Check template.yaml as SAM reads it and as it deploys, and the OpenAPI document
	@echo "== template"
	@sam validate --lint --template template.yaml
	@python checks/lint-template.py template.yaml
	@python checks/cost.py --check
	@openapi-spec-validator functions/poll/src/openapi.json

recipes: rust $(TOOLS) jq ## Run the examples of docs/use and of the README's first minute as pasted
	@cargo build --quiet --workspace
	@python checks/run-recipes.py

fuzz: export EXAMPLES ?= 15
fuzz: rust $(TOOLS) ## Ask a local host everything that the OpenAPI document allows, and what it does not; SEED=1, EXAMPLES=40
	@checks/fuzz-api.sh $(SEED)

build stories package bench-start: export RUSTFLAGS := -C link-arg=-Wl,-T,$(CURDIR)/functions/no-unwind.ld
# SAM builds one function after the other, and most of that is linking: cargo links as many at once as there are processors, and SAM finds
# them done. Not `relay`, which has a feature of a library that the others do without.
ALL_AT_ONCE := cargo lambda build --quiet --release --workspace --exclude relay --exclude local --exclude standins --exclude tests \
	--exclude bench --exclude bare --exclude generate
# The processor of this machine, as SAM and as cargo-lambda spell it.
HERE := $(subst aarch64,arm64,$(shell uname -m))
STORIES = env -u RUSTFLAGS COUNTERSIGN_PACKAGE=$(CURDIR)/.aws-sam/$(1) \
	cargo test --quiet --workspace --test all release:: -- --ignored

build: rust $(TOOLS) ## Build the functions for Lambda; CPU=x86_64 for the other processor
	@rustup target add $(CPU:arm64=aarch64)-unknown-linux-gnu
	@$(ALL_AT_ONCE) --$(subst _,-,$(CPU))
	@sam build --parameter-overrides Architecture=$(CPU)

# Without link-time optimization, which takes two minutes of a processor for each function: larger, and otherwise the same programs.
stories: export CARGO_PROFILE_RELEASE_LTO := off
stories: export CARGO_PROFILE_RELEASE_CODEGEN_UNITS := 16
stories: rust $(TOOLS) ## Build the functions for this machine's processor, linked quickly, and run them as Lambda does
	@rustup target add $(HERE:arm64=aarch64)-unknown-linux-gnu
	@echo "== functions for $(HERE)"
	@$(ALL_AT_ONCE) --$(subst _,-,$(HERE))
	@sam build --parameter-overrides Architecture=$(HERE) --build-dir .aws-sam/stories >/dev/null
	@echo "== the functions behind the Runtime API"
	@$(call STORIES,stories)

package: rust $(TOOLS) ## Build the functions for both processors, weigh them, and run them as Lambda does
	@rustup target add aarch64-unknown-linux-gnu x86_64-unknown-linux-gnu
	@for cpu in arm64 x86_64; do \
		echo "== functions for $$cpu"; \
		$(ALL_AT_ONCE) --$${cpu/_/-}; \
		sam build --parameter-overrides Architecture=$$cpu --build-dir .aws-sam/$$cpu >/dev/null; \
	done
	@echo "== their sizes"
	@python checks/weigh.py .aws-sam/arm64 .aws-sam/x86_64
	@echo "== the functions behind the Runtime API"
	@$(call STORIES,$(HERE))

roles: $(TOOLS) ## Hold the functions' roles to all that `make test` and `make stories` saw them call
	@echo "== roles"
	@python checks/check-roles.py target/calls

readme: $(TOOLS) ## Run what README.md says under "On AWS", as written, but for what needs an account
	@python checks/run-readme.py

release-check: export COUNTERSIGN_ALL_ROUNDS := 1
release-check: ## Before a release: every round of each journey, both processors, the whole fuzzing, ten minutes of mixed load
	@$(MAKE) test package roles readme
	@$(MAKE) fuzz EXAMPLES=40
	@$(MAKE) bench BENCH="--scenes soak --seconds 600"

bench: rust ## Measure the local host, and what an approval costs; BENCH="--seconds 10" and the like
	@cargo run --quiet --profile host --package bench -- $(BENCH)

bench-start: rust $(TOOLS) bench/node/node_modules/.made ## Measure how the functions start, beside Node and Lambda's library alone
	@command -v valgrind >/dev/null || { $(APT) update && $(APT) install -y valgrind; }
	@$(ALL_AT_ONCE) --lambda-dir target/start
	@cargo lambda build --quiet --release --package relay --package bare --lambda-dir target/start
	@env -u RUSTFLAGS cargo run --quiet --profile host --package bench -- --scenes start --package target/start

cost: ## Make docs/run/cost.md of docs/run/ledger.json and checks/prices.json
	@python3 checks/cost.py

# A C compiler for SQLite and ring, and cargo's two checkers.
rust:
	@command -v cc >/dev/null || { $(APT) update && $(APT) install -y build-essential; }
	@cargo fmt --version >/dev/null 2>&1 && cargo clippy --version >/dev/null 2>&1 || rustup component add rustfmt clippy

# What the recipes read answers with.
jq:
	@command -v jq >/dev/null && command -v curl >/dev/null || { $(APT) update && $(APT) install -y curl jq; }

# Chromium, and what drives it.
browser:
	@command -v chromedriver >/dev/null && command -v chromium >/dev/null || \
		{ $(APT) update && $(APT) install -y --no-install-recommends chromium chromium-driver fonts-dejavu-core; }

$(CLIENTS) bench/node/node_modules/.made: %/node_modules/.made: %/package-lock.json
	@echo "== installing what $* uses from npm"
	@command -v npm >/dev/null || { $(APT) update && $(APT) install -y nodejs npm; }
	@npm ci --silent --prefix $*
	@touch $@

$(TOOLS): requirements-dev.txt
	@echo "== installing the tools of $< into .venv"
	@python3 -c 'import ensurepip' 2>/dev/null || { $(APT) update && $(APT) install -y python3-venv; }
	@python3 -m venv --clear .venv
	@.venv/bin/pip install --quiet --disable-pip-version-check --requirement $<
	@touch $@
