# make setup | demo | test | check | bench | campaign    (PYTHON=python3.12 chooses another interpreter)
PYTHON ?= python3
BIN := .venv/bin
READY := .venv/ready

.PHONY: setup demo test check bench campaign lock clean
setup: $(READY)

$(READY): requirements-dev.lock pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "Lotse braucht Python ab 3.11: make PYTHON=python3.11 setup" >&2; exit 1; }
	@$(PYTHON) -c 'import venv, ensurepip' 2>/dev/null || { echo "Python kann hier keine Umgebung anlegen. Bitte einmal ausführen: sudo apt-get install -y python3-venv" >&2; exit 1; }
	@$(PYTHON) -m venv .venv
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes --no-deps -r requirements-dev.lock
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation --editable .
	@$(BIN)/python -m compileall -q -j 0 .venv/lib states workflow audit adapters >/dev/null 2>&1 || true
	@touch $(READY)

demo: $(READY)
	@$(BIN)/lotse demo

test: $(READY)
	@$(BIN)/python -m pytest -n auto --dist loadfile -m "not campaign"

check: $(READY)
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/mypy
	@$(BIN)/lint-imports --no-cache

bench: $(READY)
	@$(BIN)/python -m tests.bench

campaign: $(READY)
	@$(BIN)/python -m pytest -n auto -m campaign --timeout 5400

lock:
	@$(BIN)/uv pip compile --quiet --generate-hashes --no-emit-index-url --no-header --universal --python-version 3.11 pyproject.toml -o requirements.lock
	@$(BIN)/uv pip compile --quiet --generate-hashes --no-emit-index-url --no-header --universal --python-version 3.11 pyproject.toml --group dev -c requirements.lock -o requirements-dev.lock

clean:
	@rm -rf .venv build dist
