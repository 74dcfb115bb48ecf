# make run | test | test-slow | lint | bench | soak | chaos | visitors | stops. All lives in .venv.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip --disable-pip-version-check
ARGS ?=

.PHONY: run test test-slow lint bench evaluate soak chaos visitors stops clean

run: $(VENV)/installed
	@$(BIN)/python app.py $(ARGS)

test: $(VENV)/installed-test
	@$(BIN)/python -m assistant.nano.setup $(DATA_DIR)
	@$(BIN)/python -m pytest -n auto --maxprocesses 8 --dist loadfile -m "not slow and not browser" $(ARGS)
	@$(BIN)/python -m pytest -m "browser and not slow" $(ARGS)

test-slow: $(VENV)/installed-test
	@$(BIN)/python -m pytest -m slow $(ARGS)

lint: $(VENV)/installed-test
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/mypy
	@$(BIN)/python -m pytest -q tests/test_layering.py tests/test_security_guards.py

bench: $(VENV)/installed-test
	@$(BIN)/python -m engine.bench --model "$$($(BIN)/python -m assistant.nano.setup)" --peer transformers $(ARGS)

evaluate: $(VENV)/installed
	@$(BIN)/python -m assistant.evaluate $(ARGS)

soak: $(VENV)/installed-test
	@$(BIN)/python -m tests.endurance.soak $(ARGS)

chaos: $(VENV)/installed-test
	@$(BIN)/python -m tests.endurance.chaos $(ARGS)

stops: $(VENV)/installed-test
	@$(BIN)/python -m tests.endurance.stops $(ARGS)

define install
	@$(PYTHON) -c "import sys; sys.exit(sys.version_info < (3, 11))" || (echo "Benchside needs Python 3.11 or newer; set PYTHON=..." && false)
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	$(PIP) install --quiet --constraint .ci/constraints.txt torch
	$(PIP) install --quiet --constraint .ci/constraints.txt --editable '.$(1)'
endef

$(VENV)/installed: pyproject.toml .ci/constraints.txt
	$(call install,)
	@touch $@

$(VENV)/installed-test: pyproject.toml .ci/constraints.txt
	$(call install,[test])
	@sh .ci/chromium
	@touch $(VENV)/installed $@

visitors: $(VENV)/installed-test
	@$(BIN)/python -m tests.endurance.visitors $(ARGS)

clean:
	rm -rf $(VENV) build *.egg-info
