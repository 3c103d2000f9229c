# The two commands: `make demo` and `make test`. Everything happens in .venv/ and var/.
PYTHON ?= python3
BIN := .venv/bin

.PHONY: demo test screenshots update catalog clean

demo: .venv/ready-demo
	@exec $(BIN)/servicedesk demo

test: .venv/ready-dev
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/python -m tests.run

screenshots: .venv/ready-dev
	$(BIN)/python -m pytest tests/browser/test_the_whole_story.py -q
	cp var/story/readme-*.png docs/

.venv/bin/python:
	@$(PYTHON) -c 'import sys; sys.exit("servicedesk needs Python 3.11 or newer; this is %d.%d: try PYTHON=python3.12 make ..." % sys.version_info[:2] if sys.version_info < (3, 11) else 0)'
	$(PYTHON) -m venv .venv

.venv/ready-demo: setup.cfg constraints.txt | .venv/bin/python
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -c constraints.txt -e '.[demo]'
	@touch $@

.venv/ready-dev: setup.cfg constraints.txt | .venv/bin/python
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -c constraints.txt -e '.[demo,server,dev]'
	@touch $@ .venv/ready-demo

# The newest of everything that setup.cfg allows, written down. Run the tests before committing it.
update:
	rm -rf var/update && $(PYTHON) -m venv var/update
	var/update/bin/python -m pip install --quiet --disable-pip-version-check '.[demo,server,dev]'
	(echo '# Written by `make update`.'; var/update/bin/python -m pip freeze --exclude servicedesk) > constraints.txt
	rm -rf var/update

clean:
	rm -rf .venv build *.egg-info

# New texts of the templates into the English catalog; the tests fail while one is untranslated.
catalog: .venv/ready-dev
	$(BIN)/pybabel -q extract -F babel.cfg --no-location --sort-output --no-wrap --omit-header -o var/messages.pot templates
	$(BIN)/pybabel -q update -i var/messages.pot -d servicedesk/locale -l en --no-fuzzy-matching --ignore-obsolete --no-wrap
