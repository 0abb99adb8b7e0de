# Targets that people type; what each needs is set up first and is quick when it is already there.
# The system's Python is preferred: distributions build it with profile-guided optimisation.
PYTHON ?= $(shell for p in /usr/bin/python3 python3 python3.13 python3.12 python3.11; do \
	$$p -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && echo $$p && break; done)
BIN := .venv/bin
PACKAGES := nidaa pbx media crm_api
export PATH := $(CURDIR)/$(BIN):$(PATH)

.PHONY: run setup test test-all check fmt lint types imports contracts bench screenshots lock clean

run: setup  ## set everything up and start the whole call centre
	@exec $(BIN)/nidaa serve

setup:
	@$(PYTHON) deploy/bootstrap.py run

setup-test:
	@$(PYTHON) deploy/bootstrap.py test

test: setup-test  ## every test of every change, under 15 minutes
	$(BIN)/pytest -m "not slow"
	$(BIN)/python -m tests.support.postgres $(BIN)/pytest tests/crm_api
	cd webphone && npm run --silent test

test-all: setup-test  ## the slow ones too
	$(BIN)/pytest
	$(BIN)/python -m tests.support.postgres $(BIN)/pytest tests/crm_api
	cd webphone && npm run --silent test

check: setup-test lint types imports test  ## all that must be green before a change is done

lint:
	$(BIN)/ruff format --check . && $(BIN)/ruff check . && $(BIN)/codespell nidaa pbx media crm_api docs tests README.md
	cd webphone && npm run --silent lint

types:
	$(BIN)/mypy
	cd webphone && npm run --silent typecheck

imports:
	$(BIN)/lint-imports
	$(BIN)/python -m nidaa.contracts.generate --check
	$(BIN)/python -m crm_api.openapi --check

contracts:  ## write JSON Schema, OpenAPI and TypeScript from the contracts and models
	$(BIN)/python -m nidaa.contracts.generate && $(BIN)/python -m nidaa.config.schema
	$(BIN)/python -m crm_api.openapi
	cd webphone && npm run --silent gen

fmt:
	$(BIN)/ruff format . && $(BIN)/ruff check --fix -q .
	cd webphone && npm run --silent fmt

bench: setup-test  ## figures as JSON lines {"name","value","unit"}
	$(BIN)/python -m tests.bench

screenshots: setup-test  ## pictures of every screen in three languages, in build/screenshots
	$(BIN)/python -m tests.e2e.screens

lock:  ## lock the Python dependencies anew (needs pip-tools)
	cd requirements && for f in run dev; do pip-compile -q --generate-hashes --allow-unsafe \
	--strip-extras --no-emit-index-url --no-emit-trusted-host --no-emit-find-links --no-header \
	-o $$f.txt $$f.in; done

clean:  ## remove what was built, not what was recorded or configured
	rm -rf build .venv webphone/dist webphone/node_modules
