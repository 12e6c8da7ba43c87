# `serve`, `test` and `check` install what they need into .venv first.
PYTHON ?= $(shell command -v python3.11 || command -v python3)
VENV := .venv
PEERS := .venv-peers
FLOORS := .venv-floors
BIN := $(VENV)/bin
SERVE_STAMP := $(VENV)/.installed-serve
DEV_STAMP := $(VENV)/.installed-dev
# The theme's makers warn of MkDocs 2, which the lock files keep away.
MKDOCS := NO_MKDOCS_2_WARNING=1 $(BIN)/mkdocs
PIP_INSTALL := $(BIN)/pip install --quiet --disable-pip-version-check --no-deps
INSTALL := $(PIP_INSTALL) --require-hashes
LOCKS := $(wildcard requirements/*.lock)
# `cpu` takes PyTorch's build without CUDA from PyTorch's own index; otherwise pip takes what its indexes have.
TORCH ?=

.DEFAULT_GOAL := help
.PHONY: help install serve test e2e soak check docs bench bench-peers lock floors sbom audit clean

help: ## Show this help
	@awk -F ':.*## ' '/^[a-z0-9-]+:.*## / { printf "  make %-11s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

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

check: $(DEV_STAMP) ## Check format, lint, types, import contracts, Compose files, workflows and documentation
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/check-jsonschema --builtin-schema vendor.compose-spec $(wildcard deploy/compose*.yaml)
	$(BIN)/check-jsonschema --builtin-schema vendor.github-workflows $(wildcard .github/workflows/*.yml)
	$(BIN)/check-jsonschema --builtin-schema vendor.dependabot .github/dependabot.yml
	$(MKDOCS) build --quiet

docs: $(DEV_STAMP) ## Build the documentation into site/; any warning, such as a dead link, is an error
	$(MKDOCS) build

bench: $(DEV_STAMP) ## Measure everything, in about 12 minutes; BENCH_IMAGES=folder, BENCH="accept --quick" chooses
	$(BIN)/python -m benchmarks $(BENCH) $(if $(BENCH_IMAGES),--images $(BENCH_IMAGES))

# In a virtual environment of its own: what it installs must not touch ours. Without it, the table says so.
bench-peers: $(DEV_STAMP) ## Measure LitServe beside the system, with the same model and engine
	-test -x $(PEERS)/bin/python || $(PYTHON) -m venv $(PEERS)
	grep -h '^[a-z]' requirements/runtime.lock | tr -d '\\' > $(PEERS)/constraints.txt
	-$(PEERS)/bin/pip install --quiet --disable-pip-version-check --constraint $(PEERS)/constraints.txt \
	  'litserve==0.2.*' onnxruntime pillow numpy pybase64 uvloop httptools
	$(BIN)/python -m benchmarks limit embedded production litserve $(BENCH) $(if $(BENCH_IMAGES),--images $(BENCH_IMAGES))

lock: $(DEV_STAMP) ## Write the lock files from pyproject.toml; UPGRADE=--upgrade takes newer versions
	PATH=$(CURDIR)/$(BIN):$$PATH $(BIN)/python requirements/lock.py $(UPGRADE)

# The unit tests need no torch, which is the same in all of them: its files are larger than all others together.
floors: $(DEV_STAMP) ## Run the unit tests with the lowest versions that pyproject.toml allows, in .venv-floors
	$(BIN)/uv venv --quiet --clear --python $(BIN)/python $(FLOORS)
	$(BIN)/uv pip compile --quiet --python-version 3.11.5 --resolution lowest-direct --extra dev --no-header --no-annotate \
	  pyproject.toml | grep --invert-match --extended-regexp '^(torch|triton|nvidia-.*|cuda-.*)==' > $(FLOORS)/lowest.txt
	$(BIN)/uv pip install --quiet --python $(FLOORS) --no-deps --requirement $(FLOORS)/lowest.txt --editable .
	$(FLOORS)/bin/pytest tests/unit

sbom: $(DEV_STAMP) ## Write the bill of materials, build/sbom.cdx.json (CycloneDX), from the lock files
	mkdir -p build
	cat requirements/runtime.lock requirements/torch.lock | PYTHONWARNINGS=ignore $(BIN)/cyclonedx-py requirements \
	  --pyproject pyproject.toml --output-reproducible --output-file build/sbom.cdx.json -

audit: $(DEV_STAMP) ## Look for known vulnerabilities of what is locked; AUDIT=required fails without an answer
	$(BIN)/python requirements/audit.py

clean: ## Remove .venv and every cache
	rm -rf $(VENV) $(PEERS) $(FLOORS) .mypy_cache .pytest_cache .ruff_cache .import_linter_cache .coverage htmlcov dist build site
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

$(BIN)/pip:
	$(PYTHON) -m venv $(VENV)

# Only what the lock files name and whose hash they have, the build backend included; then the project itself.
$(SERVE_STAMP): pyproject.toml $(LOCKS) | $(BIN)/pip
	$(INSTALL) --requirement requirements/build.lock
	$(INSTALL) --requirement requirements/runtime.lock
ifeq ($(TORCH),cpu)
	$(BIN)/uv pip install --quiet --python $(VENV) --torch-backend cpu --no-deps --require-hashes \
	  --requirement requirements/torch-cpu.lock
endif
	$(INSTALL) --requirement requirements/torch.lock
	! $(BIN)/pip show torch | grep --quiet '^Requires:.*triton' || $(INSTALL) --requirement requirements/cuda.lock
	$(PIP_INSTALL) --no-build-isolation --editable .
	$(BIN)/pip check
	@touch $@

$(DEV_STAMP): $(SERVE_STAMP)
	$(INSTALL) --requirement requirements/dev.lock
	@touch $@
