# All set-up happens in .venv and js/node_modules, by scripts/setup.py; a step is done again only when its inputs change.
#   make demo ARGS="--no-browser --port 8899"      make test ARGS="-k wire"      make test PYTHON=python3.12

PYTHON ?= python3
ARGS ?=
BIN := .venv/bin
SETUP := $(PYTHON) scripts/setup.py

# Ruff and mypy read their settings, and pytest its order and options, from pyproject.toml.
define step
	@echo "── $(1)"; start=$$(date +%s); $(2) && echo "── $(1): $$(($$(date +%s) - start)) s"
endef

.PHONY: help demo test check check-python check-js test-js build docs gallery bench load matrix soak clean

help: ## This list
	@sed -n 's/^\([a-z-]*\):.*## /\1\t/p' Makefile | expand -t 14

demo: ## JupyterLab on the first notebook; ARGS go to `jupyter lab`
	$(call step,set-up,$(SETUP) packages bundle)
	@# Neither news nor updates nor extensions are asked for, so the demo makes no network call of its own.
	$(BIN)/jupyter lab $(if $(filter 0,$(shell id -u)),--allow-root) \
		--ServerApp.root_dir=notebooks --LabApp.default_url=/lab/tree/01_quickstart.ipynb \
		--LabApp.news_url=None --LabApp.check_for_updates_class=jupyterlab.NeverCheckForUpdate \
		--LabApp.extension_manager=readonly $(ARGS)

test: ## Everything: the checks, the front end's tests, Python's, the notebooks, a real JupyterLab; ARGS go to pytest
	$(call step,set-up,$(SETUP) packages bundle browser)
	@$(MAKE) --no-print-directory check-python check-js test-js
	@$(BIN)/python -m pytest $(ARGS)

check: ## Formats, lints and types of Python and TypeScript
	$(call step,set-up,$(SETUP) packages bundle)
	@$(MAKE) --no-print-directory check-python check-js

check-python:
	$(call step,ruff,$(BIN)/ruff check . && $(BIN)/ruff format --check .)
	$(call step,mypy,$(BIN)/mypy)

check-js:
	$(call step,biome and tsc,$(SETUP) npm run --silent check)

test-js:
	$(call step,vitest,$(SETUP) npm run --silent test)

build: ## The sdist and the wheel, into dist/
	$(call step,set-up,$(SETUP) packages bundle)
	$(BIN)/hatchling build --clean

docs: ## The documentation, built strictly, into site/
	$(call step,set-up,$(SETUP) packages bundle)
	@NO_MKDOCS_2_WARNING=1 $(BIN)/mkdocs build --quiet

gallery: ## Pictures of every state of the page, into gallery/; ARGS name states
	$(call step,set-up,$(SETUP) packages bundle browser)
	@$(BIN)/python scripts/gallery.py $(ARGS)

bench: ## Beside what people use instead, into benchmarks/RESULTS.md (an hour); ARGS="--rounds 1 --workloads W1,W2 --approaches ours,bare"
	$(call step,set-up,$(SETUP) packages bundle browser bench)
	@$(BIN)/python -m benchmarks.live $(ARGS)

load: ## A million events in one stream, 200 streams at once, and the page under both (5 min); ARGS name parts: ARGS="memory streams"
	$(call step,set-up,$(SETUP) packages bundle browser)
	@$(BIN)/python -m benchmarks.load $(ARGS)

matrix: ## Against real kernels and servers, in several versions (three quarters of an hour; ARGS="--rounds 1" takes a third of it); ARGS name parts: ARGS="kernels --versions 6.29.5,7.4.0 --rounds 1"
	$(call step,set-up,$(SETUP) packages bundle browser)
	@$(BIN)/python -m tests.matrix $(ARGS)

soak: ## Many streams with faults at random for five minutes; ARGS="--minutes 60 --seed 7"
	$(call step,set-up,$(SETUP) packages bundle)
	@$(BIN)/python -m benchmarks.soak $(ARGS)

clean: ## Removes all that was built or installed here
	rm -rf .venv js/node_modules sse_widget/static dist test-results gallery site .mypy_cache .pytest_cache .ruff_cache .hypothesis
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
