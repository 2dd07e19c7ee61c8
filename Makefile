# Everything starts from here: `make` lists the targets. The environment lives in .venv/.
PYTHON ?= python3
BIN := .venv/bin
SETUP := @$(PYTHON) tools/setup_environment.py

.DEFAULT_GOAL := help
.PHONY: help run demo test lint types imports pytest bench package translations clean

help:
	@echo "make run      set up what is missing and open the app on the sample photos"
	@echo "make demo     segment the sample photos into out/demo/, no display needed"
	@echo "make test     set up what is missing; lint, formatting, types, import rules, tests"
	@echo "make bench    measure region convolution and cascade into out/bench/"
	@echo "make package  build dist/rhoscope/ and check the built program"
	@echo "make translations  take new texts into the translations and compile them"
	@echo "make clean    remove everything that was built, the environment too"

run:
	$(SETUP) run
	@$(PYTHON) tools/open_window.py

demo:
	$(SETUP) run
	@$(BIN)/rhoscope demo --out out/demo

test:
	$(SETUP) test
	@$(MAKE) --no-print-directory lint types imports pytest

lint:
	@echo "Lint and formatting"
	@$(BIN)/ruff check --quiet .
	@$(BIN)/ruff format --quiet --check .

types:
	@echo "Types"
	@$(BIN)/mypy

imports:
	@echo "Import rules"
	@$(BIN)/lint-imports --no-logo

pytest:
	@echo "Tests"
	@$(BIN)/python tools/run_tests.py -q

bench:
	$(SETUP) run
	@mkdir -p out/bench
	$(BIN)/rhoscope bench region --json out/bench/region.json
	$(BIN)/rhoscope bench cascade --json out/bench/cascade.json

package:
	$(SETUP) package
	@$(BIN)/python tools/package.py

translations:
	@$(BIN)/python -m tools.translations update
	@$(BIN)/python -m tools.translations compile

clean:
	rm -rf .venv build dist out *.egg-info .pytest_cache .mypy_cache .ruff_cache .hypothesis .import_linter_cache
	find app engine tests tools -name __pycache__ -prune -exec rm -rf {} +
