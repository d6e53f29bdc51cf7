# make demo    set up, generate every embedded target, show the result and explain a device
# make check   set up, and run all tests and checks
# make check-pythons
#              run the tests with every Python from 3.10 to 3.13 that is installed
# make bench QEMU_TREE=~/qemu
#              measure kgen against that checkout's own program; with STANDARD_TREE=~/u-boot, a
#              tree of standard Kconfig with a kgen.toml, against Kconfiglib
# make conformance QEMU_TREE=~/qemu
#              compare kgen with that checkout's own program on random trees
# make check-lowest
#              run the tests with the lowest versions that pyproject.toml allows, on the lowest
#              Python; TESTS="..." names some of them
# make fuzz    random input for every reader, KGEN_FUZZ (default: 2000) texts each,
#              and KGEN_EXAMPLES (default: 10000) trees of standard Kconfig, against Kconfiglib
# make clean   remove everything that these commands create

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
# Packages as old as these are built for Python 3.11 alone.
LOWEST := .venv-lowest
LOWEST_PYTHON ?= $(shell python3.11 -c 'import venv, ensurepip' 2>/dev/null && echo python3.11 || echo $(PYTHON))
TESTS ?=
BROWSERS := $(KGEN_CHROMIUM) chromium chromium-browser google-chrome-stable google-chrome chrome

.PHONY: demo check check-lowest check-pythons bench conformance fuzz clean

demo: $(VENV)/.run
	$(BIN)/kgen generate -o build/demo --template templates/virtio-table.txt.j2
	@cat build/demo/virtio-table.txt
	$(BIN)/kgen devices virtio-mem-pci
	$(BIN)/kgen why virtio-mem-pci -t e2k

check: $(VENV)/.test
	$(BIN)/ruff check
	$(BIN)/ruff format --check
	$(BIN)/mypy
	$(BIN)/python -m pytest -n auto -q

check-lowest: $(LOWEST)/.test
	$(LOWEST)/bin/python -m pytest -n auto -q $(TESTS)

check-pythons: $(VENV)/.test
	$(BIN)/python -m pip install --quiet --disable-pip-version-check 'nox>=2024.4'
	$(BIN)/nox --no-error-on-missing-interpreters -- $(TESTS)

bench: $(VENV)/.test
	@if test -n "$(STANDARD_TREE)"; then \
	  $(BIN)/python tests/programs/bench_standard.py "$(STANDARD_TREE)"; \
	else QEMU_TREE="$(QEMU_TREE)" $(BIN)/python tests/programs/bench.py; fi

conformance: $(VENV)/.test
	@test -n "$(QEMU_TREE)" || { echo "name a checkout: make conformance QEMU_TREE=~/qemu" >&2; exit 2; }
	$(BIN)/python tests/programs/conformance.py "$(QEMU_TREE)"

fuzz: $(VENV)/.test
	KGEN_FUZZ="$${KGEN_FUZZ:-2000}" $(BIN)/python -m pytest -n auto -q tests/shared/fuzz.py
	KGEN_EXAMPLES="$${KGEN_EXAMPLES:-10000}" $(BIN)/python -m pytest -n auto -q \
	  tests/standard/test_against_kconfiglib.py

clean:
	rm -rf $(VENV) $(LOWEST) build dist gen .mypy_cache .pytest_cache .ruff_cache .hypothesis .nox

$(VENV)/.base:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 10))' || \
	  { echo "kgen needs Python 3.10 or newer (Debian package: python3)" >&2; exit 1; }
	@$(PYTHON) -c 'import venv, ensurepip' 2>/dev/null || \
	  { echo "Python's venv module is missing (Debian package: python3-venv)" >&2; exit 1; }
	$(PYTHON) -m venv $(VENV)
	@touch $@

$(VENV)/.run: $(VENV)/.base pyproject.toml
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --editable '.[solve]'
	@$(BIN)/python -m compileall -q kgen
	@touch $@

$(VENV)/.test: $(VENV)/.base pyproject.toml
	@for tool in cc git; do command -v $$tool >/dev/null || \
	  { echo "the tests need $$tool (Debian packages: gcc, git)" >&2; exit 1; }; done
	@for tool in $(BROWSERS); do command -v "$$tool" >/dev/null && exit 0; done; \
	  echo "no browser: the tests of the report are skipped (Debian package: chromium)" >&2
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --editable '.[test]'
	@$(BIN)/python -m compileall -q kgen
	@touch $@ $(VENV)/.run

$(LOWEST)/.test: pyproject.toml tests/lowest.txt
	@$(LOWEST_PYTHON) -c 'import sys; sys.exit(sys.version_info[:2] != (3, 11))' || \
	  { echo "the lowest versions need Python 3.11: LOWEST_PYTHON=..." >&2; exit 1; }
	$(LOWEST_PYTHON) -m venv --clear $(LOWEST)
	$(LOWEST)/bin/python -m pip install --quiet --disable-pip-version-check \
	  --constraint tests/lowest.txt --editable '.[test]'
	@touch $@
