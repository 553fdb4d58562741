# The two commands of the README are `make demo` and `make test`. Everything else is for developers.
PYTHON ?= $(shell command -v python3.11 || command -v python3)
VENV ?= .venv
# Extras of pyproject.toml. Without `ray` the tests of a cluster are skipped by name.
EXTRAS ?= encoder,dev
BIN = $(VENV)/bin
PYTEST = $(BIN)/python -m pytest -c pyproject.toml --rootdir=tests --import-mode=importlib
INSTALLED = $(VENV)/.installed

.DEFAULT_GOAL := help
.PHONY: help install demo test lint check-wheel test-lowest test-newest default-model reports clean

help:
	@echo "make demo           install, classify the examples and compare them, say where the results are"
	@echo "make test           install and run the tests"
	@echo "make lint           ruff and mypy"
	@echo "make check-wheel    build the wheel, install it elsewhere, classify with it"
	@echo "make test-lowest    the tests with the lowest versions that pyproject.toml admits"
	@echo "make test-newest    the tests with the newest versions"
	@echo "make reports        evaluate and audit the shipped model into docs/reports"
	@echo "make default-model  train the shipped model anew and its teacher (about three hours on a CPU)"

install: $(INSTALLED)

# torch is pinned first and alone: a plain `torch` would bring gigabytes of CUDA on a machine without a GPU.
$(INSTALLED): pyproject.toml constraints/locked.txt
	@echo "installing into $(VENV): about two minutes the first time"
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --upgrade pip
	$(BIN)/python -m pip install --quiet --constraint constraints/locked.txt torch
	$(BIN)/python -m pip install --quiet --constraint constraints/locked.txt --editable '.[$(EXTRAS)]'
	touch $@

demo: $(INSTALLED)
	mkdir -p demo
	$(BIN)/counterframe classify examples/releases --out demo/reading.html --out demo/results.jsonl > demo/summary.txt
	@echo >> demo/summary.txt
	$(BIN)/counterframe compare examples/events/scarol-road --by publisher --out demo/comparison.html --out demo/comparison.csv >> demo/summary.txt
	@cat demo/summary.txt
	@echo
	@echo "Open in a browser:  demo/comparison.html  (four publishers on one event; docs/reading-a-comparison.md)"
	@echo "                    demo/reading.html     (the annotated texts)"
	@echo "Results:            demo/results.jsonl, demo/comparison.csv"
	@echo "Summary:            demo/summary.txt"

test: $(INSTALLED)
	$(PYTEST) tests

# mypy sees the repository root as the package through a link.
lint: $(INSTALLED)
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	mkdir -p .build && ln -sfn .. .build/counterframe
	MYPYPATH=.build $(BIN)/mypy -p counterframe --exclude '/(tests|benchmarks|scripts)/'

check-wheel: $(INSTALLED)
	sh scripts/check_wheel.sh $(BIN)/python

test-lowest:
	mkdir -p .build && $(PYTHON) scripts/bounds.py lowest > .build/lowest.txt
	rm -rf .venv-lowest
	$(MAKE) bounds-test VENV=.venv-lowest CONSTRAINTS=.build/lowest.txt

test-newest:
	rm -rf .venv-newest
	$(MAKE) bounds-test VENV=.venv-newest CONSTRAINTS=constraints/torch.txt

.PHONY: bounds-test
bounds-test:
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --upgrade pip
	$(BIN)/python -m pip install --quiet --constraint $(CONSTRAINTS) torch
	$(BIN)/python -m pip install --quiet --upgrade --constraint $(CONSTRAINTS) --editable '.[encoder,dev]'
	$(PYTEST) tests

default-model: $(INSTALLED)
	$(BIN)/python scripts/default_model.py

reports: $(INSTALLED)
	$(BIN)/python scripts/reports.py

clean:
	rm -rf $(VENV) .venv-lowest .venv-newest .build build dist demo *.egg-info
