# make demo   load the example, ask it in Cypher and in SPARQL, draw it
# make test   install what the tests need and run them all
# make check  style, types, import structure, generated documents
# make audit  ask the advisory database of PyPI about every locked version
# make bench  load and query a million facts beside plain DuckDB, Ladybug and Oxigraph

PYTHON ?= python3
# so many tests run side by side; each of these starts its own servers
JOBS ?= 2
VENV ?= .venv
BIN := $(VENV)/bin
DEMO := $(VENV)/demo.kg

.PHONY: demo test check docs format bench lock audit clean

demo: $(VENV)/.installed
	@rm -rf $(DEMO)
	$(BIN)/kg load examples/missile-shield-2009.csv --kg $(DEMO)
	@echo; echo "What happened on 18 September 2009, in Cypher:"
	$(BIN)/kg ask facts-at --param at=2009-09-18 --kg $(DEMO)
	@echo; echo "The same in SPARQL:"
	$(BIN)/kg ask facts-at --param at=2009-09-18 --language sparql --kg $(DEMO)
	@echo; $(BIN)/kg export demo.html --title "The missile shield, 2008-2009" --kg $(DEMO)

test: $(VENV)/.installed-dev
	$(BIN)/python -m pytest -n $(JOBS) --dist loadfile

check: $(VENV)/.installed-dev
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/python scripts/make_docs.py --check
	$(BIN)/python scripts/make_actors.py --check

docs: $(VENV)/.installed-dev
	$(BIN)/python scripts/make_docs.py

format: $(VENV)/.installed-dev
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

bench: $(VENV)/.installed-dev
	$(BIN)/python bench/load.py

# The locks name versions and hashes only; where packages come from is pip's business.
lock: $(VENV)/.installed-dev
	$(BIN)/python -m piptools compile --quiet --generate-hashes --no-emit-index-url --no-emit-trusted-host --no-emit-find-links --strip-extras --output-file requirements.lock pyproject.toml
	$(BIN)/python -m piptools compile --quiet --generate-hashes --no-emit-index-url --no-emit-trusted-host --no-emit-find-links --strip-extras --allow-unsafe --extra dev --output-file requirements-dev.lock pyproject.toml

# In an environment of its own, so that what it needs is not in the locks; a package that can't be asked about is a failure.
audit: $(VENV)/bin/python
	$(BIN)/python -m venv $(VENV)/audit
	$(VENV)/audit/bin/pip install --quiet --disable-pip-version-check pip-audit
	$(VENV)/audit/bin/pip-audit --strict --disable-pip --require-hashes -r requirements.lock

$(VENV)/bin/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Python 3.11 or newer is needed: make PYTHON=python3.11 ...")'
	$(PYTHON) -m venv $(VENV)

$(VENV)/.installed: requirements.lock pyproject.toml | $(VENV)/bin/python
	$(BIN)/pip install --quiet --disable-pip-version-check -r requirements.lock
	$(BIN)/pip install --quiet --disable-pip-version-check --no-deps -e .
	@touch $@

$(VENV)/.installed-dev: requirements-dev.lock $(VENV)/.installed
	$(BIN)/pip install --quiet --disable-pip-version-check -r requirements-dev.lock
	@touch $@

clean:
	rm -rf $(VENV) demo.html .mypy_cache .ruff_cache .pytest_cache .import_linter_cache
