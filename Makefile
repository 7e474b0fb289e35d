# Two commands for a newcomer: `make demo` to see it, `make test` to work on it.
.PHONY: help demo test test-slow check bench docs wheel clean

help:
	@echo "make demo       color the example drawings into demo-out/ (makes its own .venv)"
	@echo "make test       lint, types, contracts, tests; installs what they need into .venv"
	@echo "make test-slow  the tests that take minutes"
	@echo "make check      lint, types and contracts only"
	@echo "make bench      all figures of speed as one table, and bench.json (a quarter of an hour)"
	@echo "make docs       build the site of docs/ into site/, to be opened from the disk"
	@echo "make wheel      build dist/irodori-*.whl"
	@echo "make clean      remove .venv, demo-out, builds and caches"

demo:
	@scripts/demo

test:
	@scripts/test

test-slow:
	@scripts/test-slow

check:
	@scripts/check

bench:
	@scripts/bench

docs:
	@scripts/docs

wheel:
	@scripts/install dev && .venv/bin/python -m build --wheel

clean:
	rm -rf .venv demo-out site build dist .mypy_cache .pytest_cache .ruff_cache .hypothesis .import_linter_cache
