# Everything runs in .venv, which the first target to need it makes (see bootstrap.py).
.DEFAULT_GOAL := help
.PHONY: help environment demo demo-ci demo-full test lint test-matrix lock clean

help:  ## show the targets
	@grep -E '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 16

environment:
	@command -v python3 >/dev/null || { echo "No python3 on PATH: install Python 3.11 or newer." >&2; exit 1; }
	@python3 bootstrap.py

demo: environment  ## the whole pipeline on this machine; Airflow's UI stays up until Ctrl-C
	@.venv/bin/python -m airflow_mlmax.stack demo

demo-ci: environment  ## the same, ends by itself; exit status 0 only if everything was made
	@.venv/bin/python -m airflow_mlmax.stack demo --ci

demo-full: environment  ## the demo, then the back-test over twelve months
	@.venv/bin/python -m airflow_mlmax.stack demo --full

test: lint  ## lint, types, import contracts, then every test with coverage, including the support matrix
	.venv/bin/python -m pytest -n 4 --cov --cov-report=term

lint: environment
	.venv/bin/ruff check .
	.venv/bin/ruff format --check .
	.venv/bin/mypy
	.venv/bin/lint-imports

test-matrix: environment  ## only the wheel under MWAA's Airflow versions
	.venv/bin/python -m pytest tests/packaging/test_matrix.py

lock: environment  ## refresh constraints/latest.txt to the newest releases
	.venv/bin/uv pip compile setup.cfg --extra dev --universal --python-version 3.11 --upgrade \
		--no-annotate --no-header --output-file constraints/latest.txt --quiet

clean:  ## forget the demo's state, the environment and all caches
	rm -rf .venv .mlmax .coverage* .pytest_cache .mypy_cache .ruff_cache .import_linter_cache build dist *.egg-info
