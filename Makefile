# Every command of the workbench; `make` lists them.
PYTHON ?= python3.11
VENV := .venv
BIN := $(VENV)/bin
STAMP := $(VENV)/.installed
PINS := $(VENV)/pins.txt
PORT ?= 8866
export OMP_NUM_THREADS ?= 1

.PHONY: help install reports full test lab page bench lint notebooks lock clean
.DEFAULT_GOAL := help

help: ## list the commands
	@grep -hE '^[a-z]+:.*## ' $(MAKEFILE_LIST) | sed 's/:.*## /\t/' | expand -t 12

install: $(STAMP) ## make .venv with the versions that environment.yml pins

$(STAMP): environment.yml pyproject.toml
	@command -v $(PYTHON) >/dev/null || { echo "$(PYTHON) not found: install Python 3.11, or run make PYTHON=/path/to/python"; exit 1; }
	$(PYTHON) -m venv $(VENV)
	sed -n 's/^      - \([A-Za-z0-9_.-]*==.*\)/\1/p' environment.yml > $(PINS)
	$(BIN)/pip install --quiet --disable-pip-version-check --progress-bar on -r $(PINS)
	$(BIN)/pip install --quiet --disable-pip-version-check --no-deps -e .
	@touch $(STAMP)

reports: install ## regenerate all tables and figures on the embedded data: reports/quick/index.html
	$(BIN)/lnnlab reports --profile quick

full: install ## the same on the real corpora below LNNLAB_DATA, from records: reports/full/index.html
	$(BIN)/lnnlab reports --profile full

test: install ## pytest, then nbval on every notebook
	$(BIN)/ruff check .
	$(BIN)/pytest -n 2 tests
	LNNLAB_REPORTS=$(VENV)/nbval LNNLAB_DATA=datasets $(BIN)/pytest -n 2 --dist loadfile --nbval-lax --nbval-cell-timeout 300 notebooks

lab: install ## open the notebooks in JupyterLab
	$(BIN)/jupyter lab --notebook-dir=notebooks

page: install ## upload recordings, train, download, in a browser (PORT=8866)
	$(BIN)/lnnlab page --port $(PORT)

bench: install ## measure training speed beside ncps, and time and memory by size of corpus
	$(BIN)/pytest tests/bench_training.py --benchmark-columns=median,iqr,ops,rounds --benchmark-sort=name

lint: install ## ruff over Python files and notebooks
	$(BIN)/ruff check .

notebooks: install ## run all notebooks in place with their defaults and clean them, for a commit
	$(BIN)/jupyter execute --inplace notebooks/*.ipynb
	$(BIN)/lnnlab clean-notebooks

lock: ## renew the pins of environment.yml from what .venv holds
	@sed -i '/^      - /d' environment.yml
	@$(BIN)/pip freeze --exclude-editable | sed 's/+cpu$$//; s/^/      - /' >> environment.yml
	@echo '      - -e .' >> environment.yml

clean: ## remove .venv, caches and reports/quick
	rm -rf $(VENV) reports/quick .pytest_cache .ruff_cache .hypothesis .benchmarks
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
