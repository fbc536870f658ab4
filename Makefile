# The whole list of commands; `make` alone shows it. Each may be repeated, interrupted and run as root or with sudo.
.DEFAULT_GOAL := help
.PHONY: help setup run test check fix bench

BIN := .venv/bin
# More for pytest, as in: make test ARGS='tests/unit -k lattice'
ARGS ?=
# Processes of the tests. One more than the two cores that CI has: a browser waits a third of its time.
WORKERS ?= 3
# A test starts some hundred processes of its own, each of which would read all sources anew.
unexport PYTHONDONTWRITEBYTECODE
PYTEST := $(BIN)/python -m pytest -n $(WORKERS) --dist worksteal

help: ## show this list
	@sed -n 's/^\([a-z]*\):.*## \(.*\)/  make \1	\2/p' Makefile | expand -t 16

setup: ## install what running and testing need
	@sh tools/bootstrap.sh run
	@sh tools/bootstrap.sh dev

run: ## set up what is missing, then serve the demonstration clinic on this machine: make run PORT=8000
	@sh tools/bootstrap.sh run
	@CLINIC_HOME="$${CLINIC_HOME:-var}" CLINIC_DEMO="$${CLINIC_DEMO:-1}" exec $(BIN)/clinic serve

test: ## set up what is missing, then run all tests, those of the web on SQLite and on PostgreSQL
	@sh tools/bootstrap.sh dev
	$(PYTEST) $(ARGS)
	$(if $(ARGS),,sh tools/pgtemp.sh $(PYTEST) -m "not browser and not one_database" tests/web)

check: ## format, lint, types, import contracts, generated documentation in step; changes nothing
	@sh tools/bootstrap.sh dev
	$(BIN)/ruff format --check
	$(BIN)/ruff check
	$(BIN)/mypy
	$(BIN)/lint-imports --no-logo
	$(BIN)/effleurage docs --check
	$(BIN)/python -m tools.messages --check
	$(BIN)/python tools/languages.py --check
	$(BIN)/clinic manage makemigrations --check --dry-run
	CLINIC_TLS=1 $(BIN)/clinic manage check --deploy --fail-level WARNING

fix: ## put right what can be put right by itself: format, lint, generated documentation
	@sh tools/bootstrap.sh dev
	$(BIN)/ruff format
	$(BIN)/ruff check --fix
	$(BIN)/effleurage docs --write

bench: ## measure speed beside other engines
	@sh tools/bootstrap.sh dev
	@sh tools/bootstrap.sh bench
	$(BIN)/python -m bench
