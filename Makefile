# Two commands do all the set-up on a fresh machine (Python 3.11 or later, gcc, make):
#   make demo   runs the main job on real data
#   make test   runs every test
PYTHON ?= $(shell command -v python3.11 || command -v python3)
VENV ?= .venv
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip --disable-pip-version-check

.PHONY: demo test lint docs format clean
.DELETE_ON_ERROR:

$(VENV)/installed: pyproject.toml CMakeLists.txt $(wildcard solvers/native/*)
	$(PYTHON) -m venv $(VENV)
	$(PIP) install --quiet --no-compile --editable .
	@touch $@

$(VENV)/installed-dev: $(VENV)/installed
	$(PIP) install --quiet --no-compile --editable ".[test,dev]"
	@touch $@

$(VENV)/installed-docs: $(VENV)/installed
	$(PIP) install --quiet --no-compile --editable ".[docs]"
	@touch $@

demo: $(VENV)/installed
	$(BIN)/riskslim demo

test: $(VENV)/installed-dev
	$(BIN)/python -m pytest -n auto --dist loadfile $(PYTEST_ARGS)

# The type checker sees the three folders as they are installed: one package.
build/typecheck: Makefile
	@mkdir -p $@/riskslim
	@for entry in riskslim/*; do ln -sfn ../../../$$entry $@/riskslim/; done
	@ln -sfn ../../../solvers $@/riskslim/solvers
	@ln -sfn ../../../cli $@/riskslim/cli

lint: $(VENV)/installed-dev
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	@rm -rf build/typecheck && $(MAKE) --no-print-directory build/typecheck
	cd build/typecheck && ../../$(BIN)/mypy --config-file ../../pyproject.toml -p riskslim
	cd benchmarks && MYPYPATH=../build/typecheck:. ../$(BIN)/mypy --config-file ../pyproject.toml .

# The site is then in build/docs; a warning is an error.
docs: $(VENV)/installed-docs
	NO_MKDOCS_2_WARNING=1 $(BIN)/python -m mkdocs build --quiet --strict

format: $(VENV)/installed-dev
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

clean:
	rm -rf $(VENV) build dist .pytest_cache .mypy_cache .ruff_cache .hypothesis
