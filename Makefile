# What there is to do here; `make` alone lists it.
SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help

VENV ?= .venv
SFT_VENV ?= .venv-sft
PYTHON_BIN := $(CURDIR)/$(VENV)/bin
STATICCHECK := honnef.co/go/tools/cmd/staticcheck@v0.8.2
FUZZTIME ?= 5s

# The server asks the first python3 for the MiniWoB++ pages: the one of the virtual environment.
export PATH := $(PYTHON_BIN):$(PATH):/usr/local/go/bin
export VENV
export UV_SYSTEM_CERTS := 1
export DREAMGYM_ENVSERVER := $(CURDIR)/bin/envserver

.PHONY: help
help: ## this list
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/:[^#]*## /\t/' | expand -t 12

.PHONY: build
build: go ## build bin/envserver
	go build -buildvcs=false -o bin/envserver ./envserver

.PHONY: go
go:
	@command -v go >/dev/null || { echo "Go 1.26 or newer is needed: https://go.dev/dl" >&2; exit 1; }

.PHONY: setup
setup: ## the virtual environment, and a Chrome; says what it installs
	@bench/setup.sh

.PHONY: setup-llm
setup-llm: setup ## a small language model and its server, for make llm and the tests
	@bench/setup.sh llm

.PHONY: llm
llm: setup-llm ## serve a small language model on 127.0.0.1:8080, without a GPU
	@python bench/llm/serve.py

.PHONY: sft
sft: build ## fine-tune a tiny model on exported training data, and judge it (20 minutes; installs torch); SMOL=1: a small one
	@VENV=$(SFT_VENV) bench/setup.sh sft
	@data=$$(mktemp -d); trap 'rm -rf "$$data"' EXIT; \
	collect() { bin/envserver collect house/any-v0 --data "$$data" "$$@"; }; \
	collect --episodes 600 --policy noisy,scripted; \
	collect --episodes 20 --split seen --policy noisy,scripted; \
	collect --episodes 20 --split unseen --policy noisy,scripted; \
	bin/envserver distill export house/any-v0 --data "$$data" --out "$$data/sft" --answer state --demonstrations 2 --no-example --max-history 2; \
	OMP_WAIT_POLICY=passive $(SFT_VENV)/bin/python bench/sft/train.py "$$data/sft" $(if $(SMOL),--smol --steps 60 --batch 1 --held-out 20)

.PHONY: compare-llm
compare-llm: setup-llm build ## compare the embedded model, a small language model and both on a held-out episode
	@python bench/llm/compare.py

.PHONY: demo
demo: setup build ## record, dream, train in the dream, judge on the real side: 6 minutes; SHORT=1: one; SHOP=1: also in a web shop
	@python bench/demo/demo.py $(if $(SHORT),--short) $(if $(SHOP),--shop)

.PHONY: reproduce
reproduce: setup build ## the demo with 5 seeds and larger budgets (an hour)
	@python bench/demo/demo.py --reproduce

.PHONY: gates
gates: setup build ## a random policy must not win more in the dream; training in it must not do harm; PAGES=1: on more pages and a shop
	@python bench/demo/gates.py $(if $(PAGES),--pages)

.PHONY: test
test: test-go test-python ## every test, in Go and in Python, with a real Chrome

.PHONY: setup-tests
setup-tests: ## packages of others for the tests: datasets, pandas, minari; openenv; axe-core
	@bench/setup.sh axe
	@VENV=.venv-exchange bench/setup.sh exchange
	@VENV=.venv-openenv bench/setup.sh compat openenv

.PHONY: test-go
test-go: setup-llm setup-tests go
	go test -timeout 10m ./...

.PHONY: test-sites
test-sites: go ## every task of the sites, and one of each template in Chrome
	go test -timeout 30m ./adapters/sites -every

.PHONY: test-pages
test-pages: setup go ## every MiniWoB++ page to the full: starts, solvers on every split, conformance (20 minutes)
	go test -timeout 40m ./adapters/miniwob -run TestPages -miniwob.all

.PHONY: race
race: setup-llm go ## the Go tests under the race detector (needs a C compiler)
	go test -race -timeout 20m ./...

.PHONY: test-python
test-python: setup-llm build test-compat
	cd clients/python && python -m pytest
	python -m pytest -q bench/demo bench/hosted bench/sft bench/zoo

# Each folder's clients have a virtual environment of their own, .venv-FOLDER.
.PHONY: test-compat
test-compat: setup build ## other people's clients, unchanged, against the server
	@for folder in clients/python/compat/*/; do \
	  name=$$(basename "$$folder"); [ -e "$$folder/requirements.txt" ] || continue; \
	  VENV=.venv-$$name bench/setup.sh compat "$$name"; \
	  echo "$$folder"; ".venv-$$name/bin/python" -m pytest "$$folder"; \
	done

.PHONY: test-nemo-gym
test-nemo-gym: setup build ## NeMo Gym's own agents against the server (needs Python 3.12: PYTHON=; installs 0.6 GB)
	@VENV=.venv-nemogym PYTHON=$(or $(PYTHON),python3.12) bench/setup.sh compat newer/nemogym
	.venv-nemogym/bin/python -m pytest clients/python/compat/newer/nemogym

# Each folder's framework has a virtual environment of its own, .venv-FOLDER.
.PHONY: test-frameworks
test-frameworks: setup build ## frameworks that train, with their examples, over the server, into docs/frameworks.md (installs torch, 3 GB)
	@notes=$$(mktemp); trap 'rm -f "$$notes"' EXIT; export DREAMGYM_FRAMEWORKS_NOTES=$$notes; \
	for folder in clients/python/frameworks/*/; do \
	  name=$$(basename "$$folder"); [ -e "$$folder/requirements.txt" ] || continue; \
	  VENV=.venv-$$name bench/setup.sh framework "$$name"; \
	  echo "$$folder"; ".venv-$$name/bin/python" -m pytest "$$folder"; \
	done; \
	python clients/python/frameworks/report.py "$$notes" docs/frameworks.md

.PHONY: lint
lint: setup go ## gofmt, go vet, staticcheck, ruff, mypy
	@unformatted=$$(gofmt -l $$(git ls-files '*.go')); [ -z "$$unformatted" ] || { echo "gofmt these:"; echo "$$unformatted"; exit 1; }
	go vet ./...
	@if go run $(STATICCHECK) -version 2>/dev/null; then go run $(STATICCHECK) ./...; else echo "staticcheck could not be had: left out"; fi
	cd clients/python && ruff check . && mypy
	ruff check bench
	ruff check --config clients/python/pyproject.toml adapters/python fixtures synth/exchange
	mypy --strict --ignore-missing-imports adapters/python/worker.py
	mypy --strict --ignore-missing-imports synth/exchange/foreign/experiments.py synth/exchange/foreign/datasets.py
	cd bench/demo && mypy
	cd bench/hosted && mypy
	cd bench/llm && mypy
	cd bench/sft && mypy
	cd bench/zoo && mypy

.PHONY: fuzz
fuzz: go ## every fuzz target for $(FUZZTIME)
	@for dir in $$(grep -rl --include='*_test.go' '^func Fuzz' . | xargs -n1 dirname | sort -u); do \
	  for target in $$(go test -list '^Fuzz' "$$dir" | grep '^Fuzz'); do \
	    echo "$$dir $$target"; go test -run '^$$' -fuzz "^$$target\$$" -fuzztime $(FUZZTIME) "$$dir"; \
	  done; \
	done

.PHONY: bench
bench: setup build ## ratios to limits and peers, into docs/performance.md; SHORT=1: a minute, printed alone
	@VENV=.venv-openenv bench/setup.sh compat openenv
	@VENV=.venv-browsergym bench/setup.sh peers
	go run ./bench/perf $(if $(SHORT),-short,-write docs/performance.md) $(if $(TEXTWORLD),-textworld $(TEXTWORLD))
