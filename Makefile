# KIP's commands. `make demo` and `make test` need nothing prepared but Python 3.11 or newer.
PYTHON ?= python3
PORT ?= 8000
SIZE ?= mellem
VENV := .venv
BIN := $(VENV)/bin
STAMP := $(VENV)/.installed
LOCK := --generate-hashes --no-emit-index-url --no-header

.PHONY: demo demo-reset test lint bench drill messages lock

demo: $(STAMP)
	@sh scripts/system_libraries.sh pango
	@$(BIN)/python -m kip.demo --port $(PORT) --size $(SIZE)

demo-reset: $(STAMP)
	@$(BIN)/python -m kip.demo --reset

test: $(STAMP)
	@sh scripts/system_libraries.sh pango chromium
	@$(BIN)/python scripts/compile_messages.py --strict
	$(BIN)/pytest -n auto --dist loadfile

lint: $(STAMP)
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/lint-imports
	@# mypy only reads the settings; addresses that are never opened keep it from starting servers
	DATABASE_URL=postgresql://kip_web@localhost/kip REDIS_URL=redis://localhost $(BIN)/mypy
	$(BIN)/djlint --lint --quiet templates
	$(BIN)/python manage.py makemigrations --check --dry-run

bench: $(STAMP)
	@sh scripts/system_libraries.sh pango chromium
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements-bench.lock
	$(BIN)/pytest -s -m bench tests/bench

drill: $(STAMP)
	@$(BIN)/python -m kip.embedded.drill

messages: $(STAMP)
	$(BIN)/python scripts/compile_messages.py --strict

lock: $(STAMP)
	$(BIN)/uv pip compile $(LOCK) --extra dev --extra engines pyproject.toml -o requirements.lock
	$(BIN)/uv pip compile $(LOCK) --extra dev --extra engines --extra bench --extra spark pyproject.toml -c requirements.lock -o requirements-bench.lock

$(STAMP): requirements.lock scripts/make_environment.sh
	@sh scripts/make_environment.sh $(PYTHON) $(VENV)
	@touch $(STAMP)
