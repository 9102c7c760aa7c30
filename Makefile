# Two commands for a newcomer: `make demo` and `make test`. Each makes the environment it needs, in .venv.

PYTHON ?= $(shell for p in python3 python3.14 python3.13 python3.12 python3.11; do \
	"$$p" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && { echo "$$p"; break; }; done)
BIN := .venv/bin
WORKERS ?= auto

SECONDS_TOTAL ?= 600

.PHONY: help demo node test check format lint types architecture spec proto vectors bench bench-proofs fuzz mutants clean
.DEFAULT_GOAL := help

help: ## Say what can be made
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/^([a-z-]+):.*## (.*)/  make \1\t\2/' | expand -t 22

demo: .venv/.run ## Two nodes, a witness and an auditor: the whole protocol in one command
	@$(BIN)/carnet-node demo

node: .venv/.run ## Start one fresh node in ./carnet-node and say what to try next
	@$(BIN)/carnet-node quickstart ./carnet-node

test: .venv/.dev ## Run the tests
	$(BIN)/pytest -q -n $(WORKERS) --dist worksteal

check: format lint types architecture spec ## All that CI runs: the checks, then the tests with coverage
	HYPOTHESIS_PROFILE=ci $(BIN)/pytest -q -n $(WORKERS) --dist worksteal --cov --cov-report=term
	@# every branch of the proofs and of the group is tested; silent if so, since pytest's summary comes last
	@$(BIN)/coverage report --fail-under=100 --include='protocol/carnet/zk/*,protocol/carnet/crypto/group/*' \
		> .proofs-covered || { cat .proofs-covered; exit 1; }

format: .venv/.dev
	$(BIN)/ruff format --check .

lint: .venv/.dev
	$(BIN)/ruff check .

types: .venv/.dev
	$(BIN)/mypy

architecture: .venv/.dev
	$(BIN)/lint-imports --no-cache

spec: .venv/.dev
	$(BIN)/python spec/testkit --check

proto: .venv/.dev ## Generate the gRPC binding anew
	PYTHON=$(BIN)/python proto/generate.sh

vectors: .venv/.dev ## Write the specification's test vectors anew
	$(BIN)/python spec/testkit --write

bench: .venv/.run ## Measure two nodes on this machine
	@$(BIN)/carnet-node bench

bench-proofs: .venv/.peers ## Measure proofs by every engine on this machine, and other people's range proofs
	@$(BIN)/carnet bench proofs --against

fuzz: .venv/.fuzz ## Fuzz every decoder, SECONDS_TOTAL=600 in all; what is found is a test from then on
	PYTHONPATH=tests $(BIN)/python -m fuzz --seconds $(SECONDS_TOTAL)

mutants: .venv/.dev ## Change the verifiers of proofs in one place after the other: a test must fail each time
	PYTHONPATH=tests $(BIN)/python -m mutation

clean: ## Remove the environment and all caches
	rm -rf .venv .mypy_cache .ruff_cache .import_linter_cache .hypothesis .coverage .proofs-covered .fuzz

.venv/bin/python:
	@test -n "$(PYTHON)" || { echo "Carnet needs Python 3.11 or newer" >&2; exit 1; }
	@echo "making .venv with $(PYTHON)"
	@$(PYTHON) -m venv .venv
	@$(BIN)/pip install -q --disable-pip-version-check -U pip

.venv/.run: .venv/bin/python pyproject.toml
	@echo "installing Carnet"
	@$(BIN)/pip install -q --disable-pip-version-check -e '.[node,audit]'
	@touch $@

.venv/.dev: .venv/.run
	@echo "installing what the tests need"
	@$(BIN)/pip install -q --disable-pip-version-check -e '.[node,audit,cluster,fast]' --group dev
	@touch $@

.venv/.peers: .venv/.dev
	@echo "installing other people's range proofs"
	@$(BIN)/pip install -q --disable-pip-version-check --group peers
	@touch $@

.venv/.fuzz: .venv/.dev
	@echo "installing the fuzzer, where there is one"
	@$(BIN)/pip install -q --disable-pip-version-check --group fuzz
	@touch $@
