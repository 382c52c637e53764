# Everything sets itself up: a fresh machine needs Python 3.11+ and make.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
STAMP := $(VENV)/.ready

.PHONY: setup run test bench demo check reading-report clean

setup: $(STAMP)

$(STAMP): pyproject.toml
	$(PYTHON) -c 'import sys; sys.exit("Sổ Xanh needs Python 3.11 or newer; this is " + sys.version.split()[0]) if sys.version_info < (3, 11) else None'
	test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --upgrade pip
	$(BIN)/python -m pip install --quiet --editable . --group dev
	touch $(STAMP)

run: setup
	$(BIN)/soxanh run

demo: setup
	$(BIN)/soxanh demo

# The browser, its fonts and PostgreSQL are part of the proof: with CI=true whatever is missing is installed.
test: setup
	$(BIN)/python -m tests.machine
	$(MAKE) --no-print-directory check
	$(BIN)/python -m pytest --numprocesses=2 --dist=loadfile

# The gates that need no test run: format, lint, types.
check: setup
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy

$(VENV)/.bench: $(STAMP)
	$(BIN)/python -m pip install --quiet --group bench
	touch $(VENV)/.bench

bench: setup $(VENV)/.bench
	$(BIN)/python -m benchmarks

reading-report: setup
	$(BIN)/python -m bot.reading.report

clean:
	rm -rf $(VENV) .mypy_cache .ruff_cache .pytest_cache .hypothesis build *.egg-info
