# Needs Python 3.10 or newer, make and the package registry, nothing else.
# Another interpreter: make test PYTHON=python3.12

PYTHON ?= python3
# Processes that run the tests, a file of them at a time.
JOBS ?= 2
VENV := .venv
BIN := $(VENV)/bin
PIP_INSTALL := $(BIN)/python -m pip install --quiet --disable-pip-version-check
# One stamp for each kind of install: it is newer than pyproject.toml while the install is up to date.
LIGHT := $(VENV)/light.stamp
FULL := $(VENV)/full.stamp
# Whether the system has a browser, in which the page of the server is tested.
BROWSER := command -v chromium || command -v chromium-browser || command -v google-chrome || command -v microsoft-edge

.DEFAULT_GOAL := help
.PHONY: help scan test lint clean gpu-kit

help: ## show these commands
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "make %-7s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

scan: $(LIGHT) ## read samples/ into build/samples/ (light install)
	$(BIN)/python cli.py scan samples -o build/samples
	@echo "Results: $(CURDIR)/build/samples (NAME.txt the text, NAME.json lines, words and boxes)"

test: $(FULL) ## run all tests (full install)
	$(BIN)/python -m pytest -q -n $(JOBS) --dist loadfile

lint: $(FULL) ## check style, format and types
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

gpu-kit: $(FULL) ## pack what a GPU without a network needs to train; KIT="--text DIR --fonts DIR", see docs/training.md
	$(BIN)/python tools/make_gpu_kit.py $(KIT)

clean: ## remove the environment and everything built; runs/ stays
	rm -rf $(VENV) build dist .pytest_cache .mypy_cache .ruff_cache .hypothesis

$(LIGHT): pyproject.toml $(VENV)/pyvenv.cfg
	@echo "Installing what reading needs into $(VENV)"
	$(PIP_INSTALL) --editable .
	@touch $@

$(FULL): pyproject.toml $(VENV)/pyvenv.cfg
	@echo "Installing what reading, training and testing need into $(VENV) (about 3 GB)"
	$(PIP_INSTALL) --editable '.[train,heif,dev]'
	@{ $(BROWSER); } >/dev/null || $(BIN)/python -m playwright install chromium-headless-shell >/dev/null 2>&1 || \
		echo "No browser is here, and none can be fetched: the tests of the server's page are left out." \
			"Install Chromium (Debian, Ubuntu: apt-get install chromium)."
	@touch $(LIGHT) $@

$(VENV)/pyvenv.cfg:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 10))' 2>/dev/null || \
		{ echo "'$(PYTHON)' is not Python 3.10 or newer. Name one that is: make $(MAKECMDGOALS) PYTHON=python3.12" >&2; exit 1; }
	@$(PYTHON) -c 'import ensurepip, venv' 2>/dev/null || \
		{ echo "'$(PYTHON)' comes without venv. Install it (Debian, Ubuntu: the package python3-venv)" \
			"or name another Python: make $(MAKECMDGOALS) PYTHON=python3.12" >&2; exit 1; }
	$(PYTHON) -m venv --clear $(VENV)
