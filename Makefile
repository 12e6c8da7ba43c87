# `serve`, `test` and `check` install what they need into .venv first.
PYTHON ?= $(shell command -v python3.11 || command -v python3)
VENV := .venv
BIN := $(VENV)/bin
SERVE_STAMP := $(VENV)/.installed-serve
DEV_STAMP := $(VENV)/.installed-dev
INSTALL := $(BIN)/pip install --quiet --disable-pip-version-check --constraint requirements.lock

.DEFAULT_GOAL := help
.PHONY: help install serve test e2e soak check bench lock clean

help: ## Show this help
	@awk -F ':.*## ' '/^[a-z0-9-]+:.*## / { printf "  make %-10s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

install: $(DEV_STAMP) ## Install everything, development tools included, into .venv

serve: $(SERVE_STAMP) ## Serve on port 5000: API, engine and database in one process
	@$(BIN)/predictor serve

test: $(DEV_STAMP) ## Run the unit tests with their coverage gate, then the tests with the model and end to end
	$(BIN)/pytest tests/unit --cov
	$(BIN)/pytest tests/model tests/integration tests/e2e

e2e: $(DEV_STAMP) ## Run the end-to-end tests, against the deployment at E2E_BASE_URL where it is set
	$(BIN)/pytest tests/e2e

soak: $(DEV_STAMP) ## Kill, freeze and cut everything, and count what was lost; SOAK="storm --long" chooses
	$(BIN)/python -m soak $(SOAK)

check: $(DEV_STAMP) ## Check format, lint, types, import contracts, Compose files and workflows
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/check-jsonschema --builtin-schema vendor.compose-spec $(wildcard deploy/compose*.yaml)
	$(BIN)/check-jsonschema --builtin-schema vendor.github-workflows $(wildcard .github/workflows/*.yml)

bench: $(DEV_STAMP) ## Measure engine agreement on the pictures in BENCH_IMAGES=folder
	$(BIN)/python -m benchmarks.agreement $(BENCH_IMAGES)

lock: $(DEV_STAMP) ## Write requirements.lock from what is installed
	$(BIN)/pip freeze --exclude-editable | sed 's/+cpu$$//' > requirements.lock

clean: ## Remove .venv and every cache
	rm -rf $(VENV) .mypy_cache .pytest_cache .ruff_cache .import_linter_cache .coverage htmlcov dist build
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

$(BIN)/pip:
	$(PYTHON) -m venv $(VENV)

$(SERVE_STAMP): pyproject.toml requirements.lock | $(BIN)/pip
	$(INSTALL) --editable .
	@touch $@

$(DEV_STAMP): pyproject.toml requirements.lock | $(BIN)/pip
	$(INSTALL) --editable '.[dev]'
	@touch $@ $(SERVE_STAMP)
