# Everything a developer does here. `make help` lists it.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
SOURCES := cms schema seed tests bench

.DEFAULT_GOAL := help
.PHONY: help install demo test check format lint types floors dependencies contract schema lock bench fuzz worst-query crash crash-comments flood browser threads spam clients wxr bundle clean

help: ## List these targets
	@awk 'BEGIN {FS = ":.*## "} /^[a-z-]+:.*## / {printf "  make %-15s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

install: $(VENV)/installed ## Make the environment, with test tools, from the lock

# Compiled once, even where the environment forbids Python to write bytecode: else every start compiles 900 modules anew,
# which is half of its time.
$(VENV)/installed: requirements.lock pyproject.toml
	$(PYTHON) -c 'import sys; sys.exit("Python 3.11 or newer is needed") if sys.version_info < (3, 11) else None'
	test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes --requirement requirements.lock
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation --editable .
	$(BIN)/python -m compileall -q -j 0 $(VENV)/lib cms schema seed
	touch $@

demo: install ## Serve the sample publication on http://127.0.0.1:8000
	$(BIN)/cms demo

test: install ## Run the whole test suite, on SQLite and on a real PostgreSQL
	$(BIN)/python -m pytest --quiet --numprocesses 2

check: lint types floors dependencies ## Run the checks that are not tests

lint: install ## Hold the code against the style
	$(BIN)/ruff format --check $(SOURCES)
	$(BIN)/ruff check $(SOURCES)

types: install ## Check the types, strictly
	$(BIN)/mypy

floors: install ## Check that imports point down the floors
	$(BIN)/lint-imports

dependencies: install ## Check that what is imported is declared, and what is declared imported
	$(BIN)/deptry .

format: install ## Format the code
	$(BIN)/ruff format $(SOURCES)
	$(BIN)/ruff check --fix $(SOURCES)

schema: install ## Write schema/schema.graphql and docs/roles.md anew
	$(BIN)/cms schema --out schema/schema.graphql
	$(BIN)/python -c 'from cms.accounts.roles import as_markdown; print(as_markdown(), end="")' >docs/roles.md

lock: ## Resolve requirements.lock anew (needs uv)
	uv pip compile pyproject.toml --extra dev --universal --generate-hashes --no-emit-index-url --no-annotate \
		--no-header --python-version 3.11 --output-file requirements.lock
	echo 'schemathesis~=4.32' | uv pip compile - --universal --generate-hashes --no-emit-index-url --no-annotate \
		--no-header --python-version 3.11 --output-file requirements-fuzz.lock

bench: install ## Measure against a plain stack and a hand-written floor
	$(BIN)/python -m bench.run

fuzz: install .venv-fuzz/installed ## Ask a server made-up operations, on both databases and with three seeds
	$(BIN)/python -m bench.fuzz

.venv-fuzz/installed: requirements-fuzz.lock
	$(PYTHON) -m venv .venv-fuzz
	.venv-fuzz/bin/python -m pip install --quiet --disable-pip-version-check --require-hashes --requirement requirements-fuzz.lock
	touch $@

worst-query: install ## Search for a legal query that is slow, large or heavy
	$(BIN)/python -m bench.worst

crash: install ## Kill servers while people write, and look for what is not as they were told
	$(BIN)/python -m bench.crash

crash-comments: install ## Kill servers while readers talk: 10,000 things done, threads and counts compared
	$(BIN)/python -m bench.crash.comments

flood: install ## Send comments and passwords from one address for a minute, in every disguise
	$(BIN)/python -m bench.flood

browser: install ## Show hostile strings in Chromium, as the API returns them
	$(BIN)/python -m bench.browser

threads: install ## Measure what a long thread costs
	$(BIN)/python -m bench.threads

spam: install ## Hold the rules and the spam score against the labelled sample
	$(BIN)/python -m bench.spam

clients: install bench/clients/node_modules/installed ## Listen with the clients that apps use, while lines and servers break (needs Node.js)
	$(BIN)/python -m bench.clients

bench/clients/node_modules/installed: bench/clients/package-lock.json
	npm ci --prefix bench/clients --no-audit --no-fund
	touch $@

wxr: install ## Bring in a WordPress export of 200,000 comments, whole and killed on the way
	$(BIN)/python -m bench.wxr

bundle: install ## Take 200,000 comments from SQLite to PostgreSQL and back, and compare
	$(BIN)/python -m bench.bundle

clean: ## Remove what can be made again
	rm -rf $(VENV) .venv-fuzz bench/clients/node_modules .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache dist build
