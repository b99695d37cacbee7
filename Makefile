# Locker reservation server. Bare `make` lists the targets: each has its line after the two hashes.

SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help
# One thing after the other, as written: the targets share a build folder and two cores.
.NOTPARALLEL:

# Where Swift builds. Another folder lets a second build run beside the first.
BUILD_DIR ?= .build
# Any of them on the command line or in the environment reaches the stand.
export LOCKER_WORKER_BINARY ?= $(abspath $(BUILD_DIR))/release/FCGIApp
export LOCKER_CTL_BINARY ?= $(abspath $(BUILD_DIR))/release/lockerctl

SWIFT_SOURCES := Package.swift Plugins Sources Tests
PYTHON := .venv/bin/python

.PHONY: help setup setup-run run build check apply test test-unit test-db test-e2e lint lint-swift format clean

help: ## list the targets
	@awk -F ':.*## ' '/^[a-z0-9-]+:.*## / { printf "  make %-14s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

run: setup-run build ## install what is missing, build, start a private stand; Ctrl-C stops it
	@exec stand/run

build: ## build the worker and lockerctl in release mode
	@swift build --scratch-path $(BUILD_DIR) --configuration release --product FCGIApp
	@swift build --scratch-path $(BUILD_DIR) --configuration release --product lockerctl

check: lint-swift test-unit test-db ## what catches most faults within a minute, while working

apply: ## put the functions of sql/ into the running stand, whose workers go on; says how long it took
	@. "$${LOCKER_RUN_DIR:-.run}/stand.env" && time LOCKER_KEEP_WORKERS=yes sql/apply "$$DB_ADMIN_URL"

test: setup test-unit test-db test-e2e ## every test, against real components that it starts itself

test-unit: ## Swift tests, beside a throw-away PostgreSQL
	@exec stand/with-postgres swift test --scratch-path $(BUILD_DIR)

test-db: ## pgTAP tests of the schema and its functions
	@exec stand/with-postgres stand/prove-database

test-e2e: build .venv/installed ## tests of the whole, through nginx
	@exec $(PYTHON) -m pytest Tests/EndToEnd

lint: setup .venv/installed lint-swift ## check formatting, shell scripts, changes of history and nginx's configuration
	stand/lint-shell
	stand/lint-nginx
	stand/lint-history

lint-swift:
	swift format lint --strict --parallel --recursive $(SWIFT_SOURCES)

format: ## format the Swift sources
	swift format --in-place --parallel --recursive $(SWIFT_SOURCES)

setup: ## install what run, test and lint need and is missing (apt)
	@stand/setup test

# `make run` needs less than the tests do.
setup-run:
	@stand/setup run

clean: ## remove the stand's data and what was built
	@stand/clean
	rm -rf -- $(BUILD_DIR)

# Debian's own Python where there is one: what else is called python3 may be anything.
.venv/installed: Tests/requirements.txt
	$$(test -x /usr/bin/python3 && echo /usr/bin/python3 || command -v python3) -m venv .venv
	$(PYTHON) -m pip install --quiet --disable-pip-version-check --requirement $<
	touch $@

# A folder that brings targets of its own has them in a fragment beside its files. At the end, so that what a fragment adds
# to `test` or `lint` comes after setup.
include $(wildcard web/*.mk bench/*.mk deploy/*.mk Tests/*/*.mk)
