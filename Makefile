# `make chat` and `make test` need Python 3.11 or newer and make; everything else is installed into .venv.
PYTHON ?= python3
TORCH ?= cpu
LLM ?= auto
PALATE_HOME ?= $(HOME)/.palate
export PALATE_HOME

VENV := .venv
BIN := $(VENV)/bin
READY := $(VENV)/.ready
CONSTRAINTS := constraints.txt

.PHONY: help chat build-once build test test-slow clean

help:
	@echo "make chat        set up, build the demo catalogue the first time, open the chat page"
	@echo "make chat LLM=none   the same without the 1.1 GB local language model"
	@echo "make test        set up and run the whole gate: ruff, mypy, tests, README commands"
	@echo "make test-slow   the exhaustive tests: real models, a real browser"
	@echo "make build       build the demo catalogue again"

chat: build-once
	$(BIN)/palate chat --llm $(LLM)

build-once: $(READY)
	@test -f "$(PALATE_HOME)/artifacts/demo/current" || $(BIN)/palate build

build: $(READY)
	$(BIN)/palate build

test: $(READY)
	$(BIN)/palate assets fetch minilm
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/pytest -m "not slow"

test-slow: $(READY)
	$(BIN)/palate assets fetch minilm
	$(BIN)/palate assets fetch smollm2
	$(BIN)/pytest -m slow

$(READY): pyproject.toml $(CONSTRAINTS)
	$(PYTHON) -c "import sys; sys.exit('palate needs Python 3.11 or newer') if sys.version_info < (3, 11) else None"
	test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	$(BIN)/python install_torch.py $(TORCH)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -c $(CONSTRAINTS) -e '.[local,dev]'
	touch $(READY)

clean:
	rm -rf $(VENV) build *.egg-info
