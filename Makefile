# RegionProof: `make demo` shows it, `make test` proves it. Needs python3 (3.11+), Node 22+ (20 still works), make and openssl.
SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help
.DELETE_ON_ERROR:

PYTHON ?= python3
BIN := .venv/bin
LOCKS := requirements requirements-dev requirements-emulator requirements-bench-peers requirements-mutants
ACCOUNTS ?= 1000,10000,50000
PIP_FLAGS := --quiet --disable-pip-version-check --require-hashes

export JSII_SILENCE_WARNING_END_OF_LIFE_NODE_VERSION := 20
export CDK_DISABLE_VERSION_CHECK := 1

.PHONY: help setup demo test soak mutants bench bench-peers storms check audit-dependencies docs synth format lock clean

help: ## list the targets
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 20

setup: .venv/.ready .venv-emulator/.ready node_modules/.ready .aws-cli/.ready ## make .venv, .venv-emulator, node_modules and .aws-cli

.venv/.ready: requirements.txt requirements-dev.txt pyproject.toml
	$(PYTHON) -c 'import sys; sys.exit(0 if sys.version_info >= (3, 11) else "RegionProof needs Python 3.11 or newer; this is " + sys.version.split()[0] + ". Name another with: make PYTHON=python3.12 …")'
	$(PYTHON) -m venv .venv
	$(BIN)/pip install $(PIP_FLAGS) -r requirements.txt -r requirements-dev.txt
	$(BIN)/pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation --editable .
	@touch $@

.venv-emulator/.ready: requirements-emulator.txt
	$(PYTHON) -m venv .venv-emulator
	.venv-emulator/bin/pip install $(PIP_FLAGS) -r requirements-emulator.txt
	@touch $@

.venv-bench-peers/.ready: requirements-bench-peers.txt
	$(PYTHON) -m venv .venv-bench-peers
	.venv-bench-peers/bin/pip install $(PIP_FLAGS) -r requirements-bench-peers.txt
	@touch $@

.venv-mutants/.ready: requirements-mutants.txt
	$(PYTHON) -m venv .venv-mutants
	.venv-mutants/bin/pip install $(PIP_FLAGS) -r requirements-mutants.txt
	@touch $@

node_modules/.ready: package.json package-lock.json
	npm ci --no-audit --no-fund --loglevel=error
	@touch $@

.aws-cli/.ready: requirements-aws-cli.txt tests/readme/aws_cli.py | .venv/.ready
	rm -rf .aws-cli
	$(BIN)/pip download $(PIP_FLAGS) --no-deps --dest .aws-cli/wheels -r requirements-aws-cli.txt
	$(BIN)/python -m tests.readme.aws_cli .aws-cli/wheels
	rm -rf .aws-cli/wheels
	@test ! -e .aws-cli/bin/aws || touch $@

demo: setup ## deploy into a local AWS, audit a sample organization, show what it found
	@$(BIN)/python -m demo

test: setup ## run every test, unit to end to end
	@$(BIN)/python -m pytest --numprocesses 2 --no-loadscope-reorder

soak: setup ## search longer for a broken promise: 2,000 histories with fresh seeds, every cell of the broken answers
	REGIONPROOF_SOAK=1 $(BIN)/python -m pytest tests/audit/test_state_machine.py tests/broken_answers/test_matrix.py

mutants: .venv/.ready .venv-mutants/.ready ## change the rules and what follows them, report changes that no test notices (MODULE=rules/sts_1 for one)
	@PYTHONPATH=. .venv-mutants/bin/poodle $(MODULE:%=--only '%.py')

bench: setup ## measure CPU, memory and time an account, beside plain boto3 (ACCOUNTS=1000 for less; MEMORY_MIB=512: in the computing time of such a function; needs Linux and openssl)
	@$(BIN)/python -m bench --accounts $(ACCOUNTS) $(MEMORY_MIB:%=--memory-mib %)

bench-peers: setup .venv-bench-peers/.ready ## the same, beside c7n-org too, which this installs
	@$(BIN)/python -m bench --accounts $(ACCOUNTS) $(MEMORY_MIB:%=--memory-mib %) --peers

storms: ACCOUNTS := 600,2000
storms: setup ## try runs while AWS throttles, denies, fails or answers late; takes about 40 minutes (ACCOUNTS=600 SCENARIO=alert-throttled LAMBDA_SECONDS=120 for less)
	@$(BIN)/python -m bench.storms --accounts $(ACCOUNTS) $(SCENARIO:%=--scenario %) $(LAMBDA_SECONDS:%=--lambda-seconds %)

check: setup ## style, types, insecure patterns, AwsSolutions rules, known vulnerabilities
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/bandit --quiet --recursive lambda_src stacks app.py
	$(BIN)/bandit --quiet --recursive --configfile pyproject.toml demo emulator
	$(BIN)/python -m pytest --quiet tests/infra/test_templates.py -k 'aws_solutions or acknowledged'
	@$(MAKE) --no-print-directory audit-dependencies

audit-dependencies: setup ## hold what is locked against known vulnerabilities; OFFLINE=1 skips it, and says so
	@$(BIN)/python -m tests.supply_chain.known_vulnerabilities

docs: setup ## write the generated parts of the documentation
	@$(BIN)/python -m docs

synth: setup ## write cdk.out/ offline, without credentials
	npx --no-install cdk synth --quiet --no-notices

format: setup ## put the code into its one format
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

lock: .venv/.ready ## write the lock files anew from the .in files
	for f in $(LOCKS); do $(BIN)/uv pip compile --quiet --no-config --universal --python-version 3.11 --generate-hashes \
	  --no-emit-index-url --no-emit-find-links --custom-compile-command "make lock" $$f.in -o $$f.txt; done
	$(BIN)/uv pip compile --quiet --no-config --universal --python-version 3.11 --generate-hashes --no-deps \
	  --no-emit-index-url --no-emit-find-links --custom-compile-command "make lock" requirements-aws-cli.in -o requirements-aws-cli.txt

clean: ## remove what was made
	rm -rf .venv .venv-emulator .venv-bench-peers .venv-mutants .aws-cli node_modules cdk.out build .emulator .mypy_cache .ruff_cache .pytest_cache .hypothesis
